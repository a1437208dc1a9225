"""Memory, leases and limits belong to the HubSpot account that a token is of, whatever the settings say."""

from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from functional.accounts import ACCOUNT, bucket_of, buckets, group, person, point, put, record, written
from functional.sender import Context, identify, invoke_with, outcomes, put_off, reasons, start_cold

from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.adapters import parameters
from relay.adapters.usage_table import UsageTable
from relay.core.accounts import Account, Usage, token_hash
from relay.core.bucket import WINDOW_MS, Family
from sender import app

WRONG = "wrong_account: the access token is of portal 7654321, hub_id says 42"
LATER, EARLIER = "2026-11-02T08:00:00Z", "2026-10-01T08:00:00Z"


@pytest.fixture
def short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of HubSpot's that is over soon: to wait for its end takes no ten seconds."""
    for family in Family:
        monkeypatch.setitem(WINDOW_MS, family, 500)


@pytest.fixture
def production(hubspot: StandIn) -> Iterator[StandIn]:
    """Another account than that of `hubspot`, with people and companies of its own."""
    assert hubspot.calls == []
    with StandIn(access_token="pat-eu1-production") as standin:
        standin.portal.account = replace(standin.portal.account, portal_id=42, region="eu1")
        yield standin


# --------------------------------------------------------------------------- another account, one destination


@pytest.mark.usefixtures("short_window")
def test_nothing_that_was_remembered_of_a_sandbox_is_applied_to_production(
    hubspot: StandIn, production: StandIn
) -> None:
    hubspot.portal.account = replace(hubspot.portal.account, kind="SANDBOX")
    events = [person("m-1", city="Oslo"), group("m-2", name="Acme")]
    assert set(outcomes(invoke_with(record("default", *events))[1]).values()) == {"delivered"}
    (ours,) = hubspot.state()["companies"]
    # The company that has the same id there is a stranger's.
    stranger = production.portal.companies.create({"name": "Stranger", "domain": "stranger.example.net"})
    assert stranger.id == ours["id"]

    point("default", production)
    _, lines = invoke_with(record("default", person("m-1", city="Oslo"), group("m-2", name="Acme Inc")))

    assert outcomes(lines) == {"m-1": "delivered", "m-2": "delivered"}
    (kim,) = production.state()["contacts"]
    assert (kim["properties"]["email"], kim["properties"]["city"]) == ("kim@example.org", "Oslo")
    assert {each["properties"]["name"] for each in production.state()["companies"]} == {
        "Stranger",
        "Acme Inc",
    }


@pytest.mark.usefixtures("short_window")
def test_pointed_back_a_destination_finds_all_that_was_remembered(
    hubspot: StandIn, production: StandIn
) -> None:
    invoke_with(record("default", person("m-1", LATER, city="Oslo")))
    point("default", production)
    invoke_with(record("default", person("m-2", LATER, city="Bergen")))
    point("default", hubspot)
    before = written(hubspot)

    _, lines = invoke_with(record("default", person("m-3", LATER, city="Oslo")))
    _, older = invoke_with(record("default", person("m-4", EARLIER, city="Trondheim")))

    assert outcomes(lines) == {"m-3": "skipped: unchanged"}
    assert outcomes(older) == {"m-4": "skipped: stale"}
    assert written(hubspot) == before


# ------------------------------------------------------------------------------ one account, two destinations


@pytest.fixture
def two(hubspot: StandIn) -> StandIn:
    """A HubSpot to which two destinations point, each with a token of its own."""
    hubspot.further_tokens.add("pat-na1-second")
    hubspot.portal.search_lag_ms = 60_000
    point("shop", hubspot)
    point("app", hubspot, "pat-na1-second", app="second")
    return hubspot


def test_two_destinations_of_one_account_make_one_company_for_a_domain_in_one_invocation(
    two: StandIn,
) -> None:
    _, lines = invoke_with(
        record("shop", group("m-1", name="Acme")), record("app", group("m-2", name="Acme"))
    )

    assert [each["properties"]["domain"] for each in two.state()["companies"]] == ["acme.example.com"]
    assert set(outcomes(lines).values()) == {"delivered", "skipped: unchanged"}


def test_two_destinations_of_one_account_make_one_company_for_a_domain_across_processes(two: StandIn) -> None:
    invoke_with(record("shop", group("m-1", name="Acme")))
    start_cold()

    _, lines = invoke_with(record("app", group("m-2", LATER, name="Acme Inc")))

    assert outcomes(lines) == {"m-2": "delivered"}
    assert [each["properties"]["name"] for each in two.state()["companies"]] == ["Acme Inc"]


@pytest.mark.parametrize("order", [("shop", "app"), ("app", "shop")])
def test_of_two_destinations_in_one_invocation_the_newer_value_wins(
    two: StandIn, order: tuple[str, str]
) -> None:
    events = {"shop": person("m-1", LATER, city="Oslo"), "app": person("m-2", EARLIER, city="Bergen")}

    answer, _ = invoke_with(*(record(destination, events[destination]) for destination in order))

    assert answer == {"batchItemFailures": []}
    (kim,) = two.state()["contacts"]
    assert kim["properties"]["city"] == "Oslo"


def test_what_one_destination_has_written_is_not_overwritten_by_an_older_event_of_another(
    two: StandIn,
) -> None:
    invoke_with(record("shop", person("m-1", LATER, city="Oslo")))

    _, lines = invoke_with(record("app", person("m-2", EARLIER, city="Bergen")))

    assert outcomes(lines) == {"m-2": "skipped: stale"}
    (kim,) = two.state()["contacts"]
    assert kim["properties"]["city"] == "Oslo"


# -------------------------------------------------------------------------------- one token, whatever it says


def test_one_token_has_one_bucket_whatever_the_settings_of_its_destinations_say(hubspot: StandIn) -> None:
    point("shop", hubspot, app="first")
    point("app", hubspot, app="second")
    point("wrong", hubspot, hub_id=42)

    for each in (identify("shop"), identify("app", traits={"email": "bo@example.org"}), identify("wrong")):
        invoke_with(each)

    assert list(buckets()) == [bucket_of(hubspot)]
    assert buckets()[bucket_of(hubspot)]["used"]["N"] == str(len(hubspot.calls))


def test_a_token_of_another_account_than_the_settings_say_writes_nothing_and_its_events_wait(
    hubspot: StandIn,
) -> None:
    point("default", hubspot, hub_id=42)

    answer, lines = invoke_with(identify())
    again, _ = invoke_with(identify())

    assert answer == again == {"batchItemFailures": []}
    assert put_off() == 2
    assert reasons(lines) == {WRONG}
    assert [call["path"] for call in hubspot.calls] == [ACCOUNT]
    usage = UsageTable(boto3.client("dynamodb"), "buckets").load("default")
    account = Account(7654321, "STANDARD", "na1", "Europe/Copenhagen")
    assert usage == Usage(token_hash(hubspot.access_token), account)
    # Once the settings are put right, they are delivered.
    point("default", hubspot)
    assert outcomes(invoke_with(identify())[1]) == {"m-default": "delivered"}


def test_whose_a_token_is_is_asked_once_by_all_processes(hubspot: StandIn) -> None:
    invoke_with(identify())
    start_cold()
    invoke_with(identify(traits={"email": "bo@example.org"}))

    assert [call["path"] for call in hubspot.calls].count(ACCOUNT) == 1


@pytest.mark.usefixtures("short_window")
def test_a_token_that_has_changed_is_asked_about_anew(hubspot: StandIn) -> None:
    invoke_with(identify())
    hubspot.access_token = "pat-na1-new"
    hubspot.portal.account = replace(hubspot.portal.account, portal_id=42)
    point("default", hubspot, hub_id=7654321)
    seen = len(written(hubspot))

    _, lines = invoke_with(identify(traits={"email": "bo@example.org"}))

    assert reasons(lines) == {"wrong_account: the access token is of portal 42, hub_id says 7654321"}
    assert len(written(hubspot)) == seen


def test_where_the_details_are_kept_from_us_the_token_itself_tells_whose_it_is(hubspot: StandIn) -> None:
    hubspot.revoke("oauth")

    _, lines = invoke_with(identify())

    assert outcomes(lines) == {"m-default": "delivered"}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html>Please sign in</html>"},
        {"status": 200, "body": {"status": "success"}},
        {"status": 200, "body": {"portalId": None}},
        {"status": 302},
        {"status": 404},
    ],
)
def test_an_answer_that_names_no_account_is_none(hubspot: StandIn, fault: dict[str, object]) -> None:
    hubspot.portal.tells_token = False
    hubspot.faults.add([Fault.model_validate({"path": "account-info", **fault})])

    answer, lines = invoke_with(identify())

    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    status = fault["status"]
    assert reasons(lines) == {
        f"account_unknown: HubSpot does not tell whose the access token is (status {status}, 404)"
    }
    assert written(hubspot) == []
    # It is not remembered: as soon as HubSpot tells, events are delivered.
    assert outcomes(invoke_with(identify())[1]) == {"m-default": "delivered"}


# -------------------------------------------------------------------------------------------- what a token is


@pytest.mark.parametrize("around", ["{}\n", " {}\r\n", "\ufeff{}", "\n\t{} "])
def test_a_token_with_blanks_or_a_line_end_around_it_works(hubspot: StandIn, around: str) -> None:
    put("default", "access-token", around.format(hubspot.access_token))

    assert outcomes(invoke_with(identify())[1]) == {"m-default": "delivered"}


@pytest.mark.parametrize("token", ["pat-nä1", "pat na1", "pat\nna1", "pat-\x7f", "päť", "pat\u2028na1"])
def test_a_token_that_no_header_can_carry_counts_as_refused_at_once(hubspot: StandIn, token: str) -> None:
    put("default", "access-token", token)

    answer, lines = invoke_with(identify())

    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    assert reasons(lines) == {"access_token_refused"}
    assert hubspot.calls == []


# ------------------------------------------------------------------------------------ rotated while in flight


@pytest.fixture
def rotating(hubspot: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A HubSpot that refuses the token that the process still knows; SSM has another one by now."""
    monkeypatch.setattr(parameters, "REFRESH_AFTER_MS", 0)
    invoke_with(identify())
    hubspot.access_token = "pat-na1-rotated"
    put("default", "access-token", hubspot.access_token)
    return hubspot


@pytest.mark.usefixtures("short_window")
def test_a_token_that_was_rotated_in_mid_flight_delivers_in_the_same_invocation(rotating: StandIn) -> None:
    answer, lines = invoke_with(identify(traits={"email": "bo@example.org"}))

    assert answer == {"batchItemFailures": []}
    assert rotating.calls[-1]["status"] == 200
    assert outcomes(lines) == {"m-default": "delivered"}


@pytest.mark.usefixtures("short_window")
def test_a_token_that_was_rotated_to_that_of_another_account_in_mid_flight_writes_nothing_there(
    rotating: StandIn,
) -> None:
    rotating.portal.account = replace(rotating.portal.account, portal_id=42)
    seen = len(written(rotating))

    _, lines = invoke_with(identify(traits={"email": "bo@example.org"}))

    assert reasons(lines) == {"wrong_account: the access token is of portal 42, hub_id says 7654321"}
    later = rotating.calls[-2:]
    assert [(call["path"].rpartition("/")[2], call["status"]) for call in later] == [
        ("upsert", 401),
        ("details", 200),
    ]
    assert len(written(rotating)) == seen + 1


def test_calls_with_a_rotated_token_begin_when_those_with_the_old_one_are_past(
    rotating: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new token may be of the same app, whose calls HubSpot counts together."""
    app.parameters.cache_clear()
    # So little time that it cannot be waited out.
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: 16_000)
    calls = len(rotating.calls)

    _, lines = invoke_with(identify(traits={"email": "bo@example.org"}))

    assert reasons(lines) == {"blocked"}
    (wait_ms,) = {line["wait_ms"] for line in lines if line["message"] == "event"}
    assert 5_000 < wait_ms < 11_000
    assert len(rotating.calls) == calls
