"""What the doctor says of a token, its scopes, its portal and its limits."""

from collections.abc import Mapping
from typing import Any

import pytest
from builders import refusal

from cli.doctor.account import account_findings
from cli.doctor.facts import HubSpot
from cli.doctor.findings import Finding, State
from relay.core.answers import Answer, NoReply, Reply
from relay.settings import Destination

NOW_MS = 1_790_000_000_000
SCOPES = [
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
]
ALL_EVENTS = ["analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write"]
UNAUTHORISED = Reply(401, {"category": "INVALID_AUTHENTICATION"})
UNKNOWN = refusal(404, {"message": "not found"})


def limits(burst: int = 100, day: int = 250_000, left: int = 200_000) -> Mapping[str, str]:
    return {
        "x-hubspot-ratelimit-max": str(burst),
        "x-hubspot-ratelimit-interval-milliseconds": "10000",
        "x-hubspot-ratelimit-daily": str(day),
        "x-hubspot-ratelimit-daily-remaining": str(left),
    }


def token(scopes: list[str] = SCOPES, hub_id: int = 7) -> Reply:
    return Reply(200, {"userId": 101, "hubId": hub_id, "appId": 303, "scopes": scopes})


def test_an_account_is_told_with_its_kind_and_also_where_hubspot_tells_its_number_as_text() -> None:
    sandbox = Reply(200, {"portalId": "7", "accountType": "DEVELOPER_TEST"}, limits())
    found = findings(HubSpot(token(), sandbox))["hub id"]

    assert (found.state, found.text) == (
        State.OK,
        "The token is of portal 7 (developer test), as the settings say.",
    )


def account(hub_id: int = 7, location: str = "na1", headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(200, {"portalId": hub_id, "dataHostingLocation": location}, headers or limits())


def findings(asked: HubSpot, **settings: Any) -> dict[str, Finding]:
    destination = Destination.model_validate({"hub_id": 7, **settings})
    return {each.check: each for each in account_findings(asked, destination, "shop", NOW_MS)}


def test_a_good_token_is_all_well() -> None:
    found = findings(HubSpot(token(), account()))

    assert {each.state for each in found.values()} == {State.OK}
    assert found.keys() == {"token valid", "token kind", "hub id", "scopes", "plan limits", "calls today"}
    assert "app 303" in found["token kind"].text
    # Who made the token is personal.
    assert not any("101" in each.text for each in found.values())


@pytest.mark.parametrize("of_token", [UNAUTHORISED, UNKNOWN])
def test_a_token_that_hubspot_refuses_is_an_error_and_the_rest_is_not_checked(of_token: Answer) -> None:
    found = findings(HubSpot(of_token, UNAUTHORISED))

    assert found["token valid"].state is State.ERROR
    assert "relay connect shop" in found["token valid"].remedy
    assert {found[name].state for name in ("token kind", "hub id", "scopes", "plan limits")} == {
        State.NOT_CHECKED
    }


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (NoReply("no_answer: ConnectError"), State.NOT_CHECKED, "no_answer: ConnectError"),
        (NoReply("day_spent"), State.NOT_CHECKED, "day_spent"),
        (Reply(500), State.WARNING, "status 500"),
    ],
)
def test_where_hubspot_does_not_answer_nothing_is_said_of_the_token(
    answer: Answer, state: State, words: str
) -> None:
    found = findings(HubSpot(answer, answer))

    assert (found["token valid"].state, words in found["token valid"].text) == (state, True)


def test_a_token_that_hubspot_tells_nothing_of_is_valid_if_it_is_accepted() -> None:
    contacts = Reply(200, {"results": []})

    found = findings(HubSpot(UNKNOWN, account(), contacts, contacts))

    assert found["token valid"].state is State.OK
    assert (found["token kind"].state, "Cannot be told" in found["token kind"].text) == (State.WARNING, True)
    assert (found["scopes"].state, "Cannot be told" in found["scopes"].text) == (State.WARNING, True)
    assert "crm.objects.contacts.write" in found["scopes"].remedy


def test_where_scopes_cannot_be_told_a_read_that_is_refused_names_them() -> None:
    refused = Reply(403, {"errors": [{"context": {"requiredGranularScopes": ["crm.objects.contacts.read"]}}]})

    found = findings(HubSpot(UNKNOWN, account(), refused, Reply(200, {"results": []})))

    assert (found["scopes"].state, found["scopes"].names) == (State.ERROR, ("crm.objects.contacts.read",))


@pytest.mark.parametrize(("plan", "state"), [("starter", State.WARNING), ("enterprise", State.ERROR)])
def test_that_a_token_may_not_list_events_is_a_fault_only_where_there_are_some(
    plan: str, state: State
) -> None:
    fine, refused = (
        Reply(200, {"results": []}),
        Reply(403, {"errors": [{"context": {"requiredScopes": ["b"]}}]}),
    )

    found = findings(HubSpot(UNKNOWN, account(), fine, fine, definitions=refused), plan=plan)

    assert found["scopes"].state is state


def test_where_scopes_cannot_be_told_and_no_read_is_answered_they_are_not_checked() -> None:
    assert findings(HubSpot(UNKNOWN, account()))["scopes"].state is State.NOT_CHECKED


@pytest.mark.parametrize(
    ("granted", "settings", "state", "missing"),
    [
        (SCOPES, {}, State.OK, ()),
        (SCOPES[1:], {}, State.ERROR, ("crm.objects.contacts.read",)),
        (SCOPES[:2], {}, State.WARNING, ("crm.objects.companies.read", "crm.objects.companies.write")),
        (SCOPES[:3], {"group_key": "account_id"}, State.ERROR, ("crm.objects.companies.write",)),
        (SCOPES, {"plan": "enterprise"}, State.ERROR, tuple(ALL_EVENTS)),
        ([*SCOPES, *ALL_EVENTS], {"plan": "enterprise"}, State.OK, ()),
        (SCOPES, {"plan": "enterprise", "events": "legacy"}, State.OK, ()),
        (SCOPES, {"create_properties": True}, State.ERROR, ("crm.schemas.contacts.write",)),
        (
            [*SCOPES, "crm.objects.contacts.sensitive.read.v2"],
            {"sensitive_properties": True},
            State.ERROR,
            ("crm.objects.contacts.sensitive.write",),
        ),
    ],
)
def test_scopes_are_compared_with_what_the_settings_need(
    granted: list[str], settings: Mapping[str, Any], state: State, missing: tuple[str, ...]
) -> None:
    found = findings(HubSpot(token(granted), account()), **settings)["scopes"]

    assert (found.state, found.names) == (state, missing)
    assert all(name in found.text for name in missing)


@pytest.mark.parametrize(
    "asked",
    [
        HubSpot(token(hub_id=9), account(hub_id=9)),
        HubSpot(token(hub_id=9), Reply(403)),
        HubSpot(UNKNOWN, account(9)),
    ],
)
def test_a_token_of_another_portal_is_an_error_that_names_both(asked: HubSpot) -> None:
    found = findings(asked)["hub id"]

    assert (found.state, found.names) == (State.ERROR, ("9",))
    assert "portal 9" in found.text
    assert "say 7" in found.text


def test_whose_token_it_is_may_not_be_told() -> None:
    never, later = (findings(HubSpot(UNKNOWN, each))["hub id"] for each in (refusal(403), Reply(503)))

    assert (never.state, later.state) == (State.ERROR, State.NOT_CHECKED)
    assert "nothing is written" in never.text


@pytest.mark.parametrize(
    ("location", "settings", "is_wrong"),
    [
        ("eu1", {"events": "legacy"}, True),
        ("eu1", {"events": "legacy", "region": "eu"}, False),
        ("na2", {"events": "legacy", "region": "eu"}, True),
        ("eu1", {}, False),
        ("", {"events": "legacy", "region": "eu"}, False),
    ],
)
def test_a_wrong_region_matters_to_legacy_events(
    location: str, settings: Mapping[str, Any], *, is_wrong: bool
) -> None:
    assert ("region" in findings(HubSpot(token(), account(location=location)), **settings)) == is_wrong


@pytest.mark.parametrize(
    ("told", "plan", "state", "words"),
    [
        (limits(), "starter", State.OK, "100 calls in 10 s and 250,000 a day"),
        (limits(190, 625_000, 600_000), "starter", State.WARNING, "Set plan to professional."),
        (limits(190, 1_000_000, 900_000), "professional", State.WARNING, "Set plan to enterprise."),
        (limits(100, 250_000), "enterprise", State.WARNING, "Set plan to free or starter."),
        (limits(110, 999), "starter", State.WARNING, "keeps to HubSpot's numbers"),
        ({"x-hubspot-ratelimit-max": "7"}, "starter", State.NOT_CHECKED, "name no limits"),
    ],
)
def test_hubspots_limits_are_compared_with_the_plan(
    told: Mapping[str, str], plan: str, state: State, words: str
) -> None:
    found = findings(HubSpot(token(), account(headers=told)), plan=plan, events="off")["plan limits"]

    assert (found.state, words in found.text + found.remedy) == (state, True)


@pytest.mark.parametrize(
    ("left", "settings", "state", "words"),
    [
        (200_000, {}, State.OK, "200,000 of 250,000 are left"),
        (49_999, {}, State.WARNING, "49,999 of 250,000 are left"),
        (0, {}, State.ERROR, "None of 250,000"),
        # 50,000 are used.
        (200_000, {"daily_limit": 60_000}, State.WARNING, "10,000 of 60,000 are left (daily_limit)"),
        (200_000, {"daily_limit": 50_000}, State.ERROR, "None of 50,000"),
    ],
)
def test_what_is_left_of_the_day_is_told(
    left: int, settings: Mapping[str, Any], state: State, words: str
) -> None:
    found = findings(HubSpot(token(), account(headers=limits(left=left))), **settings)["calls today"]

    assert (found.state, words in found.text) == (state, True)
