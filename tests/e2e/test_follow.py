"""Events as a person sends and follows them: explained, sent, their status, and the flow of all."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from e2e.posting import TIMEOUT_S, as_deployed, delivered, emails, outcomes, person, post, wait_for
from typer.testing import CliRunner, Result

from cli.local import LocalRelay
from cli.main import app
from cli.samples import SIGNING_SECRET
from cli.standin.server import ACCESS_TOKEN, StandIn

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("found")]
ROOT = Path(__file__).parents[2]


def run(*arguments: str, events: object = None, code: int = 0) -> Result:
    """Run a command on the local relay, with events on its standard input."""
    done = CliRunner().invoke(
        app, [*arguments, "--local"], input=json.dumps(events), catch_exceptions=False, env={"COLUMNS": "200"}
    )
    assert done.exit_code == code, done.output
    for secret in (SIGNING_SECRET, ACCESS_TOKEN):
        assert secret not in done.output
    return done


def asked(*arguments: str, events: object = None, code: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*arguments, "--json", events=events, code=code).stdout)
    return answer


def test_sent_events_are_followed_until_each_has_an_outcome(relay: LocalRelay, hubspot: StandIn) -> None:
    known, unknown = person(firstname="Ada", shoe_size=39), {"type": "identify", "traits": {"plan": "team"}}

    told = asked("send", "-", "--wait", events={"batch": [known, unknown]})

    assert (told["accepted"], told["rejected"], told["without_outcome"]) == (2, [], [])
    by_outcome = {each["outcome"]: each for each in told["outcomes"]}
    assert by_outcome["delivered"]["message_id"] == known["messageId"]
    (left,) = by_outcome["delivered"]["dropped"]
    assert (left["property"], left["reason"]) == ("shoe_size", "unknown_property")
    assert "create_properties" in left["remedy"]
    assert by_outcome["skipped"]["reason"] == "no_email"
    assert {each["properties"]["email"] for each in hubspot.state()["contacts"]} == emails([known])
    assert relay.wait_until_empty(TIMEOUT_S)


def test_what_ingest_does_not_take_is_named_with_what_to_do() -> None:
    done = run("send", "-", events=[person(), {"event": "no type"}], code=1)

    assert "✓ 200: 1 event accepted" in done.stdout
    assert "✗ event 2: missing_type" in done.stdout
    assert "set Data to `$.`" in done.stdout
    assert run("send", "-", events={"a": "part"}, code=1).stdout.startswith("✗ 400: No usable event.")


def test_the_status_of_a_delivered_event_is_its_story(relay: LocalRelay) -> None:
    event = person(birthday="soon")
    delivered(relay, event)

    told = asked("status", event["messageId"])
    text = run("status", event["messageId"]).stdout

    (line,) = told["lines"]
    assert (told["outcome"], line["type"], line["destination"]) == ("delivered", "identify", "default")
    assert line["object_id"] in text
    assert "without birthday: no moment that could be read" in text
    assert "→ Send an ISO 8601 date" in text
    assert event["traits"]["email"] not in text


def test_the_status_of_a_rejected_event_has_hubspots_words_and_takes_nothing(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    event = person()
    hubspot.portal.contacts.blocked |= emails([event])
    assert outcomes(delivered(relay, event)) == {"rejected: refused"}

    told = asked("status", event["messageId"], code=1)
    text = run("status", event["messageId"], code=1).stdout

    assert "INVALID_EMAIL" in told["reject"]["message"]
    assert "INVALID_EMAIL" in text
    assert "relay replay --reason refused" in text
    assert told["lines"][-1]["category"] == "VALIDATION_ERROR"
    assert relay.rejected() == 1
    assert asked("rejects")["hidden_by_others"] == 0


def test_the_status_of_a_deferred_event_says_when_it_is_tried_again(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    event = person()
    hubspot.faults.add([_fault(status=500, times=1)])
    delivered(relay, event)

    told = asked("status", event["messageId"])
    text = run("status", event["messageId"]).stdout

    first, last = told["lines"][0], told["lines"][-1]
    assert (first["outcome"], first["reason"], last["outcome"]) == ("deferred", "status_500", "delivered")
    assert first["until_ms"] > first["at_ms"]
    assert "HubSpot has answered with an error of its own" in text
    assert "It is tried again from" in text


def _fault(**fields: object) -> Any:
    from cli.standin.faults import Fault

    return Fault.model_validate({"path": "upsert", **fields})


def test_an_event_without_a_line_may_wait_behind_a_pause(relay: LocalRelay) -> None:
    event = person()
    try:
        run("pause")
        post(relay, event)
        told = asked("status", event["messageId"], code=1)
        text = run("status", event["messageId"], code=1).stdout
    finally:
        run("resume")
    wait_for(lambda: event["messageId"] in relay.journal.lines())
    assert relay.wait_until_empty(TIMEOUT_S)

    assert told["outcome"] == "unknown"
    assert (told["place"]["is_delivering"], told["place"]["waiting"]["visible"]) == (False, 1)
    assert "holds about 1 message" in text
    assert "Delivery is paused" in text


def test_an_event_that_nobody_has_seen_leads_to_the_log_of_requests(relay: LocalRelay) -> None:
    text = run("status", "never-sent", "--since", "14d", code=1).stdout

    assert "nothing about it in the last 14 days" in text
    assert "The events queue is empty." in text
    assert f"aws logs tail {relay.stack.outputs['IngestLogGroupName']}" in text


def test_the_flow_is_told_by_line_and_as_json(relay: LocalRelay) -> None:
    good, nobody = person(), {"type": "identify", "messageId": person()["messageId"], "traits": {}}
    delivered(relay, good, nobody)

    text = run("tail", "--since", "10m", "--outcome", "skipped", "--reason", "no_email", "--count", "1")
    lines = run("tail", "--since", "10m", "--count", "2", "--json").stdout.splitlines()

    assert " skipped " in text.stdout
    assert len(text.stdout.splitlines()) == 1
    assert {json.loads(line)["outcome"] for line in lines} <= {"delivered", "skipped", "deferred", "rejected"}
    assert len(lines) == 2


def test_a_flow_that_is_interrupted_ends_well(relay: LocalRelay) -> None:
    event = person()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "cli", "tail", "--local", "--since", "1m", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as tail:
        assert tail.stdout
        assert tail.stderr
        post(relay, event)
        while json.loads(tail.stdout.readline())["message_id"] != event["messageId"]:
            pass
        tail.send_signal(signal.SIGINT)
        complaints = tail.stderr.read()

    assert (tail.returncode, complaints) == (0, "")
    assert relay.wait_until_empty(TIMEOUT_S)


def test_what_is_explained_with_the_real_properties_is_read_with_get_only(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    event = person(plan="team", shoe_size=39)

    told = asked("explain", "-", events=event)

    assert {call["method"] for call in hubspot.calls} == {"GET"}
    (explained,) = told["events"]
    # A property of this account, and of no other.
    assert explained["properties"] == {"email": event["traits"]["email"], "plan": "team"}
    assert [left["name"] for left in explained["dropped"]] == ["shoe_size"]
    hubspot.calls.clear()
    delivered(relay, event)
    assert _writes(hubspot.calls) == _writes(told["calls"])


def _writes(calls: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [(call["method"], call["body"]) for call in calls if call["method"] == "POST"]


def test_a_deployed_stack_is_not_sent_to_without_a_word(
    relay: LocalRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_deployed(relay, monkeypatch)

    done = CliRunner().invoke(app, ["send", "-", "--stack", relay.stack.name], input=json.dumps(person()))

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "✗ Nothing was sent. Add --yes to send without being asked.\n"


@pytest.mark.parametrize(
    "arguments", [("status", "m-1"), ("tail",), ("send", "-"), ("explain", "-")], ids=lambda each: each[0]
)
def test_an_unknown_stack_is_one_line_and_exit_code_2(
    relay: LocalRelay, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]
) -> None:
    as_deployed(relay, monkeypatch)

    done = CliRunner().invoke(app, [*arguments, "--stack", "elsewhere"], input=json.dumps(person()))

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("✗ There is no stack 'elsewhere'")
    assert done.stderr.count("\n") == 1


def test_the_settings_of_a_deployed_stack_count_where_it_is_found(
    relay: LocalRelay, hubspot: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_deployed(relay, monkeypatch)
    monkeypatch.setattr("cli.tryout.DEFAULT_NAME", relay.stack.name)

    done = CliRunner().invoke(app, ["explain", "-", "--json"], input=json.dumps(person()))

    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert f"Settings: those of default in {relay.stack.name}." in told["notes"]
    # Without a word of the user's, nobody's HubSpot is asked.
    assert hubspot.calls == []


def test_a_destination_that_nobody_has_set_up_is_one_line(relay: LocalRelay) -> None:
    for arguments in (("send", "-"), ("explain", "-")):
        done = run(*arguments, "--destination", "elsewhere", events=person(), code=2)

        assert done.stdout == ""
        assert "'elsewhere'" in done.stderr
        assert done.stderr.count("\n") == 1
    assert relay.waiting() == 0
