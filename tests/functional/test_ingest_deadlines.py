"""A request to ingest ends within 3.5 s whatever AWS does: with 200, or with 503 and `Retry-After`.

The clock is the test's own, and time passes on it only while AWS is waited for.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event
from types import SimpleNamespace
from typing import Any, ClassVar

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from fakes import Clock
from refusals.table import DESTINATIONS, HEADER_SECRET, IDENTIFY, KEYS, basic

from cli.samples import BROWSER_WRITE_KEY, WRITE_KEY
from ingest import app
from relay.adapters import queue
from relay.adapters.patience import PACE, PARAMETERS, QUEUE, REQUEST_MS, THREADS, Patience, Patient, Share

FOREVER_MS = 10**9
LIMITED_KEY = "deadline-write-key-1"
SECRET = {"authorization": f"Bearer {HEADER_SECRET}"}
BATCH = json.dumps({"batch": [json.loads(IDENTIFY)], "context": {"locale": "da-DK"}})
# Two calls of SQS, one after the other.
LARGE = json.dumps([{**json.loads(IDENTIFY), "x": [n, n * 7919 % 10_007] * 900} for n in range(400)])
NO_SECRET = {"x-signature": "0" * 40}


def error(code: str, status: int) -> Exception:
    told = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "operation")  # type: ignore[arg-type] # enough of one


# How long a call takes, and what it raises then.
TROUBLES: Mapping[str, tuple[int, Exception | None]] = {
    "well": (20, None),
    "black hole": (FOREVER_MS, None),
    "black hole, as botocore sees it": (1_000, ReadTimeoutError(endpoint_url="aws")),
    "slow": (900, None),
    "slower": (1_900, None),
    "refused": (1, EndpointConnectionError(endpoint_url="aws")),
    "throttled": (30, error("ThrottlingException", 400)),
    "throttled after pauses": (1_700, error("ThrottlingException", 400)),
    "failing": (30, error("InternalServerError", 500)),
    "forbidden": (30, error("AccessDeniedException", 400)),
}
WAYS: Mapping[str, Mapping[str, Any]] = {
    "a webhook": {"path": "/webhook/default", "headers": SECRET},
    "a webhook's batch": {"path": "/webhook/default", "headers": SECRET, "body": LARGE},
    "a webhook with a limit": {"path": "/webhook/limited", "headers": SECRET},
    "a wrong signature": {"path": "/webhook/default", "headers": NO_SECRET},
    "a made-up destination": {"path": "/webhook/made-up", "headers": SECRET},
    "a library": {"path": "/v1/track", "headers": basic(f"{WRITE_KEY}:")},
    "a library's batch": {"path": "/v1/batch", "headers": basic(f"{WRITE_KEY}:"), "body": BATCH},
    "a library's import": {"path": "/v1/import", "headers": basic(f"{WRITE_KEY}:"), "body": BATCH},
    "a key with two limits": {"path": "/v1/t", "headers": basic(f"{LIMITED_KEY}:")},
    "an unknown key": {"path": "/v1/track", "headers": basic("nobody's-write-key:")},
    "a page": {
        "path": "/v1/i",
        "headers": {**basic(f"{BROWSER_WRITE_KEY}:"), "origin": "https://www.example.org"},
    },
    "a beacon": {"path": "/beacon/v1/batch", "query": {"writeKey": WRITE_KEY}, "body": BATCH},
    "a preflight": {"method": "OPTIONS", "path": "/v1/t", "headers": {"origin": "https://www.example.org"}},
    "a library's settings": {"method": "GET", "path": f"/v1/projects/{WRITE_KEY}/settings"},
}


@dataclass
class FakeAws:
    """SSM, SQS and DynamoDB, each of which has its trouble; notes how long its calls were waited for."""

    clock: Clock
    troubles: dict[str, str] = field(default_factory=dict)
    waited: list[tuple[str, int]] = field(default_factory=list)
    exceptions: ClassVar[Any] = SimpleNamespace(
        ConditionalCheckFailedException=type("Failed", (Exception,), {})
    )

    def get_parameters(self, **asked: Any) -> Any:
        stored = {**DESTINATIONS, "": {"write-keys": json.dumps({**KEYS, LIMITED_KEY: LIMITED})}}
        held = {
            f"/relay/{destination}/{name}".replace("//", "/"): value
            for destination, values in stored.items()
            for name, value in values.items()
        }
        found = [{"Name": name, "Value": held[name]} for name in asked["Names"] if name in held]
        return {"Parameters": found}

    def send_message_batch(self, **asked: Any) -> Any:
        return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}

    def update_item(self, **_: Any) -> Any:
        return {"Attributes": {"until_ms": {"N": "0"}}}

    def submit(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        """Begin a call, as a thread would."""
        return SimpleNamespace(operation=operation, arguments=arguments, cancel=lambda: None)

    def wait(self, made: Any, timeout_s: float) -> Any:
        """Wait for a call, on the test's clock."""
        service = SERVICES[made.operation.__name__]
        took_ms, raised = TROUBLES[self.troubles.get(service, "well")]
        waited_ms = min(took_ms, int(timeout_s * 1000))
        self.clock.now += waited_ms
        self.waited.append((service, waited_ms))
        if took_ms > timeout_s * 1000:
            raise TimeoutError
        if raised:
            raise raised
        return made.operation(**made.arguments)


LIMITED = {"destination": "limited", "events_a_second": 10}
SERVICES = {"get_parameters": "ssm", "send_message_batch": "sqs", "update_item": "dynamodb"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    clock = Clock()
    fake = FakeAws(clock)
    patience = Patience(clock.now_ms)

    def patient(_: object, share: Share) -> Any:
        return Patient(fake, patience, share, fake, fake.wait)  # type: ignore[arg-type] # it submits

    def sleep(seconds: float) -> None:
        clock.now += int(seconds * 1000)

    for name, value in {
        "EVENTS_QUEUE_URL": "https://sqs/events",
        "PARAMETER_PREFIX": "/relay",
        "BUCKET_TABLE": "buckets",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "boto3", SimpleNamespace(client=lambda *_, **__: None))
    monkeypatch.setattr(app, "_patient", patient)
    monkeypatch.setattr(app, "patience", lambda: patience)
    monkeypatch.setattr(app, "_now_ms", clock.now_ms)
    monkeypatch.setattr(queue, "time", SimpleNamespace(sleep=sleep, time_ns=lambda: clock.now * 1_000_000))
    for cached in (app.front_door, app.ssm, app.dynamodb):
        cached.cache_clear()
    yield fake
    for cached in (app.front_door, app.ssm, app.dynamodb):
        cached.cache_clear()


def ask(
    path: str,
    headers: Mapping[str, str] | None = None,
    body: str = IDENTIFY.decode(),
    method: str = "POST",
    query: Mapping[str, str] | None = None,
) -> Any:
    return app.handler(
        {
            "requestContext": {"http": {"method": method}},
            "rawPath": path,
            "headers": headers or {},
            "queryStringParameters": query or {},
            "body": body,
        },
        None,
    )


def timed(aws: FakeAws, way: str) -> tuple[int, Any]:
    began = aws.clock.now
    answer = ask(**WAYS[way])
    return aws.clock.now - began, answer


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_is_answered_in_time_whatever_aws_does(way: str, aws: FakeAws) -> None:
    longest = 0
    of_dynamodb = TROUBLES if "limit" in way else ("well",)
    for ssm, sqs, dynamodb in itertools.product(TROUBLES, TROUBLES, of_dynamodb):
        app.front_door.cache_clear()
        aws.troubles = {"ssm": ssm, "sqs": sqs, "dynamodb": dynamodb}
        # The second request comes at once; what the first has found out still holds.
        for took_ms, answer in (timed(aws, way), timed(aws, way)):
            status = answer["statusCode"]
            assert took_ms <= REQUEST_MS, (ssm, sqs, dynamodb)
            assert status in {200, 401, 403, 404, 503}
            assert (status == 503) is ("retry-after" in answer["headers"])
            assert status != 200 or answer["body"]
            longest = max(longest, took_ms)
    print(f"{way}: {longest} ms at most")  # noqa: T201 - for the page


@pytest.mark.parametrize(
    "trouble", [name for name, (took_ms, raised) in TROUBLES.items() if raised or took_ms > 2_000]
)
def test_trouble_with_aws_is_answered_so_that_the_sender_comes_back(trouble: str, aws: FakeAws) -> None:
    aws.troubles = {"ssm": trouble}
    assert_unavailable(ask("/webhook/default", SECRET), "secrets_unavailable")
    assert_unavailable(ask("/v1/batch", basic(f"{WRITE_KEY}:"), BATCH), "secrets_unavailable")

    app.front_door.cache_clear()
    aws.troubles = {"sqs": trouble}
    assert_unavailable(ask("/webhook/default", SECRET), "queue_unavailable")
    assert_unavailable(ask("/v1/batch", basic(f"{WRITE_KEY}:"), BATCH), "queue_unavailable")

    app.front_door.cache_clear()
    aws.troubles = {"dynamodb": trouble}
    assert ask("/webhook/limited", SECRET)["statusCode"] == 200


def assert_unavailable(answer: Any, code: str) -> None:
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (503, code)
    assert answer["headers"]["retry-after"] == "5"


def test_known_secrets_serve_without_waiting_while_ssm_is_silent(aws: FakeAws) -> None:
    assert ask("/webhook/default", SECRET)["statusCode"] == 200
    aws.clock.now += 300_000
    aws.troubles, aws.waited = {"ssm": "black hole"}, []

    answers = [ask("/webhook/default", SECRET)["statusCode"] for _ in range(20)]

    assert answers == [200] * 20
    assert [waited for service, waited in aws.waited if service == "ssm"] == [PARAMETERS.until_ms]


def test_a_wrong_signature_is_not_told_so_before_the_secret_could_be_looked_up_again(aws: FakeAws) -> None:
    assert ask("/webhook/default", SECRET)["statusCode"] == 200
    aws.clock.now += 10_000
    aws.troubles = {"ssm": "throttled"}

    assert_unavailable(ask("/webhook/default", NO_SECRET), "secrets_unavailable")
    aws.troubles = {}
    aws.clock.now += 5_000
    assert ask("/webhook/default", NO_SECRET)["statusCode"] == 401


def test_a_large_body_that_takes_the_function_long_is_stored_all_the_same(aws: FakeAws) -> None:
    patience = Patience(aws.clock.now_ms)
    patience.begin()
    aws.clock.now += 6_000

    assert patience.left_ms(PARAMETERS) <= 0
    assert patience.left_ms(PACE) <= 0
    assert patience.left_ms(QUEUE) == QUEUE.at_least_ms
    aws.clock.now += 500
    assert patience.left_ms(QUEUE) == QUEUE.at_least_ms - 500
    patience.begin()
    assert patience.left_ms(QUEUE) == QUEUE.until_ms


def test_calls_to_one_service_that_never_end_keep_nothing_from_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No time passes on this clock, so that each call has all of its share; what never ends has little of one.
    patience, over = Patience(Clock().now_ms), Event()
    monkeypatch.setattr(app, "patience", lambda: patience)
    drips = app._patient(SimpleNamespace(update_item=over.wait), Share("pace", until_ms=1))  # noqa: SLF001 - the wiring
    queue = app._patient(SimpleNamespace(send_message_batch=lambda: "stored"), Share("queue", 5_000))  # noqa: SLF001 - as above
    patience.begin()
    for _ in range(2 * THREADS):
        with pytest.raises(ReadTimeoutError):
            drips.update_item()

    try:
        assert queue.send_message_batch() == "stored"
    finally:
        over.set()


def test_the_clients_try_as_often_as_fits_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name, tries in (("sqs", 1), ("dynamodb", 1), ("ssm", 2)):
        config = app._TWO_TRIES if name == "ssm" else app._ONE_TRY  # noqa: SLF001 - the configuration itself
        client = boto3.client(name, config=config, region_name="us-east-1")  # type: ignore[call-overload] # each
        assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": tries}
        assert client.meta.config.connect_timeout + client.meta.config.read_timeout <= 2
