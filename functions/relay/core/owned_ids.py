"""Events without the ids that nobody owns, and what becomes of those that would have needed one. Pure.

Whoever reads an event afterwards finds no id where a placeholder was: nothing is looked up or remembered
under it.
"""

from collections.abc import Mapping, Sequence

from relay.core.events import Event, to_id
from relay.core.identifiers import keys_of
from relay.core.outcomes import Outcome, Skipped
from relay.core.placeholders import IdRules

PLACEHOLDER = "placeholder_id"
CONTEXT_GROUP = "context.groupId"
_FIELDS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "previousId": "previous_id",
    "groupId": "group_id",
}
# Why an event is skipped that has no person, whoever that would have been.
_WITHOUT_PERSON = frozenset({"no_email", "no_person"})


def placeholders_in(event: Event, ids: IdRules, *, reads_context: bool = False) -> Sequence[str]:
    """Return the fields of `event` whose ids name nobody, by Segment's names.

    The group in its context is one of them if that is to be read.
    """
    found = [
        name
        for name, field in _FIELDS.items()
        if (text := getattr(event, field)) is not None and ids.is_placeholder(text)
    ]
    group_id = to_id(event.context.get("groupId")) if reads_context else None
    return [*found, CONTEXT_GROUP] if group_id is not None and ids.is_placeholder(group_id) else found


def all_placeholders(
    events: Sequence[Event], ids: IdRules, *, reads_context: bool
) -> Mapping[int, Sequence[str]]:
    """Return the same for each event that has such an id, by its place."""
    found = {n: placeholders_in(event, ids, reads_context=reads_context) for n, event in enumerate(events)}
    return {n: names for n, names in found.items() if names}


def without(event: Event, names: Sequence[str]) -> Event:
    """Return `event` without the ids in these fields."""
    changes: dict[str, object] = {_FIELDS[name]: None for name in names if name in _FIELDS}
    if CONTEXT_GROUP in names:
        changes["context"] = {key: value for key, value in event.context.items() if key != "groupId"}
    return event.model_copy(update=changes) if changes else event


def outcome_without(event: Event, names: Sequence[str], outcome: Outcome) -> Outcome:
    """Return what has become of an event that has lost the ids in these fields: for want of them, maybe."""
    if isinstance(outcome, Skipped) and _is_for_want(event, names, outcome.reason):
        return Skipped(PLACEHOLDER)
    return outcome


def _is_for_want(event: Event, names: Sequence[str], reason: str) -> bool:
    # A browser's id says nothing of a user who is named.
    is_person_lost = "userId" in names or ("anonymousId" in names and not event.user_id)
    if reason in _WITHOUT_PERSON:
        return is_person_lost
    if reason == "contact_unknown":
        return is_person_lost and event.type == "delete" and not any(keys_of(event))
    if reason == "alias_incomplete":
        return "userId" in names or "previousId" in names
    return reason == "no_group_id" and "groupId" in names
