"""Groups of different names that ask for one company because they have one domain. Pure.

Which group has last told of a company is remembered as one of its facts, under a name that no property has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from relay.core.digests import value_hash
from relay.core.events import Event
from relay.core.groups import MappedCompany
from relay.core.planning import Input
from relay.core.profiles import Fact, Profile, name_hash

SHARED_DOMAIN = "shared_domain"
# Under which part of the event, and as what, such groups are told.
TOLD = {"groupId": SHARED_DOMAIN}
_GROUP, _NAME = name_hash("\0group"), name_hash("name")


def names_by_group(
    inputs: Iterable[Input], events: Sequence[Event], mapped: Mapping[int, object]
) -> Mapping[str, Mapping[str, str]]:
    """Return for each trace id the names that groups give the company, by their ids, the newest last."""
    return {
        entry.trace_id: {
            group_id: name
            for n in entry.sources
            if (group_id := events[n].group_id)
            and isinstance(company := mapped[n], MappedCompany)
            and (name := company.intent.properties.get("name"))
        }
        for entry in inputs
    }


def is_shared(profile: Profile, names: Mapping[str, str]) -> bool:
    """Say whether another group with another name has told of the company, or several are about to.

    `names` are those that groups give it now, by their ids.
    """
    if len(names) > 1 and len(set(names.values())) > 1:
        return True
    group, name = (profile.facts.get(key, Fact(0)).value for key in (_GROUP, _NAME))
    return any(
        group not in (b"", value_hash(group_id)) and name not in (b"", value_hash(text))
        for group_id, text in names.items()
    )


def told_by(profile: Profile, group_id: str, at_ms: int) -> Profile:
    """Return the profile of a company after a group has told of it; since when it is the same one counts."""
    known = profile.facts.get(_GROUP)
    if known and known.value == value_hash(group_id):
        return profile
    return replace(profile, facts={**profile.facts, _GROUP: Fact(at_ms, value_hash(group_id))})
