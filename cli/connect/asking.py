"""Asks a person at the terminal for what a destination still lacks. Secrets are typed without being shown."""

from collections.abc import Mapping
from getpass import getpass

from rich.console import Console
from rich.prompt import Confirm, Prompt

from cli.connect.plan import SECRETS, Wishes
from cli.doctor.facts import ACCESS_TOKEN, Parameters
from relay.core.accounts import clean_token
from relay.core.plans import PLANS
from relay.settings import Destination


def asked(found: Parameters, console: Console) -> Wishes:
    """Return what the person wants; whatever is answered with nothing stays as it is."""
    return Wishes(
        settings={} if found.destination == "default" else _settings(found, console),
        access_token=_token(found),
        made=tuple(name for name in SECRETS if not found.lines(name) and _wants(name, console)),
    )


def _settings(found: Parameters, console: Console) -> Mapping[str, object]:
    now = found.settings if isinstance(found.settings, Destination) else None
    told = str(now.hub_id) if now else ""
    hub_id = _number(told, console)
    plan = Prompt.ask(
        "HubSpot plan", choices=list(PLANS), default=now.plan if now else "starter", console=console
    )
    region = Prompt.ask(
        "Region of its data", choices=["us", "eu"], default=now.region if now else "us", console=console
    )
    wanted: Mapping[str, object] = {"hub_id": hub_id, "plan": plan, "region": region}
    stays = {"hub_id": now.hub_id, "plan": now.plan, "region": now.region} if now else {}
    return {} if wanted == stays else wanted


def _number(told: str, console: Console) -> int:
    question = "Hub ID (in HubSpot's upper right corner)"
    while True:
        text = (
            Prompt.ask(question, default=told, console=console)
            if told
            else Prompt.ask(question, console=console)
        )
        if text.isascii() and text.isdigit():
            return int(text)
        console.print("The Hub ID is a number, such as 7654321.", style="yellow")


def _token(found: Parameters) -> str:
    has_one = bool(found.values.get(ACCESS_TOKEN))
    keep = "; nothing keeps the one that is stored" if has_one else ""
    # It ends the echo before it asks; Prompt does so after, and shows what is pasted in between.
    return clean_token(getpass(f"Access token (not shown{keep}): "))


def _wants(name: str, console: Console) -> bool:
    return Confirm.ask(f"Make a {name.replace('-', ' ')}?", default=True, console=console)
