"""The console over HTTP, against moto: what its page asks for."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from fakes import create_table

from cli.console.api import MAX_REJECTS
from cli.console.overview import Overview
from cli.console.replays import BusyError, Replays
from cli.console.server import Console
from cli.console.watch import PATTERN, Watch
from cli.rejected import Wanted
from cli.stack import RunningStack
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from cli.tail import Tail
from relay.adapters.bucket_item import to_item
from relay.adapters.trouble_table import TroubleTable
from relay.adapters.usage_table import UsageTable
from relay.core.accounts import Account, Usage, bucket_key
from relay.core.bucket import Bucket, Family, Want, take
from relay.core.envelopes import Envelope, pack
from relay.core.outcomes import Rejected
from relay.core.troubles import Trouble
from relay.settings import Destination

LOG, STREAM, TABLE, PROFILES = "/sender", "stream", "buckets", "profiles"
EVENT = {"type": "identify", "messageId": "m-1", "userId": "u-1", "traits": {"email": "kim@example.org"}}
WORDS = "Email address kim@example.org is invalid"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@cache
def client(service: str) -> Any:
    """Return a client that outlives a test: moto answers it anew in each, and making one takes long."""
    return boto3.client(service)  # type: ignore[call-overload] # any service, by name


@dataclass
class EventSource:
    """A Lambda with the sender's event source."""

    state: str = "Enabled"
    looks: int = 0

    def list_event_source_mappings(self, **_: Any) -> Any:
        self.looks += 1
        mapping = {"UUID": "uuid", "EventSourceArn": "arn:aws:sqs:us-east-1:1:events", "State": self.state}
        return {"EventSourceMappings": [mapping]}

    def get_event_source_mapping(self, **_: Any) -> Any:
        return {"State": self.state}

    def update_event_source_mapping(self, **arguments: Any) -> None:
        self.state = "Enabled" if arguments["Enabled"] else "Disabled"


@dataclass
class Watched:
    """A CloudWatch that knows of this age of the oldest message."""

    ages_s: list[float] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def get_metric_statistics(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        points = [
            {"Timestamp": datetime(2026, 11, 1, 0, n, tzinfo=UTC), "Maximum": age_s}
            for n, age_s in enumerate(self.ages_s)
        ]
        return {"Datapoints": points[::-1]}


@dataclass
class Aws:
    """The clients of a stack: fakes for what moto lacks; `denied` services refuse every call."""

    source: EventSource = field(default_factory=EventSource)
    watched: Watched = field(default_factory=Watched)
    denied: set[str] = field(default_factory=set)

    def client(self, service: str) -> Any:
        if service in self.denied:
            return _Denied()
        if service == "lambda":
            return self.source
        return self.watched if service == "cloudwatch" else client(service)


class _Denied:
    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(**_: Any) -> Any:
            error: Any = {"Code": "AccessDeniedException", "Message": f"not authorized: {name}"}
            raise ClientError({"Error": error}, name)

        return refuse


@pytest.fixture
def services() -> Aws:
    return Aws()


@pytest.fixture
def stack(services: Aws) -> RunningStack:
    sqs, logs = client("sqs"), client("logs")
    logs.create_log_group(logGroupName=LOG)
    logs.create_log_stream(logGroupName=LOG, logStreamName=STREAM)
    for table in (TABLE, PROFILES):
        create_table(client("dynamodb"), table)
    put("settings", json.dumps({"hub_id": HUB_ID, "plan": "professional"}), "String")
    outputs = {
        "WebhookUrl": "http://127.0.0.1:9/webhook/default",
        "ParameterPrefix": "/relay",
        "BucketTableName": TABLE,
        "ProfileTableName": PROFILES,
        "EventsQueueUrl": sqs.create_queue(QueueName="events")["QueueUrl"],
        "RejectsQueueUrl": sqs.create_queue(QueueName="rejects")["QueueUrl"],
        "SenderFunctionName": "sender",
        "SenderLogGroupName": LOG,
    }
    return RunningStack("relay-test", outputs, services.client)


@pytest.fixture
def console(stack: RunningStack) -> Iterator[Console]:
    with Console(stack, 0, since_ms=0, is_local=False) as console:
        yield console


@pytest.fixture
def http(console: Console) -> Iterator[httpx.Client]:
    """A client with the key."""
    with httpx.Client(base_url=console.address, headers={"x-relay-token": console.token}) as http:
        yield http


def put(name: str, value: str, kind: Any = "SecureString", destination: str = "default") -> None:
    client("ssm").put_parameter(Name=f"/relay/{destination}/{name}", Value=value, Type=kind, Overwrite=True)


def log(**fields: Any) -> None:
    event: Any = {"timestamp": now_ms(), "message": json.dumps(fields)}
    client("logs").put_log_events(logGroupName=LOG, logStreamName=STREAM, logEvents=[event])


def reject(stack: RunningStack, *rejections: Rejected) -> None:
    """Put an event for each of these into the rejects queue, all in one message."""
    events = tuple({**EVENT, "messageId": f"m-{n}"} for n in range(len(rejections)))
    envelope = Envelope("default", now_ms(), events, rejections=rejections, rejected_at_ms=now_ms())
    for body in pack(envelope):
        client("sqs").send_message(QueueUrl=stack.outputs["RejectsQueueUrl"], MessageBody=body)


def read(http: httpx.Client, name: str) -> Any:
    answer = http.get(f"/api/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(http: httpx.Client, name: str, **body: Any) -> Any:
    answer = http.post(f"/api/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_flow_is_what_the_sender_writes(http: httpx.Client) -> None:
    log(message="event", message_id="m-1", type="identify", outcome="delivered", object_id="5", dropped=[])
    log(message="invocation", records=1)

    told = read(http, "flow?after=0")

    assert [(line["message_id"], line["object_id"]) for line in told["lines"]] == [("m-1", "5")]
    assert (told["last"], told["missed"], told["again_ms"]) == (1, 0, 2000)
    assert read(http, "flow?after=1")["lines"] == []
    assert len(read(http, "flow?after=x")["lines"]) == 1


def test_the_overview_has_all_its_parts(http: httpx.Client, stack: RunningStack, services: Aws) -> None:
    bucket = take(Bucket(), Want(Family.BURST, 3), Destination(hub_id=HUB_ID).limits, now_ms()).bucket
    UsageTable(client("dynamodb"), TABLE).save("default", Usage("h-1", Account(HUB_ID)))
    item: Any = {"pk": {"S": bucket_key("h-1")}, **to_item(bucket, now_ms())}
    client("dynamodb").put_item(TableName=TABLE, Item=item)
    client("sqs").send_message(QueueUrl=stack.outputs["EventsQueueUrl"], MessageBody="x")
    services.watched.ages_s = [7.0, 90.0]
    log(_aws={"Timestamp": now_ms()}, HubSpotCalls2xx=[4.0], EventsDelivered=[2.0], OldestWaitingAge=[5.0])

    told = read(http, "overview")

    assert told["stack"] == {"name": "relay-test", "is_local": False}
    assert (told["source"], told["troubles"], told["endpoints"]) == ("Enabled", [], None)
    assert told["queues"] == {"events": {"visible": 1, "hidden": 0}, "rejects": {"visible": 0, "hidden": 0}}
    assert told["oldest_s"] == 90
    (account,) = told["accounts"]
    assert (account["hub_id"], account["destinations"]) == (HUB_ID, ["default"])
    assert account["windows"]["burst"] == {"used": 3, "limit": 190}
    assert told["last"]["calls"]["2xx"] == 4
    assert told["last"]["outcomes"]["delivered"] == 2
    (asked,) = services.watched.asked
    assert asked["Dimensions"] == [{"Name": "QueueName", "Value": "events"}]


def test_an_event_that_was_tried_may_be_older_than_all_that_were_not(
    http: httpx.Client, stack: RunningStack, services: Aws
) -> None:
    client("sqs").send_message(QueueUrl=stack.outputs["EventsQueueUrl"], MessageBody="x")
    services.watched.ages_s = [7.0]
    log(_aws={"Timestamp": now_ms()}, OldestWaitingAge=[500.0])
    read(http, "flow")

    assert read(http, "overview")["oldest_s"] >= 500


def test_pages_that_ask_at_once_cost_one_question(http: httpx.Client, services: Aws) -> None:
    for _ in range(3):
        read(http, "overview")

    assert (services.source.looks, len(services.watched.asked)) == (1, 0)


def test_what_aws_does_not_give_is_left_out_and_said(stack: RunningStack, services: Aws) -> None:
    put("settings", '{"hub": 1}', "String", "broken")
    services.denied = {"dynamodb"}
    watch = Watch(Tail(client("logs"), LOG, 0, pattern=PATTERN), 0)

    told = Overview(stack, watch, is_local=False).as_json()

    assert told["accounts"] is None
    assert told["source"] == "Enabled"
    denied, invalid = told["troubles"]
    assert denied == "These AWS credentials do not allow it: not authorized: get_item"
    assert invalid.startswith("The settings of broken cannot be used: hub")


def test_every_destination_is_known_and_no_secret_is_told(http: httpx.Client) -> None:
    put("access-token", ACCESS_TOKEN)
    # Nobody has to encrypt settings, but one may.
    put("settings", '{"hub_id": 8}', "SecureString", "second")

    told = read(http, "overview")

    assert [account["destinations"] for account in told["accounts"]] == [["default"], ["second"]]
    assert told["troubles"] == []
    assert ACCESS_TOKEN not in json.dumps(told)


def test_what_waits_for_a_person_is_told_in_hubspots_words(http: httpx.Client) -> None:
    at_ms, scope = now_ms(), "missing_scope: crm.objects.contacts.write"
    trouble = Trouble(scope, "This app lacks scopes", at_ms, at_ms, 3, "m-1")
    TroubleTable(client("dynamodb"), PROFILES).save("default", {scope: trouble}, at_ms)

    (told,) = read(http, "overview")["waiting"]

    assert (told["destination"], told["reason"], told["said"]) == ("default", scope, "This app lacks scopes")
    assert "`relay retry`" in told["remedy"]


def test_rejects_come_by_reason_in_hubspots_words_without_the_events(
    http: httpx.Client, stack: RunningStack
) -> None:
    refused = Rejected("refused", message=WORDS, category="VALIDATION_ERROR", correlation_id="c-1")
    reject(stack, refused, refused, Rejected("missing_scope"))

    told = read(http, "rejects")

    first, second = told["groups"]
    assert (first["reason"], first["category"], first["events"]) == ("refused", "VALIDATION_ERROR", 2)
    assert (first["example"]["message"], first["example"]["correlation_id"]) == (WORDS, "c-1")
    assert (first["meaning"], bool(second["remedy"])) == ("HubSpot has refused it", True)
    assert "rejects" not in told
    assert "traits" not in json.dumps(told)
    assert MAX_REJECTS >= told["messages_read"] == 1


def test_what_is_rejected_for_a_reason_and_a_category_is_sent_again(
    http: httpx.Client, stack: RunningStack
) -> None:
    reject(stack, Rejected("refused", category="VALIDATION_ERROR"))
    reject(stack, Rejected("refused", category=""))
    assert read(http, "replay") == {"is_running": False, "wanted": None, "count": None, "is_complete": False}

    act(http, "replay", reason="refused", category="VALIDATION_ERROR")
    while (state := read(http, "replay"))["is_running"]:
        pass

    assert (state["count"]["events"], state["is_complete"]) == (1, True)
    (group,) = read(http, "rejects")["groups"]
    assert group["category"] == ""
    depth = client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["EventsQueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert depth["Attributes"]["ApproximateNumberOfMessages"] == "1"


def test_one_replay_at_a_time_and_the_end_stops_it(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It would wait for this long, unless it is stopped.
    monkeypatch.setattr("cli.replay.CLOCK_S", 60.0)
    replays = Replays(stack)
    replays.start(Wanted("refused"))

    with pytest.raises(BusyError):
        replays.start(Wanted("refused"))
    assert replays.as_json()["is_running"]
    replays.close()

    state = replays.as_json()
    assert (state["is_running"], state["is_complete"], state["count"]["error"]) == (
        False,
        False,
        "interrupted",
    )


def test_a_second_replay_is_refused_and_the_first_can_be_stopped(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.replay.CLOCK_S", 60.0)
    act(http, "replay", reason="refused")

    answer = http.post("/api/replay", json={"reason": "refused"})

    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    act(http, "stop")
    while read(http, "replay")["is_running"]:
        pass


def test_delivery_is_paused_and_resumed_and_the_overview_knows(http: httpx.Client) -> None:
    assert read(http, "overview")["source"] == "Enabled"

    assert act(http, "pause") == {"is_delivering": False, "is_changed": True}
    assert read(http, "overview")["source"] == "Disabled"
    assert act(http, "pause")["is_changed"] is False
    act(http, "resume")
    assert read(http, "overview")["source"] == "Enabled"


def test_an_event_is_explained_with_the_accounts_own_properties(http: httpx.Client) -> None:
    with StandIn() as hubspot:
        hubspot.portal.add_property("shoe_size", type="number", fieldType="number")
        put("settings", json.dumps({"hub_id": HUB_ID, "hubspot_url": hubspot.url}), "String")
        put("access-token", ACCESS_TOKEN)
        traits = {**EVENT["traits"], "shoe_size": 44}  # type: ignore[dict-item]
        text = json.dumps({**EVENT, "traits": traits})

        real = act(http, "explain", text=text)
        reads = len(hubspot.calls)
        act(http, "explain", text=text)
        standard = act(http, "explain", text=text, is_real=False)

        assert (reads, len(hubspot.calls)) == (3, 3)
        assert real["events"][0]["properties"] == {"email": "kim@example.org", "shoe_size": "44"}
        assert real["hubspot_url"] == hubspot.url
        assert [left["reason"] for left in standard["events"][0]["dropped"]] == ["unknown_property"]
        assert {call["method"] for call in hubspot.calls} == {"GET"}


def test_a_destination_that_does_not_exist_is_said(http: httpx.Client) -> None:
    answer = http.post("/api/explain", json={"text": json.dumps(EVENT), "destination": "nobody"})

    assert (answer.status_code, answer.json()["code"]) == (502, "stack")
    assert "There is no destination 'nobody'" in answer.json()["message"]


def test_a_relay_out_of_reach_is_said(http: httpx.Client) -> None:
    put("header-secret", "the header secret")

    answer = http.post("/api/send", json={"text": json.dumps(EVENT)})

    assert (answer.status_code, answer.json()["code"]) == (502, "stack")
    assert "http://127.0.0.1:9/webhook/default cannot be reached" in answer.json()["message"]
    assert "the header secret" not in answer.text


def test_what_aws_refuses_is_said(stack: RunningStack, http: httpx.Client) -> None:
    client("sqs").delete_queue(QueueUrl=stack.outputs["RejectsQueueUrl"])

    answer = http.get("/api/rejects")

    assert (answer.status_code, answer.json()["code"]) == (502, "aws")
    assert "GetQueueAttributes failed" in answer.json()["message"]
