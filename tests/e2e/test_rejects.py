"""The rejects' way: rejected, looked at, mended, sent again; and an event source that is switched by hand."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from e2e.posting import TIMEOUT_S, as_deployed, delivered, emails, held, outcomes, person, post, wait_for
from typer.testing import CliRunner, Result

from cli.embedded.aws import REGION
from cli.local import LocalRelay
from cli.main import app
from cli.queues import events_queue, rejects_queue
from cli.rejected import Wanted
from cli.replay import Replay
from cli.stack import RunningStack
from cli.standin.server import StandIn

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("found")]


def command(*arguments: str) -> Result:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def asked(*arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(command(*arguments, "--local", "--json").stdout)
    return answer


def reject(relay: LocalRelay, hubspot: StandIn, *events: dict[str, Any]) -> None:
    """Post events whose people HubSpot has deleted for good: it never takes their addresses again."""
    hubspot.portal.contacts.blocked |= emails(events)
    assert outcomes(delivered(relay, *events)) == {"rejected: refused"}


def test_what_was_rejected_is_shown_mended_sent_again_and_delivered(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    events = [person(plan="team") for _ in range(3)]
    reject(relay, hubspot, *events)

    seen = asked("rejects")
    text = command("rejects", "--local").stdout

    (group,) = seen["groups"]
    assert (group["reason"], group["category"], group["events"]) == ("refused", "VALIDATION_ERROR", 3)
    assert "INVALID_EMAIL" in group["example"]["message"]
    assert group["example"]["message_id"] in {event["messageId"] for event in events}
    assert "3 rejected events" in text
    assert group["example"]["correlation_id"] in text
    assert '"plan"' not in text
    assert '"plan"' in command("rejects", "--local", "--show-events").stdout

    hubspot.portal.contacts.blocked.clear()
    answer = asked("replay", "--rate", "1000")

    assert (answer["events"], answer["error"]) == (3, "")
    wait_for(lambda: held(hubspot).keys() == emails(events))
    assert relay.wait_until_empty(TIMEOUT_S)
    assert relay.rejected() == 0


def test_what_is_refused_again_waits_with_its_history_and_no_loop_arises(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    event = person()
    reject(relay, hubspot, event)

    for _ in range(2):
        assert asked("replay", "--rate", "1000")["events"] == 1
        wait_for(relay.rejected)
        assert relay.wait_until_empty(TIMEOUT_S)

    seen = asked("rejects", "--show-events")
    (only,) = seen["rejects"]
    assert only["event"]["messageId"] == event["messageId"]
    assert [each["reason"] for each in only["earlier"]] == ["refused"] * 2
    first, second = (each["at_ms"] for each in only["earlier"])
    assert only["received_at_ms"] < first < second < only["rejected_at_ms"]
    assert only["times_rejected"] == 3
    assert "3 times" in command("rejects", "--local").stdout


def test_only_the_event_that_is_named_is_sent_again(relay: LocalRelay, hubspot: StandIn) -> None:
    wanted, other = person(), person()
    reject(relay, hubspot, wanted, other)
    hubspot.portal.contacts.blocked.clear()

    assert asked("replay", "--message-id", wanted["messageId"])["events"] == 1

    wait_for(lambda: held(hubspot).keys() == emails([wanted]))
    assert [each["message_id"] for each in asked("rejects", "--show-events")["rejects"]] == [
        other["messageId"]
    ]


def test_what_can_never_be_sent_is_copied_to_a_file_deleted_and_sent_again_from_there(
    relay: LocalRelay, hubspot: StandIn, tmp_path: Path
) -> None:
    wanted, other = person(plan="team"), person()
    reject(relay, hubspot, wanted, other)
    file = tmp_path / "copies.jsonl"
    chosen = ("--discard", "--id", wanted["messageId"], "--export", str(file))

    assert asked("rejects", *chosen, "--dry-run")["groups"][0]["events"] == 1
    assert "Nothing was deleted" in command("rejects", *chosen, "--dry-run", "--local").stdout
    for answer in ("n\n", ""):
        done = CliRunner().invoke(app, ["rejects", *chosen, "--local"], input=answer)
        assert (done.exit_code, done.stdout) == (1, "")
        assert f"Delete these for good, after a copy to {file}?" in done.stderr.replace("\n", "")
    assert not file.exists()

    told = asked("rejects", *chosen, "--yes")

    assert (told["events"], told["exported"], told["file"], told["error"]) == (1, 1, str(file), "")
    (line,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (line["event"]["messageId"], line["reason"]) == (wanted["messageId"], "refused")
    assert [each["message_id"] for each in asked("rejects", "--show-events")["rejects"]] == [
        other["messageId"]
    ]

    hubspot.portal.contacts.blocked.clear()
    assert "Sent again: 1 event in 1 message." in command("replay", "--file", str(file), "--local").stdout
    wait_for(lambda: held(hubspot).keys() == emails([wanted]))


def test_what_is_agreed_to_at_the_terminal_is_deleted_into_a_file_of_its_own_name(
    relay: LocalRelay, hubspot: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    reject(relay, hubspot, person(), person())

    done = CliRunner().invoke(
        app,
        ["rejects", "--discard", "--reason", "refused", "--destination", "default", "--local"],
        input="y\n",
    )

    (file,) = tmp_path.glob("rejects-*.jsonl")
    assert done.exit_code == 0, done.output
    assert f"2 lines in {file.name}." in done.stdout
    assert len(file.read_text().splitlines()) == 2
    assert relay.rejected() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--discard", "--yes"], "Say what to delete"),
        (["--discard", "--yes", "--id", ""], "Say what to delete"),
        (["--discard", "--yes", "--reason", "x", "--export", "."], ". cannot be made: File exists"),
        (["--discard", "--yes", "--reason", "x", "--export", "none/of/it"], "cannot be made: No such file"),
    ],
)
def test_nothing_is_deleted_without_a_choice_or_a_file(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(app, ["rejects", *arguments, "--local"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_file_that_is_no_export_is_not_sent(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["replay", "--file", str(tmp_path / "none"), "--local"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be read: No such file" in done.stderr


def test_two_replays_at_once_deliver_everything(relay: LocalRelay, hubspot: StandIn) -> None:
    events = [person() for _ in range(40)]
    hubspot.portal.contacts.blocked |= emails(events)
    for event in events:
        post(relay, event)
    wait_for(lambda: relay.rejected() and not relay.waiting())
    hubspot.portal.contacts.blocked.clear()

    replays = [
        Replay(rejects_queue(stack), events_queue(stack), Wanted(), 1000, threading.Event())
        for stack in [RunningStack(relay.stack.name, relay.stack.outputs, relay.aws.client)] * 2
    ]
    with ThreadPoolExecutor() as threads:
        counts = list(threads.map(Replay.run, replays))

    assert sum(count.events for count in counts) == len(events)
    assert all(count.is_complete for count in counts)
    wait_for(lambda: held(hubspot).keys() == emails(events))
    assert relay.rejected() == 0


def test_while_it_is_paused_events_are_kept_and_resumed_they_are_delivered(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    event = person()
    try:
        assert asked("pause") == {"stack": "relay-local", "is_delivering": False, "is_changed": True}
        assert asked("pause")["is_changed"] is False
        post(relay, event)
        (message,) = _received(relay)
        assert event["messageId"] in message["Body"]
        assert hubspot.calls == []
        assert relay.waiting() == 1
    finally:
        assert asked("resume")["is_delivering"] is True

    wait_for(lambda: held(hubspot).keys() == emails([event]))
    assert "already delivering" in command("resume", "--local").stdout


def _received(relay: LocalRelay) -> list[Any]:
    """Receive what lies on the events queue, and let it be received again."""
    sqs, url = relay.aws.client("sqs"), relay.stack.outputs["EventsQueueUrl"]
    messages: list[Any] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, VisibilityTimeout=0)[
        "Messages"
    ]
    return messages


def test_a_deployed_stack_is_found_by_its_name(relay: LocalRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    as_deployed(relay, monkeypatch)

    assert json.loads(command("rejects", "--json", "--stack", relay.stack.name).stdout)["is_all"]


@pytest.mark.parametrize("name", ["rejects", "replay", "pause", "resume"])
def test_an_unknown_stack_is_one_line_and_exit_code_2(
    relay: LocalRelay, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    as_deployed(relay, monkeypatch)

    done = CliRunner().invoke(app, [name, "--stack", "elsewhere"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"✗ There is no stack 'elsewhere' in {REGION}. Name it with --stack")
    assert done.stderr.count("\n") == 1


def test_a_stack_that_is_no_relay_is_one_line_and_exit_code_2(
    relay: LocalRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_deployed(relay, monkeypatch)
    queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": {}}
    cloudformation = relay.aws.client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=json.dumps(queue))
    try:
        done = CliRunner().invoke(app, ["rejects", "--stack", "shop"])
    finally:
        cloudformation.delete_stack(StackName="shop")

    assert done.exit_code == 2
    assert done.stderr.startswith("✗ Stack 'shop' (CREATE_COMPLETE) has no output EventsQueueUrl")
    assert done.stderr.count("\n") == 1
