"""Whose a token is, whose an old memory is, and what a destination last used, against moto."""

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from fakes import Clock, create_table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.account_table import UNAVAILABLE, AccountTable, ClaimTable
from relay.adapters.usage_table import UsageTable
from relay.core.accounts import Account, KnownAccount, Usage
from relay.core.claims import NOBODY, Claim

ACCOUNT = Account(7654321, "SANDBOX", "eu1", "Europe/Berlin")
OTHER = Account(42)
KNOWN = KnownAccount(ACCOUNT, Clock().now)
TROUBLE = (
    ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem"),
    ConnectTimeoutError(endpoint_url="https://dynamodb"),
)


@pytest.fixture
def claims(client: DynamoDBClient) -> ClaimTable:
    return ClaimTable(client, "profiles", Clock().now_ms)


def lease(client: DynamoDBClient, destination: str) -> None:
    client.put_item(TableName="profiles", Item={"pk": {"S": f"lease#{destination}"}, "until_ms": {"N": "0"}})


def broken(monkeypatch: pytest.MonkeyPatch, client: DynamoDBClient, error: Exception) -> None:
    def fail(**_: object) -> None:
        raise error

    for name in ("get_item", "put_item", "update_item"):
        monkeypatch.setattr(client, name, fail)


# --------------------------------------------------------------------------------------------------- accounts


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
def test_the_account_of_a_token_is_remembered_as_it_was_told(
    client: DynamoDBClient, account: Account
) -> None:
    table = AccountTable(client, "profiles")
    assert table.load("h-1") is None

    table.save("h-1", KnownAccount(account, 5_000))

    assert table.load("h-1") == KnownAccount(account, 5_000)
    assert table.load("h-2") is None
    item = client.get_item(TableName="profiles", Key={"pk": {"S": "token#h-1"}})["Item"]
    assert item["expires_at"]["N"] == str(5 + 60 * 86_400)


def test_an_item_without_an_account_is_none(client: DynamoDBClient) -> None:
    client.put_item(TableName="profiles", Item={"pk": {"S": "token#h-1"}})

    assert AccountTable(client, "profiles").load("h-1") is None


@pytest.mark.parametrize("error", TROUBLE)
def test_without_the_table_no_account_is_known_and_none_is_kept(
    client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    table = AccountTable(client, "profiles")
    broken(monkeypatch, client, error)

    table.save("h-1", KNOWN)

    assert table.load("h-1") is None


# ----------------------------------------------------------------------------------------------------- claims


def test_the_first_account_claims_what_an_older_release_has_left(
    client: DynamoDBClient, claims: ClaimTable
) -> None:
    lease(client, "default")

    assert claims.claim("default", ACCOUNT) == Claim(ACCOUNT.portal_id, Clock().now)
    for again in (claims, ClaimTable(client, "profiles", lambda: 5)):
        assert again.claim("default", OTHER) == Claim(ACCOUNT.portal_id, Clock().now)


def test_where_there_is_nothing_to_claim_nobody_ever_does(client: DynamoDBClient, claims: ClaimTable) -> None:
    assert claims.claim("default", ACCOUNT) == Claim(NOBODY, Clock().now)
    lease(client, "default")

    assert ClaimTable(client, "profiles", lambda: 5).claim("default", ACCOUNT) == Claim(NOBODY, Clock().now)


def test_a_claim_is_of_one_destination_and_never_expires(client: DynamoDBClient, claims: ClaimTable) -> None:
    lease(client, "default")
    claims.claim("default", ACCOUNT)

    assert claims.claim("emea", ACCOUNT) == Claim(NOBODY, Clock().now)
    assert (
        "expires_at" not in client.get_item(TableName="profiles", Key={"pk": {"S": "claim#default"}})["Item"]
    )


def test_of_two_that_claim_at_once_the_first_has_it(
    client: DynamoDBClient, claims: ClaimTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease(client, "default")
    put = client.put_item

    def overtaken(**asked: object) -> object:
        item = {"pk": {"S": "claim#default"}, "portal_id": {"N": "42"}, "at_ms": {"N": "5"}}
        put(TableName="profiles", Item=item)
        return put(**asked)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(client, "put_item", overtaken)

    assert claims.claim("default", ACCOUNT) == Claim(42, 5)


@pytest.mark.parametrize("error", TROUBLE)
def test_without_the_table_events_wait_until_it_is_known_whose_the_memory_is(
    client: DynamoDBClient, claims: ClaimTable, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    lease(client, "default")
    with monkeypatch.context() as patch:
        broken(patch, client, error)
        assert claims.claim("default", ACCOUNT) == UNAVAILABLE

    assert claims.claim("default", ACCOUNT) == Claim(ACCOUNT.portal_id, Clock().now)


# ----------------------------------------------------------------------------------------------------- usages


@pytest.fixture
def usages() -> UsageTable:
    client = boto3.client("dynamodb")
    create_table(client, "buckets")
    return UsageTable(client, "buckets")


def test_the_last_use_of_a_destination_replaces_the_one_before_as_a_whole(usages: UsageTable) -> None:
    assert usages.load("default") is None
    for usage in (Usage("h-1", ACCOUNT), Usage("h-2", OTHER)):
        assert usages.save("default", usage)
        assert usages.load("default") == usage
    assert usages.load("emea") is None


@pytest.mark.parametrize("error", TROUBLE)
def test_a_use_that_cannot_be_stored_or_read_says_so(
    usages: UsageTable, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    broken(monkeypatch, usages.client, error)

    assert not usages.save("default", Usage("h-1", ACCOUNT))
    assert usages.load("default") is None
