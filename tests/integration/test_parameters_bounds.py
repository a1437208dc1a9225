"""What SSM is asked, and when: with made-up names, wrong secrets, and while it fails or is too busy."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from fakes import Clock

from relay.adapters.parameters import (
    BURST,
    EVERY_MS,
    MAX_AGE_MS,
    MAX_EARLIER_MS,
    MAX_EARLIER_REST_MS,
    MAX_UNKNOWN,
    REFRESH_AFTER_MS,
    RESERVED,
    REST_MS,
    Parameters,
)

SETTINGS = {"settings": "{}", "header-secret": "one"}
NAMES = ("settings", "header-secret")
SECOND = 1_000


def answer_of(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item] # enough
        "GetParameters",
    )


BUSY = [
    ConnectTimeoutError(endpoint_url="ssm"),
    ReadTimeoutError(endpoint_url="ssm"),
    answer_of("ThrottlingException"),
    answer_of("TooManyRequestsException"),
    answer_of("Whatever", 429),
    answer_of("InternalServerError", 500),
    answer_of("ServiceUnavailable", 503),
]
ONE_NAME = [
    answer_of("AccessDeniedException"),
    answer_of("InvalidKeyId"),
    answer_of("KMSInvalidStateException"),
]


@dataclass
class FakeSsm:
    """SSM, noting the destinations that it is asked for; `fails` says with what, by destination."""

    clock: Clock
    stored: dict[str, Mapping[str, str]] = field(default_factory=dict)
    fails: Callable[[str], Exception | None] = lambda _: None
    asked: list[str] = field(default_factory=list)
    answer: Any = None

    def __call__(self) -> Any:
        return self

    def get_parameters(self, *, Names: Sequence[str], WithDecryption: bool) -> Any:  # noqa: N803 - boto3's
        assert WithDecryption
        destination = Names[0].removeprefix("/relay/").rpartition("/")[0]
        self.asked.append(destination)
        if error := self.fails(destination):
            raise error
        found = self.stored.get(destination, {})
        held = {f"/relay/{destination}/{name}".replace("//", "/"): value for name, value in found.items()}
        entries = [{"Name": name, "Value": held[name]} for name in Names if name in held]
        return self.answer or {"Parameters": entries, "InvalidParameters": []}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ssm(clock: Clock) -> FakeSsm:
    return FakeSsm(clock, {"default": SETTINGS, "": {"write-keys": "{}"}})


def reader(ssm: FakeSsm, jitter: float = 0.0) -> Parameters:
    return Parameters(
        ssm,
        "/relay",
        NAMES,
        stack_names=("write-keys",),
        now_ms=ssm.clock.now_ms,
        jitter=lambda: jitter,
    )


def test_made_up_names_cost_few_reads_and_push_out_nothing_that_is_known(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    parameters.read("default")
    parameters.read("")

    answers = [parameters.read(f"made-up-{n}") for n in range(3 * MAX_UNKNOWN)]

    assert {str(answer) for answer in answers} == {"{}", "None"}
    assert len(ssm.asked) - 2 == BURST - RESERVED
    clock.now += 60 * SECOND
    for n in range(MAX_UNKNOWN):
        parameters.read(f"other-{n}")
        assert parameters.read("default") == SETTINGS
        assert parameters.read("") == {"write-keys": "{}"}
    assert len(ssm.asked) - 2 <= BURST + 60 * SECOND // EVERY_MS
    assert ssm.asked.count("default") == ssm.asked.count("") == 1
    assert len(parameters._unknown) == MAX_UNKNOWN  # noqa: SLF001 - memory has no other face


def test_a_name_that_was_not_asked_for_is_never_called_unknown(ssm: FakeSsm) -> None:
    parameters = reader(ssm)

    for n in range(1_000):
        answer = parameters.read(f"made-up-{n}")
        assert (answer == {}) is (f"made-up-{n}" in ssm.asked)


def test_a_new_destination_gets_through_a_flood_of_made_up_names(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    for n in range(1_000):
        parameters.read(f"made-up-{n}")
    ssm.stored["emea"] = SETTINGS

    assert parameters.read("emea") is None
    for n in range(100):
        clock.now += 50
        parameters.read(f"another-{n}")

    assert parameters.read("emea") == SETTINGS


def test_repeated_made_up_names_keep_no_library_waiting(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    # Those that come again may use all there is, in a function that knows nothing yet.
    for _ in range(3):
        for n in range(1_000):
            parameters.read(f"made-up-{n}")
    assert len(ssm.asked) == BURST
    assert parameters.read("default") is None

    # The keys of the stack, and a destination that one of them names: nobody has made those up.
    assert parameters.read("") == {"write-keys": "{}"}
    assert parameters.read("default", is_named=True) == SETTINGS

    ssm.asked.clear()
    for _ in range(600):
        parameters.read("", fresh=True)
        parameters.read("emea", is_named=True)
        clock.now += 100
    assert ssm.asked.count("emea") == 1
    assert len(ssm.asked) <= 1 + 60 * SECOND // EVERY_MS


def test_as_many_destinations_as_there_are_are_read_at_once(ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    ssm.stored |= {f"shop-{n}": SETTINGS for n in range(200)}

    assert all(parameters.read(f"shop-{n}") == SETTINGS for n in range(200))


@pytest.mark.parametrize("error", BUSY)
def test_after_a_failed_read_the_last_values_serve_and_ssm_is_asked_after_seconds(
    error: BotoCoreError | ClientError, clock: Clock, ssm: FakeSsm
) -> None:
    parameters = reader(ssm)
    parameters.read("default")
    clock.now += MAX_AGE_MS
    ssm.fails = lambda _: error

    for _ in range(100):
        assert parameters.read("default") == SETTINGS
    # Nor is it asked for any other name, of which nothing is known.
    assert [parameters.read(f"shop-{n}") for n in range(100)] == [None] * 100
    assert ssm.asked == ["default", "default"]

    clock.now += REST_MS - 1
    assert parameters.read("default") == SETTINGS
    assert len(ssm.asked) == 2
    clock.now += 1
    ssm.fails, ssm.stored["default"] = lambda _: None, {"settings": "new"}
    assert parameters.read("default") == {"settings": "new"}


def test_a_failed_read_of_what_nobody_knows_is_not_repeated_at_once(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm, jitter=1.0)
    ssm.fails = lambda _: BUSY[0]

    assert [parameters.read("default") for _ in range(50)] == [None] * 50
    assert ssm.asked == ["default"]
    clock.now += REST_MS - MAX_EARLIER_REST_MS
    ssm.fails = lambda _: None
    assert parameters.read("default") == SETTINGS


@pytest.mark.parametrize("error", ONE_NAME)
def test_what_goes_wrong_with_one_destination_is_no_others(
    error: ClientError, clock: Clock, ssm: FakeSsm
) -> None:
    parameters = reader(ssm)
    ssm.stored["emea"] = SETTINGS
    ssm.fails = lambda destination: error if destination == "emea" else None

    assert [parameters.read("emea") for _ in range(50)] == [None] * 50
    assert parameters.read("default") == SETTINGS
    assert ssm.asked == ["emea", "default"]
    clock.now += REST_MS
    ssm.fails = lambda _: None
    assert parameters.read("emea") == SETTINGS


def test_an_answer_that_is_not_ssms_is_none(ssm: FakeSsm) -> None:
    ssm.answer = {"ResponseMetadata": {"HTTPStatusCode": 200}}

    assert reader(ssm).read("default") is None


def test_a_wrong_secret_asks_once_in_seconds_and_is_told_apart_from_one_that_could_not_be_looked_up(
    clock: Clock, ssm: FakeSsm
) -> None:
    parameters = reader(ssm)
    for _ in range(600):
        # Ten a second for a minute.
        assert parameters.read("default", fresh=True) in (SETTINGS, None)
        clock.now += 100
    assert len(ssm.asked) <= 1 + 60 * SECOND // REFRESH_AFTER_MS

    ssm.fails = lambda _: BUSY[0]
    clock.now += REFRESH_AFTER_MS
    assert parameters.read("default", fresh=True) is None
    assert parameters.read("default") == SETTINGS


def test_wrong_secrets_for_many_destinations_cost_no_more_than_made_up_names(
    clock: Clock, ssm: FakeSsm
) -> None:
    parameters = reader(ssm)
    ssm.stored |= {f"shop-{n}": SETTINGS for n in range(100)}
    known = [parameters.read(f"shop-{n}") for n in range(100)]
    before = len(ssm.asked)
    clock.now += REFRESH_AFTER_MS

    answers = [parameters.read(f"shop-{n}", fresh=True) for n in range(100)]

    assert len(ssm.asked) - before == BURST
    assert answers == [*known[:BURST], *[None] * (100 - BURST)]
    assert [parameters.read(f"shop-{n}") for n in range(100)] == known


def test_a_guessed_write_key_costs_a_read_in_seconds(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    parameters.read("")
    for _ in range(600):
        parameters.read("", fresh=True)
        clock.now += 100

    assert len(ssm.asked) <= 1 + 60 * SECOND // REFRESH_AFTER_MS


def test_a_secret_that_was_changed_costs_nothing(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    parameters.read("default")

    for n in range(5 * BURST):
        clock.now += REFRESH_AFTER_MS
        ssm.stored["default"] = {"settings": str(n)}
        assert parameters.read("default", fresh=True) == {"settings": str(n)}
        for m in range(10):
            parameters.read(f"made-up-{n}-{m}")


def test_values_are_read_again_at_different_times(clock: Clock, ssm: FakeSsm) -> None:
    for jitter, age_ms in ((0.0, MAX_AGE_MS), (1.0, MAX_AGE_MS - MAX_EARLIER_MS)):
        parameters = reader(ssm, jitter)
        before = len(ssm.asked)
        parameters.read("default")
        clock.now += age_ms - 1
        parameters.read("default")
        assert len(ssm.asked) - before == 1
        clock.now += 1
        parameters.read("default")
        assert len(ssm.asked) - before == 2


def test_a_clock_that_was_set_back_does_not_keep_old_values(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    parameters.read("default")
    clock.now -= 3_600 * SECOND
    ssm.stored["default"] = {"settings": "new"}

    assert parameters.read("default") == {"settings": "new"}


def test_what_is_forgotten_is_asked_for_at_once(clock: Clock, ssm: FakeSsm) -> None:
    parameters = reader(ssm)
    parameters.read("default")
    parameters.read("emea")
    ssm.stored |= {"default": {"settings": "new"}, "emea": SETTINGS}

    for name in ("default", "emea", "nobody"):
        parameters.forget(name)

    assert (parameters.read("default"), parameters.read("emea")) == ({"settings": "new"}, SETTINGS)
    assert clock.now == Clock().now


@dataclass
class Throttled:
    """SSM's limit of 40 reads a second, for all that call it."""

    clock: Clock
    left: float = 40.0
    at_ms: int = 0

    def __call__(self, _: str) -> Exception | None:
        self.left = min(40.0, self.left + (self.clock.now - self.at_ms) * 40 / 1000)
        self.at_ms = self.clock.now
        if self.left < 1:
            return answer_of("ThrottlingException")
        self.left -= 1
        return None


@pytest.mark.parametrize("reads", [("default",), ("", "default")], ids=["webhook", "library"])
def test_three_hundred_cold_functions_at_once_all_know_their_destination_after_seconds(
    reads: Sequence[str], clock: Clock, ssm: FakeSsm
) -> None:
    ssm.fails = Throttled(clock)
    dice = random.Random(1)
    functions = [
        Parameters(ssm, "/relay", NAMES, stack_names=("write-keys",), now_ms=clock.now_ms, jitter=dice.random)
        for _ in range(300)
    ]
    started, waiting, refused = clock.now, list(functions), 0
    while waiting:
        # Each is asked again twice a second, as by requests that are repeated.
        waiting = [each for each in waiting if not all(each.read(name) for name in reads)]
        refused += len(waiting)
        clock.now += 500

    took_s = (clock.now - started) / 1000
    print(f"300 cold functions, {len(reads)} reads each: {len(ssm.asked)} reads in {took_s} s")  # noqa: T201 - for the page
    assert refused
    assert took_s <= 3 * 300 * len(reads) / 40
    # What they read anew minutes later is spread.
    for _ in range(2 * (MAX_AGE_MS + MAX_EARLIER_MS) // SECOND):
        clock.now += 500
        assert all(each.read(name) for each in functions for name in reads)
