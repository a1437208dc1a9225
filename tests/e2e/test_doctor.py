"""`relay doctor` on a relay that runs: each trouble is named with its remedy, and the rest is checked."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from e2e.operating import HEADER_SECRET, Destination, relay_command
from e2e.posting import TIMEOUT_S, person

from cli.doctor.examine import examine
from cli.doctor.findings import State
from cli.embedded.aws import local_client
from cli.local import LocalRelay
from cli.local_file import Running, published
from cli.stack import RunningStack
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from relay.core.accounts import bucket_key, token_hash

pytestmark = pytest.mark.stack

NOW_MS = time.time_ns() // 1_000_000
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def found(relay: LocalRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `relay --local` find this relay."""
    monkeypatch.setenv("RELAY_LOCAL_FILE", str(tmp_path / "local" / "local.json"))
    with published(Running(relay.stack.name, relay.aws.endpoint_url, relay.stack.outputs)):
        yield


@pytest.fixture
def shop(relay: LocalRelay) -> Destination:
    """A destination that nobody has set up yet."""
    return Destination(relay, f"doctor-{next(_numbers)}")


def examined(shop: Destination, code: int = 0) -> dict[str, Any]:
    """Return the checks of a destination by their name; the last one of each."""
    done = relay_command("doctor", shop.name, "--local", "--json")
    assert done.exit_code == code, done.output
    assert ACCESS_TOKEN not in done.output
    assert HEADER_SECRET not in done.output
    return {check["check"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_destination_that_is_well_has_no_error_and_costs_a_call_for_each_family(
    shop: Destination, hubspot: StandIn
) -> None:
    shop.set_up()

    done = relay_command("doctor", shop.name, "--local")

    assert done.exit_code == 0
    assert "0 errors" in done.stdout
    assert "HubSpot got 8 calls." in done.stdout
    assert "\x1b" not in done.stdout
    assert [call["path"] for call in hubspot.calls] == [
        "/oauth/v2/private-apps/get/access-token-info",
        "/account-info/2026-09/details",
        "/crm/objects/2026-09/contacts",
        "/crm/objects/2026-09/companies",
        "/crm/properties/2026-09/contacts",
        "/events/2026-09/event-definitions",
        "/crm/associations/2026-09/contacts/companies/batch/read",
        "/events/2026-09/send/batch",
    ]
    checks = examined(shop)
    assert {check["check"] for check in checks.values() if check["state"] != "ok"} == {
        "companies made by HubSpot"
    }


def test_calls_take_tokens_of_the_bucket_that_the_senders_share(
    shop: Destination, relay: LocalRelay, hubspot: StandIn
) -> None:
    token = f"pat-na1-{shop.name}"
    hubspot.further_tokens.add(token)
    shop.set_up(token)

    examined(shop)

    key = {"pk": {"S": bucket_key(token_hash(token))}}
    item = relay.aws.client("dynamodb").get_item(TableName=relay.stack.outputs["BucketTableName"], Key=key)[
        "Item"
    ]
    # What was lent beyond the calls has come back; sending events takes no token.
    assert item["used"] == {"N": "7"}


def test_missing_scopes_are_named(shop: Destination, hubspot: StandIn) -> None:
    shop.set_up()
    hubspot.revoke("crm.objects.contacts.write", "crm.objects.companies.read")

    checks = examined(shop, 1)

    assert checks["scopes"]["state"] == "error"
    assert checks["scopes"]["names"] == ["crm.objects.contacts.write", "crm.objects.companies.read"]
    assert checks["plan limits"]["state"] == "ok"


def test_where_hubspot_does_not_list_scopes_a_read_is_tried(shop: Destination, hubspot: StandIn) -> None:
    shop.set_up()
    hubspot.portal.tells_token = False
    assert "Cannot be told" in examined(shop)["scopes"]["text"]
    read = [call["path"] for call in hubspot.calls if call["method"] == "GET"]
    assert read[1:3] == ["/crm/objects/2026-09/contacts", "/crm/objects/2026-09/companies"]
    hubspot.revoke("crm.objects.companies.read")

    assert examined(shop, 1)["scopes"]["names"] == ["crm.objects.companies.read"]


def test_a_token_of_another_portal_is_named(shop: Destination) -> None:
    shop.set_up(hub_id=42)

    checks = examined(shop, 1)

    assert checks["hub id"]["state"] == "error"
    assert f"portal {HUB_ID}, the settings say 42" in checks["hub id"]["text"]


def test_properties_that_settings_and_recent_events_need_are_named(
    shop: Destination, hubspot: StandIn
) -> None:
    shop.set_up(traits={"tier": "club_tier"}, group_key="account_id")
    shop.post(person(shoe_length="41"))

    done = relay_command("doctor", shop.name, "--local")

    assert done.exit_code == 1
    assert "HubSpot has no club_tier, account_id" in done.stdout
    assert "HubSpot has no shoe_length" in done.stdout
    hubspot.portal.add_property("shoe_length")
    hubspot.portal.add_property("club_tier")
    hubspot.portal.add_property("account_id", "companies", hasUniqueValue=True)
    checks = examined(shop)
    assert (checks["properties"]["state"], checks["dropped contacts traits"]["state"]) == ("ok", "ok")


def test_a_trait_that_was_left_out_is_named_though_settings_name_none(shop: Destination) -> None:
    shop.set_up()
    shop.post(person(hat_size="7"))

    assert examined(shop)["dropped contacts traits"]["names"] == ["hat_size"]


def test_events_without_a_definition_are_named(
    shop: Destination, hubspot: StandIn, relay: LocalRelay
) -> None:
    hubspot.grant("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
    hubspot.limiter.limit, hubspot.limiter.daily = 190, 1_000_000
    try:
        shop.set_up(plan="enterprise", event_names={"Signed Up": "sign_up"})
        other = Destination(relay, f"{shop.name}-other")
        other.set_up(plan="enterprise")
        who = person()
        other.post(track("Sang", person()))
        shop.post(track("Jumped", who))

        checks = examined(shop, 1)

        assert checks["event definitions"]["names"] == ["sign_up"]
        assert checks["rejected events"]["names"] == ["Jumped"]
        assert checks["rejects queue"]["state"] == "warning"
        assert "relay rejects" in checks["rejects queue"]["remedy"]
        assert who["traits"]["email"] not in json.dumps(checks)
    finally:
        hubspot.limiter.limit, hubspot.limiter.daily = 100, 250_000
        relay.aws.client("sqs").purge_queue(QueueUrl=relay.stack.outputs["RejectsQueueUrl"])


def track(name: str, who: dict[str, Any]) -> dict[str, Any]:
    return {**who, "type": "track", "event": name, "context": {"traits": who["traits"]}}


def test_an_account_without_custom_events_is_told(shop: Destination, hubspot: StandIn) -> None:
    hubspot.grant("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
    hubspot.portal.tier = "professional"
    shop.set_up(plan="enterprise")

    assert "no custom events" in examined(shop, 1)["event definitions"]["text"]


def test_another_plan_than_hubspots_is_named(shop: Destination) -> None:
    shop.set_up(plan="professional")

    checks = examined(shop)

    assert checks["plan limits"]["state"] == "warning"
    assert "Set plan to free or starter." in checks["plan limits"]["remedy"]


def test_a_paused_source_is_named(shop: Destination) -> None:
    shop.set_up()
    assert relay_command("pause", "--local").exit_code == 0
    try:
        checks = examined(shop)
        assert checks["event source"]["state"] == "warning"
        assert "relay resume" in checks["event source"]["remedy"]
    finally:
        assert relay_command("resume", "--local").exit_code == 0
    assert examined(shop)["event source"]["state"] == "ok"


def test_without_a_token_hubspot_is_not_asked_and_the_rest_is_checked(
    shop: Destination, hubspot: StandIn
) -> None:
    shop.set_up(token="")

    checks = examined(shop, 1)

    assert checks["access token"]["state"] == "error"
    assert checks["scopes"]["state"] == "not_checked"
    assert (checks["event source"]["state"], checks["clocks"]["state"]) == ("ok", "ok")
    assert hubspot.calls == []


def test_a_token_that_hubspot_refuses_is_named_with_what_waits_for_it(shop: Destination) -> None:
    shop.set_up(token="pat-na1-revoked")
    shop.post_waiting(person())

    checks = examined(shop, 1)

    assert checks["token valid"]["state"] == "error"
    assert "401" in checks["token valid"]["text"]
    assert checks["scopes"]["state"] == "not_checked"
    assert checks["put off lately"]["names"] == ["access_token_refused"]
    assert "relay connect" in checks["put off lately"]["remedy"]
    # A sender that has the event in its hands would send it back after a purge.
    shop.set_up()
    assert shop.relay.wait_until_empty(2 * TIMEOUT_S)


def test_settings_that_are_missing_or_wrong_are_told(shop: Destination) -> None:
    checks = examined(shop, 1)
    assert {checks[name]["state"] for name in ("settings", "access token", "secrets")} == {"error"}
    shop.store("settings", '{"hub_id": 7, "plann": "free"}', "String")

    checks = examined(shop, 1)

    assert "did you mean plan?" in checks["settings"]["text"]
    assert checks["token valid"]["state"] == "not_checked"


def test_a_hubspot_that_does_not_answer_is_told(shop: Destination) -> None:
    shop.set_up(hubspot_url="http://127.0.0.1:9")

    checks = examined(shop)

    assert checks["token valid"]["state"] == "not_checked"
    assert "no_answer" in checks["token valid"]["text"]


@pytest.mark.parametrize(
    ("service", "checks"),
    [
        ("cloudformation", {"stack"}),
        ("ssm", {"settings", "access token", "secrets", "token valid", "scopes"}),
        ("dynamodb", {"token valid", "scopes", "plan limits"}),
        ("logs", {"sender's log", "put off lately"}),
        ("cloudwatch", {"events queue", "rejects queue"}),
        ("lambda", {"event source"}),
    ],
)
def test_what_aws_does_not_let_us_read_is_not_checked_and_the_rest_is(
    shop: Destination, service: str, checks: set[str]
) -> None:
    shop.set_up()
    stack = shop.relay.stack

    found = examine(RunningStack(stack.name, stack.outputs, denying(shop.relay, service)), shop.name, NOW_MS)

    unread = {each.check for each in found.findings if each.state is State.NOT_CHECKED}
    assert unread >= checks
    assert not ({"stack", "rejects queue", "event source", "sender's log", "clocks"} - checks) & unread
    assert all(
        "AccessDenied" in each.text or "do not allow" in each.text
        for each in found.findings
        if each.check in checks
    )


def denying(relay: LocalRelay, denied: str) -> Callable[[str], Any]:
    """Return clients of the relay's AWS, of which one may do nothing."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "you may not"}}, "Call")

    def client(service: str) -> Any:
        made = local_client(service, relay.aws.endpoint_url)
        if service == denied:
            made.meta.events.register("before-call", refuse)
        return made

    return client


def test_a_stack_of_another_version_is_told_by_its_outputs(shop: Destination) -> None:
    outputs = {name: url for name, url in shop.relay.stack.outputs.items() if name != "SenderLogGroupName"}

    found = examine(RunningStack(shop.relay.stack.name, outputs, shop.relay.aws.client), shop.name, NOW_MS)

    (only,) = found.findings
    assert (only.state, only.names) == (State.ERROR, ("SenderLogGroupName",))


@pytest.mark.parametrize(("arguments", "code"), [(("Not a name",), 2), (("default", "--nonsense"), 2)])
def test_what_makes_no_sense_is_usage(arguments: tuple[str, ...], code: int) -> None:
    assert relay_command("doctor", *arguments, "--local").exit_code == code


def test_without_a_relay_there_is_one_error_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LOCAL_FILE", "/nowhere/local.json")

    done = relay_command("doctor", "--local", "--json")

    (check,) = json.loads(done.stdout)["checks"]
    assert (done.exit_code, check["check"], check["state"]) == (2, "stack", "error")
    assert "make run" in check["text"]
