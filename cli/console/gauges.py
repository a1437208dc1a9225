"""How much of HubSpot's limits is in use: read from the token buckets that all senders share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cli.parameters import output
from cli.stack import RunningStack
from relay.adapters.bucket_item import from_item
from relay.core.accounts import Usage, bucket_key
from relay.core.bucket import Bucket, Family, Limits, day_limit, window_limit
from relay.settings import Destination


@dataclass(frozen=True, slots=True)
class Account:
    """A HubSpot account with the destinations that share one access token, and so its limits.

    `hub_id` is what HubSpot has named, and the settings' word while nobody has asked. `key` is that of the
    bucket, "" if no call was made yet. `is_wrong` if the settings of a destination say another account.
    """

    hub_id: int
    kind: str
    key: str
    limits: Limits
    destinations: tuple[str, ...]
    is_wrong: bool = False


def accounts_of(settings: Mapping[str, Destination], usages: Mapping[str, Usage]) -> list[Account]:
    """Put together the destinations that share a bucket; the limits are those of the first."""
    found: dict[str, Account] = {}
    for name, each in sorted(settings.items()):
        usage = usages.get(name)
        told = usage.account if usage else None
        place = usage.token_hash if usage else f"unused {name}"
        own = Account(
            told.portal_id if told else each.hub_id,
            told.kind if told else "",
            bucket_key(usage.token_hash) if usage else "",
            each.limits,
            (name,),
            is_wrong=told is not None and told.portal_id != each.hub_id,
        )
        first = found.get(place, own)
        others = () if first is own else first.destinations
        found[place] = replace(first, destinations=(*others, name), is_wrong=first.is_wrong or own.is_wrong)
    return list(found.values())


def gauges_of(stack: RunningStack, accounts: Iterable[Account], now_ms: int) -> list[Mapping[str, Any]]:
    """Return what is used of each account's limits. Reads one item for each, and writes nothing."""
    table, dynamodb = output(stack, "BucketTableName"), stack.client("dynamodb")
    items = (
        (
            each,
            dynamodb.get_item(TableName=table, Key={"pk": {"S": each.key}}).get("Item", {})
            if each.key
            else {},
        )
        for each in accounts
    )
    return [gauge_of(account, from_item(item), now_ms) for account, item in items]


def gauge_of(account: Account, bucket: Bucket, now_ms: int) -> Mapping[str, Any]:
    """Return what is used of an account's limits."""
    is_same_day = now_ms < bucket.day_ends_at_ms
    blocked_until_ms = max(bucket.window(family).blocked_until_ms for family in Family)
    return {
        "hub_id": account.hub_id,
        "kind": account.kind,
        "is_wrong": account.is_wrong,
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
