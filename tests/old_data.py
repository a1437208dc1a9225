"""Data that earlier releases have written: see the README beside it."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

FOLDER = Path(__file__).parent / "fixtures" / "0.1.0"
MESSAGES = ("identify", "batch", "tracks", "rejected", "rejected-batch")


def message(name: str) -> str:
    """Return the body of a message."""
    return (FOLDER / "messages" / f"{name}.json").read_text(encoding="ascii")


def parameters() -> Mapping[str, str]:
    """Return the values in SSM by name."""
    found: Mapping[str, str] = json.loads((FOLDER / "parameters.json").read_text(encoding="utf-8"))
    return found


def items(table: str) -> "Mapping[str, Item]":
    """Return the items of a table by their keys."""
    listed = json.loads((FOLDER / f"{table}.json").read_text(encoding="utf-8"))
    return {item["pk"]["S"]: {name: _value(each) for name, each in item.items()} for item in listed}


def put_items(client: "DynamoDBClient", table: str) -> None:
    """Store the items of a table."""
    for item in items(table).values():
        client.put_item(TableName=table, Item=item)


def stored(client: "DynamoDBClient", table: str, key: str) -> "Item":
    """Return what lies under a key now."""
    return client.get_item(TableName=table, Key={"pk": {"S": key}})["Item"]


def _value(value: Mapping[str, str]) -> "AttributeValueTypeDef":
    return {"B": base64.b64decode(value["B"])} if "B" in value else {**value}  # type: ignore[typeddict-item] # S or N
