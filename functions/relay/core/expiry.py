"""When an event that is still open has waited for long enough: it ends among the rejects. Pure.

SQS drops a message after 14 days, and one that it moves to the rejects queue by itself keeps the time at
which it was sent first: of 14 days there, as many are gone as it has waited. What the sender rejects itself
is a fresh message, which lies there for 14 days.
"""

from relay.core.outcomes import Deferred, Outcome, Rejected

# A day before SQS would drop what was never taken, such as in a stack that was paused for 13 days.
EXPIRES_AFTER_DAYS = 13
_DAY_MS = 86_400_000
EXPIRES_AFTER_MS = EXPIRES_AFTER_DAYS * _DAY_MS
# SQS keeps nothing for longer; its clock and ours may differ.
KEPT_FOR_MS, _SLACK_MS = 14 * _DAY_MS, 3_600_000
# SQS moves a message when it is received for the 1,001st time (maxReceiveCount). What a look leaves open goes
# on as a fresh message: so no sender came to an end at these receives, each a visibility time-out (12
# minutes) apart, or SQS took nothing back. Another look would end as the others did.
MAX_RECEIVES = 900
# Alarms of the template look for the first word.
EXPIRED = "expired"
RECEIVED_TOO_OFTEN = Rejected(
    f"{EXPIRED}: {MAX_RECEIVES}_receives",
    f"It was received {MAX_RECEIVES} times, and no sender came to an end.",
)
# Another sender of ours is at work there: nobody has looked at the event.
_NO_LOOK = frozenset({"portal_busy", "no_time"})


def sent_at(told_ms: int, now_ms: int) -> int:
    """Return when SQS says that a message was sent; 0 for a time that cannot be SQS's, as of a test event."""
    return told_ms if -_SLACK_MS <= now_ms - told_ms <= KEPT_FOR_MS + _SLACK_MS else 0


def expired(outcome: Outcome, waited_ms: int) -> Outcome:
    """Return what becomes of an event that has waited for so long: rejected if it is open after 13 days."""
    if not isinstance(outcome, Deferred) or waited_ms < EXPIRES_AFTER_MS or outcome.reason in _NO_LOOK:
        return outcome
    words = f"{outcome.reason} {outcome.log_message}".strip()
    told = f"It has waited for {EXPIRES_AFTER_DAYS} days: {words}"
    return Rejected(f"{EXPIRED}: {EXPIRES_AFTER_DAYS}_days", told, log_message=told)
