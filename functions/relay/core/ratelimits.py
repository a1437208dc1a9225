"""What HubSpot says of its limits: an answer's headers and status → what the bucket should believe.

Sources: HubSpot's usage guidelines (headers, policies) and its error handling page (423, 477).
"""

from collections.abc import Mapping
from http import HTTPStatus

from relay.core.answers import Reply, retry_after_ms
from relay.core.bucket import WINDOW_MS, Family, Learned, Observation

# A portal that is being moved between data centres; HubSpot says for how long, up to a day.
MIGRATION = 477
MIGRATION_MS = 60_000
# Too many upserts in a short time lock the object type for 2 s.
LOCKED_MS = 3_000
# The longest name in the time zone database has 32 characters.
LONGEST_TIME_ZONE = 40
MOST_DIGITS = 18
# What an answer may ask for at most: no header keeps the relay away for longer than a day.
MOST_MS = 86_400_000


def observation(family: Family, reply: Reply, now_ms: int) -> Observation | None:
    """Return what `reply`, which came at `now_ms` to a call of `family`, says of the limits, if anything."""
    is_spent = reply.status == HTTPStatus.TOO_MANY_REQUESTS and _policy(reply) == "DAILY"
    seen = Observation(
        at_ms=now_ms,
        learned=_learned(family, reply),
        day_remaining=_number(reply.headers, "daily-remaining"),
        day_is_spent=is_spent,
        blocked_until_ms={} if is_spent else _blocked(family, reply, now_ms),
    )
    return None if seen == Observation(now_ms) else seen


def _learned(family: Family, reply: Reply) -> Learned:
    headers = reply.headers
    is_burst = family == Family.BURST and _number(headers, "interval-milliseconds") == WINDOW_MS[family]
    return Learned(
        burst=(_number(headers, "max") or 0) if is_burst else 0,
        day=_number(headers, "daily") or 0,
        time_zone=_time_zone(reply.body),
    )


def _time_zone(body: object) -> str:
    """Return the time zone that account details hold; the day ends at its midnight."""
    found = body.get("timeZone") if isinstance(body, Mapping) and "portalId" in body else None
    return found if isinstance(found, str) and len(found) <= LONGEST_TIME_ZONE else ""


def _blocked(family: Family, reply: Reply, now_ms: int) -> Mapping[Family, int]:
    asked_ms = min(retry_after_ms(reply.headers), MOST_MS)
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


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(f"x-hubspot-ratelimit-{name}", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
