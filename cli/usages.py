"""Of which HubSpot account each destination was last found to be, as its sender has noted."""

from collections.abc import Iterable, Mapping

from cli.parameters import output
from cli.stack import RunningStack
from relay.adapters.usage_table import usage_from, usage_key
from relay.core.accounts import Usage


def usages_of(stack: RunningStack, destinations: Iterable[str]) -> Mapping[str, Usage]:
    """Return the last use of each destination that was ever used; an item is read for each."""
    table, dynamodb = output(stack, "BucketTableName"), stack.client("dynamodb")
    items = (
        (name, dynamodb.get_item(TableName=table, Key={"pk": {"S": usage_key(name)}}).get("Item", {}))
        for name in destinations
    )
    found = {name: usage_from(item) for name, item in items}
    return {name: usage for name, usage in found.items() if usage}


def account_text(usage: Usage) -> str:
    """Return an account in words: its number, and its kind and region as far as HubSpot tells them."""
    account = usage.account
    told = ", ".join(filter(None, (account.kind.replace("_", " ").lower(), account.region)))
    return f"portal {account.portal_id}" + (f" ({told})" if told else "")
