"""Whose an access token is, by the token's hash, and whose old memory is whose, in DynamoDB.

Both lie in the table of the profiles. Neither holds a token or anything of a person.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.accounts import Account, KnownAccount
from relay.core.claims import NOBODY, Claim
from relay.core.outcomes import Deferred

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

# A token that is not used for longer is asked about anew.
EXPIRE_AFTER_S = 60 * 86_400
# Events wait until the table is back: whose the memory is has to be known.
UNAVAILABLE = Deferred("memory_unavailable")


@dataclass(frozen=True, slots=True)
class AccountTable:
    """The accounts of access tokens. Without DynamoDB none is known, which costs a call."""

    client: "DynamoDBClient"
    table: str

    def load(self, token_hash: str) -> KnownAccount | None:
        """Return the account of a token, if it was asked about; what cannot be read counts as nothing."""
        try:
            found = self.client.get_item(TableName=self.table, Key=_key(token_hash))
        except (BotoCoreError, ClientError):
            return None
        item = found.get("Item")
        return _known(item) if item else None

    def save(self, token_hash: str, known: KnownAccount) -> None:
        """Store the account of a token; best effort."""
        expires_at = known.read_at_ms // 1000 + EXPIRE_AFTER_S
        numbers = {"read_at_ms": known.read_at_ms, "expires_at": expires_at}
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    **_key(token_hash),
                    **account_item(known.account),
                    **{name: {"N": str(value)} for name, value in numbers.items()},
                },
            )
        except (BotoCoreError, ClientError):
            return


@dataclass(frozen=True, slots=True)
class ClaimTable:
    """The claims on what releases up to 0.2.0 have remembered by destination. A claim never changes."""

    client: "DynamoDBClient"
    table: str
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    known: dict[str, Claim] = field(default_factory=dict)

    def claim(self, destination: str, account: Account) -> Claim | Deferred:
        """Return whose the memory under a destination's name is: `account`'s, if it was nobody's."""
        try:
            claim = self.known.get(destination) or self._load(destination) or self._make(destination, account)
        except (BotoCoreError, ClientError):
            return UNAVAILABLE
        self.known[destination] = claim
        return claim

    def _make(self, destination: str, account: Account) -> Claim:
        # Each release that has ever delivered has left its lease there.
        is_there = "Item" in self._get(f"lease#{destination}")
        claim = Claim(account.portal_id if is_there else NOBODY, self.now_ms())
        numbers = {"portal_id": claim.portal_id, "at_ms": claim.at_ms}
        item = {name: {"N": str(value)} for name, value in numbers.items()}
        try:
            self.client.put_item(
                TableName=self.table,
                Item={"pk": {"S": _claim(destination)}, **item},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            # Another sender was first, or this very write, whose answer was lost.
            return self._load(destination) or claim
        return claim

    def _load(self, destination: str) -> Claim | None:
        item = self._get(_claim(destination)).get("Item")
        return Claim(_number(item, "portal_id"), _number(item, "at_ms")) if item else None

    def _get(self, pk: str) -> "Mapping[str, Item]":
        found: Mapping[str, Item] = self.client.get_item(  # type: ignore[assignment] # "Item" is all that is used
            TableName=self.table, Key={"pk": {"S": pk}}, ConsistentRead=True
        )
        return found


def account_item(account: Account) -> "Item":
    """Return an account as attributes."""
    texts = {"kind": account.kind, "region": account.region, "time_zone": account.time_zone}
    told: dict[str, AttributeValueTypeDef] = {name: {"S": value} for name, value in texts.items()}
    return {"portal_id": {"N": str(account.portal_id)}, **told}


def account_of(item: "Item") -> Account:
    """Read back what `account_item` wrote."""
    kind, region, time_zone = (item.get(name, {}).get("S", "") for name in ("kind", "region", "time_zone"))
    return Account(_number(item, "portal_id"), kind, region, time_zone)


def _known(item: "Item") -> KnownAccount | None:
    account = account_of(item)
    return KnownAccount(account, _number(item, "read_at_ms")) if account.portal_id else None


def _number(item: "Item", name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))


def _key(token_hash: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"token#{token_hash}"}}


def _claim(destination: str) -> str:
    return f"claim#{destination}"
