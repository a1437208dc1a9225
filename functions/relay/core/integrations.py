"""Whether an event's `integrations` keep it from HubSpot, in whatever spelling. Pure.

What counts is what Segment's guide to filtering data says.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias
from unicodedata import normalize

from relay.core.objects import Read, parsed, read_object

Integrations: TypeAlias = Literal["explicit", "all", "ignore"]

# Segment's and RudderStack's names of HubSpot that do not begin with it.
_HUBSPOT = frozenset({"hs", "actionshubspotcloud"})
# What runs in browsers is another destination.
_NOT_HUBSPOT = "hubspotweb"
# Those through which events reach us.
_WEBHOOKS = frozenset({"webhooks", "webhook", "webhooksactions", "extensiblewebhook"})
_ALL = "all"
_OFF = frozenset(
    {
        *("false", "off", "no", "0", "f", "n"),
        *("disable", "disabled", "deny", "denied", "optout", "optedout"),
    }
)
_NOT_IN_A_NAME = re.compile(r"[\W_]+")
# What is no JSON may still say it: as Python, Ruby, Java and forms print an object.
_IN_TEXT = re.compile(
    r"\b(all|hs|hub[ _-]?spot[\w ()-]{0,40}?)[\"']?\s*(?:=>|=|:)\s*[\"':]?(false|off|no|0|true|on|yes|1)\b",
    re.IGNORECASE,
)
# Nobody needs more to name destinations.
_MAX_CHARS = 4_000
_Choices: TypeAlias = Sequence[tuple[str, bool]]


def is_integrated(places: Iterable[object], mode: Integrations) -> bool:
    """Say whether an event may go to HubSpot; `places` are the objects in which it names destinations.

    The first of them that says something counts.
    """
    if mode == "ignore":
        return True
    said = [_choices(place) for place in places if place not in (None, {})]
    if not said:
        return True
    of_hubspot = _first(said, _is_hubspot)
    if of_hubspot is not None:
        return of_hubspot
    # Engage and replays switch all off and only the destination on through which they reach us.
    if mode == "explicit" or _first(said, _ALL.__eq__) is not False:
        return True
    return any(is_on for choices in said for name, is_on in choices if name in _WEBHOOKS)


def read_integrations(value: object) -> Read:
    """Return what is said of destinations; `false` alone means all of them.

    So does any other word for it. Of text that is no JSON, what it says of HubSpot and of all destinations is
    taken all the same.
    """
    found = read_object(value)
    if found.is_whole:
        return found
    value = parsed(value)
    if isinstance(value, bool) or (isinstance(value, str | int | float) and _is_on(value) is False):
        return Read({"All": value is True})
    texts = [each[:_MAX_CHARS] for each in _parts(value) if isinstance(each, str)]
    told = {name: choice for text in texts for name, choice in _IN_TEXT.findall(text)}
    return found._replace(value={**found.value, **told})


def _parts(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _choices(place: object) -> _Choices:
    said = ((name, _is_on(choice)) for name, choice in read_integrations(place).value.items())
    return [(_plain(name), is_on) for name, is_on in said if is_on is not None]


def _first(said: Iterable[_Choices], is_meant: Callable[[str], bool]) -> bool | None:
    """Return what the first place says that says anything of a destination: one name that is on is enough."""
    told = ([is_on for name, is_on in choices if is_meant(name)] for choices in said)
    return next((any(each) for each in told if each), None)


def _is_hubspot(name: str) -> bool:
    return name in _HUBSPOT or (name.startswith("hubspot") and not name.startswith(_NOT_HUBSPOT))


def _plain(name: str) -> str:
    plain = name if name.isascii() else normalize("NFKC", name)
    return _NOT_IN_A_NAME.sub("", plain.casefold())


def _is_on(choice: object) -> bool | None:
    """Return whether a destination is on, None if that is not said."""
    choice = parsed(choice)
    if isinstance(choice, str):
        text = _plain(choice)
        return text not in _OFF if text else None
    if isinstance(choice, Mapping):
        # Options in place of `true` count as `true`, even if there are none.
        return choice.get("enabled") in (None, "") or _is_on(choice["enabled"]) is not False
    if isinstance(choice, int | float):
        return choice != 0
    return None if choice is None else True
