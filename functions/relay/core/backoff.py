"""How long an event that is still open waits until it is looked at again."""

from relay.core.answers import REFUSED_ALIKE
from relay.core.outcomes import Deferred, Outcome
from relay.core.troubles import waits_for

# SQS delays a message by 15 minutes at most; within that a person notices that HubSpot is back.
MAX_DELAY_S = 900
# A delayed message cannot be hurried. What a person mends is looked at within this time.
LOOKED_AT_WITHIN_S = 60
# With a batching window, Lambda may gather for so long where little comes in (AWS's documentation).
_GATHERING_S = 20
MAX_DELAY_FOR_PERSON_S = LOOKED_AT_WITHIN_S - _GATHERING_S


def waits_for_person(outcome: Outcome) -> bool:
    """Say whether an event waits until a person has mended something, and a look at it costs little.

    What is refused alike wants a person too, but each look costs a dozen of HubSpot's calls for a hundred
    people, which would use up a day's calls in hours.
    """
    is_costly = isinstance(outcome, Deferred) and outcome.reason.partition(":")[0] == REFUSED_ALIKE
    return waits_for(outcome) == "person" and not is_costly


def delay_s(looks: int, *, base_s: float, wait_ms: int, jitter: float, for_person: bool = False) -> int:
    """Return whole seconds until an event is looked at again: `base_s` · 2ⁿ ± 25 %, at least `wait_ms`.

    `looks` is how often it was looked at. `jitter` is a random number in [0, 1): without it, all that failed
    together would come back together.
    """
    most_s = MAX_DELAY_FOR_PERSON_S if for_person else MAX_DELAY_S
    doublings = min(max(looks - 1, 0), 20)
    backoff_s = min(base_s * (1 << doublings), most_s) * (0.75 + jitter / 2)
    return min(max(round(backoff_s), -(-wait_ms // 1000), 1), most_s)
