"""The roles of the template allow what the functions need, and nothing besides.

Each call of the handlers is checked when it is made, in all tests of this folder (conftest.py). Here they are
led through everything that they do with AWS, so that what no call needs is found too. A new permission needs
a step here.
"""

import copy
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from cloudformation import RESOURCES
from functional.sender import SAMPLES, identify, invoke, invoke_with, put_off
from permissions import (
    ROLES,
    Grant,
    Need,
    NotAllowedError,
    Permissions,
    grants,
    missing,
    needs_of_lambda,
    unused,
)

from cli.samples import SIGNING_SECRET, WRITE_KEY
from cli.standin.faults import Fault
from cli.standin.server import StandIn
from ingest import app as ingest
from relay.adapters.queue import Queue
from relay.core.envelopes import Envelope, pack
from sender import app as sender

EVENTS = Path(__file__).parents[2] / "events" / "ingest"
TRACK = {
    "rawPath": "/v1/track",
    "requestContext": {"http": {"method": "POST"}},
    "body": json.dumps({"writeKey": WRITE_KEY, "type": "track", "event": "Seen", "userId": "u-1"}),
}
MALFORMED: dict[str, object] = {"type": "identify", "messageId": "m-1", "traits": 7}


def post(sample: str) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = ingest.handler(
        json.loads((EVENTS / sample).read_text(encoding="utf-8")), None
    )
    return answer


def record(body: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": "r-1", "receiptHandle": "h", "body": body, "attributes": attributes}


def put(name: str, value: object) -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name=f"/relay/{name}", Value=json.dumps(value), Type="SecureString", Overwrite=True)


def start_ingest_cold() -> None:
    for wired in (ingest.front_door, ingest.ssm, ingest.dynamodb):
        wired.cache_clear()


@pytest.fixture
def secret(hubspot: StandIn) -> None:
    """A destination that lets requests in, behind an ingest that has just started."""
    assert hubspot.calls == []
    name = "/relay/default/signing-secret"
    boto3.client("ssm").put_parameter(Name=name, Value=SIGNING_SECRET, Type="SecureString")
    start_ingest_cold()


def lead_through_everything(hubspot: StandIn) -> None:
    """Make the functions do all that they do with AWS."""
    # Requests are authenticated, and their events stored: those of webhooks, and those of libraries.
    assert post("identify.json")["statusCode"] == 200
    # A destination may have a limit.
    ssm, settings = (
        boto3.client("ssm"),
        {"hub_id": 7654321, "hubspot_url": hubspot.url, "ingest_limit": 1_000},
    )
    ssm.put_parameter(
        Name="/relay/default/settings", Value=json.dumps(settings), Type="String", Overwrite=True
    )
    write_keys = json.dumps({WRITE_KEY: {"destination": "default"}})
    ssm.put_parameter(Name="/relay/write-keys", Value=write_keys, Type="SecureString")
    start_ingest_cold()
    assert ingest.handler(TRACK, None)["statusCode"] == 200
    # Events are delivered, with lease, tokens, memory and HubSpot's shared property list.
    assert invoke(*SAMPLES)[0] == {"batchItemFailures": []}
    # What cannot be delivered now goes back, and where it cannot, its record is hidden.
    hubspot.faults.add([Fault(path="upsert", status=503, times=2)])
    assert invoke_with(identify())[0] == {"batchItemFailures": []}
    assert put_off() == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Queue, "send_all", lambda _, messages, __: [False] * len(messages))
        assert invoke_with(identify())[0] != {"batchItemFailures": []}
    # What can never be is put aside, and so is what is no envelope.
    (rejected,) = pack(Envelope("default", 1_700_000_000_000, (MALFORMED,)))
    for body in (rejected, "foreign"):
        assert invoke_with(record(body))[0] == {"batchItemFailures": []}


def granted(resources: Mapping[str, Any] = RESOURCES) -> list[Grant]:
    return [grant for function in ROLES for grant in grants(function, os.environ, resources)]


def wanted(permissions: Permissions) -> set[Need]:
    return permissions.seen | {need for function in ROLES for need in needs_of_lambda(function, os.environ)}


@pytest.mark.usefixtures("secret")
def test_every_permission_is_needed_and_no_other_is_missing(
    hubspot: StandIn, permissions: Permissions
) -> None:
    lead_through_everything(hubspot)
    needed = wanted(permissions)

    assert missing(needed, granted()) == set()
    assert unused(granted(), needed) == set()
    # And it would be noticed: a permission that were taken away, and one that were added.
    without, widened = [*mutants_without(), *mutants_with_other_keys()], list(mutants_with())
    assert [name for name, roles in without if not missing(needed, granted(roles))] == []
    assert [name for name, roles in widened if not unused(granted(roles), needed)] == []
    assert len(without) > len(granted())
    assert len(widened) > len(ROLES)


def statements(resources: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for role in ROLES.values():
        for policy in resources[role]["Properties"]["Policies"]:
            yield from ((role, each) for each in policy["PolicyDocument"]["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def mutants_without() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the roles without each action on each resource in turn."""
    for place, (role, given) in enumerate(statements(RESOURCES)):
        for action in listed(given["Action"]):
            for resource in listed(given["Resource"]):
                mutant = copy.deepcopy(dict(RESOURCES))
                _, statement = list(statements(mutant))[place]
                rest = [
                    {**given, "Action": each, "Resource": other}
                    for each in listed(given["Action"])
                    for other in listed(given["Resource"])
                    if (each, other) != (action, resource)
                ]
                document = mutant[role]["Properties"]["Policies"][0]["PolicyDocument"]
                document["Statement"].remove(statement)
                document["Statement"] += rest
                yield f"{role} without {action} on {resource}", mutant


def mutants_with_other_keys() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the roles with a condition on keys that none of our items has."""
    for place, (role, given) in enumerate(statements(RESOURCES)):
        if "Condition" in given:
            mutant = copy.deepcopy(dict(RESOURCES))
            _, statement = list(statements(mutant))[place]
            statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = ["nobody#*"]
            yield f"{role}, {given['Sid']} for other keys", mutant


def mutants_with() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the roles with one action or one resource more, statement by statement."""
    for place, (role, given) in enumerate(statements(RESOURCES)):
        service = listed(given["Action"])[0].partition(":")[0]
        for key, more in (("Action", f"{service}:TagResource"), ("Resource", f"arn:aws:{service}:::other")):
            mutant = copy.deepcopy(dict(RESOURCES))
            _, statement = list(statements(mutant))[place]
            statement[key] = [*listed(statement[key]), more]
            yield f"{role} with {more}", mutant


def test_a_call_that_no_statement_allows_fails_when_it_is_made(
    hubspot: StandIn, permissions: Permissions, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke_with(identify())
    # A queue that the role does not know.
    other = boto3.client("sqs").create_queue(QueueName="other")["QueueUrl"]

    with pytest.raises(NotAllowedError, match=r"SenderRole does not allow sqs:SendMessage on .*:other$"):
        sender.sqs().send_message(QueueUrl=other, MessageBody="")
    with pytest.raises(NotAllowedError, match=r"calls dynamodb\.Scan: add it to OPERATIONS"):
        sender.dynamodb().scan(TableName="profiles")
    assert hubspot.calls
    assert len(permissions.refused) == 1
    monkeypatch.setattr(permissions, "refused", [])


@pytest.mark.usefixtures("secret")
def test_each_request_tells_how_many_events_it_brought(
    hubspot: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template counts them from the log (EventsAcceptedFilter)."""
    log = io.StringIO()
    monkeypatch.setattr(ingest.logger.registered_handler, "stream", log)

    answer = post("batch.json")

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert hubspot.calls == []
    assert [line["accepted"] for line in lines if "accepted" in line] == [
        json.loads(answer["body"])["accepted"]
    ]
    assert sum(line["accepted"] for line in lines) > 1
