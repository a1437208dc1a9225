"""What HubSpot says of its limits: an answer's headers and status → what the bucket should believe.

Sources: HubSpot's usage guidelines (headers, policies) and its error handling page (423, 477).
"""

from collections.abc import Mapping
from http import HTTPStatus

from relay.core.answers import Reply, retry_after_ms
from relay.core.bucket import WINDOW_MS, Family, Learned, Observation
from relay.core.plans import MOST_A_DAY, MOST_IN_WINDOW
from relay.core.replies import MIGRATION

MIGRATION_MS = 60_000
# Too many upserts in a short time lock the object type for 2 s.
LOCKED_MS = 3_000
# The longest name in the time zone database has 32 characters.
LONGEST_TIME_ZONE = 40
MOST_DIGITS = 18
MOST_CHARS = 100


def observation(family: Family, reply: Reply, now_ms: int) -> Observation | None:
    """Return what `reply`, which came at `now_ms` to a call of `family`, says of the limits, if anything."""
    is_spent = reply.status == HTTPStatus.TOO_MANY_REQUESTS and _policy(reply) == "DAILY"
    seen = Observation(
        at_ms=now_ms,
        learned=_learned(family, reply),
        day_remaining=_remaining(reply.headers),
        day_is_spent=is_spent,
        blocked_until_ms={} if is_spent else _blocked(family, reply, now_ms),
    )
    return None if seen == Observation(now_ms) else seen


def _learned(family: Family, reply: Reply) -> Learned:
    headers = reply.headers
    is_burst = family == Family.BURST and _number(headers, "interval-milliseconds") == WINDOW_MS[family]
    return Learned(
        burst=_limit(headers, "max", MOST_IN_WINDOW) if is_burst else 0,
        day=_limit(headers, "daily", MOST_A_DAY),
        time_zone=_time_zone(reply.body),
    )


def _time_zone(body: object) -> str:
    """Return the time zone that account details hold; the day ends at its midnight."""
    found = body.get("timeZone") if isinstance(body, Mapping) and "portalId" in body else None
    is_name = isinstance(found, str) and len(found) <= LONGEST_TIME_ZONE and found.isascii()
    return str(found) if is_name and str(found).isprintable() else ""


def _blocked(family: Family, reply: Reply, now_ms: int) -> Mapping[Family, int]:
    asked_ms = retry_after_ms(reply)
    match reply.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            window_ms = 1_000 if _policy(reply).startswith("SECONDLY") else WINDOW_MS[family]
            return {family: now_ms + (asked_ms or window_ms)}
        case HTTPStatus.LOCKED:
            return {family: now_ms + (asked_ms or LOCKED_MS)}
        case code if code == MIGRATION:
            return dict.fromkeys(Family, now_ms + (asked_ms or MIGRATION_MS))
        case _:
            return {}


def _policy(reply: Reply) -> str:
    """Return the name of the limit that was reached; from the message, where HubSpot leaves out the name."""
    body = reply.body if isinstance(reply.body, Mapping) else {}
    name = body.get("policyName")
    if isinstance(name, str) and name:
        return name.upper()
    message = str(body.get("message", "")).lower()
    known = {"ten_secondly": "TEN_SECONDLY_ROLLING", "secondly": "SECONDLY", "daily": "DAILY"}
    return next((policy for word, policy in known.items() if word in message), "")


def _limit(headers: Mapping[str, str], name: str, most: int) -> int:
    """Return a limit that HubSpot tells; 0 if it tells none, or one that no plan has."""
    limit = _number(headers, name) or 0
    return limit if limit <= most else 0


def _remaining(headers: Mapping[str, str]) -> int | None:
    """Return how many calls are left of the day; None if it is not told, or cannot be."""
    left, day = _number(headers, "daily-remaining"), _limit(headers, "daily", MOST_A_DAY)
    return left if left is not None and left <= (day or MOST_A_DAY) else None


def _number(headers: Mapping[str, str], name: str) -> int | None:
    """Return the number in a header; None if it is none. The same header again must say the same."""
    said = headers.get(f"x-hubspot-ratelimit-{name}", "")[:MOST_CHARS].split(",")
    texts = {text.strip() for text in said}
    text = texts.pop()
    is_number = not texts and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None
