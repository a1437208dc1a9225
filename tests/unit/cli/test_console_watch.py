"""The log as the console follows it, and values that are kept for a while."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cli.console.kept import Kept
from cli.console.watch import MAX_LINES, Watch

NOW_MS = 1_793_527_200_000


class Now:
    """Seconds and milliseconds that only pass when told to."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s

    def ms(self) -> int:
        return NOW_MS + int(self.s * 1000)


class FakeTail:
    """A log that grows when it is told to; `reads` counts how often it was asked."""

    def __init__(self) -> None:
        self.fresh: list[Mapping[str, Any]] = []
        self.reads = 0

    def entries(self) -> list[Mapping[str, Any]]:
        self.reads += 1
        fresh, self.fresh = self.fresh, []
        return fresh

    def write(self, message_id: str, **fields: object) -> None:
        line = {
            "message": "event",
            "message_id": message_id,
            "outcome": "skipped",
            "reason": "no_email",
            "dropped": [{"property": "shoe", "reason": "unknown_property"}],
            **fields,
        }
        self.fresh.append({"timestamp": NOW_MS, "message": json.dumps(line)})


@pytest.fixture
def tail() -> FakeTail:
    return FakeTail()


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def watch(tail: FakeTail, now: Now) -> Watch:
    return Watch(tail, 2.0, now, now.ms)  # type: ignore[arg-type] # a fake


def ids(told: Mapping[str, Any]) -> list[str]:
    return [line["message_id"] for line in told["lines"]]


def test_each_line_has_its_reasons_in_words(watch: Watch, tail: FakeTail) -> None:
    tail.write("m-1")

    (line,) = watch.lines(0)["lines"]

    assert (line["number"], line["outcome"], line["reason"]) == (1, "skipped", "no_email")
    assert line["meaning"].startswith("no e-mail address")
    (dropped,) = line["dropped"]
    assert (dropped["property"], dropped["reason"]) == ("shoe", "unknown_property")
    assert dropped["remedy"]


def test_a_page_gets_what_is_new_to_it_and_the_log_is_asked_seldom(
    watch: Watch, tail: FakeTail, now: Now
) -> None:
    tail.write("m-1")
    first = watch.lines(0)
    tail.write("m-2")
    too_early = watch.lines(first["last"])
    now.s = 2.0
    second = watch.lines(first["last"])

    assert (ids(first), ids(too_early), ids(second)) == (["m-1"], [], ["m-2"])
    assert ids(watch.lines(0)) == ["m-1", "m-2"]
    assert tail.reads == 2


def test_a_few_hundred_lines_are_kept_and_the_others_are_counted(watch: Watch, tail: FakeTail) -> None:
    for n in range(MAX_LINES + 3):
        tail.write(f"m-{n}")

    told = watch.lines(1)

    assert (len(told["lines"]), told["last"], told["missed"]) == (MAX_LINES, MAX_LINES + 3, 2)
    assert ids(told)[0] == "m-3"


def test_a_page_of_an_earlier_console_gets_everything(watch: Watch, tail: FakeTail) -> None:
    tail.write("m-1")

    assert (ids(watch.lines(99)), watch.lines(99)["missed"]) == (["m-1"], 0)


def test_the_age_of_what_waits_goes_on_while_nothing_is_written(
    watch: Watch, tail: FakeTail, now: Now
) -> None:
    tail.fresh.append({"timestamp": NOW_MS, "message": json.dumps({"_aws": {}, "OldestWaitingAge": [40.0]})})
    assert watch.oldest_s() == 0
    watch.story()

    now.s = 1.0

    assert watch.oldest_s() == 41


def test_a_value_is_read_anew_after_its_time_and_when_it_is_forgotten(now: Now) -> None:
    values = iter(range(9))
    kept = Kept(lambda: next(values), 4.0, now)

    assert (kept.value(), kept.value()) == (0, 0)
    now.s = 4.0
    assert kept.value() == 1
    kept.forget()
    assert kept.value() == 2


def test_what_could_not_be_read_is_asked_for_again(now: Now) -> None:
    answers: list[Any] = [ValueError("no"), "yes"]

    def read() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Kept(read, 4.0, now)

    with pytest.raises(ValueError, match="no"):
        kept.value()
    assert kept.value() == "yes"
