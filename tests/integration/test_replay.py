"""Looking at the rejects queue, and sending what lies there again, against moto."""

import threading
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from builders import identify
from mypy_boto3_sqs import SQSClient

from cli import queues
from cli import replay as module
from cli.queues import Letters
from cli.rejected import Wanted
from cli.rejects import Look, as_json, look
from cli.replay import Count, Replay
from relay.core.envelopes import Envelope, PastRejection, pack, rejected, unpack
from relay.core.outcomes import Rejected

REFUSED, NO_SCOPE = Rejected("refused", "not valid"), Rejected("missing_scope")
# So that no test waits: events go out as fast as SQS takes them.
RATE = 1_000_000


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "WAIT_S", 0)
    monkeypatch.setattr(module, "CLOCK_S", 0)


@pytest.fixture
def client() -> SQSClient:
    return boto3.client("sqs")


@pytest.fixture
def events(client: SQSClient) -> Letters:
    return Letters(client, client.create_queue(QueueName="events")["QueueUrl"])


@pytest.fixture
def rejects(client: SQSClient) -> Letters:
    return Letters(client, client.create_queue(QueueName="rejects")["QueueUrl"])


def body_of(*rejections: Rejected, key: str = "m") -> str:
    """Return the message of events `m-0`, `m-1` … that were rejected so."""
    letter = Envelope(
        "default", 1_000, tuple(identify(messageId=f"{key}-{n}") for n in range(len(rejections)))
    )
    (body,) = pack(rejected(letter, dict(enumerate(rejections)), 5_000))
    return body


def put(queue: Letters, *bodies: str) -> None:
    for body in bodies:
        assert queue.send([(body, "default")]) == [True]


def visible(queue: Letters) -> list[str]:
    """Return the bodies that can be received just now, and hide them."""
    found: list[str] = []
    while received := queue.receive(60):
        found += [message.body for message in received]
    return sorted(found)


def replay(rejects: Letters, events: Letters, wanted: Wanted = Wanted(), rate: int = RATE) -> Replay:  # noqa: B008 - immutable
    return Replay(rejects, events, wanted, rate, threading.Event())


def counted(count: Count) -> tuple[int, int, bool]:
    return count.messages, count.events, count.is_complete


class Broken(Letters):
    """A queue that stores what is sent to it, and whose answers get lost."""

    def send(self, letters: Sequence[tuple[str, str]]) -> list[bool]:
        super().send(letters)
        raise ReadTimeoutError(endpoint_url=self.url)


class Refusing(Letters):
    """A queue that takes every letter but the first of a call."""

    def send(self, letters: Sequence[tuple[str, str]]) -> list[bool]:
        return [False, *super().send(letters[1:])] if letters else []


def test_everything_is_sent_as_it_is_and_deleted(rejects: Letters, events: Letters) -> None:
    bodies = sorted([*(body_of(REFUSED, NO_SCOPE, key=f"{n:02}") for n in range(23)), "no envelope"])
    put(rejects, *bodies)

    assert counted(replay(rejects, events).run()) == (24, 47, True)

    assert visible(events) == bodies
    assert rejects.depth().visible == rejects.depth().hidden == 0


def test_an_empty_queue_is_no_work(rejects: Letters, events: Letters) -> None:
    assert counted(replay(rejects, events).run()) == (0, 0, True)


def test_only_what_is_wanted_is_sent_and_the_rest_can_be_received_at_once(
    rejects: Letters, events: Letters
) -> None:
    whole, other, mixed = body_of(REFUSED), body_of(NO_SCOPE), body_of(REFUSED, NO_SCOPE, key="x")
    put(rejects, whole, other, mixed, "no envelope")

    assert counted(replay(rejects, events, Wanted("refused")).run()) == (2, 2, True)

    part, rest = body_of(REFUSED, key="x"), unpack(mixed)
    assert isinstance(rest, Envelope)
    (left,) = pack(Envelope("default", 1_000, rest.events[1:], (NO_SCOPE,), 5_000))
    assert visible(events) == sorted([whole, part])
    assert visible(rejects) == sorted([other, left, "no envelope"])


def test_what_sqs_does_not_take_is_kept_and_tried_once(rejects: Letters, events: Letters) -> None:
    put(rejects, body_of(REFUSED, key="a"), body_of(REFUSED, key="b"))

    count = replay(rejects, Refusing(events.client, events.url)).run()

    assert (counted(count), count.kept) == ((1, 1, False), 1)
    assert len(visible(events)) == len(visible(rejects)) == 1


def test_a_part_that_cannot_stay_rejected_keeps_its_message(rejects: Letters, events: Letters) -> None:
    mixed = body_of(REFUSED, NO_SCOPE)
    put(rejects, mixed)

    count = replay(Refusing(rejects.client, rejects.url), events, Wanted("refused")).run()

    assert (counted(count), count.kept) == ((0, 0, False), 1)
    assert visible(rejects) == [mixed]
    # Twice is harmless, and the next replay has it again.
    assert visible(events) == [body_of(REFUSED)]


def test_a_lost_answer_of_the_send_loses_no_event(rejects: Letters, events: Letters) -> None:
    put(rejects, body_of(REFUSED), body_of(NO_SCOPE))

    count = replay(rejects, Broken(events.client, events.url)).run()

    assert counted(count) == (0, 0, False)
    assert "cannot be reached" in count.error
    assert visible(rejects) == sorted([body_of(REFUSED), body_of(NO_SCOPE)])


def test_what_was_sent_and_could_not_be_deleted_is_told_and_not_sent_again(
    rejects: Letters, events: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(rejects, body_of(REFUSED))
    monkeypatch.setattr(module, "HIDDEN_S", 0)
    monkeypatch.setattr(rejects.client, "delete_message_batch", lambda **_: {"Failed": [{"Id": "0"}]})

    count = replay(rejects, events).run()

    assert (counted(count), count.not_deleted) == ((1, 1, False), 1)
    assert visible(events) == [body_of(REFUSED)]


def test_what_is_not_wanted_and_comes_back_meanwhile_is_passed_over(
    rejects: Letters, events: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(rejects, body_of(REFUSED))
    monkeypatch.setattr(module, "HIDDEN_S", 0)

    count = replay(rejects, events, Wanted("missing_scope")).run()

    assert (counted(count), count.read) == ((0, 0, True), 1)


def test_what_is_rejected_again_is_not_replayed_again(
    rejects: Letters, events: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOCK_S", 1.0)
    put(rejects, body_of(REFUSED))

    class Echo(Letters):
        """An events queue whose sender rejects everything at once."""

        def send(self, letters: Sequence[tuple[str, str]]) -> list[bool]:
            for body, _ in letters:
                letter = unpack(body)
                assert isinstance(letter, Envelope)
                put(rejects, *pack(rejected(letter, {0: NO_SCOPE}, 7_000)))
            return super().send(letters)

    assert counted(replay(rejects, Echo(events.client, events.url)).run()) == (1, 1, True)

    (again,) = (unpack(body) for body in visible(rejects))
    assert isinstance(again, Envelope)
    assert (again.rejections, again.earlier) == ((NO_SCOPE,), ((PastRejection(REFUSED, 5_000),),))


def test_it_ends_also_where_new_rejects_come_in_all_the_time(rejects: Letters, events: Letters) -> None:
    put(rejects, body_of(REFUSED))

    class Flooded(Letters):
        """A queue that is never empty."""

        def receive(self, hidden_s: int, at_most: int = 10) -> Any:
            received = super().receive(hidden_s, at_most)
            put(rejects, "newer")
            # As if much later: moto has no clock of its own.
            return [m if m.body != "newer" else _later(m) for m in received]

    assert counted(replay(Flooded(rejects.client, rejects.url), events).run()) == (1, 1, True)
    assert visible(events) == [body_of(REFUSED)]


def _later(message: Any) -> Any:
    return type(message)(message.message_id, message.handle, message.body, message.sent_at_ms + 60_000)


def test_a_stop_ends_it_between_two_messages_and_leaves_the_rest(rejects: Letters, events: Letters) -> None:
    put(rejects, *(body_of(REFUSED, key=str(n)) for n in range(5)))
    work = replay(rejects, events, rate=1)
    work.tell = lambda count: work.stop.set() if count.messages == 2 else None
    work.stop.wait = lambda *_: work.stop.is_set()  # type: ignore[method-assign] # nobody waits

    count = work.run()

    assert (counted(count), count.error) == ((2, 2, False), "interrupted")
    assert (len(visible(events)), len(visible(rejects))) == (2, 3)


def test_what_takes_long_is_received_anew_and_still_sent_once(
    rejects: Letters, events: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WORK_S", 0)
    bodies = sorted(body_of(REFUSED, key=str(n)) for n in range(5))
    put(rejects, *bodies)
    work = replay(rejects, events, rate=1)
    work.stop.wait = lambda *_: False  # type: ignore[method-assign] # nobody waits

    assert counted(work.run()) == (5, 5, True)
    assert work.count.read == 5
    assert visible(events) == bodies


def test_two_replays_at_once_share_the_messages(rejects: Letters, events: Letters) -> None:
    bodies = sorted(body_of(REFUSED, key=f"{n:02}") for n in range(25))
    put(rejects, *bodies)
    first, second = replay(rejects, events), replay(rejects, events)

    def let_the_other_one_work(count: Count) -> None:
        if count.messages == 0:
            second.run()

    first.tell = let_the_other_one_work

    assert counted(first.run()) == (10, 10, True)
    assert counted(second.count) == (15, 15, True)
    assert visible(events) == bodies


def test_a_look_takes_nothing_away(rejects: Letters) -> None:
    put(rejects, body_of(REFUSED, NO_SCOPE), body_of(REFUSED, key="x"), "no envelope")

    seen = look(rejects, Wanted(), 1000, with_events=False)

    assert (seen.messages, seen.is_all, len(seen.rejects)) == (3, True, 4)
    assert len(visible(rejects)) == 3


def test_a_look_reads_no_more_than_it_may_and_says_so(rejects: Letters) -> None:
    put(rejects, *(body_of(REFUSED, key=str(n)) for n in range(30)))

    seen = look(rejects, Wanted(), 12, with_events=False)

    assert (seen.messages, seen.is_all, seen.depth.visible) == (12, False, 30)
    assert len(visible(rejects)) == 30


def test_a_look_that_fails_half_way_hides_nothing(rejects: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    put(rejects, *(body_of(REFUSED, key=str(n)) for n in range(12)))
    real = rejects.client.receive_message
    calls: list[object] = []

    def interrupted(**arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**arguments)

    with monkeypatch.context() as patched:
        patched.setattr(rejects.client, "receive_message", interrupted)
        with pytest.raises(KeyboardInterrupt):
            look(rejects, Wanted(), 1000, with_events=False)

    assert len(visible(rejects)) == 12


def test_values_are_kept_only_where_they_are_asked_for(rejects: Letters) -> None:
    letter = Envelope("default", 1_000, (identify(traits={"email": "kim@example.org"}),))
    put(rejects, *pack(rejected(letter, {0: REFUSED}, 5_000)))

    def seen(*, with_events: bool) -> tuple[Look, str]:
        found = look(rejects, Wanted(), 10, with_events=with_events)
        return found, str(as_json(found, with_events=with_events))

    without, text = seen(with_events=False)
    assert "kim@example.org" not in text + str(without)
    assert "kim@example.org" in seen(with_events=True)[1]
