"""How much of HubSpot's limits is in use: read from the token buckets that all senders share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cli.parameters import output
from cli.stack import RunningStack
from relay.adapters.bucket_item import from_item
from relay.core.bucket import Bucket, Family, Limits, day_limit, window_limit
from relay.settings import Destination


@dataclass(frozen=True, slots=True)
class Account:
    """A HubSpot account with the destinations that share one access token, and so its limits."""

    hub_id: int
    app: str
    key: str
    limits: Limits
    destinations: tuple[str, ...]


def accounts_of(settings: Mapping[str, Destination]) -> list[Account]:
    """Put together the destinations that share a bucket; the limits are those of the first."""
    found: dict[str, Account] = {}
    for name, each in sorted(settings.items()):
        others = found[each.bucket_key].destinations if each.bucket_key in found else ()
        limits = found[each.bucket_key].limits if others else each.limits
        found[each.bucket_key] = Account(each.hub_id, each.app, each.bucket_key, limits, (*others, name))
    return list(found.values())


def gauges_of(stack: RunningStack, accounts: Iterable[Account], now_ms: int) -> list[Mapping[str, Any]]:
    """Return what is used of each account's limits. Reads one item for each, and writes nothing."""
    table, dynamodb = output(stack, "BucketTableName"), stack.client("dynamodb")
    items = (
        (each, dynamodb.get_item(TableName=table, Key={"pk": {"S": each.key}}).get("Item", {}))
        for each in accounts
    )
    return [gauge_of(account, from_item(item), now_ms) for account, item in items]


def gauge_of(account: Account, bucket: Bucket, now_ms: int) -> Mapping[str, Any]:
    """Return what is used of an account's limits."""
    is_same_day = now_ms < bucket.day_ends_at_ms
    blocked_until_ms = max(bucket.window(family).blocked_until_ms for family in Family)
    return {
        "hub_id": account.hub_id,
        "app": account.app,
        "destinations": list(account.destinations),
        "windows": {family.value: _window(account, bucket, family, now_ms) for family in Family},
        "day": {
            "used": bucket.used_today if is_same_day else 0,
            "limit": day_limit(bucket, account.limits),
            "ends_at_ms": bucket.day_ends_at_ms if is_same_day else 0,
        },
        "blocked_until_ms": blocked_until_ms if blocked_until_ms > now_ms else 0,
    }


def _window(account: Account, bucket: Bucket, family: Family, now_ms: int) -> Mapping[str, int]:
    used = sum(free_at_ms > now_ms for free_at_ms in bucket.window(family).free_at_ms)
    return {"used": used, "limit": window_limit(bucket, family, account.limits)}
