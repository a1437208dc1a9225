"""How long a deferred record stays hidden on the queue."""

# SQS allows 12 hours; within 15 minutes a person notices that HubSpot is back.
MAX_VISIBILITY_TIMEOUT_S = 900


def visibility_timeout_s(receive_count: int, *, base_s: float, wait_ms: int, jitter: float) -> int:
    """Return whole seconds until the record is looked at again: `base_s` · 2ⁿ ± 25 %, at least `wait_ms`.

    `jitter` is a random number in [0, 1): without it, all that failed together would come back together.
    """
    doublings = min(max(receive_count - 1, 0), 20)
    delay_s = min(base_s * (1 << doublings), MAX_VISIBILITY_TIMEOUT_S) * (0.75 + jitter / 2)
    return min(max(round(delay_s), -(-wait_ms // 1000), 1), MAX_VISIBILITY_TIMEOUT_S)
