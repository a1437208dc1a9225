"""Which events, and properties of them, may be made: what a person has named, within the limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relay.core.event_batches import NO_DEFINITION
from relay.core.event_definitions import EventRules
from relay.core.made_names import LOOKS_LIKE_DATA, NOT_MADE, looks_like_data
from relay.core.outcomes import Deferred, Rejected
from relay.making import EVENT_PROPERTIES, EVENTS, Granted, Making

_WORDS = "The relay has not made this event: {why}. Define it in HubSpot, or {else_}; then replay."


@dataclass(frozen=True, slots=True)
class NewEvents:
    """Decides on names of events."""

    making: Making
    rules: EventRules

    def objection(self, name: str) -> tuple[Rejected | Deferred, str] | None:
        """Return why an event must not be made, or not now, and in a word; count it if it may be."""
        # What the settings name, a person has written down.
        if not self.rules.name_for(name) and looks_like_data(name):
            return _rejected(LOOKS_LIKE_DATA), LOOKS_LIKE_DATA
        granted = self.making.reserve(EVENTS, [name])
        if granted.waits:
            return granted.waits, ""
        reason = granted.refused.get(name, "")
        return (_rejected(reason), reason) if reason else None

    def unmade(self, name: str) -> None:
        """Count an event no longer that HubSpot has not made."""
        self.making.give_back(EVENTS, [name])

    def properties(self, qualified_name: str, names: Sequence[str]) -> Granted:
        """Return which properties may be added to an event, counted; why others may not, or have to wait."""
        data = {name: LOOKS_LIKE_DATA for name in names if looks_like_data(name)}
        keys = {f"{qualified_name}.{name}": name for name in names if name not in data}
        granted = self.making.reserve(EVENT_PROPERTIES, list(keys))
        refused = {keys[key]: reason for key, reason in granted.refused.items()}
        return Granted(frozenset(keys[key] for key in granted.names), {**data, **refused}, granted.waits)

    def property_unmade(self, qualified_name: str, name: str) -> None:
        """Count a property no longer that HubSpot has not made."""
        self.making.give_back(EVENT_PROPERTIES, [f"{qualified_name}.{name}"])


def first_properties(
    values: Sequence[Mapping[str, object]],
) -> tuple[list[Mapping[str, object]], Mapping[str, str]]:
    """Return values for the properties with which an event is made; and which are not made, and why.

    HubSpot takes fifty at most, and they are made with the event: they count as one name with it.
    """
    data = {name: LOOKS_LIKE_DATA for each in values for name in each if looks_like_data(name)}
    return [{name: value for name, value in each.items() if name not in data} for each in values], data


def _rejected(reason: str) -> Rejected:
    if reason == LOOKS_LIKE_DATA:
        words = _WORDS.format(
            why="its name looks like data (an id, a number, a date, an address)",
            else_="name it in event_names",
        )
    else:
        setting = reason.removeprefix(f"{NOT_MADE}: ")
        words = _WORDS.format(why=f"as many were made as {setting} allows", else_="raise the limit")
    return Rejected(NO_DEFINITION, words, log_message=words)
