"""Items of DynamoDB as senders share them."""

import json
import zlib

from fakes import Clock
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

READ_AT: AttributeValueTypeDef = {"N": str(Clock().now)}


def packed(value: object) -> AttributeValueTypeDef:
    """Return data as an attribute holds it."""
    return {"B": zlib.compress(json.dumps(value).encode())}


def put(
    client: DynamoDBClient,
    key: str,
    read_at_ms: AttributeValueTypeDef | None = READ_AT,
    **attributes: AttributeValueTypeDef | None,
) -> None:
    """Store an item, without the attributes that are None."""
    values = {"pk": {"S": key}, "read_at_ms": read_at_ms, **attributes}
    item = {name: value for name, value in values.items() if value is not None}
    client.put_item(TableName="profiles", Item=item)
