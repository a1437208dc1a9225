"""A destination's settings, and the environment of the functions."""

import json

import pytest

from relay.core.bucket import Limits
from relay.environment import IngestEnvironment, SenderEnvironment
from relay.settings import Destination, InvalidSettingsError, parse_destination


def settings(**changes: object) -> Destination:
    return parse_destination(json.dumps({"hub_id": 7654321} | changes))


def test_only_the_hub_id_is_required() -> None:
    found = settings()

    assert (found.plan, found.app, found.api_version) == ("starter", "default", "2026-09")
    assert (found.hubspot_url, found.tracking_url) == ("https://api.hubapi.com", "https://track.hubspot.com")


@pytest.mark.parametrize(
    ("plan", "burst", "associations", "day"),
    [
        ("free", 100, 100, 250_000),
        ("starter", 100, 100, 250_000),
        ("professional", 190, 150, 625_000),
        ("enterprise", 190, 150, 1_000_000),
        ("professional-increase", 250, 200, 1_625_000),
        ("enterprise-increase", 250, 200, 2_000_000),
        ("classic-professional", 100, 100, 500_000),
        ("classic-enterprise", 120, 100, 1_000_000),
    ],
)
def test_the_plan_decides_how_many_calls_are_allowed(
    plan: str, burst: int, associations: int, day: int
) -> None:
    limits = settings(plan=plan).limits

    assert (limits.burst, limits.associations, limits.search, limits.day) == (burst, associations, 5, day)
    # HubSpot's own word may raise them.
    assert (limits.burst_ceiling, limits.day_ceiling) == (None, None)


def test_each_preset_can_be_overridden() -> None:
    chosen = {"burst_limit": 7, "daily_limit": 8, "association_limit": 9, "search_limit": 1}
    found = settings(region="eu", track_url="http://127.0.0.1:1", **chosen)

    assert found.tracking_url == "http://127.0.0.1:1"
    assert found.limits == Limits(burst=7, burst_ceiling=7, day=8, day_ceiling=8, associations=9, search=1)
    assert settings(region="eu").tracking_url == "https://track-eu1.hubspot.com"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "hub_id: Field required"),
        ("[]", "Input should be an object"),
        ("nonsense", "Invalid JSON"),
        ('{"hub_id": "abc"}', "hub_id"),
        ('{"hub_id": 0}', "hub_id"),
        ('{"hub_id": 1, "plan": "gold"}', "plan"),
        ('{"hub_id": 1, "plann": "free"}', "plann: no such setting, did you mean plan?"),
        ('{"hub_id": 1, "zzz": 1}', "zzz: no such setting"),
        ('{"hub_id": 1, "burst_limit": 1000}', "burst_limit"),
        ('{"hub_id": 1, "daily_limit": 0}', "daily_limit"),
        ('{"hub_id": 1, "app": "two words"}', "app"),
        ('{"hub_id": 1, "hubspot_url": "ftp://x"}', "hubspot_url"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_the_key_to_mend(text: str, problem: str) -> None:
    with pytest.raises(InvalidSettingsError, match=problem.replace("?", r"\?")):
        parse_destination(text)


def test_a_refusal_does_not_repeat_what_might_be_secret() -> None:
    with pytest.raises(InvalidSettingsError) as refusal:
        parse_destination('{"hub_id": "pat-na1-secret", "access_token": "pat-na1-secret"}')

    assert "pat-na1-secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_the_environment_is_read_with_its_units() -> None:
    environ = {name: f"value of {name}" for name in SenderEnvironment.VARIABLES}
    found = SenderEnvironment.from_environ(
        environ | {"RETRY_DELAY_S": "5", "HUBSPOT_TIMEOUT_S": "10", "SENDER_THREADS": "8"}
    )

    assert (found.retry_delay_s, found.hubspot_timeout_s, found.threads) == (5.0, 10.0, 8)
    assert found.bucket_table == "value of BUCKET_TABLE"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(KeyError, match="EVENTS_QUEUE_URL"):
        IngestEnvironment.from_environ({"PARAMETER_PREFIX": "/relay"})
