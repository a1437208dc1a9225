"""Write keys: which destination the events of a source go to, and what its key allows.

They are kept as one JSON object, by write key: `{"…": {"destination": "default", "origins": ["https://…"]}}`.
A key with `origins`, or with `"public": true`, is one of browsers or apps, which everybody can read: its
events come with a grant. Any other is a secret of servers, and may do everything that a library may. This is
read by hand, because ingest has no time for pydantic.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Required, TypedDict, cast

from relay.core.grants import Grant
from relay.core.names import squashed
from relay.core.tracking import TYPES

_DESTINATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# Whoever guesses must not succeed; Segment's own have 32 characters. A colon ends the name in Basic
# credentials.
_KEY = re.compile(r"[!-9;-~]{16,128}")
ANY = "*"
# What each execution environment takes of a key if nothing is said. Of a public one: more than the pages and
# apps of most companies send. Written together, it is a call of HubSpot's a second, a third of 250,000 a day.
PUBLIC_EVENTS_A_SECOND = 100
# Of a server's, which is a secret: half of what a lane gets, so that one source leaves some to the others.
SERVER_EVENTS_A_SECOND = 2_500
# Twelve hexadecimal digits: enough to tell the keys of a stack apart, too few to tell a key.
_FINGERPRINT_BYTES = 6


@dataclass(frozen=True, slots=True)
class Source:
    """Whose write key it is: where its events go, and what they may do.

    Attributes:
        destination: The destination's name.
        key: The write key's fingerprint.
        origins: From which pages browsers may send.
        types: The event types that are taken.
        events_a_second: How many events are taken in a second, 0 without limit; None if nobody has said.
        grant: What the events of a public key may do; None for a server's, which may do everything.
    """

    destination: str
    key: str
    origins: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset(TYPES)
    events_a_second: int | None = None
    grant: Grant | None = None

    @property
    def default_events_a_second(self) -> int:
        """How many events each execution environment takes in a second, if nobody has said."""
        return PUBLIC_EVENTS_A_SECOND if self.grant else SERVER_EVENTS_A_SECOND

    def allows(self, origin: str) -> bool:
        """Say whether pages of `origin` may send; "" stands for whoever is no browser."""
        return not origin or ANY in self.origins or origin.lower() in self.origins


@dataclass(frozen=True, slots=True)
class InvalidWriteKeys:
    """The parameter cannot be used; `problem` says why, without a key in it."""

    problem: str


def is_destination(name: str) -> bool:
    """Say whether `name` can be that of a destination."""
    return bool(_DESTINATION.fullmatch(name))


def fingerprint(key: str) -> str:
    """Return what a write key can be told from others by, without telling it."""
    return blake2b(key.encode(), digest_size=_FINGERPRINT_BYTES).hexdigest()


# Each request reads what the cache of parameters hands out, and hardly any finds it changed.
@lru_cache(maxsize=2)
def read_write_keys(text: str) -> Mapping[str, Source] | InvalidWriteKeys:
    """Read the parameter; nothing in it is nobody's key."""
    try:
        content = json.loads(text or "{}")
    except ValueError:
        return InvalidWriteKeys("not JSON")
    if not isinstance(content, dict):
        return InvalidWriteKeys("not a JSON object")
    sources: dict[str, Source] = {}
    for number, (key, entry) in enumerate(content.items(), start=1):
        source = _source(key, entry)
        if isinstance(source, str):
            return InvalidWriteKeys(f"entry {number}: {source}")
        sources[key] = source
    return sources


def find(sources: Mapping[str, Source], given: str) -> Source | None:
    """Return the source with that write key; in a time that does not tell which keys there are."""
    wanted = given.encode("utf-8", "replace")
    found = [source for key, source in sources.items() if hmac.compare_digest(key.encode(), wanted)]
    return found[0] if found else None


def basic_credentials(header: str) -> tuple[str, str]:
    """Return user name and password of an `Authorization: Basic` header; empty texts where it is none.

    A missing colon is tolerated, as Segment does.
    """
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name.strip(), password.strip()


def _source(key: str, entry: object) -> Source | str:
    if not _KEY.fullmatch(key):
        return "a write key has 16 to 128 printable characters, without a colon"
    problem = _malformed(entry)
    if problem:
        return problem
    options = cast("_Options", entry)
    is_public, name = _is_public(options), fingerprint(key)
    return _contradiction(options) or Source(
        options["destination"],
        name,
        frozenset(origin.lower().rstrip("/") for origin in options.get("origins", ())),
        frozenset(options.get("types", TYPES)),
        options.get("events_a_second"),
        _grant(name, options) if is_public else None,
    )


class _Options(TypedDict, total=False):
    """An entry that is not malformed."""

    destination: Required[str]
    origins: Sequence[str]
    public: bool
    types: Sequence[str]
    events_a_second: int
    may_change_email: bool
    create_contacts: bool
    traits: Sequence[str]


def _grant(name: str, options: _Options) -> Grant:
    return Grant(
        name,
        may_change_email=options.get("may_change_email", False),
        creates_contacts=options.get("create_contacts", True),
        traits=frozenset(options["traits"]) if "traits" in options else None,
    )


def _malformed(entry: object) -> str:
    """Return which option has a value of the wrong form, "" if none has."""
    if not isinstance(entry, dict) or entry.keys() - _FORMS.keys():
        # What stands there could be a key in the wrong place.
        return f'write {{"destination": …}} and, if wanted, {", ".join([*_FORMS][1:])}; nothing else'
    named = {"destination": None, **entry}
    wrong = (name for name, form in _FORMS.items() if name in named and not form.is_right(named[name]))
    name = next(wrong, "")
    return f"{name}: {_FORMS[name].objection}" if name else ""


def _contradiction(options: _Options) -> str:
    """Return which options do not go together, "" if all do."""
    if options.get("public") is False and options.get("origins"):
        return "public: a key with origins stands in pages, and is public"
    useless = next((name for name in _OF_PUBLIC_KEYS if name in options), "")
    if useless and not _is_public(options):
        return f"{useless}: only for a public key, which has origins or public: a server's may do everything"
    return ""


def _is_public(options: _Options) -> bool:
    # Whoever writes `origins` means a key of pages, even if there is no page yet.
    return bool(options.get("public", "origins" in options))


@dataclass(frozen=True, slots=True)
class _Form:
    """What a value has to be, and what is said of one that is not."""

    is_right: Callable[[object], bool]
    objection: str


def _is_name(value: object) -> bool:
    return isinstance(value, str) and is_destination(value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_types(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(each in TYPES for each in value)


def _are_traits(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and squashed(each) for each in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_FLAG = _Form(_is_flag, "neither true nor false")
_FORMS: Mapping[str, _Form] = {
    "destination": _Form(_is_name, "not the name of one"),
    "origins": _Form(_are_texts, "not a list of texts"),
    "public": _FLAG,
    "types": _Form(_are_types, f"not a list of {', '.join(TYPES)}"),
    "events_a_second": _Form(_is_count, "not a whole number from 0 on"),
    "may_change_email": _FLAG,
    "create_contacts": _FLAG,
    "traits": _Form(_are_traits, "not a list of traits"),
}
_OF_PUBLIC_KEYS = ("may_change_email", "create_contacts", "traits")
