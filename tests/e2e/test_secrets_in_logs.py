"""No secret and nothing of a person gets into a log: what both functions write as Lambda runs them, searched.

Each way through them and each failure is gone through at every level, in both of Lambda's log formats.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import Doors
from lambda_runtime import TELEMETRY, Function, RuntimeApi, function_of

from cli.embedded.aws_faults import AwsFault
from cli.embedded.proxy import AwsProxy
from cli.local import LocalRelay
from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, pack
from relay.core.log_lines import MAX_LINE_BYTES

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda's runtime client is made for Linux"),
]

PREFIX = "/seeded"
HUB_ID = 5550123
AT_MS = 1_793_527_200_000
# Each is one word, so that it is found percent-encoded, escaped, or cut off at its ends.
SEEDS = {
    "access_token": "pat-na1-t0kenseed",
    "signing_secret": "signingseed5d1f",
    "header_secret": "headerseed8c2e",
    "write_key": "writekeyseed4417",
    "local_part": "zelda7f3a",
    "domain": "wyvern9c2b",
    "first_name": "quillonseed",
    "user_id": "useridseed88",
    "company": "companyseed",
    "property": "propertyseed31",
    "phone": "5550199731",
}
ADDRESS = f"{SEEDS['local_part']}@{SEEDS['domain']}.com"
BEARER = {"authorization": f"Bearer {SEEDS['header_secret']}"}
WAYS = [("JSON", "DEBUG"), ("JSON", "INFO"), ("JSON", "WARN"), ("JSON", "ERROR"), ("Text", "DEBUG")]
# Those that are tried again happen once: the waits between are no news. SSM comes last, and what it fails at
# for good: it is not asked again for some seconds then.
AWS_SERVICES = ("SQS.*", "DynamoDB.*", "SSM.*")
AWS_FAULTS: list[dict[str, Any]] = [
    {"error": (500, "InternalServerError")},
    {"cut": "before"},
    # Python's parser then tells all of it.
    {"truncate": 60, "times": None},
    {"error": (400, "AccessDeniedException"), "times": None},
]
UPSERT = "upsert"
HUBSPOT_FAULTS = [
    Fault(status=401, times=None, body={"message": f"token {SEEDS['access_token']} of {ADDRESS}"}),
    Fault(form="missing_scope", path="contacts", times=None),
    Fault(path=UPSERT, status=400, times=None, body={"category": ADDRESS, "message": f"Wrong: {ADDRESS}"}),
    Fault(path=UPSERT, status=409, times=None, body={"message": f"Contact {ADDRESS} is there already"}),
    # The day's limit, for which nobody waits within an invocation.
    Fault(path=UPSERT, status=429, times=None, body={"message": ADDRESS, "policyName": "DAILY"}),
    Fault(path=UPSERT, status=500, times=None, body=f"down for {ADDRESS}"),
    Fault(path=UPSERT, status=403, times=None, body=f"<html>{ADDRESS}</html>"),
    Fault(path=UPSERT, drop="before", times=None),
    Fault(path=UPSERT, delay_ms=700, times=None),
    Fault(path=UPSERT, truncate=20, times=None),
]
SETTINGS: Mapping[str, Mapping[str, object]] = {
    "legacy": {"events": "legacy"},
    "custom": {"events": "custom", "plan": "enterprise"},
    "gdpr": {"deletes": "gdpr"},
}
# What becomes of the events then: most of it, so that each of the ways was really gone.
EXPECTED = {
    *("identify delivered", "track delivered", "delete delivered", "page skipped type_not_supported"),
    *("group deferred company_may_be_coming", "identify deferred access_token_refused"),
    *("identify deferred missing_scope", "identify rejected refused", "identify deferred conflict"),
    *("identify deferred day_spent", "identify deferred not_hubspot", "identify deferred no_answer"),
    *("identify deferred parameters_unavailable", "identify deferred bucket_unavailable"),
}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|\+00:00)")


class People:
    """People of whom nobody has heard before; all that they tell is seeded."""

    def __init__(self) -> None:
        self._count = 0

    def person(self) -> dict[str, dict[str, Any]]:
        """Return an event of each kind of one more person."""
        self._count += 1
        address = f"{SEEDS['local_part']}-{self._count}@{SEEDS['domain']}.com"
        traits = {
            "email": address,
            "firstName": SEEDS["first_name"],
            "phone": f"+1{SEEDS['phone']}",
            "company": {"name": SEEDS["company"]},
            # HubSpot does not take it; and a name that somebody has made of a value.
            "lifecyclestage": f"{SEEDS['property']} of {address}",
            f"mail of {address}": "x",
        }
        own: Mapping[str, Mapping[str, object]] = {
            "identify": {"traits": traits},
            "track": {"event": "Order Done", "properties": {"coupon": SEEDS["property"], "email": address}},
            "page": {"name": "Home", "properties": {"title": SEEDS["property"]}},
            "group": {
                "groupId": f"{SEEDS['domain']}-{self._count}.com",
                "traits": {"name": SEEDS["company"], "website": f"https://{SEEDS['domain']}.com"},
            },
            "alias": {"previousId": f"{SEEDS['user_id']}-{self._count}", "userId": f"{SEEDS['user_id']}-new"},
            "delete": {},
        }
        shared = {
            "userId": f"{SEEDS['user_id']}-{self._count}",
            "context": {"traits": traits, "page": {"url": f"https://{SEEDS['domain']}.com/?mail={address}"}},
        }
        return {
            kind: {"type": kind, "messageId": f"m-{self._count}-{kind}", **shared, **fields}
            for kind, fields in own.items()
        }


def spellings(seed: str) -> Iterator[str]:
    """Yield how a seed may be written; in Base64 what stays the same whatever stands around it."""
    yield seed
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + seed.encode()).decode()
        yield encoded[-(-8 * before // 6) : len(seed.encode()) * 8 // 6 - 1].lower()


NEEDLES = {needle: name for name, seed in SEEDS.items() for needle in spellings(seed)}


def found_in(written: str) -> set[str]:
    text = written.lower()
    return {name for needle, name in NEEDLES.items() if needle in text}


@dataclass(frozen=True)
class World:
    """What both functions reach: AWS through a proxy, and a HubSpot."""

    relay: LocalRelay
    proxy: AwsProxy
    hubspot: StandIn
    queue_url: str
    hub_id: int
    people: People = field(default_factory=People)

    def destination(self, name: str, **settings: object) -> str:
        """Set a destination up, with secrets and an access token of its own; return its name."""
        token = f"{SEEDS['access_token']}-{name}"
        self.hubspot.further_tokens.add(token)
        urls = {"hubspot_url": self.hubspot.url, "track_url": self.hubspot.url}
        values = {
            "settings": json.dumps({"hub_id": self.hub_id, **urls, **settings}),
            "access-token": token,
            "signing-secret": SEEDS["signing_secret"],
            "header-secret": SEEDS["header_secret"],
        }
        for parameter, value in values.items():
            self.put(f"{name}/{parameter}", value)
        return name

    def put(self, name: str, value: str) -> None:
        """Store a parameter."""
        ssm = self.relay.aws.client("ssm")
        ssm.put_parameter(Name=f"{PREFIX}/{name}", Value=value, Type="SecureString", Overwrite=True)

    def function(self, logical_id: str) -> Function:
        """Return a function that reaches AWS here."""
        own = function_of(self.relay, logical_id)
        changed = {
            "AWS_ENDPOINT_URL": self.proxy.url,
            "PARAMETER_PREFIX": PREFIX,
            "EVENTS_QUEUE_URL": self.queue_url,
            "REJECTS_QUEUE_URL": self.queue_url,
            "HUBSPOT_TIMEOUT_S": "0.5",
        }
        kept = {name: value for name, value in changed.items() if name in own.environment}
        return Function(own.handler, {**own.environment, **kept})


@pytest.fixture
def world(doors: Doors, log_format: str, level: str) -> Iterator[World]:
    """A HubSpot account that no other way has left a lease of behind."""
    relay, hub_id = doors.relay, HUB_ID + WAYS.index((log_format, level))
    queue_url = relay.aws.client("sqs").create_queue(QueueName="seeded-events")["QueueUrl"]
    with ExitStack() as running:
        hubspot = running.enter_context(StandIn(hub_id=hub_id))
        proxy = running.enter_context(AwsProxy(relay.aws.endpoint_url))
        yield World(relay, proxy, hubspot, queue_url, hub_id)


@pytest.mark.parametrize(("log_format", "level"), WAYS)
def test_nothing_secret_or_personal_is_written_whatever_happens(
    world: World, tmp_path: Path, log_format: str, level: str
) -> None:
    variables = {
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        "AWS_LAMBDA_LOG_LEVEL": level,
        "POWERTOOLS_LOG_LEVEL": level,
        **({TELEMETRY: ""} if log_format == "JSON" else {}),
    }
    with world.function("IngestFunction").run(variables, tmp_path) as ingest:
        answers = {each.get("statusCode") or each["errorType"] for each in taken_in(world, ingest)}
    with world.function("SenderFunction").run(variables, tmp_path) as sender:
        sent_out(world, sender, f"{log_format}-{level}".lower())

    files = [path.read_text(encoding="utf-8", errors="replace") for path in tmp_path.iterdir()]
    written = "\n".join([*files, *ingest.reports, *sender.reports])
    assert found_in(written) == set()
    assert {200, 400, 401, 404, 503, "UnhandledError"} <= answers
    assert "UnhandledError" in written
    assert max(map(len, written.encode().splitlines())) <= MAX_LINE_BYTES
    if level in ("DEBUG", "INFO"):
        # Else nothing would be proven.
        lines = [json.loads(line) for line in files_of(tmp_path) if line.startswith("{")]
        assert {ended(line) for line in lines if line.get("message") == "event"} >= EXPECTED
        # The only form in which Lambda takes a line's own level.
        assert all(RFC_3339.fullmatch(line["timestamp"]) for line in lines if "level" in line)
        assert any("DeliveryAge" in line and line["_aws"]["Timestamp"] > AT_MS for line in lines)


def files_of(folder: Path) -> list[str]:
    return (folder / "out").read_text(encoding="utf-8").splitlines()


def ended(line: Mapping[str, Any]) -> str:
    return f"{line['type']} {line['outcome']} {line.get('reason', '').partition(': ')[0]}".strip()


def request(path: str, body: str, method: str = "POST", **headers: str) -> dict[str, Any]:
    return {
        "rawPath": path,
        "requestContext": {"http": {"method": method}},
        "headers": {"content-type": "application/json", **headers},
        "body": body,
    }


def basic(name: str, password: str = "") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def requests(world: World) -> Iterator[dict[str, Any]]:
    """Yield every kind of request, good and bad."""
    world.put("write-keys", json.dumps({SEEDS["write_key"]: {"destination": "legacy"}}))
    person, key = world.people.person(), SEEDS["write_key"]
    webhook = f"/webhook/{world.destination('legacy', events='legacy')}"
    body, one = json.dumps([*person.values()]), json.dumps(person["identify"])
    batch = {"batch": [person["identify"], person["track"]]}
    signature = hmac.new(SEEDS["signing_secret"].encode(), one.encode(), hashlib.sha1).hexdigest()
    yield request(webhook, body, **BEARER)
    yield request(webhook, one, **{"x-signature": signature})
    yield request(webhook, body, **basic("someone", SEEDS["header_secret"]))
    yield request(f"/webhook/{world.destination('limited', ingest_limit=1_000)}", body, **BEARER)
    yield request("/v1/batch", json.dumps(batch), **basic(key))
    yield request("/v1/batch", json.dumps({"writeKey": key, **batch}))
    yield request("/v1/batch", json.dumps({"write_key": key, **batch}))
    yield {**request("/beacon/v1/b", json.dumps(batch)), "queryStringParameters": {"writeKey": key}}
    yield request(f"/v1/projects/{key}/settings", "", "GET")
    # Refused.
    yield request(webhook, body, **{"x-signature": signature})
    yield request(webhook, body, **{"x-api-key": f"{SEEDS['header_secret']}-no-more"})
    yield request(f"/webhook/{ADDRESS}", body, **BEARER)
    yield request(webhook, body[:-20], **BEARER)
    yield request(webhook, json.dumps([{"type": ADDRESS}, ADDRESS, {"email": ADDRESS}]), **BEARER)
    yield request("/v1/identify", json.dumps({**person["identify"], "writeKey": f"{key}-wrong"}))
    # No event of API Gateway's.
    yield {"headers": {"authorization": ADDRESS}, "rawPath": ADDRESS, "requestContext": {"http": ADDRESS}}


def taken_in(world: World, ingest: RuntimeApi) -> Iterator[Any]:
    """Send ingest every kind of request, and let AWS fail in every way; yield what was answered."""
    for each in requests(world):
        yield ingest.invoke(each)[1]
    body = json.dumps([world.people.person()["identify"]])
    for service in AWS_SERVICES:
        for number, fault in enumerate(AWS_FAULTS):
            name = world.destination(f"in-{service[:3].lower()}-{number}", ingest_limit=1_000)
            world.proxy.faults.add(AwsFault(service, **fault))
            yield ingest.invoke(request(f"/webhook/{name}", body, **BEARER))[1]
            world.proxy.faults.clear()


def records(destination: str, *events: Mapping[str, Any]) -> dict[str, Any]:
    bodies = pack(Envelope(destination, AT_MS, events))
    return {
        "Records": [
            {
                "messageId": f"r-{n}",
                "receiptHandle": f"h-{n}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for n, body in enumerate(bodies)
        ]
    }


def sent_out(world: World, sender: RuntimeApi, way: str) -> None:
    """Let the sender deliver every kind of event, and fail in every way."""
    world.hubspot.grant("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
    for name, settings in SETTINGS.items():
        destination, person = world.destination(f"{name}-{way}", **settings), world.people.person()
        for kind in person:
            sender.invoke(records(destination, person[kind]))
    for number, fault in enumerate(HUBSPOT_FAULTS):
        world.hubspot.faults.add([fault])
        sender.invoke(records(world.destination(f"out-{number}-{way}"), world.people.person()["identify"]))
        world.hubspot.faults.clear()
    for service in AWS_SERVICES:
        for number, aws_fault in enumerate(AWS_FAULTS):
            name, person = (
                world.destination(f"out-{service[:3].lower()}-{number}-{way}"),
                world.people.person(),
            )
            world.proxy.faults.add(AwsFault(service, **aws_fault))
            sender.invoke(records(name, person["identify"], {**person["track"], "messageId": ""}))
            world.proxy.faults.clear()
    (record,) = records("legacy", world.people.person()["identify"])["Records"]
    foreign = json.dumps({"v": 1, "events": [ADDRESS]})
    sender.invoke({"Records": [{**record, "body": foreign}]})
    sender.invoke({"Records": [{**record, "attributes": {"ApproximateReceiveCount": ADDRESS}}]})
