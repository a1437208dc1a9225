"""Of which HubSpot account each destination was last found to be, as its sender has noted."""

from collections.abc import Iterable, Mapping

from cli.parameters import output
from cli.stack import RunningStack
from relay.adapters.usage_table import UsageTable
from relay.core.accounts import Usage


def usages_of(stack: RunningStack, destinations: Iterable[str]) -> Mapping[str, Usage]:
    """Return the last use of each destination that was ever used; an item is read for each."""
    table = UsageTable(stack.client("dynamodb"), output(stack, "BucketTableName"))
    found = {name: table.load(name) for name in destinations}
    return {name: usage for name, usage in found.items() if usage}


def account_text(usage: Usage) -> str:
    """Return an account in words: its number, and its kind and region as far as HubSpot tells them."""
    account = usage.account
    told = ", ".join(filter(None, (account.kind.replace("_", " ").lower(), account.region)))
    return f"portal {account.portal_id}" + (f" ({told})" if told else "")
