"""Send what a file of exported rejects holds to the events queue again. The file stays as it is."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.queues import Letters
from cli.rejected import Message, Plan, Wanted, plan, portions
from cli.replay import Count, confirmed
from cli.stack import explained
from relay.core.documents import loads
from relay.core.envelopes import VERSION, Envelope, pack, unpack

_WORDS = ("reason", "message", "category", "correlation_id")


class ExportError(Exception):
    """The file is no export of rejects; the text says what is wrong with it."""


@dataclass(slots=True)
class Restore:
    """Sends what was read of a file, so many events a second. `stop` ends it between two calls."""

    events: Letters
    plans: Sequence[Plan]
    rate: int
    stop: threading.Event
    tell: Callable[[Count], None] = lambda _: None
    count: Count = field(default_factory=Count)

    def run(self) -> Count:
        """Send everything once; what is sent twice does no harm."""
        try:
            self._send_all()
        except (BotoCoreError, ClientError) as error:
            self.count.error = explained(error)
        return self.count

    def _send_all(self) -> None:
        for portion in portions(self.plans, self.rate):
            if self.stop.is_set():
                self.count.error = "interrupted"
                return
            sent = confirmed(portion, self.events, lambda each: each.forward)
            self.count.read += len(portion)
            self.count.messages += len(sent)
            self.count.events += sum(each.events for each in sent)
            self.count.kept += len(portion) - len(sent)
            self.tell(self.count)
            self.stop.wait(len(portion) / self.rate)


def read_export(path: Path, wanted: Wanted) -> list[Plan]:
    """Return what is wanted of a file of exported rejects, a plan for each event.

    Raises:
        ExportError: it cannot be read, or a line of it is none that an export has written.
    """
    try:
        return list(_plans(path, wanted))
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror or error}.") from None


def _plans(path: Path, wanted: Wanted) -> Iterator[Plan]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            message = _message(line)
            if not message:
                raise ExportError(f"Line {number} of {path} is nothing that rejects --discard has written.")
            made = plan(message, wanted)
            if made:
                yield made


def _message(line: bytes) -> Message | None:
    """Return the message that a line was a part of, with that event alone; None if it is none."""
    try:
        told: Any = loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    body, words = told.get("body"), (told.get("record_id"), told.get("reason"))
    if not isinstance(body, str):
        letter = unpack(json.dumps(_envelope(told)))
        body = pack(letter)[0] if isinstance(letter, Envelope) else None
    if body is None or not all(isinstance(word, str) for word in words):
        return None
    return Message(str(words[0]), "", body, 0, str(words[1]))


def _envelope(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a line as a message of the queue has it. What is missing there makes it unreadable."""
    names = ("destination", "received_at_ms", "rejected_at_ms", "grant")
    return {
        "v": VERSION,
        **{name: told[name] for name in names if name in told},
        "events": [told.get("event")],
        "rejections": [{name: told.get(name) for name in _WORDS}],
        "earlier": [told.get("earlier")],
    }
