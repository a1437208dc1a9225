"""Deleting what can never be sent, after a copy of it is in a file; and sending that file again."""

import json
import os
import stat
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from builders import identify
from mypy_boto3_sqs import SQSClient

from cli import queues
from cli import replay as module
from cli.discard import Discard
from cli.export import Export
from cli.queues import Letters
from cli.rejected import Message, Wanted
from cli.replay import Count
from cli.restore import ExportError, Restore, read_export
from relay.core.envelopes import MAX_EVENTS, Envelope, lane_of, pack, part, rejected, unpack
from relay.core.grants import Grant
from relay.core.outcomes import Rejected

REFUSED, NO_SCOPE = Rejected("refused", "not valid", "VALIDATION_ERROR", "c-1"), Rejected("missing_scope")
EXPIRED = Rejected("expired: 13 days")
PUBLIC = Grant("0123456789ab", traits=frozenset({"plan"}))


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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rejects.jsonl"


def letter_of(*rejections: Rejected, key: str = "m", destination: str = "default", **more: Any) -> Envelope:
    found = tuple(
        identify(messageId=f"{key}-{n}", traits={"email": f"{key}{n}@example.org"})
        for n in range(len(rejections))
    )
    letter = Envelope(destination, 1_000, found, **more)
    return rejected(letter, dict(enumerate(rejections)), 5_000)


def put(queue: Letters, *letters: Envelope | str) -> list[str]:
    bodies = [body for each in letters for body in ([each] if isinstance(each, str) else pack(each))]
    for body in bodies:
        assert queue.send([(body, "default")]) == [True]
    return bodies


def visible(queue: Letters) -> list[str]:
    """Return the bodies that can be received just now, and hide them."""
    found: list[str] = []
    while received := queue.receive(60):
        found += [message.body for message in received]
    return sorted(found)


def discard(rejects: Letters, wanted: Wanted, file: Path, **more: Any) -> Count:
    with Export(file) as export:
        return Discard(rejects, wanted, export, threading.Event(), **more).run()


def counted(count: Count) -> tuple[int, int, bool]:
    return count.messages, count.events, count.is_complete


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


class Broken(Letters):
    """A queue that stores what is sent to it, and whose answers get lost."""

    def send(self, letters: Sequence[tuple[str, str]]) -> list[bool]:
        super().send(letters)
        raise ReadTimeoutError(endpoint_url=self.url)


class Refusing(Letters):
    """A queue that takes nothing."""

    def send(self, letters: Sequence[tuple[str, str]]) -> list[bool]:
        return [False] * len(letters)


def test_what_is_wanted_is_copied_whole_and_deleted_and_the_rest_can_be_received(
    rejects: Letters, file: Path
) -> None:
    put(rejects, *(letter_of(REFUSED, REFUSED, key=f"{n:02}") for n in range(13)))
    (other,) = put(rejects, letter_of(NO_SCOPE, key="x"))

    assert counted(discard(rejects, Wanted("refused"), file)) == (13, 26, True)

    assert visible(rejects) == [other]
    told = lines(file)
    assert {each["message_id"] for each in told} == {f"{n:02}-{m}" for n in range(13) for m in range(2)}
    assert told[0]["event"]["traits"]["email"].endswith("@example.org")
    assert {
        (each["reason"], each["message"], each["category"], each["correlation_id"], each["destination"])
        for each in told
    } == {("refused", "not valid", "VALIDATION_ERROR", "c-1", "default")}
    assert {(each["received_at_ms"], each["rejected_at_ms"]) for each in told} == {(1_000, 5_000)}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Wanted("expired"), {"a-0", "b-0", "foreign"}),
        (Wanted("expired: 13 days"), {"a-0", "b-0", "foreign"}),
        (Wanted("expired: 1"), {"a-0", "b-0", "c-0", "foreign"}),
        (Wanted("miss*"), {"a-0", "c-0", "foreign"}),
        (Wanted("miss"), {"a-0", "b-0", "c-0", "foreign"}),
        (Wanted(ids=("a-0", "c-0", "none")), {"b-0", "foreign"}),
        (Wanted(destination="emea"), {"a-0", "c-0", "foreign"}),
        (Wanted("missing_scope", destination="default"), {"a-0", "b-0", "c-0", "foreign"}),
        (Wanted("not_json"), {"a-0", "b-0", "c-0"}),
        (Wanted("*"), set()),
    ],
)
def test_what_is_wanted_is_said_by_reason_id_or_destination(
    rejects: Letters, file: Path, wanted: Wanted, left: set[str]
) -> None:
    put(rejects, letter_of(REFUSED, key="a"), letter_of(NO_SCOPE, key="b", destination="emea"))
    put(rejects, letter_of(EXPIRED, key="c"), "foreign")

    assert discard(rejects, wanted, file).is_complete

    letters = {body: unpack(body) for body in visible(rejects)}
    names = {
        str(letter.events[0]["messageId"]) if isinstance(letter, Envelope) else body
        for body, letter in letters.items()
    }
    assert names == left
    assert (len(lines(file)) if file.exists() else 0) == 4 - len(left)


def test_what_else_a_message_holds_stays_with_all_that_is_known_of_it(rejects: Letters, file: Path) -> None:
    mixed = letter_of(REFUSED, NO_SCOPE, REFUSED, key="x", grant=PUBLIC)
    put(rejects, mixed)

    assert counted(discard(rejects, Wanted("refused"), file)) == (1, 2, True)

    assert visible(rejects) == pack(part(mixed, [1]))
    assert [each["message_id"] for each in lines(file)] == ["x-0", "x-2"]


def test_a_rest_goes_back_into_its_lane(
    rejects: Letters, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = letter_of(REFUSED, NO_SCOPE, grant=PUBLIC)
    put(rejects, mixed)
    sent: list[str] = []
    real = rejects.client.send_message_batch

    def send(**asked: Any) -> Any:
        sent.extend(entry["MessageGroupId"] for entry in asked["Entries"])
        return real(**asked)

    monkeypatch.setattr(rejects.client, "send_message_batch", send)
    discard(rejects, Wanted("refused"), file)

    assert sent == [lane_of(mixed)] == ["default#0123456789ab"]


def test_a_message_that_is_no_envelope_is_found_by_the_reason_that_it_was_put_aside_for(
    rejects: Letters, file: Path
) -> None:
    attributes: Any = {"reason": {"DataType": "String", "StringValue": "too_large_alone"}}
    for body in ("\U0001f40e\n", "two"):
        rejects.client.send_message(QueueUrl=rejects.url, MessageBody=body, MessageAttributes=attributes)

    assert counted(discard(rejects, Wanted("too_large_alone"), file)) == (2, 2, True)
    assert {each["body"] for each in lines(file)} == {"\U0001f40e\n", "two"}
    assert {each["event"] for each in lines(file)} == {None}


def test_a_message_can_be_named_by_its_own_id(rejects: Letters, file: Path) -> None:
    put(rejects, "foreign", letter_of(REFUSED))
    (foreign,) = [each for each in rejects.receive(0) if each.body == "foreign"]

    assert counted(discard(rejects, Wanted(ids=(foreign.message_id,)), file)) == (1, 1, True)


def test_the_file_is_its_owners_alone_and_is_never_written_over(rejects: Letters, file: Path) -> None:
    before = os.umask(0)
    try:
        put(rejects, letter_of(REFUSED))
        discard(rejects, Wanted("refused"), file)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    linked = file.with_name("link")
    linked.symlink_to(file.with_name("elsewhere"))
    for taken in (file, linked):
        with pytest.raises(FileExistsError):
            Export(taken)
    assert len(lines(file)) == 1


def test_where_nothing_is_wanted_no_file_is_left(rejects: Letters, file: Path) -> None:
    (body,) = put(rejects, letter_of(REFUSED))

    assert counted(discard(rejects, Wanted("missing_scope"), file)) == (0, 0, True)
    assert not file.exists()
    assert visible(rejects) == [body]


def test_nothing_is_deleted_before_its_copy_is_on_the_disk(
    rejects: Letters, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(rejects, letter_of(REFUSED, NO_SCOPE))
    done: list[str] = []
    real_sync = os.fsync
    for name in ("send_message_batch", "delete_message_batch"):
        real = getattr(rejects.client, name)

        def called(name: str = name, real: Any = real, **asked: Any) -> Any:
            done.append(name)
            return real(**asked)

        monkeypatch.setattr(rejects.client, name, called)

    def sync(number: int) -> None:
        is_file = stat.S_ISREG(os.fstat(number).st_mode)
        done.append(f"{len(file.read_text().splitlines())} on disk" if is_file else "name on disk")
        real_sync(number)

    monkeypatch.setattr(os, "fsync", sync)
    discard(rejects, Wanted("refused"), file)

    assert done == ["1 on disk", "name on disk", "send_message_batch", "delete_message_batch"]


@pytest.mark.parametrize("failing", ["write", "fsync"])
def test_what_cannot_be_copied_is_not_deleted(
    rejects: Letters, file: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    bodies = sorted(put(rejects, *(letter_of(REFUSED, key=f"{n:02}") for n in range(15))))
    real, calls = getattr(os, failing), []

    def full(number: int, *rest: Any) -> Any:
        calls.append(number)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")
        return real(number, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, full)
        # The first ten take two syncs, of the file and of its name; to write them takes one call.
        count = discard(rejects, Wanted("refused"), file)
        if failing == "write":
            assert count.is_complete
            put(rejects, letter_of(REFUSED, key="late"))
            count = discard(rejects, Wanted("refused"), file.with_name("second"))

    assert f"{file.parent}" in count.error
    assert "No space left on device" in count.error
    copied = {each["message_id"] for each in lines(file)}
    kept = [letter for body in visible(rejects) if isinstance(letter := unpack(body), Envelope)]
    # What is whole in the file, and what is left, are together all there was; nothing stands there in part.
    left = {str(event["messageId"]) for letter in kept for event in letter.events}
    assert len(copied | left) == (16 if failing == "write" else len(bodies))
    assert not copied & left


def test_a_rest_that_sqs_does_not_take_keeps_its_message(rejects: Letters, file: Path) -> None:
    mixed, whole = put(rejects, letter_of(REFUSED, NO_SCOPE, key="a"), letter_of(REFUSED, key="b"))

    count = discard(Refusing(rejects.client, rejects.url), Wanted("refused"), file)

    assert (counted(count), count.kept) == ((1, 1, False), 1)
    assert visible(rejects) == [mixed]
    assert whole not in visible(rejects)


def test_a_rest_of_any_size_goes_back_in_as_many_calls_as_it_takes(rejects: Letters, file: Path) -> None:
    # More than the relay writes into one message; others may queue what they like.
    events = [identify(messageId=f"m-{n}", traits={"text": f"{n:0200}"}) for n in range(11 * MAX_EVENTS)]
    put(rejects, json.dumps({"v": 1, "destination": "default", "received_at_ms": 1_000, "events": events}))

    assert counted(discard(rejects, Wanted(ids=("m-7",)), file)) == (1, 1, True)

    left = [letter for body in visible(rejects) if isinstance(letter := unpack(body), Envelope)]
    ids = {str(event["messageId"]) for letter in left for event in letter.events}
    assert ids == {f"m-{n}" for n in range(len(events)) if n != 7}


@pytest.mark.parametrize("ids", [(), ("a-0",)])
def test_a_lost_answer_about_a_deletion_leaves_each_event_in_the_file_or_in_the_queue(
    rejects: Letters, file: Path, ids: tuple[str, ...]
) -> None:
    class Lost(Letters):
        """A queue that deletes, and whose answers get lost."""

        def delete(self, messages: Sequence[Message]) -> list[Message]:
            super().delete(messages)
            raise ReadTimeoutError(endpoint_url=self.url)

    put(rejects, letter_of(REFUSED, NO_SCOPE, key="a"), letter_of(REFUSED, key="b"))

    count = discard(Lost(rejects.client, rejects.url), Wanted("refused", ids=ids), file)

    assert ("cannot be reached" in count.error, counted(count)) == (True, (0, 0, False))
    letters = [letter for body in visible(rejects) if isinstance(letter := unpack(body), Envelope)]
    left = [str(event["messageId"]) for letter in letters for event in letter.events]
    assert sorted(left + [each["message_id"] for each in lines(file)]) == ["a-0", "a-1", "b-0"]


def test_a_lost_answer_loses_nothing(rejects: Letters, file: Path) -> None:
    (mixed,) = put(rejects, letter_of(REFUSED, NO_SCOPE))

    count = discard(Broken(rejects.client, rejects.url), Wanted("refused"), file)

    assert "cannot be reached" in count.error
    assert counted(count) == (0, 0, False)
    # The rest lies there twice, which is harmless.
    (rest,) = pack(part(letter_of(REFUSED, NO_SCOPE), [1]))
    assert visible(rejects) == sorted([mixed, rest])


def test_what_sqs_does_not_delete_is_told_and_shown_again_and_the_next_run_deletes_it(
    rejects: Letters, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(rejects, letter_of(REFUSED, key="a"), letter_of(REFUSED, key="b"))
    real = rejects.client.delete_message_batch
    with monkeypatch.context() as patched:
        patched.setattr(
            rejects.client,
            "delete_message_batch",
            lambda **asked: real(**asked | {"Entries": asked["Entries"][:1]}),
        )
        count = discard(rejects, Wanted("refused"), file)

    assert (counted(count), count.not_deleted) == ((1, 1, False), 1)
    assert len(lines(file)) == 2
    assert counted(discard(rejects, Wanted("refused"), file.with_name("again"))) == (1, 1, True)
    assert visible(rejects) == []


def test_a_stop_ends_it_in_order_and_shows_the_others(rejects: Letters, file: Path) -> None:
    put(rejects, *(letter_of(REFUSED, key=f"{n:02}") for n in range(25)))
    with Export(file) as export:
        work = Discard(rejects, Wanted("refused"), export, threading.Event())
        work.tell = lambda _: work.stop.set()
        count = work.run()

    assert (counted(count), count.error) == ((10, 10, False), "interrupted")
    assert (len(lines(file)), len(visible(rejects))) == (10, 15)


def test_what_is_rejected_meanwhile_is_not_touched(rejects: Letters, file: Path) -> None:
    put(rejects, letter_of(REFUSED, key="a"))

    class Later(Letters):
        """A queue of which one message was sent after the beginning."""

        def receive(self, hidden_s: int, at_most: int = 10) -> Any:
            return [
                type(m)(m.message_id, m.handle, m.body, m.sent_at_ms + 60_000)
                for m in super().receive(hidden_s, at_most)
            ]

    assert counted(discard(Later(rejects.client, rejects.url), Wanted("refused"), file)) == (0, 0, True)
    assert len(visible(rejects)) == 1


# ---------------------------------------------------------------------------------------------- sent again


def restored(events: Letters, file: Path, wanted: Wanted = Wanted(), rate: int = 1_000_000) -> Count:  # noqa: B008 - immutable
    return Restore(events, read_export(file, wanted), rate, threading.Event()).run()


def test_a_file_brings_back_each_event_with_its_history_and_no_more_rights(
    rejects: Letters, events: Letters, file: Path
) -> None:
    twice = rejected(letter_of(REFUSED, key="a"), {0: NO_SCOPE}, 9_000)
    public = letter_of(NO_SCOPE, NO_SCOPE, key="b", destination="emea", grant=PUBLIC)
    put(rejects, twice, public, "foreign \U0001f40e")
    discard(rejects, Wanted("*"), file)

    assert counted(restored(events, file)) == (4, 4, True)

    expected = [body for each in (twice, part(public, [0]), part(public, [1])) for body in pack(each)]
    assert visible(events) == sorted([*expected, "foreign \U0001f40e"])
    # The file is not used up.
    assert counted(restored(events, file, Wanted("missing_scope", "b-1"))) == (1, 1, True)


def test_a_file_is_sent_at_a_rate_and_a_stop_ends_it(rejects: Letters, events: Letters, file: Path) -> None:
    put(rejects, *(letter_of(REFUSED, key=f"{n:02}") for n in range(5)))
    discard(rejects, Wanted("refused"), file)
    work = Restore(events, read_export(file, Wanted()), 2, threading.Event())
    pauses: list[float | None] = []

    def wait(timeout: float | None = None) -> bool:
        pauses.append(timeout)
        if len(pauses) == 2:
            work.stop.set()
        return False

    work.stop.wait = wait  # type: ignore[method-assign] # nobody waits
    count = work.run()

    assert (counted(count), count.error, pauses) == ((4, 4, False), "interrupted", [1.0, 1.0])
    assert len(visible(events)) == 4


def test_what_sqs_does_not_take_of_a_file_is_told(rejects: Letters, events: Letters, file: Path) -> None:
    put(rejects, letter_of(REFUSED))
    discard(rejects, Wanted("refused"), file)

    assert restored(Refusing(events.client, events.url), file).kept == 1
    assert "cannot be reached" in restored(Broken(events.client, events.url), file).error


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "",
        "[" * 100_000,
        "{}",
        '{"record_id":"r","reason":"x","event":{}}',
        '{"record_id":"r","reason":"x","destination":"default","received_at_ms":1,"event":7}',
        '{"record_id":"r","reason":"x","destination":"default","received_at_ms":1,"event":{},"grant":{}}',
        '{"record_id":7,"reason":"x","body":"b"}',
    ],
)
def test_a_file_that_is_no_export_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "file"
    good = '{"record_id":"r","reason":"not_json","event":null,"body":"b"}'
    file.write_text(f"{good}\n{line}\n")

    with pytest.raises(ExportError, match=r"^Line 2 of "):
        read_export(file, Wanted())
    with pytest.raises(ExportError, match="cannot be read: No such file"):
        read_export(tmp_path / "none", Wanted())
