"""What came back from a call: an HTTP answer of any status, or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


def retry_after_ms(headers: Mapping[str, str]) -> int:
    """Return the `Retry-After` of an answer in milliseconds (HubSpot counts it in seconds); 0 without one."""
    seconds = headers.get("retry-after", "").strip()
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) <= _MOST_DIGITS
    return int(seconds) * 1000 if is_number else 0


_MOST_DIGITS = 9
