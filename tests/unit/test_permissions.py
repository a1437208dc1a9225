"""The stand-in for IAM judges as IAM does, and refuses what it cannot judge."""

import copy
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from cloudformation import RESOURCES
from permissions import OPERATIONS, Grant, Need, grants, needs, table_arn


def test_a_batch_needs_a_permission_for_each_table_and_parameter() -> None:
    key = {"pk": {"S": "a#1"}}
    writes = [
        {"PutRequest": {"Item": {**key, "n": {"N": "1"}}}},
        {"DeleteRequest": {"Key": {"pk": {"S": "a#2"}}}},
    ]
    asked: Mapping[str, Any] = {"RequestItems": {"one": writes, "two": []}}

    found = list(needs("SenderFunction", "dynamodb.BatchWriteItem", asked))

    assert [(need.resource, need.keys) for need in found] == [
        (table_arn("one"), frozenset({"a#1", "a#2"})),
        (table_arn("two"), frozenset()),
    ]
    reads = {"RequestItems": {"one": {"Keys": [key]}}}
    (read,) = needs("SenderFunction", "dynamodb.BatchGetItem", reads)
    (update,) = needs("SenderFunction", "dynamodb.UpdateItem", {"TableName": "one", "Key": key})
    assert read.keys == update.keys == {"a#1"}
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
    ("keys", "allowed"),
    [
        ({"ingest#a"}, True),
        ({"ingest#a", "ingest#b"}, True),
        ({"ingest#a", "bucket#a"}, False),
        (set(), True),
    ],
)
def test_a_statement_on_some_items_allows_nothing_on_others(keys: list[str], allowed: bool) -> None:  # noqa: FBT001 - a table
    grant = Grant("Role", "Sid", "dynamodb:UpdateItem", "arn:t", ("ingest#*",))

    assert grant.allows(Need("Role", "dynamodb:UpdateItem", "arn:t", frozenset(keys))) is allowed


@pytest.mark.parametrize(
    "more",
    [
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {}},
        {"Effect": "Deny"},
        {"NotAction": "sqs:SendMessage"},
    ],
)
def test_a_statement_that_could_not_be_judged_is_no_statement_to_pass_over(
    more: Mapping[str, object],
) -> None:
    roles = copy.deepcopy(dict(RESOURCES))
    roles["SenderRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0].update(more)

    assert list(grants("SenderFunction", {"PARAMETER_PREFIX": "/relay"}))
    with pytest.raises(NotImplementedError, match="a statement of another kind"):
        list(grants("SenderFunction", {"PARAMETER_PREFIX": "/relay"}, roles))


def test_our_table_of_operations_holds_only_what_botocore_knows() -> None:
    for operation in OPERATIONS:
        service, _, name = operation.partition(".")
        assert name in botocore.session.get_session().get_service_model(service).operation_names
