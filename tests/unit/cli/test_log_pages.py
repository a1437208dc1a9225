"""Reading logs where CloudWatch is too busy: the refused page is asked for again, and nothing fails."""

import itertools
import random
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from logs import NOW_MS, Logs

from cli import log_pages as module
from cli.doctor import logs as doctor
from cli.journal import Journal
from cli.log_pages import BUSY, log_pages
from cli.parameters import output
from cli.stack import RunningStack
from cli.status import _lines
from cli.tail import Tail

GROUP = "/sender"


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("logs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0)


def page(stubber: Stubber, name: str, asked: str = "", following: str = "") -> None:
    """Prepare a page of one event; `asked` and `following` are tokens."""
    events = [{"timestamp": NOW_MS, "message": name, "eventId": name}]
    answer = {"events": events, **({"nextToken": following} if following else {})}
    expected = {"logGroupName": GROUP, **({"nextToken": asked} if asked else {})}
    stubber.add_response("filter_log_events", answer, expected)


def busy(stubber: Stubber, times: int = 1, code: str = "ThrottlingException") -> None:
    for _ in range(times):
        stubber.add_client_error("filter_log_events", code, "Rate exceeded", 400)


def told(pages: Iterator[Any]) -> list[str]:
    return ["busy" if each is BUSY else each[0]["message"] for each in pages]


@pytest.mark.parametrize("code", ["ThrottlingException", "LimitExceededException", "SlowDown"])
def test_the_page_that_was_refused_is_asked_for_again_and_no_other(
    stubbed: tuple[Any, Stubber], code: str
) -> None:
    client, stubber = stubbed
    busy(stubber, 2, code)
    page(stubber, "a", following="eyJub24iOiJlIn0=")
    busy(stubber, 1, code)
    page(stubber, "b", "eyJub24iOiJlIn0=", "t-2")
    page(stubber, "c", "t-2")

    assert told(log_pages(client, {"logGroupName": GROUP})) == ["busy", "busy", "a", "busy", "b", "c"]


def test_pauses_grow_up_to_a_bound_and_begin_anew_after_a_page(
    stubbed: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 1.0)
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    client, stubber = stubbed
    busy(stubber, 6)
    page(stubber, "a", following="t-1")
    busy(stubber)
    page(stubber, "b", "t-1")
    pauses: list[float] = []

    list(log_pages(client, {"logGroupName": GROUP}, pauses.append))

    assert pauses == [1, 2, 4, 8, 10, 10, 1]


def test_another_refusal_is_one(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    busy(stubber, code="AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDeniedException"):
        list(log_pages(client, {"logGroupName": GROUP}))


class Busy(Logs):
    """A log group whose pages are refused as often as is said before each is given."""

    refusals: int = 3

    def paginate(self, **arguments: Any) -> Iterator[Any]:
        start = arguments.pop("PaginationConfig", None)
        assert start is None or not self.refusals
        if self.refusals:
            self.refusals -= 1
            raise throttled()
        yield from super().paginate(**arguments)


def throttled() -> ClientError:
    return ClientError(
        {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "FilterLogEvents"
    )


def busy_log(*names: str, refusals: int = 3) -> Any:
    log = Busy()
    log.refusals = refusals
    for n, name in enumerate(names):
        log.write(name, NOW_MS + n, destination="default")
    return log


def test_a_journal_goes_on() -> None:
    assert list(Journal(busy_log("a", "b"), GROUP).lines()) == ["a", "b"]


def test_who_waits_for_an_event_waits_no_longer_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))

    assert Journal(busy_log("a", refusals=1_000_000), GROUP).wait_for(frozenset("a"), 30) == {}


def test_following_shows_what_there_is_and_the_rest_later() -> None:
    log = busy_log("a", "b", refusals=2)
    tail = Tail(log, GROUP, NOW_MS - 1000)

    assert [[line.message_id for line in tail.read()] for _ in range(4)] == [[], [], ["a", "b"], []]


def test_following_goes_on_at_the_page_that_was_refused(stubbed: tuple[Any, Stubber]) -> None:
    client, stubber = stubbed
    line = '{"message":"event","message_id":"%s","outcome":"delivered","dropped":[]}'
    for name, asked, following in (("a", "", "t-1"), ("b", "t-1", "")):
        if asked:
            busy(stubber)
        expected = {"startTime": 5, "filterPattern": "", "logGroupName": GROUP}
        events = [{"timestamp": NOW_MS, "message": line % name, "eventId": name}]
        answer = {"events": events, **({"nextToken": following} if following else {})}
        stubber.add_response(
            "filter_log_events", answer, {**expected, **({"nextToken": asked} if asked else {})}
        )
    tail = Tail(client, GROUP, 5, pattern="")

    assert [[each.message_id for each in tail.read()] for _ in range(2)] == [["a"], ["b"]]


def test_a_doctor_reads_on_and_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spans(Busy):
        """Its calls have an end."""

        def paginate(self, **arguments: Any) -> Iterator[Any]:
            return (each for each in super().paginate(**arguments) if each["events"])

    log = Spans()
    log.write("a", NOW_MS, destination="shop", outcome="deferred", reason="status_500")

    assert doctor.recent(log, GROUP, "shop", NOW_MS).deferred["status_500"].events == 1  # type: ignore[arg-type] # a fake

    log.refusals = 1_000_000
    seconds = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))
    assert doctor.recent(log, GROUP, "shop", NOW_MS).since_ms == NOW_MS  # type: ignore[arg-type] # a fake


def test_a_status_says_no_more_than_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))
    stack = RunningStack("relay", {"SenderLogGroupName": GROUP}, lambda _: busy_log("a", refusals=1_000_000))
    assert output(stack, "SenderLogGroupName") == GROUP

    assert _lines(stack, "a", NOW_MS - 7_200_000, NOW_MS) == ((), NOW_MS)
