"""The troubles of destinations in DynamoDB, against moto."""

import boto3
import pytest
from botocore.exceptions import ClientError
from fakes import create_table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.trouble_table import TroubleTable
from relay.core.outcomes import Deferred
from relay.core.troubles import Troubles, looked_at
from relay.troubles import Noted

AT_MS = 1_793_527_200_000


@pytest.fixture
def client() -> DynamoDBClient:
    found = boto3.client("dynamodb")
    create_table(found, "profiles")
    return found


def troubles(reason: str = "access_token_refused") -> Troubles:
    return looked_at({}, [("m-1", Deferred(reason, log_message="No"))], AT_MS)


def test_troubles_are_kept_by_destination_and_expire_with_the_queue(client: DynamoDBClient) -> None:
    table = TroubleTable(client, "profiles")

    table.save("emea", troubles(), AT_MS)
    table.save("apac", troubles("refused_alike"), AT_MS)

    assert table.load("emea") == Noted(troubles())
    assert table.load("default") == Noted()
    assert table.all() == {"apac": troubles("refused_alike"), "emea": troubles()}
    item = client.get_item(TableName="profiles", Key={"pk": {"S": "trouble#emea"}})["Item"]
    assert item["expires_at"]["N"] == str(AT_MS // 1000 + 14 * 86_400)


def test_a_destination_without_troubles_is_listed_no_more(client: DynamoDBClient) -> None:
    table = TroubleTable(client, "profiles")
    table.save("emea", troubles(), AT_MS)

    table.save("emea", {}, AT_MS)
    table.save("apac", {}, AT_MS)

    assert (table.load("emea"), table.all()) == (Noted(), {})


def test_the_mark_and_the_troubles_leave_each_other_alone(client: DynamoDBClient) -> None:
    table = TroubleTable(client, "profiles")

    table.mark("emea", AT_MS)
    table.save("emea", troubles(), AT_MS + 1)
    table.mark("apac", AT_MS + 2)

    assert table.load("emea") == Noted(troubles(), AT_MS)
    assert table.load("apac") == Noted({}, AT_MS + 2)


def test_a_table_out_of_reach_keeps_senders_from_nothing_and_is_told_to_people(
    client: DynamoDBClient,
) -> None:
    table = TroubleTable(client, "no such table")

    table.save("emea", troubles(), AT_MS)
    assert table.load("emea") is None
    with pytest.raises(ClientError):
        table.mark("emea", AT_MS)
    with pytest.raises(ClientError):
        table.all()
