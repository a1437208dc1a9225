"""How much of an invocation is kept for its end: what goes back to SQS, the lines, and the answer. Pure.

The numbers are for the template's 120 s. Somebody's shorter time-out shortens them: a sender that has no time
left for HubSpot delivers nothing.
"""

# A call to SQS that is not answered takes 3 s (1 to connect, 2 to read); then come the lines and the answer.
_LAST_TRY_MS, _LEAST_LAST_TRY_MS = 3_500, 1_500
# Before that, what came of HubSpot's last call is packed, and tried first.
_WRAP_UP_MS, _LEAST_WRAP_UP_MS = 6_000, 3_000
# In the worst case all records are refused, and SQS takes nothing, so that each is hidden: a tenth of a call
# of up to 50 ms, ten side by side, and a share of the packing.
_MS_PER_RECORD = 1


def last_try_ms(total_ms: int) -> int:
    """Return how long before the end of an invocation of that length the last try at SQS may begin."""
    return min(max(total_ms // 30, _LEAST_LAST_TRY_MS), _LAST_TRY_MS)


def wrap_up_ms(total_ms: int, records: int) -> int:
    """Return how long before the end of such an invocation with so many records HubSpot's last call ends."""
    base_ms = min(max(total_ms // 20, _LEAST_WRAP_UP_MS), _WRAP_UP_MS)
    return base_ms + min(records * _MS_PER_RECORD, total_ms // 10)
