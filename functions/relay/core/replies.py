"""What came back from a call: an HTTP answer of any status, or none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeAlias

from relay.core.json_parts import text_mapping


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `body` is the parsed JSON, or None where it was none; header names are lower case.

    It `is_unreadable` if it has a body that is no JSON.
    """

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class NoReply:
    """No answer came, or no call was made; `reason` says which.

    After a reason that begins with `no_answer` the write may have happened.
    """

    reason: str
    wait_ms: int = 0


Answer: TypeAlias = Reply | NoReply


def content(answer: Answer) -> Mapping[str, object]:
    """Return the object that a 200 holds, an empty one for any other answer."""
    return text_mapping(answer.body) if isinstance(answer, Reply) and answer.status == HTTPStatus.OK else {}


# How long an answer may keep the relay away. Whoever has longer to wait is asked again, which costs one call.
LONGEST_WAIT_MS = 900_000
# A portal that is being moved between data centres; HubSpot says for how long, up to a day.
MIGRATION = 477
LONGEST_MIGRATION_MS = 86_400_000
# Nine digits of seconds are thirty years.
_SECONDS = re.compile(r"0*(?P<whole>[0-9]+)(?P<part>\.[0-9]*)?")
_MOST_DIGITS = 9
# "Wed, 21 Oct 2026 07:28:00 GMT" has 29.
_MOST_DATE_CHARS = 40


def retry_after_ms(reply: Reply) -> int:
    """Return the `Retry-After` of an answer in milliseconds; 0 without one, or if it is none.

    HubSpot counts it in seconds; a network in between may write a date (RFC 9110), which counts from the
    answer's own `Date`, so that no clock of ours is asked. Of several the longest counts, and none for longer
    than a quarter of an hour, or a day while a portal is moved.
    """
    said = reply.headers.get("retry-after", "").strip()
    most_ms = LONGEST_MIGRATION_MS if reply.status == MIGRATION else LONGEST_WAIT_MS
    if "," in said and len(said) <= _MOST_DATE_CHARS and (until_s := _date_s(said)) is not None:
        answered_s = _date_s(reply.headers.get("date", ""))
        return 0 if answered_s is None else min(max(0, until_s - answered_s) * 1000, most_ms)
    return min(max(map(_seconds, said.split(",", _MOST_VALUES)[:_MOST_VALUES])) * 1000, most_ms)


# More of one header than this were not written to be read.
_MOST_VALUES = 10


def _seconds(text: str) -> int:
    found = _SECONDS.fullmatch(text.strip())
    if not found:
        return 0
    whole = found["whole"]
    return (
        10**_MOST_DIGITS
        if len(whole) > _MOST_DIGITS
        else int(whole) + bool((found["part"] or "").strip(".0"))
    )


def _date_s(text: str) -> int | None:
    """Return the moment of an HTTP date in seconds; None if it is none."""
    try:
        return int(parsedate_to_datetime(text[:_MOST_DATE_CHARS]).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
