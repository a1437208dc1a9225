"""What became of one event: its lines in the sender's log; else where it may be."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.journal import Journal, Line, newer, parsed, pattern_for
from cli.parameters import output
from cli.pause import mapping_of
from cli.queues import Depth, events_queue, rejects_queue
from cli.reasons import Words, words_for, words_for_dropped
from cli.rejected import Reject, Wanted
from cli.rejects import event_json, look
from cli.stack import RunningStack, StackError
from cli.usages import account_text, usages_of
from relay.core.log_lines import clipped

HOUR_MS = 3_600_000
# FilterLogEvents reads through all lines to find a few, from old to new: the newest part is read first.
FIRST_SLICE_MS = HOUR_MS
# A busy log has millions of lines.
READ_S = 60.0
MAX_REJECTS = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event may be that has no line.

    Attributes:
        waiting: About how much the events queue holds.
        is_delivering: Whether the sender receives from it.
        rejects_read: How many messages of the rejects queue were looked at.
        is_all: Whether that were all.
    """

    waiting: Depth
    is_delivering: bool
    rejects_read: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of an event.

    Attributes:
        message_id: Segment's id of it.
        lines: What the sender has written about it, in the order of time. `last` is the one that counts.
        since_ms: From when on the log was read.
        reject: The event as it lies in the rejects queue, if it is there.
        place: Where it may be, if it has no line.
        account: The HubSpot account of its destination, in words, as the sender has found it last; "" if it
            has not.
    """

    message_id: str
    lines: tuple[Line, ...]
    since_ms: int
    reject: Reject | None = None
    place: Place | None = None
    account: str = ""

    @property
    def last(self) -> Line | None:
        """The line that says how it stands."""
        last: Line | None = None
        for line in self.lines:
            last = newer(last, line)
        return last

    @property
    def outcome(self) -> str:
        """What the last line says; `rejected` for one that only lies among the rejects, else `unknown`."""
        if self.last:
            return self.last.word
        return "rejected" if self.reject else "unknown"

    @property
    def reason(self) -> str:
        """Why it was not delivered."""
        if self.last:
            return self.last.reason
        return self.reject.rejection.reason if self.reject else ""

    @property
    def words(self) -> Words:
        """The reason in words."""
        return words_for(self.outcome, self.reason)

    @property
    def is_well(self) -> bool:
        """Whether it has ended as it should."""
        return bool(self.last and self.last.is_well)

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {
            "message_id": self.message_id,
            "outcome": self.outcome,
            "reason": self.reason,
            **asdict(self.words),
            "account": self.account,
            "since_ms": self.since_ms,
            "lines": [line_json(line) for line in self.lines],
            "reject": _without_event(self.reject) if self.reject else None,
            "place": asdict(self.place) if self.place else None,
        }


def status_of(stack: RunningStack, message_id: str, since_ms: int, now_ms: int) -> Status:
    """Find out what became of an event since then. What it reads of the rejects is hidden meanwhile."""
    lines, read_since_ms = _lines(stack, message_id, since_ms, now_ms)
    account = _account(stack, lines[-1].destination) if lines else ""
    if lines and lines[-1].word != "rejected":
        return Status(message_id, lines, read_since_ms, account=account)
    seen = look(rejects_queue(stack), Wanted(message_id=message_id), MAX_REJECTS, with_events=True)
    reject = max(seen.rejects, key=lambda each: each.rejected_at_ms, default=None)
    if lines or reject:
        return Status(message_id, lines, read_since_ms, reject, account=account)
    is_delivering = str(mapping_of(stack)["State"]) not in ("Disabled", "Disabling")
    place = Place(events_queue(stack).depth(), is_delivering, seen.messages, seen.is_all)
    return Status(message_id, (), read_since_ms, None, place)


def _account(stack: RunningStack, destination: str) -> str:
    try:
        usage = usages_of(stack, [destination]).get(destination)
    except (BotoCoreError, ClientError, StackError):
        # The story of the event is told all the same.
        return ""
    return account_text(usage) if usage else ""


def line_json(line: Line) -> Mapping[str, Any]:
    """Return a line of the log for a program, with its reasons in words."""
    dropped = [
        {"property": name, "reason": reason, **asdict(words_for_dropped(reason))}
        for name, reason in line.dropped.items()
    ]
    words = asdict(words_for(line.word, line.reason))
    return {**asdict(line), "outcome": line.word, "reason": line.reason, **words, "dropped": dropped}


def _lines(stack: RunningStack, message_id: str, since_ms: int, now_ms: int) -> tuple[tuple[Line, ...], int]:
    """Return the event's lines, and from when on the log was read."""
    journal = Journal(stack.client("logs"), output(stack, "SenderLogGroupName"))
    # As it stands in lines.
    message_id = clipped(message_id)
    give_up_at = time.monotonic() + READ_S
    found: list[Line] = []
    begin_ms = now_ms
    for begin_ms, until_ms in slices(since_ms, now_ms):
        part = Journal(journal.logs, journal.log_group, begin_ms, until_ms, pattern_for([message_id]))
        for page in part.pages():
            mine = [line for line in map(parsed, page) if line and line.message_id == message_id]
            found += [line for line in mine if line not in found]
            if time.monotonic() > give_up_at:
                # Of this part the newest lines are still missing.
                return _in_order(found), until_ms
        # Before it came in there can be no line about it.
        if found and begin_ms <= min(line.received_at_ms for line in found):
            break
    return _in_order(found), begin_ms


def slices(since_ms: int, now_ms: int) -> Iterator[tuple[int, int]]:
    """Yield spans of time that touch, the newest first, and each four times as long as the one before."""
    until_ms, length_ms = now_ms, FIRST_SLICE_MS
    while until_ms > since_ms:
        begin_ms = max(since_ms, until_ms - length_ms)
        yield begin_ms, until_ms
        until_ms, length_ms = begin_ms, length_ms * 4


def _in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: line.at_ms))


def _without_event(reject: Reject) -> Mapping[str, Any]:
    return {name: value for name, value in event_json(reject).items() if name != "event"}
