"""The commands against moto: what AWS and HubSpot refuse is one line, and no secret is shown."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Protocol

import boto3
import pytest
from fakes import create_table
from typer.testing import CliRunner, Result

from cli.embedded.servers import LoopbackServer
from cli.main import app
from cli.stack import DEFAULT_NAME, RunningStack
from cli.standin.server import ACCESS_TOKEN, HUB_ID, SCOPES, StandIn
from relay.core.signatures import WHOLE_BODY_HEADER, Cover, covered

SIGNING, HEADER = "the signing secret", "the header secret"
EVENT = {"type": "identify", "messageId": "m-1", "traits": {"email": "kim@example.org", "plan": "team"}}
NOWHERE = "http://127.0.0.1:9/webhook/default"


def run(*arguments: str, events: object = EVENT) -> Result:
    done = CliRunner().invoke(app, arguments, input=json.dumps(events), env={"COLUMNS": "300"})
    for secret in (SIGNING, HEADER, ACCESS_TOKEN):
        assert secret not in done.output
    return done


def assert_one_line(done: Result, words: str) -> None:
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("✗ ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


class Deploy(Protocol):
    def __call__(self, webhook_url: str = ..., **outputs: str) -> None: ...


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """Let a stack be found; moto's CloudFormation wants packages that nothing else here needs."""

    def deploy(webhook_url: str = NOWHERE, **more: str) -> None:
        sqs = boto3.client("sqs")
        create_table(boto3.client("dynamodb"), "buckets")
        outputs = {
            "WebhookUrl": webhook_url,
            "ParameterPrefix": "/relay",
            "EventsQueueUrl": sqs.create_queue(QueueName="events")["QueueUrl"],
            "RejectsQueueUrl": sqs.create_queue(QueueName="rejects")["QueueUrl"],
            "SenderFunctionName": "sender",
            "BucketTableName": "buckets",
            "SenderLogGroupName": "/sender",
            **more,
        }
        client: Any = boto3.client
        found = RunningStack(DEFAULT_NAME, {k: v for k, v in outputs.items() if v}, client)
        monkeypatch.setattr("cli.stack._deployed", lambda _, __: found)

    return deploy


@pytest.fixture
def stack(deploy: Deploy) -> None:
    deploy()


def put(name: str, value: str, kind: Any = "SecureString") -> None:
    boto3.client("ssm").put_parameter(Name=f"/relay/default/{name}", Value=value, Type=kind)


def put_settings(**settings: object) -> None:
    put("settings", json.dumps({"hub_id": HUB_ID, **settings}), "String")


@contextmanager
def relay(answer: Mapping[str, Any], status: int = 200) -> Iterator[tuple[str, list[Any]]]:
    """Play a relay's front door; give its URL and the requests that it gets."""
    received: list[Any] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Stay silent."""

    with LoopbackServer(Door, 0) as server:
        yield f"{server.url}/webhook/default", received


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("arguments", [("status", "m-1"), ("tail",)])
def test_a_log_group_that_is_gone_is_one_line(arguments: tuple[str, ...]) -> None:
    assert_one_line(run(*arguments), "FilterLogEvents failed: ResourceNotFoundException")


@pytest.mark.parametrize("arguments", [("status", "m-1"), ("tail",), ("send", "-", "--yes")])
def test_a_stack_of_an_older_version_is_told_what_it_lacks(
    deploy: Deploy, arguments: tuple[str, ...]
) -> None:
    deploy(SenderLogGroupName="", ParameterPrefix="")

    lacking = "ParameterPrefix" if arguments[0] == "send" else "SenderLogGroupName"
    assert_one_line(run(*arguments), f"has no output {lacking}: deploy this version of the relay first.")


@pytest.mark.usefixtures("stack")
def test_a_destination_without_a_secret_lets_nobody_in() -> None:
    assert_one_line(run("send", "-", "--yes"), "has no secret, so it lets nobody in.")


@pytest.mark.usefixtures("stack")
def test_a_relay_out_of_reach_is_one_line() -> None:
    put("header-secret", HEADER)

    assert_one_line(run("send", "-", "--yes"), f"{NOWHERE} cannot be reached")


def test_events_are_posted_to_the_destination_with_the_newest_secrets(deploy: Deploy) -> None:
    with relay({"success": True, "accepted": 2, "rejected": []}) as (url, received):
        deploy(url)
        for name, secret in (("signing-secret", SIGNING), ("header-secret", HEADER)):
            boto3.client("ssm").put_parameter(
                Name=f"/relay/emea/{name}", Value=f"\n{secret}\nan older one\n", Type="SecureString"
            )

        done = run("send", "-", "--yes", "--destination", "emea", "--json", events=[EVENT, EVENT])

    assert (done.exit_code, json.loads(done.stdout)["accepted"]) == (0, 2)
    ((path, headers, body),) = received
    assert path == "/webhook/emea"
    assert covered(body, headers[WHOLE_BODY_HEADER], [SIGNING]) is Cover.WHOLE
    assert headers["x-api-key"] == HEADER


def test_what_the_relay_refuses_is_said_in_its_words(deploy: Deploy) -> None:
    with relay({"success": False, "code": "invalid_signature", "message": "Not this one."}, 401) as (url, _):
        deploy(url)
        put("header-secret", HEADER)

        done = run("send", "-", "--yes", "--wait")

    assert (done.exit_code, done.stdout) == (1, "✗ 401: Not this one.\n")


@pytest.mark.usefixtures("stack")
def test_nothing_is_sent_without_a_word() -> None:
    put("header-secret", HEADER)

    done = run("send", "-")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "✗ Nothing was sent. Add --yes to send without being asked.\n"


@pytest.mark.parametrize("command", ["send", "explain"])
def test_a_file_without_events_is_one_line(command: str, tmp_path: Path) -> None:
    assert_one_line(run(command, str(tmp_path / "none.json")), "cannot be read: No such file")
    assert_one_line(run(command, "-", events=[]), "standard input holds no event.")


def test_without_any_stack_defaults_are_assumed_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    done = run("explain", "-")

    assert done.exit_code == 0
    assert "Settings: the defaults, since no stack could be reached (No AWS region is set." in done.stdout
    assert "without plan (unknown_property)" in done.stdout


@pytest.mark.usefixtures("stack")
def test_the_settings_of_the_stack_count_and_its_token_is_not_read_without_need() -> None:
    put_settings(traits={"plan": "jobtitle"})

    told = json.loads(run("explain", "-", "--json").stdout)

    assert told["events"][0]["properties"] == {"email": "kim@example.org", "jobtitle": "team"}
    assert f"Settings: those of default in {DEFAULT_NAME}." in told["notes"]
    assert_one_line(run("explain", "-", "--schema", "real"), "has no access token")


def test_a_file_of_settings_needs_no_stack(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"hub_id": 1, "create_contacts": False}), encoding="utf-8")

    done = run("explain", "-", "--settings", str(file))

    assert "skipped: contact_unknown" in done.stdout
    assert "stack" not in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"hub_id": 1, "trait": {}}', "trait: no such setting, did you mean traits?"),
        ("{", "Invalid JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_settings_that_cannot_be_used_is_one_line(
    tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "settings.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")

    assert_one_line(run("explain", "-", "--settings", str(file)), words)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("is_named", [True, False])
def test_the_real_properties_are_read_where_the_token_belongs(tmp_path: Path, *, is_named: bool) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"hub_id": 1, "hubspot_url": NOWHERE}), encoding="utf-8")
    with StandIn() as hubspot:
        put_settings(hubspot_url=hubspot.url)
        put("access-token", ACCESS_TOKEN)

        which = ("--stack", DEFAULT_NAME) if is_named else ("--schema", "real")
        done = run("explain", "-", "--settings", str(file), "--json", *which)

    told = json.loads(done.stdout)
    assert told["events"][0]["properties"] == {"email": "kim@example.org", "plan": "team"}
    assert {call["method"] for call in hubspot.calls} == {"GET"}
    # The file's settings are those that are explained.
    assert told["calls"][0]["url"].startswith(NOWHERE)


@pytest.mark.usefixtures("stack")
def test_what_the_token_may_not_read_is_noted_and_a_bad_one_is_one_line() -> None:
    company_scopes = {scope for scope in SCOPES if "companies" in scope}
    with StandIn(scopes=SCOPES - company_scopes) as hubspot:
        put_settings(hubspot_url=hubspot.url)
        put("access-token", ACCESS_TOKEN)
        notes = json.loads(run("explain", "-", "--schema", "real", "--json").stdout)["notes"]
        hubspot.access_token = "another one"

        done = run("explain", "-", "--schema", "real")

    assert any("Event definitions could not be read (status 403" in note for note in notes)
    assert any("companies could not be read (status 403" in note for note in notes)
    assert_one_line(done, "does not show its properties: status 401")
