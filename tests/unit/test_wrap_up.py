"""What an invocation keeps free at its end is enough for SQS, on a clock of the test's own."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from relay.adapters import queue as module
from relay.adapters.queue import Queue
from relay.core.endings import last_try_ms, wrap_up_ms
from relay.core.envelopes import Envelope, pack
from relay.core.events import parse
from relay.core.outcomes import Deferred, Rejected
from relay.fates import Fate, Parcel, Record
from relay.outbox import Outbox
from relay.portals import Invocation
from relay.reports import Report

# The most that a batch may hold (Lambda's BatchSize).
MOST = 10_000
TOTAL_MS, CALL_MS = 120_000, 10_000
# One call to SQS, when it is slow but answers; ten are made side by side.
SLOW_MS, AT_ONCE = 50, 10
# Without an answer: one second to connect, two to read.
LOST_MS = 3_000


@dataclass
class Sqs:
    """SQS on a clock of its own. `answers` says of a call, by its number, whether it has an answer."""

    now_ms: int
    answers: Callable[[int], bool] = lambda _: True
    took: Callable[[str], bool] = lambda _: True
    calls: int = 0
    sent: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def send_message_batch(self, Entries: Any, **_: object) -> Any:  # noqa: N803 - AWS's names
        self._call()
        done = [entry for entry in Entries if self.took(entry["MessageBody"])]
        self.sent += [entry["MessageBody"] for entry in done]
        return {"Successful": [{"Id": entry["Id"]} for entry in done]}

    def change_message_visibility_batch(self, Entries: Any, **_: object) -> Any:  # noqa: N803 - as above
        self._call()
        self.hidden += [entry["ReceiptHandle"] for entry in Entries]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def _call(self) -> None:
        self.calls += 1
        if self.answers(self.calls):
            self.now_ms += SLOW_MS // AT_ONCE
            return
        self.now_ms += LOST_MS
        raise ReadTimeoutError(endpoint_url="sqs")


@dataclass
class Ending:
    """An invocation whose last call to HubSpot has taken all the time that it may take."""

    sqs: Sqs = field(default_factory=lambda: Sqs(0))
    invocation: Invocation = field(
        default_factory=lambda: Invocation("h-1", TOTAL_MS, CALL_MS, 0, wrap_up_ms(TOTAL_MS, MOST))
    )

    def settle(self, *fates: Fate) -> list[str]:
        """Settle fates and hide what failed; return the records that come back."""
        self.sqs.now_ms = self.invocation.last_call_ms + CALL_MS
        client: Any = SimpleNamespace(
            send_message_batch=self.sqs.send_message_batch,
            change_message_visibility_batch=self.sqs.change_message_visibility_batch,
        )
        queue = Queue(client, "url", None, lambda: self.sqs.now_ms)
        outbox = Outbox(queue, queue, 5.0, lambda: 0.5, lambda: self.sqs.now_ms, TOTAL_MS)
        outbox = replace(outbox, last_try_ms=last_try_ms(TOTAL_MS))
        failed = outbox.settle(fates).failed
        outbox.hide(failed)
        return [record.record_id for record in failed]

    @property
    def is_in_time(self) -> bool:
        return self.sqs.now_ms < self.invocation.deadline_ms


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0)


def fate(n: int, report: Report) -> Fate:
    raw = {"type": "identify", "messageId": f"m-{n}"}
    envelope = Envelope("default", 1_000, (raw,))
    record = Record(f"r-{n}", f"h-{n}", pack(envelope)[0], 1)
    event = parse(raw, received_at_ms=1_000, fallback_id="f")
    return Fate(record, [(Parcel(record, envelope, 0, raw, event), report)])


ENDS = [Report(Rejected("refused", "not valid")), Report(Deferred("status_503"))]


@pytest.mark.parametrize("report", ENDS)
def test_a_batch_of_the_largest_size_is_stored_in_four_calls(report: Report) -> None:
    ending = Ending()

    assert ending.settle(*[fate(n, report) for n in range(MOST)]) == []

    assert ending.sqs.calls == 4
    assert ending.is_in_time


@pytest.mark.parametrize("report", ENDS)
def test_there_is_time_to_hide_every_record_of_the_largest_batch_if_sqs_takes_nothing(report: Report) -> None:
    ending = Ending(Sqs(0, took=lambda _: False))

    failed = ending.settle(*[fate(n, report) for n in range(MOST)])

    assert len(failed) == len(set(failed)) == MOST
    assert sorted(ending.sqs.hidden) == sorted(f"h-{n}" for n in range(MOST))
    assert ending.is_in_time


@pytest.mark.parametrize("report", ENDS)
def test_what_sqs_is_too_slow_for_comes_back_and_the_invocation_ends_in_time(report: Report) -> None:
    ending = Ending(Sqs(0, answers=lambda _: False))

    failed = ending.settle(*[fate(n, report) for n in range(MOST)])

    assert len(failed) == MOST
    # No try is begun that could outlast the invocation.
    assert ending.sqs.calls > 0
    assert ending.is_in_time


def test_of_a_batch_that_sqs_takes_in_part_each_event_is_in_one_place() -> None:
    # The second call of four, and each time that it is tried again.
    ending = Ending(Sqs(0, answers=lambda call: call not in (2, 3, 4)))

    failed = ending.settle(*[fate(n, ENDS[1]) for n in range(MOST)])

    assert len(failed) == 2_500
    assert len(ending.sqs.sent) == 30
    assert sorted(ending.sqs.hidden) == sorted(each.replace("r", "h") for each in failed)
    assert ending.is_in_time
