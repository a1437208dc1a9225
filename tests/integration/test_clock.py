"""The time that DynamoDB's answers tell, and the fence that stands by it."""

import io
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import BotoCoreError
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.clock import Clock, Fence, LeaseOverError, steady_ms

if TYPE_CHECKING:
    from collections.abc import Callable

TRUE_MS = 1_700_000_000_000
KEY: Any = {"pk": {"S": "a"}}


class Body(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self) -> list[bytes]:
        return [self.read()]


class Wire:
    """Answers in the place of DynamoDB, with a date of its own, and notes what was sent."""

    def __init__(self, client: DynamoDBClient) -> None:
        self.sent: list[str] = []
        self.date: str | None = formatdate(TRUE_MS / 1000, usegmt=True)
        self.status, self.code = 200, b"ValidationException"
        self.mark = {"x-amzn-RequestId": "A"}
        self.meanwhile: Callable[[], None] = lambda: None
        events: Any = client.meta.events
        events.register("before-send.dynamodb", self._answer)

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        self.sent.append(request.headers["X-Amz-Target"].decode().rpartition(".")[2])
        headers = self.mark | ({"Date": self.date} if self.date else {})
        content = b"{}" if self.status == 200 else b'{"__type": "com.amazonaws#' + self.code + b'"}'
        self.meanwhile()
        return AWSResponse(request.url, self.status, HeadersDict(headers), Body(content))  # type: ignore[arg-type] # what botocore itself gives it


class Clocks:
    def __init__(self, wall_ms: int = TRUE_MS) -> None:
        self.up_ms, self.wall_ms = 5_000, wall_ms
        self.clock = Clock(lambda: self.up_ms, lambda: self.wall_ms)

    def wait(self, ms: int) -> None:
        self.up_ms += ms
        self.wall_ms += ms


@pytest.fixture
def client() -> DynamoDBClient:
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def wire(client: DynamoDBClient) -> Wire:
    return Wire(client)


def get(client: DynamoDBClient) -> None:
    client.get_item(TableName="buckets", Key=KEY)


def test_an_answer_tells_the_time_and_a_wall_clock_that_is_wrong_is_left_alone(
    client: DynamoDBClient, wire: Wire
) -> None:
    clocks = Clocks(TRUE_MS + 120_000)
    clocks.clock.listen(client)
    assert clocks.clock.skew() is None
    assert clocks.clock.now_ms() == clocks.clock.earliest_ms() == clocks.clock.latest_ms() == clocks.wall_ms

    wire.meanwhile = lambda: clocks.wait(40)
    get(client)

    assert clocks.clock.earliest_ms() == TRUE_MS
    assert clocks.clock.latest_ms() == TRUE_MS + 1_000 + 40
    assert TRUE_MS <= clocks.clock.now_ms() <= TRUE_MS + 1_040


def test_a_refusal_tells_the_time_as_well(client: DynamoDBClient, wire: Wire) -> None:
    clocks = Clocks(TRUE_MS + 120_000)
    clocks.clock.listen(client)
    wire.status = 400

    with pytest.raises(client.exceptions.ClientError):
        get(client)

    assert clocks.clock.skew() is not None


@pytest.mark.parametrize("date", [None, "", "tomorrow", "Thu, 99 Foo 2023 00:00:00 GMT", "0" * 5_000])
def test_an_answer_without_a_date_leaves_the_wall_clock(
    client: DynamoDBClient, wire: Wire, date: str | None
) -> None:
    """An emulator may tell none."""
    clocks = Clocks()
    clocks.clock.listen(client)
    wire.date = date

    get(client)

    assert clocks.clock.skew() == (0, 0, 0)
    assert clocks.clock.now_ms() == TRUE_MS


@pytest.mark.parametrize("jump_ms", [0, 600_000, -600_000])
def test_the_fence_stands_by_the_latest_that_it_may_be_though_the_wall_clock_was_set(
    client: DynamoDBClient, wire: Wire, jump_ms: int
) -> None:
    clocks = Clocks()
    clocks.clock.listen(client)
    fence = Fence(client, "profiles", clocks.clock)
    get(client)
    fence.stand_until(TRUE_MS + 1_000)
    assert wire.sent == ["GetItem"]

    clocks.wall_ms += jump_ms

    # It may be a second later than what was told.
    assert fence.is_over()
    assert clocks.clock.earliest_ms() == TRUE_MS


@pytest.mark.parametrize("status", [400, 403, 407, 502, 503])
@pytest.mark.parametrize("date", [None, "Tue, 14 Nov 2023 22:23:20 GMT"])
def test_what_somebody_else_has_answered_tells_nothing(
    client: DynamoDBClient, wire: Wire, monkeypatch: pytest.MonkeyPatch, status: int, date: str | None
) -> None:
    """A proxy or a gateway: its clock may be any, and its page says nothing of the wall clock either."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    clocks = Clocks(TRUE_MS + 240_000)
    clocks.clock.listen(client)

    for is_told in (False, True):
        before = clocks.clock.skew(), clocks.clock.now_ms()
        assert (before[0] is not None) == is_told
        wire.mark, wire.status, told = {}, status, wire.date
        wire.date = date
        with pytest.raises(client.exceptions.ClientError):
            get(client)
        assert (clocks.clock.skew(), clocks.clock.now_ms()) == before

        wire.mark, wire.status, wire.date = {"x-amzn-requestid": "A"}, 200, told
        get(client)

    assert TRUE_MS <= clocks.clock.now_ms() <= TRUE_MS + 1_000


def test_no_answer_tells_nothing(client: DynamoDBClient, wire: Wire) -> None:
    clocks = Clocks()
    clocks.clock.listen(client)

    def fail() -> None:
        raise LeaseOverError

    wire.meanwhile = fail
    with pytest.raises(BotoCoreError):
        get(client)

    assert clocks.clock.skew() is None


def test_the_deadline_that_was_told_by_a_wrong_clock_is_the_right_one() -> None:
    """The runtime client of Lambda subtracts what the wall clock shows from the moment that it knows."""
    for off_ms in (0, 30_000, -600_000):
        clocks = Clocks(TRUE_MS + off_ms)
        left_ms = TRUE_MS + 60_000 - clocks.wall_ms
        assert clocks.clock.deadline_ms(left_ms) == TRUE_MS + 60_000

    assert Clocks(TRUE_MS + 600_000).clock.deadline_ms(0) == 0


def test_the_steady_clock_counts_while_the_machine_sleeps() -> None:
    before_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    assert before_ms <= steady_ms() <= time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("put_item", {"Item": KEY}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :a"}),
        ("delete_item", {"Key": KEY}),
    ],
)
def test_no_write_passes_the_fence_when_the_lease_is_over(
    client: DynamoDBClient, wire: Wire, name: str, arguments: dict[str, Any]
) -> None:
    clocks = Clocks()
    fence = Fence(client, "profiles", clocks.clock)
    clocks.clock.listen(client)
    write = getattr(client, name)
    fence.stand_until(TRUE_MS + 60_000)
    write(TableName="profiles", **arguments)
    assert not fence.is_over()

    clocks.wait(59_000)
    assert fence.is_over()
    with pytest.raises(LeaseOverError):
        write(TableName="profiles", **arguments)
    # What needs no lease goes on, and so does what only reads.
    write(TableName="buckets", **arguments)
    client.get_item(TableName="profiles", Key=KEY)
    assert len(wire.sent) == 3


def test_batches_are_stopped_at_each_try(
    client: DynamoDBClient, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped between two tries wakes in the second."""
    clocks = Clocks()
    fence = Fence(client, "profiles", clocks.clock)
    fence.stand_until(TRUE_MS + 60_000)
    monkeypatch.setattr("botocore.endpoint.time.sleep", clocks.wait)
    wire.status, wire.code = 400, b"ThrottlingException"
    wire.meanwhile = lambda: clocks.wait(120_000)

    with pytest.raises(LeaseOverError):
        client.batch_write_item(RequestItems={"profiles": [{"PutRequest": {"Item": KEY}}]})

    assert wire.sent == ["BatchWriteItem"]
