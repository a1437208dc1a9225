"""How long an event that is still open waits until it is looked at again."""

from relay.core.answers import REFUSED_ALIKE
from relay.core.outcomes import Deferred, Outcome
from relay.core.troubles import waits_for

# SQS delays a message by 15 minutes at most; within that a person notices that HubSpot is back.
MAX_DELAY_S = 900
# A delayed message cannot be hurried. What a person mends is seen by them within a minute.
MAX_DELAY_FOR_PERSON_S = 60


def waits_for_person(outcome: Outcome) -> bool:
    """Say whether an event is deferred until a person has mended something.

    Such events are looked at every `MAX_DELAY_FOR_PERSON_S` at least. Not what is refused alike, although it
    wants a person too: each look at it costs a dozen of HubSpot's calls for a hundred people, which would use
    up a day's calls in hours.
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
