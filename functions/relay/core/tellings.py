"""What is remembered of who has told of a company: its group, and the event. Pure.

Groups of different names that have one domain ask for one company. Both are facts of it, under names that no
property has.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from relay.core.digests import value_hash
from relay.core.events import Event
from relay.core.groups import MappedCompany
from relay.core.planning import Input
from relay.core.profiles import Fact, Profile, name_hash

SHARED_DOMAIN = "shared_domain"
# Under which part of the event, and as what, such groups are told.
TOLD = {"groupId": SHARED_DOMAIN}
_GROUP, _EVENT, _NAME = name_hash("\0group"), name_hash("\0event"), name_hash("name")


@dataclass(frozen=True, slots=True)
class Telling:
    """Who tells of a company: the newest event's id, and the names that groups give it by their ids."""

    message_id: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


def tellings(
    inputs: Iterable[Input], events: Sequence[Event], mapped: Mapping[int, object], *, by_domain: bool
) -> Mapping[str, Telling]:
    """Return for each trace id who tells of the company; with names only where it is known `by_domain`."""
    return {
        entry.trace_id: Telling(
            events[entry.sources[-1]].message_id,
            dict(_names(entry.sources, events, mapped)) if by_domain else {},
        )
        for entry in inputs
    }


def _names(
    sources: Iterable[int], events: Sequence[Event], mapped: Mapping[int, object]
) -> Iterator[tuple[str, str]]:
    for n in sources:
        company, group_id = mapped[n], events[n].group_id
        if group_id and isinstance(company, MappedCompany):
            name = company.intent.properties.get("name")
            yield from ((group_id, name),) if name else ()


def is_shared(profile: Profile, telling: Telling) -> bool:
    """Say whether another group with another name has told of the company, or several are about to."""
    names = telling.names
    if len(names) > 1 and len(set(names.values())) > 1:
        return True
    group, name = (profile.facts.get(key, Fact(0)).value for key in (_GROUP, _NAME))
    return any(
        group not in (b"", value_hash(group_id)) and name not in (b"", value_hash(text))
        for group_id, text in names.items()
    )


def is_repeated(profile: Profile, telling: Telling) -> bool:
    """Say whether the event that tells of a company is the one that has written it last."""
    return profile.facts.get(_EVENT, Fact(0)).value == value_hash(telling.message_id)


def told_by(profile: Profile, telling: Telling, *, is_written: bool) -> Profile:
    """Return the profile of a company after somebody has told of it, and written it or not."""
    written = [telling.message_id] if is_written and telling.message_id else []
    facts = {_GROUP: [*telling.names][-1:], _EVENT: written}
    news = {key: Fact(0, value_hash(text)) for key, texts in facts.items() for text in texts}
    return replace(profile, facts={**profile.facts, **news})
