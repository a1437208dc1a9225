"""What makes events wait until a person or HubSpot has done something: kept, to be told at once. Pure.

Waits that end by themselves within minutes (limits, a lost answer, another sender) are no troubles.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

from relay.core.accounts import ACCOUNT_UNKNOWN, WRONG_ACCOUNT
from relay.core.answers import ACCESS_TOKEN_REFUSED, MISSING_SCOPE, REFUSED_ALIKE
from relay.core.bucket import BLOCKED, DAY_SPENT
from relay.core.outcomes import Deferred, Delivered, Outcome
from relay.core.paths import UNKNOWN_PATH
from relay.core.ratelimits import MIGRATION_MS
from relay.core.replies import MIGRATION

# Nobody's events get through while one of these is so.
_OF_ALL = frozenset(
    {
        ACCESS_TOKEN_REFUSED.reason,
        WRONG_ACCOUNT,
        ACCOUNT_UNKNOWN,
        "no_access_token",
        "no_settings",
        "invalid_settings",
        "match_property_missing",
    }
)
# First words of reasons, as are those above. What waits for a person is looked at within a minute; an alarm
# of the template goes off for it.
_OF_PERSONS = _OF_ALL | {
    MISSING_SCOPE,
    REFUSED_ALIKE,
    UNKNOWN_PATH,
    "missing_tier",
    "forbidden",
    "match_property_not_unique",
    "not_sendable",
}
_OF_PORTALS = frozenset({DAY_SPENT, "not_hubspot"})
# Waiting events are looked at more often than this: what was not seen for longer is over.
CURRENT_FOR_MS = 1_800_000
# A trouble that goes on is written down again after this long.
WRITTEN_AFTER_MS = 60_000
# Reasons and words are HubSpot's, and the settings' author's: they must not fill the item.
MAX_TROUBLES = 20
MAX_CHARS = 1_000

WaitsFor: TypeAlias = Literal["", "person", "portal"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why events of a destination wait.

    Attributes:
        reason: The outcome's reason, such as `missing_scope: crm.objects.contacts.write`.
        said: HubSpot's words without addresses and values; "" where it said nothing.
        since_ms: When it was seen first, in milliseconds since 1970.
        seen_ms: When it was seen last.
        looks: About how many times an event was put off for it.
        message_id: The Segment id of an event that waits for it.
    """

    reason: str
    said: str
    since_ms: int
    seen_ms: int
    looks: int
    message_id: str

    @property
    def word(self) -> str:
        """The reason's first word."""
        return self.reason.partition(":")[0]

    def is_current(self, now_ms: int) -> bool:
        """Say whether it was seen so lately that it is likely to go on."""
        return now_ms - self.seen_ms < CURRENT_FOR_MS


# By reason.
Troubles: TypeAlias = Mapping[str, Trouble]


def waits_for(outcome: Outcome) -> WaitsFor:
    """Say for whom a deferred event waits: a `person`, HubSpot's `portal`, or "" for nobody in particular."""
    if not isinstance(outcome, Deferred):
        return ""
    word = outcome.reason.partition(":")[0]
    if word in _OF_PERSONS:
        return "person"
    # A portal that is being moved answers once; from then on it is the bucket that keeps everybody away.
    is_moving = outcome.reason == BLOCKED and outcome.wait_ms >= MIGRATION_MS
    is_portal = word in _OF_PORTALS or outcome.reason.endswith(f"status_{MIGRATION}")
    return "portal" if is_moving or is_portal else ""


def looked_at(known: Troubles, ends: Iterable[tuple[str, Outcome]], now_ms: int) -> Troubles:
    """Return the troubles of a destination after a look at its events.

    `ends` are message ids with what became of the events. A trouble is over when its example has another end,
    when anything was delivered although the trouble stands in everybody's way, or when deliveries go on and
    nobody has seen it for half an hour.
    """
    outcomes = dict(ends)
    found = {reason: each for reason, each in known.items() if not _is_over(each, outcomes, now_ms)}
    for message_id, outcome in outcomes.items():
        if isinstance(outcome, Deferred) and waits_for(outcome):
            reason = outcome.reason[:MAX_CHARS]
            before = found.get(reason) or Trouble(reason, "", now_ms, now_ms, 0, message_id)
            said = outcome.log_message[:MAX_CHARS] or before.said
            found[reason] = replace(before, said=said, seen_ms=now_ms, looks=before.looks + 1)
    newest = sorted(found.values(), key=lambda each: -each.seen_ms)[:MAX_TROUBLES]
    return {each.reason: each for each in newest}


def has_news(written: Troubles, now: Troubles) -> bool:
    """Say whether troubles are to be written down: others than before, in other words, or a minute later."""
    if written.keys() != now.keys():
        return True
    pairs = [(written[reason], each) for reason, each in now.items()]
    return any(
        before.said != after.said or after.seen_ms - before.seen_ms >= WRITTEN_AFTER_MS
        for before, after in pairs
    )


def together(one: Troubles, other: Troubles) -> Troubles:
    """Return the troubles that stand in `one`, with what `other` knows of the same ones beyond that."""
    return {reason: _merged(each, other.get(reason)) for reason, each in one.items()}


def as_text(troubles: Troubles) -> str:
    """Return troubles as they are stored."""
    return json.dumps([asdict(each) for each in troubles.values()])


def from_text(text: str) -> Troubles:
    """Read back what `as_text` wrote; what another version has written otherwise counts as nothing."""
    try:
        found = [Trouble(**each) for each in json.loads(text or "[]")]
    except (ValueError, TypeError):
        return {}
    return {each.reason: each for each in found}


def _is_over(trouble: Trouble, outcomes: Mapping[str, Outcome], now_ms: int) -> bool:
    example = outcomes.get(trouble.message_id)
    if isinstance(example, Deferred):
        # Put off for something that passes, it says nothing of the trouble.
        return bool(waits_for(example)) and example.reason[:MAX_CHARS] != trouble.reason
    if example:
        return True
    is_delivering = any(isinstance(each, Delivered) for each in outcomes.values())
    return is_delivering and (trouble.word in _OF_ALL or not trouble.is_current(now_ms))


def _merged(one: Trouble, other: Trouble | None) -> Trouble:
    if other is None or other.since_ms < one.since_ms:
        return one
    return replace(one, seen_ms=max(one.seen_ms, other.seen_ms), looks=max(one.looks, other.looks))
