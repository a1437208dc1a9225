"""Two memories of one person or company, each kept by a destination of its own → one. Pure.

Both have written to the same HubSpot account without knowing of each other. So only that is sure on which
they agree, or which one of them alone has ever written.
"""

from collections.abc import Mapping
from dataclasses import replace

from relay.core.profiles import Fact, LinkState, Profile, with_linked


def united(ours: Profile, former: Profile) -> Profile:
    """Return one profile of two under the same key.

    Of two contacts and two records `ours` counts; of two pointers the one by the word that counts for more,
    then the newer one. What is deleted in one stays deleted, unless the other has heard of the person since.
    """
    deleted_at_ms = max(ours.deleted_at_ms, former.deleted_at_ms)
    alive = [each for each in (ours, former) if _heard_of_ms(each) > deleted_at_ms]
    if deleted_at_ms and not alive:
        return Profile(deleted_at_ms=deleted_at_ms)
    first, further = (ours, former) if ours in alive or not deleted_at_ms else (former, ours)
    if deleted_at_ms and further not in alive:
        further = Profile()
    named = _named(first, further)
    return replace(
        named,
        facts=_facts(first, further),
        links=_links(first, further),
        linked=with_linked(further.linked, first.linked),
        deleted_at_ms=deleted_at_ms,
        creating_at_ms=max(ours.creating_at_ms, former.creating_at_ms),
        resting_until_ms=max(ours.resting_until_ms, former.resting_until_ms),
    )


def _heard_of_ms(profile: Profile) -> int:
    return max((profile.at_ms, *(fact.at_ms for fact in profile.facts.values())))


def _named(first: Profile, further: Profile) -> Profile:
    """Return the one that says who it is."""
    if first.points_to and further.points_to:
        return min(first, further, key=lambda each: (each.word, -each.at_ms))
    return first if first.object_id or first.email or first.points_to else further


def _links(first: Profile, further: Profile) -> Mapping[str, LinkState]:
    """Return the links of both; of two to one company the newer one counts."""
    newer = {
        company: link
        for company, link in further.links.items()
        if company not in first.links or first.links[company].at_ms < link.at_ms
    }
    return {**first.links, **newer}


def _facts(first: Profile, further: Profile) -> Mapping[bytes, Fact]:
    """Return what is known of each property; of another object nothing but the times is known."""
    is_other = bool(first.object_id and further.object_id) and first.object_id != further.object_id
    facts = dict(first.facts)
    for name, fact in further.facts.items():
        known = facts.get(name)
        if known is None:
            facts[name] = Fact(fact.at_ms) if is_other else fact
        else:
            facts[name] = _agreed(known, fact)
    return facts


def _agreed(one: Fact, other: Fact) -> Fact:
    at_ms = max(one.at_ms, other.at_ms)
    if one.value != other.value:
        return Fact(at_ms)
    return Fact(at_ms, one.value, max(one.confirmed_at_ms, other.confirmed_at_ms))
