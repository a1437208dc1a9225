"""Adapters against moto, one call at a time: its conditional writes are not atomic, so nothing here races."""

from collections.abc import Iterator

import boto3
import pytest
from fakes import create_table
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def client() -> DynamoDBClient:
    """A DynamoDB with a table for profiles and what lies with them."""
    client = boto3.client("dynamodb")
    create_table(client, "profiles")
    return client
