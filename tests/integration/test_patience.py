"""AWS calls that end in time, against servers that never answer, or drip. Wall times are only printed."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from refusals.table import HEADER_SECRET, IDENTIFY

from ingest import app
from relay.adapters.patience import Patience, Patient, Share

# So short that the test is quick; what is measured in a function's own numbers stands in its deadlines' test.
SHORT = Share("short", until_ms=200)
DRIP_EVERY_S = 0.02


class BadServer:
    """Takes connections and requests, and then does as it is told with each; ends with the test."""

    def __init__(self, answer: Callable[["BadServer", socket.socket], None]) -> None:
        self.answer = answer
        self.over = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self.server.close()

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                taken, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(taken,), daemon=True).start()

    def _answer(self, taken: socket.socket) -> None:
        with taken:
            try:
                self.answer(self, taken)
            except OSError:
                return


def say_nothing(server: BadServer, _: socket.socket) -> None:
    server.over.wait()


def drip(server: BadServer, taken: socket.socket) -> None:
    """Answer a byte at a time, so that no read of the socket takes long."""
    taken.recv(65_536)
    taken.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not server.over.wait(DRIP_EVERY_S):
        taken.sendall(b"x")


def drip_the_body(server: BadServer, taken: socket.socket) -> None:
    taken.recv(65_536)
    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not server.over.wait(DRIP_EVERY_S):
        taken.sendall(b" ")


BAD = [say_nothing, drip, drip_the_body]


@pytest.fixture(params=BAD, ids=lambda answer: answer.__name__)
def server(request: pytest.FixtureRequest) -> Iterator[BadServer]:
    bad = BadServer(request.param)
    yield bad
    bad.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    made = ThreadPoolExecutor(2)
    yield made
    made.shutdown(wait=False, cancel_futures=True)


def a_client(url: str) -> Any:
    config = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
    return boto3.client("ssm", endpoint_url=url, config=config)


def ask(patient: Any) -> None:
    patient.get_parameters(Names=["/relay/default/settings"])


def test_a_call_is_left_behind_when_its_time_is_up(server: BadServer, threads: ThreadPoolExecutor) -> None:
    patience = Patience()
    patience.begin()

    with pytest.raises(ReadTimeoutError):
        ask(Patient(a_client(server.url), patience, SHORT, threads))

    assert patience.left_ms(SHORT) <= 0


def test_after_that_no_call_is_begun_and_the_next_request_has_time_again(
    server: BadServer, threads: ThreadPoolExecutor
) -> None:
    now, waits = [0], list[float]()

    def wait(_: object, timeout_s: float) -> None:
        waits.append(timeout_s)
        now[0] += int(timeout_s * 1000)
        raise TimeoutError

    patience = Patience(lambda: now[0])
    patient = Patient(a_client(server.url), patience, SHORT, threads, wait)
    for expected in (1, 2):
        patience.begin()
        for _ in range(3):
            with pytest.raises(ReadTimeoutError):
                ask(patient)
        assert waits == [SHORT.until_ms / 1000] * expected


def test_calls_that_never_end_keep_no_request_waiting_for_a_thread(threads: ThreadPoolExecutor) -> None:
    over = threading.Event()
    patience, began = Patience(), []

    class Hanging:
        def call(self, **arguments: object) -> None:
            began.append(arguments)
            over.wait()

    for n in range(5):
        patience.begin()
        with pytest.raises(ReadTimeoutError):
            Patient(Hanging(), patience, SHORT, threads).call(n=n)
    over.set()

    # Those that found no thread were never made, not even afterwards.
    threads.shutdown()
    assert began == [{"n": 0}, {"n": 1}]


def test_what_a_call_brings_or_raises_is_the_callers(threads: ThreadPoolExecutor) -> None:
    class Client:
        exceptions = "its own"

        def double(self, *, n: int) -> int:
            if n < 0:
                raise ValueError(n)
            return 2 * n

    patience = Patience()
    patience.begin()
    patient = Patient(Client(), patience, SHORT, threads)

    assert (patient.double(n=2), patient.exceptions) == (4, "its own")
    with pytest.raises(ValueError, match="-1"):
        patient.double(n=-1)


def test_requests_on_several_threads_have_their_own_time(threads: ThreadPoolExecutor) -> None:
    now = [0]
    patience = Patience(lambda: now[0])
    patience.begin()
    now[0] = 150

    def on_another() -> int:
        patience.begin()
        return patience.left_ms(SHORT)

    assert threads.submit(on_another).result() == SHORT.until_ms
    assert patience.left_ms(SHORT) == SHORT.until_ms - 150


@pytest.mark.long
@pytest.mark.parametrize("service", ["SSM", "SQS"])
def test_the_whole_function_answers_while_a_service_is_silent_or_drips(
    service: str, server: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", server.url)
    for name, value in {
        "PARAMETER_PREFIX": "/relay",
        "EVENTS_QUEUE_URL": f"{server.url}/events",
        "BUCKET_TABLE": "buckets",
    }.items():
        monkeypatch.setenv(name, value)
    if service == "SQS":
        name = "/relay/default/header-secret"
        boto3.client("ssm").put_parameter(Name=name, Value=HEADER_SECRET, Type="SecureString")
    for cached in (app.front_door, app.ssm):
        cached.cache_clear()

    began = time.monotonic()
    answer: Any = app.handler(
        {
            "requestContext": {"http": {"method": "POST"}},
            "rawPath": "/webhook/default",
            "headers": {"authorization": f"Bearer {HEADER_SECRET}"},
            "body": IDENTIFY.decode(),
        },
        None,
    )
    print(f"{service}: {time.monotonic() - began:.2f} s")  # noqa: T201 - for people

    for cached in (app.front_door, app.ssm):
        cached.cache_clear()
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "5")
