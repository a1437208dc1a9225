"""A destination's parameters, against moto."""

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from fakes import Clock
from mypy_boto3_ssm import SSMClient

from relay.adapters.parameters import MAX_AGE_MS, REFRESH_AFTER_MS, UNKNOWN_MAX_AGE_MS, Parameters


class CountingSsm:
    """SSM, counting the reads; `down` makes it unreachable."""

    def __init__(self) -> None:
        self.ssm: SSMClient = boto3.client("ssm")
        self.reads = 0
        self.down = False

    def client(self) -> SSMClient:
        self.reads += 1
        if self.down:
            raise ConnectTimeoutError(endpoint_url="ssm")
        return self.ssm

    def put(self, name: str, value: str) -> None:
        self.ssm.put_parameter(Name=f"/relay/{name}", Value=value, Type="SecureString", Overwrite=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ssm() -> CountingSsm:
    return CountingSsm()


@pytest.fixture
def parameters(ssm: CountingSsm, clock: Clock) -> Parameters:
    names = ("settings", "access-token")
    return Parameters(ssm.client, "/relay", names, now_ms=clock.now_ms, jitter=lambda: 0.0)


def test_values_are_decrypted_and_known_by_their_short_name(parameters: Parameters, ssm: CountingSsm) -> None:
    ssm.put("default/access-token", "pat-na1-1")
    ssm.put("default/other", "not asked for")

    assert parameters.read("default") == {"access-token": "pat-na1-1"}


def test_values_are_read_again_after_five_minutes(
    parameters: Parameters, ssm: CountingSsm, clock: Clock
) -> None:
    ssm.put("default/access-token", "old")
    parameters.read("default")
    ssm.put("default/access-token", "new")

    clock.now += MAX_AGE_MS - 1
    assert parameters.read("default") == {"access-token": "old"}
    clock.now += 1
    assert parameters.read("default") == {"access-token": "new"}
    assert ssm.reads == 2


def test_a_fresh_read_sees_a_rotated_value_but_does_not_hammer_ssm(
    parameters: Parameters, ssm: CountingSsm, clock: Clock
) -> None:
    ssm.put("default/access-token", "old")
    parameters.read("default")
    ssm.put("default/access-token", "new")

    assert parameters.read("default", fresh=True) == {"access-token": "old"}
    clock.now += REFRESH_AFTER_MS
    assert parameters.read("default", fresh=True) == {"access-token": "new"}
    assert ssm.reads == 2


def test_an_unknown_destination_is_remembered_for_a_minute(
    parameters: Parameters, ssm: CountingSsm, clock: Clock
) -> None:
    assert parameters.read("elsewhere") == {}
    clock.now += UNKNOWN_MAX_AGE_MS - 1
    assert parameters.read("elsewhere", fresh=True) == {}
    assert ssm.reads == 1
    ssm.put("elsewhere/settings", "{}")
    clock.now += 1
    assert parameters.read("elsewhere") == {"settings": "{}"}


def test_the_last_known_values_serve_on_while_ssm_is_out_of_reach(
    parameters: Parameters, ssm: CountingSsm, clock: Clock
) -> None:
    ssm.put("default/access-token", "old")
    parameters.read("default")
    ssm.down = True
    clock.now += MAX_AGE_MS

    assert parameters.read("default") == {"access-token": "old"}
    assert parameters.read("emea") is None
