"""From calls to units, and from units to dollars."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from cli.bench.memory import budget_ms, fits_from_mb
from cli.bench.prices import Usage, Work
from cli.bench.units import Units, receiving, sqs_requests, units_of

KIM: Mapping[str, Any] = {"pk": {"S": "kim"}}


def an_item(size: int) -> Mapping[str, Any]:
    """An item of this size as it goes over the wire: a key of 5 bytes, and bytes under a name of one."""
    return {**KIM, "b": {"B": b64encode(bytes(size - 6)).decode()}}


def a_read(*, consistent: bool = True) -> Mapping[str, Any]:
    return {"RequestItems": {"t": {"Keys": [KIM] * 4, "ConsistentRead": consistent}}}


@pytest.mark.parametrize(
    ("operation", "asked", "answered", "units"),
    [
        ("DynamoDB.GetItem", {"ConsistentRead": True}, {"Item": an_item(4096)}, Units(reads=1)),
        ("DynamoDB.GetItem", {"ConsistentRead": True}, {"Item": an_item(4097)}, Units(reads=2)),
        ("DynamoDB.GetItem", {}, {"Item": an_item(4097)}, Units(reads=1)),
        ("DynamoDB.GetItem", {}, {}, Units(reads=0.5)),
        ("DynamoDB.PutItem", {"Item": an_item(1024)}, {}, Units(writes=1)),
        ("DynamoDB.PutItem", {"Item": an_item(1025)}, {}, Units(writes=2)),
        ("DynamoDB.UpdateItem", {}, {}, Units(writes=1)),
        ("DynamoDB.UpdateItem", {}, {"Attributes": an_item(1025)}, Units(writes=2)),
        ("DynamoDB.UpdateItem", {}, {"__type": "Failed", "Item": an_item(2049)}, Units(writes=3)),
        ("SSM.GetParameters", {}, {}, Units()),
        ("SQS.ChangeMessageVisibilityBatch", {}, {}, Units(sqs=1)),
        ("SQS.SendMessageBatch", {"Entries": [{"MessageBody": "x" * 65_537}]}, {}, Units(sqs=2)),
    ],
)
def test_a_call_is_charged_by_size(
    operation: str, asked: Mapping[str, Any], answered: Mapping[str, Any], units: Units
) -> None:
    assert units_of(operation, asked, answered) == units


def test_each_item_of_a_batch_is_rounded_up_and_a_missing_one_is_charged() -> None:
    found = {"Responses": {"t": [an_item(100), an_item(5000)]}}

    assert units_of("DynamoDB.BatchGetItem", a_read(), found) == Units(reads=1 + 2 + 1 + 1)
    assert units_of("DynamoDB.BatchGetItem", a_read(consistent=False), found) == Units(reads=2.5)


def test_what_is_handed_back_is_not_charged() -> None:
    writes = [{"PutRequest": {"Item": an_item(size)}} for size in (500, 1500)]
    writes.append({"DeleteRequest": {"Key": KIM}})
    left = {"Responses": {}, "UnprocessedKeys": {"t": {"Keys": [KIM] * 3}}}

    written = units_of("DynamoDB.BatchWriteItem", {"RequestItems": {"t": writes}}, {})
    assert written == Units(writes=1 + 2 + 1)
    back = {"UnprocessedItems": {"t": writes[1:2]}}
    assert units_of("DynamoDB.BatchWriteItem", {"RequestItems": {"t": writes}}, back) == Units(writes=2)
    assert units_of("DynamoDB.BatchGetItem", a_read(), left) == Units(reads=1)


def test_sqs_charges_each_started_64_kb_of_a_call() -> None:
    assert [sqs_requests(["x" * size]) for size in (1, 65_536, 65_537)] == [1, 1, 2]
    # 25 small messages: three receives and three deletes. Ten of 60 KB: ten chunks and a delete.
    assert receiving(["x"] * 25) == 6
    assert receiving(["x" * 60_000] * 10) == 11
    assert receiving([]) == 0


def test_a_known_mix_gives_known_dollars() -> None:
    usage = Usage(
        events=1_000,
        api_requests=1_000,
        # 12 s at half a gigabyte, and 4 s at a quarter: 6 and 1 GB-seconds.
        ingest=Work(1_000, 12_000, 512),
        sender=Work(10, 4_000, 256),
        sqs_requests=1_200,
        reads=3_000,
        writes=2_000,
        log_bytes=1_000_000,
    )

    assert usage.dollars_per_million_events() == {
        "api_gateway": 1.0,
        "ingest": pytest.approx(0.2 + 0.08),
        "sender": pytest.approx(0.002 + 0.013),
        "sqs": 0.48,
        "dynamodb_reads": 0.375,
        "dynamodb_writes": 1.25,
        "logs": 0.5,
        "total": pytest.approx(3.9, abs=0.001),
    }
    assert usage.per_1k_events()["log_kb"] == 1_000


def test_usage_is_for_a_thousand_events_whatever_their_number() -> None:
    idle = Work(0, 0, 512)
    usage = Usage(50, 1, idle, idle, sqs_requests=3, reads=150, writes=100, log_bytes=0)

    per_1k = usage.per_1k_events()
    assert (per_1k["api_requests"], per_1k["sqs_requests"]) == (20, 60)
    assert (per_1k["dynamodb_reads"], per_1k["dynamodb_writes"]) == (3_000, 2_000)
    assert usage.dollars_per_million_events()["dynamodb_writes"] == 1.25


def test_a_small_function_has_a_part_of_a_cpu_and_none_more_than_one() -> None:
    # 19,000 contacts in ten seconds are 526 ms for a thousand.
    assert [round(budget_ms(memory_mb)) for memory_mb in (512, 1_769, 10_240)] == [152, 526, 526]


def test_a_function_is_large_enough_where_its_budget_is_what_it_takes() -> None:
    assert fits_from_mb(budget_ms(512)) == 512
    assert fits_from_mb(budget_ms(1_769) + 1) is None
