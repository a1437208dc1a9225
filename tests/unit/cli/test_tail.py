"""Following the log: each line once, whatever comes late, and a bounded number of calls."""

import pytest
import typer
from fakes import Clock
from logs import NOW_MS, Logs

from cli import tail as module
from cli.follow import span_ms
from cli.journal import EVENTS
from cli.tail import LATE_MS, Chosen, Tail


@pytest.fixture
def logs() -> Logs:
    return Logs()


def following(logs: Logs, chosen: Chosen = Chosen(), clock: Clock | None = None) -> Tail:  # noqa: B008 - immutable
    clock = clock or Clock(NOW_MS)
    return Tail(logs, "/sender", NOW_MS - 1000, chosen, clock.now_ms)  # type: ignore[arg-type] # a fake


def ids(tail: Tail) -> list[str]:
    return [line.message_id for line in tail.read()]


def test_each_line_is_told_once_also_one_that_comes_late(logs: Logs) -> None:
    clock = Clock(NOW_MS)
    tail = following(logs, clock=clock)
    logs.write("b", NOW_MS)
    assert ids(tail) == ["b"]
    clock.now += 5_000
    logs.write("a", NOW_MS - 500)
    logs.write("c", NOW_MS + 5_000)

    assert ids(tail) == ["a", "c"]
    assert ids(tail) == []


def test_only_the_end_of_the_log_is_read_again(logs: Logs) -> None:
    clock = Clock(NOW_MS)
    tail = following(logs, clock=clock)
    logs.write("a", NOW_MS - 900)
    ids(tail)
    clock.now += 10 * LATE_MS
    ids(tail)
    assert ids(tail) == []

    assert [call["startTime"] for call in logs.calls] == [
        NOW_MS - 1000,
        NOW_MS - 1000,
        NOW_MS + 9 * LATE_MS,
    ]
    assert {call["filterPattern"] for call in logs.calls} == {EVENTS}


def test_much_is_read_in_parts_and_none_of_it_twice(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    tail = following(logs)
    for n in range(5):
        logs.write(str(n), NOW_MS + n)

    assert ids(tail) == ["0", "1"]
    assert logs.pages == 2
    assert ids(tail) == ["2", "3"]
    assert ids(tail) == ["4"]
    assert len(logs.calls) == 1


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Chosen(), ["1", "2", "3", "4"]),
        (Chosen(destination="emea"), ["3"]),
        (Chosen(outcome="deferred"), ["2", "4"]),
        (Chosen(reason="no_answer"), ["2"]),
        (Chosen(reason="no_answer: ReadTimeout"), ["2"]),
        (Chosen(reason="no_ans"), []),
        (Chosen(destination="emea", outcome="deferred"), []),
    ],
)
def test_lines_that_are_not_wanted_are_passed_over(logs: Logs, chosen: Chosen, expected: list[str]) -> None:
    logs.write("1", destination="default")
    logs.write("2", NOW_MS + 1, destination="default", outcome="deferred", reason="no_answer: ReadTimeout")
    logs.write("3", NOW_MS + 2, destination="emea")
    logs.write("4", NOW_MS + 3, outcome="deferred", reason="status_500")
    logs.entries.append({"timestamp": NOW_MS + 4, "message": "START RequestId: 1"})

    assert ids(following(logs, chosen)) == expected


def test_it_is_asked_for_again_and_again_with_a_pause(logs: Logs) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        logs.write(str(len(pauses)))

    lines = following(logs).follow(pause)

    assert [next(lines).message_id for _ in range(3)] == ["1", "2", "3"]
    assert pauses == [module.POLL_S] * 3


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0s", 0), ("30s", 30_000), (" 2m ", 120_000), ("3h", 10_800_000), ("14d", 1_209_600_000)],
)
def test_a_span_of_time_is_read(text: str, ms: int) -> None:
    assert span_ms(text) == ms


@pytest.mark.parametrize("text", ["", "3", "d", "-3d", "3 w", "1.5h", "3d4h", "9999999d", "٣d"])
def test_what_is_no_span_of_time_is_said(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="30s, 10m, 3h or 14d"):
        span_ms(text)


def test_what_a_failure_has_cut_off_is_read_anew(logs: Logs) -> None:
    for n in range(3):
        logs.write(f"m-{n}", NOW_MS + n)
    logs.fails_at = 2
    tail = following(logs)

    with pytest.raises(ConnectionError):
        tail.read()

    assert ids(tail) == ["m-0", "m-1", "m-2"]
    assert ids(tail) == []
