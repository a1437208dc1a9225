"""Both DynamoDBs, each started once; every test has a table of its own."""

import os
import secrets
from collections.abc import Iterator

import pytest
from dynamodb.local import dynamodb_local as running_dynamodb_local
from dynamodb.tables import Table
from fakes import Clock, create_table

from cli.embedded.aws import EmbeddedAws


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_dynamodb_local(tmp_path_factory.mktemp("dynamodb")) as url:
        yield url


@pytest.fixture(scope="session")
def ministack() -> Iterator[str]:
    with EmbeddedAws() as aws:
        yield aws.endpoint_url


@pytest.fixture(params=["dynamodb_local", pytest.param("ministack", marks=pytest.mark.stack)])
def dynamodb(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a DynamoDB; what the user has configured for AWS does not count."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def table(dynamodb: str) -> Iterator[Table]:
    table = Table(dynamodb, f"buckets-{secrets.token_hex(8)}", Clock())
    with table.ending:
        create_table(table.client(), table.name)
        yield table
