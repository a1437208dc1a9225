"""What waits for a person is said at once, and goes when its cause is mended: handler and commands."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from functional.sender import EVENT_SCOPES, identify, invoke_with, outcomes, record_of, set_up_enterprise
from typer.testing import CliRunner, Result

from cli import queues
from cli.main import app
from cli.stack import DEFAULT_NAME, RunningStack
from cli.standin.faults import Fault
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from relay.core.outcomes import Deferred
from relay.reports import Report
from sender import app as sender

SEEN = {"label": "Seen", "includeDefaultProperties": False, "propertyDefinitions": []}


@pytest.fixture
def stack(hubspot: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stack that the handler of these tests is of."""
    monkeypatch.setattr(queues, "WAIT_S", 0)
    sqs = boto3.client("sqs")
    boto3.client("logs").create_log_group(logGroupName="/sender")
    outputs = {
        "ParameterPrefix": "/relay",
        "WebhookUrl": "http://127.0.0.1:9/webhook/default",
        "EventsQueueUrl": sqs.get_queue_url(QueueName="events")["QueueUrl"],
        "RejectsQueueUrl": sqs.get_queue_url(QueueName="rejects")["QueueUrl"],
        "SenderFunctionName": "sender",
        "BucketTableName": "buckets",
        "ProfileTableName": "profiles",
        "SenderLogGroupName": "/sender",
    }
    found = RunningStack(DEFAULT_NAME, outputs, _client)
    monkeypatch.setattr("cli.stack._deployed", lambda _, __: found)
    return hubspot


def _client(service: str) -> Any:
    fakes = {"lambda": _Lambda, "cloudformation": _CloudFormation}
    return fakes[service]() if service in fakes else boto3.client(service)  # type: ignore[call-overload]


class _CloudFormation:
    def describe_stacks(self, **_: object) -> Mapping[str, Any]:
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}


class _Lambda:
    def list_event_source_mappings(self, **_: object) -> Mapping[str, Any]:
        mapping = {"UUID": "u", "EventSourceArn": "arn:aws:sqs:us-east-1:1:events", "State": "Enabled"}
        return {"EventSourceMappings": [mapping]}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})


def told(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def look() -> dict[str, str]:
    """Let the sender look at an identify; return what became of it."""
    return outcomes(invoke_with(identify())[1])


def test_a_refused_token_is_said_from_the_first_event_on_and_no_more_after_it_is_mended(
    stack: StandIn,
) -> None:
    stack.access_token = "another one"

    assert look() == {"m-default": "deferred: access_token_refused"}

    (waiting,) = told("status")["waiting"]
    assert (waiting["destination"], waiting["reason"]) == ("default", "access_token_refused")
    assert (waiting["message_id"], waiting["looks"]) == ("m-default", 1)
    for command in ("status", "rejects", "retry"):
        assert "waits  access_token_refused · default" in run(command).stdout
    assert run("status").exit_code == 1
    checks = {each["check"]: each for each in told("doctor")["checks"]}
    assert checks["waits"]["state"] == "error"

    stack.access_token = ACCESS_TOKEN
    assert look() == {"m-default": "delivered"}

    assert told("status")["waiting"] == []
    assert run("status").exit_code == 0


def test_hubspots_words_are_shown_where_it_has_said_some(
    stack: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "A value for city must be provided"
    _note(monkeypatch, "refused_alike", words)

    assert look() == {"m-default": "deferred: refused_alike"}

    for command in ("status", "rejects", "retry"):
        assert f"HubSpot says: {words}" in run(command).stdout
    assert words in json.dumps(told("doctor"))
    assert stack.calls


def _note(monkeypatch: pytest.MonkeyPatch, reason: str, words: str) -> None:
    """Let every event wait for this reason."""
    monkeypatch.setattr(
        sender.Session,
        "deliver",
        lambda _, events, *__, **___: [Report(Deferred(reason, log_message=words)) for _ in events],
    )


def test_after_retry_settings_and_account_are_asked_anew(stack: StandIn) -> None:
    put_hub_id(42)
    sender.parameters.cache_clear()
    assert look()["m-default"].startswith("deferred: wrong_account")
    put_hub_id(HUB_ID)
    # The sender keeps settings for five minutes.
    assert look()["m-default"].startswith("deferred: wrong_account")

    done = run("retry")

    assert (done.exit_code, "asked anew for default" in done.stdout) == (0, True)
    assert look() == {"m-default": "delivered"}
    assert stack.state()["count"] == 1


def test_after_retry_what_hubspot_has_not_allowed_is_tried_again(stack: StandIn) -> None:
    set_up_enterprise(stack)
    stack.revoke(*EVENT_SCOPES)
    track = {"type": "track", "messageId": "m-1", "event": "Seen", "properties": {"email": "kim@example.org"}}
    before = outcomes(invoke_with(record_of(track))[1])["m-1"]
    assert "missing_scope" in before
    stack.grant(*EVENT_SCOPES)
    stack.portal.event_definitions.define(SEEN)

    assert run("retry").exit_code == 0

    # A rejected one is replayed; here it is the sender that must not remember.
    _look_at_marks()
    assert outcomes(invoke_with(record_of({**track, "messageId": "m-2"}))[1]) == {"m-2": "delivered"}


def _look_at_marks() -> None:
    """Let the time pass after which a sender that knows of no trouble looks for a mark."""
    for seen in sender.troubles().seen.values():
        seen.read_at_ms = 0


def test_after_retry_the_lists_of_properties_are_read_anew(stack: StandIn) -> None:
    assert look() == {"m-default": "delivered"}
    stack.portal.add_property("team")
    stack.calls.clear()

    run("retry")
    _look_at_marks()
    invoke_with(identify(traits={"email": "kim@example.org", "team": "blue"}))

    assert [c["path"] for c in stack.calls if c["method"] == "GET"] == [
        "/account-info/2026-09/details",
        "/crm/properties/2026-09/contacts",
    ]
    assert stack.state()["contacts"][0]["properties"]["team"] == "blue"


def test_a_path_that_hubspot_does_not_have_waits_and_is_named(stack: StandIn) -> None:
    body = {"status": "error", "message": "resource not found", "correlationId": "c-1"}
    stack.faults.add([Fault(path="contacts/batch/upsert", status=404, body=body)])

    assert look() == {"m-default": "deferred: unknown_path: contacts"}

    (waiting,) = told("rejects")["waiting"]
    assert waiting["reason"] == "unknown_path: contacts"
    assert "api_versions" in waiting["remedy"]


def test_events_find_the_other_documented_path(stack: StandIn) -> None:
    set_up_enterprise(stack)
    stack.portal.event_definitions.define(SEEN)
    body = {"status": "error", "message": "resource not found", "correlationId": "c-1"}
    stack.faults.add([Fault(path="^/events/2026-09/send", status=404, body=body, times=None)])
    track = {"type": "track", "messageId": "m-1", "event": "Seen", "properties": {"email": "kim@example.org"}}

    assert outcomes(invoke_with(record_of(track))[1]) == {"m-1": "delivered"}
    assert [c["path"] for c in stack.calls if "send" in c["path"]] == [
        "/events/2026-09/send/batch",
        "/events/custom/2026-09/send/batch",
    ]


def test_a_family_may_have_a_version_of_its_own(stack: StandIn) -> None:
    set_up_enterprise(stack, api_versions={"properties": "2026-03"})

    assert look() == {"m-default": "delivered"}
    paths = {call["path"] for call in stack.calls}
    assert "/crm/properties/2026-03/contacts" in paths
    assert "/crm/objects/2026-09/contacts/batch/upsert" in paths


def put_hub_id(hub_id: int) -> None:
    ssm = boto3.client("ssm")
    settings = json.loads(ssm.get_parameter(Name="/relay/default/settings")["Parameter"]["Value"])
    ssm.put_parameter(
        Name="/relay/default/settings",
        Value=json.dumps({**settings, "hub_id": hub_id}),
        Type="String",
        Overwrite=True,
    )
