"""Contacts that are known by something else from now on: what was remembered of them goes on. Pure.

Until HubSpot has confirmed that both are one contact, nothing is moved: the former handle keeps its profile.
"""

from dataclasses import replace

from relay.core.handles import RECORD, handle_for
from relay.core.identity import People
from relay.core.profiles import Profile, email_key, joined


def named_record(people: People, record_id: str) -> str:
    """Return the handle of the contact of a record; one that nobody knows is known by it from now on."""
    if holder := people.holder(record_id):
        return holder
    handle = handle_for(RECORD, record_id)
    people.call(handle)
    people.put(email_key(handle), replace(people.profile(handle), object_id=record_id))
    return handle


def keep_under(people: People, handle: str, object_id: str, at_ms: int) -> None:
    """Remember that the contact of `handle` has a record, whatever it was kept under so far."""
    holder = people.holder(object_id)
    known = joined(people.profile(handle), people.profile(holder) if holder else Profile())
    people.learn(handle, replace(known, object_id=object_id), at_ms)
    if holder and holder != handle:
        people.learn_further(holder, handle, at_ms)


def succeed(people: People, handle: str, before: str) -> bool:
    """Note that the contact of `handle`, of which no record is known, was known as `before` until now.

    Return whether there is a record to take over.
    """
    if handle != before and not people.profile(handle).object_id and people.profile(before).object_id:
        people.predecessors[handle] = before
    return predecessor(people, handle) == before


def predecessor(people: People, handle: str) -> str:
    """Return what the contact of a handle was known as until now, "" if it is the same."""
    return "" if people.profile(handle).object_id else people.predecessors.get(handle, "")


def taken_over(people: People, handle: str) -> Profile:
    """Return what is remembered of a contact, also as whom it was known until now."""
    profile, before = people.profile(handle), predecessor(people, handle)
    if not before:
        return profile
    other = people.profile(before)
    resting_until_ms = max(profile.resting_until_ms, other.resting_until_ms)
    return replace(joined(profile, other), resting_until_ms=resting_until_ms)


def record_of(people: People, handle: str) -> str:
    """Return HubSpot's id of a contact, also of whom it was known as until now; "" if nobody knows it."""
    return people.profile(handle).object_id or people.profile(predecessor(people, handle)).object_id
