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
import botocore.session
import pytest
from cloudformation import RESOURCES
from functional.sender import SAMPLES, identify, invoke, invoke_with
from permissions import (
    OPERATIONS,
    ROLES,
    Grant,
    Need,
    NotAllowedError,
    Permissions,
    grants,
    missing,
    needs,
    needs_of_lambda,
    table_arn,
    unused,
)

from cli.samples import SIGNING_SECRET
from cli.standin.faults import Fault
from cli.standin.server import StandIn
from ingest import app as ingest
from relay.core.envelopes import Envelope, pack
from sender import app as sender

EVENTS = Path(__file__).parents[2] / "events" / "ingest"
MALFORMED: dict[str, object] = {"type": "identify", "messageId": "m-1", "traits": 7}


def post(sample: str) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = ingest.handler(
        json.loads((EVENTS / sample).read_text(encoding="utf-8")), None
    )
    return answer


def record(body: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": "r-1", "receiptHandle": "h", "body": body, "attributes": attributes}


@pytest.fixture
def secret(hubspot: StandIn) -> None:
    """A destination that lets requests in, behind an ingest that has just started."""
    assert hubspot.calls == []
    name = "/relay/default/signing-secret"
    boto3.client("ssm").put_parameter(Name=name, Value=SIGNING_SECRET, Type="SecureString")
    ingest.intake.cache_clear()
    ingest.ssm.cache_clear()


def lead_through_everything(hubspot: StandIn) -> None:
    """Make the functions do all that they do with AWS."""
    # Requests are authenticated, and their events stored.
    assert post("identify.json")["statusCode"] == 200
    # Events are delivered, with lease, tokens, memory and HubSpot's shared property list.
    assert invoke(*SAMPLES)[0] == {"batchItemFailures": []}
    # What cannot be delivered now is hidden.
    hubspot.faults.add([Fault(path="upsert", status=503)])
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
    without, widened = list(mutants_without()), list(mutants_with())
    assert [name for name, roles in without if not missing(needed, granted(roles))] == []
    assert [name for name, roles in widened if not unused(granted(roles), needed)] == []
    assert len(without) == len(granted())
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


def test_a_batch_needs_a_permission_for_each_table_and_parameter() -> None:
    asked: Mapping[str, Any] = {"RequestItems": {"one": [], "two": []}}

    found = list(needs("SenderFunction", "dynamodb.BatchWriteItem", asked))

    assert [need.resource for need in found] == [table_arn("one"), table_arn("two")]
    assert {
        need.action for need in needs("IngestFunction", "sqs.SendMessageBatch", {"QueueUrl": "x/1/q"})
    } == {"sqs:SendMessage"}


@pytest.mark.parametrize(
    ("resource", "asked", "allowed"),
    [
        ("arn:parameter/relay/*/settings", "arn:parameter/relay/default/settings", True),
        # IAM's star stands for slashes too.
        ("arn:parameter/relay/*/settings", "arn:parameter/relay/a/b/settings", True),
        ("arn:parameter/relay/*/settings", "arn:parameter/other/default/settings", False),
        ("arn:parameter/relay/*/settings", "arn:parameter/relay/default/settings2", False),
        ("arn:queue.1", "arn:queue-1", False),
        ("arn:queue?1", "arn:queue-1", True),
        ("arn:[ab]", "arn:a", False),
    ],
)
def test_a_resource_is_matched_as_iam_does(resource: str, asked: str, allowed: bool) -> None:  # noqa: FBT001 - a table
    grant = Grant("Role", "Sid", "sqs:SendMessage", resource)

    assert grant.allows(Need("Role", "sqs:SendMessage", asked)) is allowed
    assert not grant.allows(Need("Other", "sqs:SendMessage", asked))
    assert not grant.allows(Need("Role", "sqs:ReceiveMessage", asked))


@pytest.mark.parametrize(
    "more",
    [{"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, {"Effect": "Deny"}, {"NotAction": "a:B"}],
)
@pytest.mark.usefixtures("hubspot")
def test_a_statement_that_could_not_be_judged_is_no_statement_to_pass_over(
    more: Mapping[str, object],
) -> None:
    roles = copy.deepcopy(dict(RESOURCES))
    next(statements(roles))[1].update(more)

    with pytest.raises(NotImplementedError, match="a statement of another kind"):
        granted(roles)


def test_our_table_of_operations_holds_only_what_botocore_knows() -> None:
    for operation in OPERATIONS:
        service, _, name = operation.partition(".")
        assert name in botocore.session.get_session().get_service_model(service).operation_names


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
