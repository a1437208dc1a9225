"""Writing a destination's parameters, and asking HubSpot of a token beforehand."""

import time
from collections.abc import Sequence

from cli.connect.plan import Write
from cli.connect.refusal import RefusedError
from cli.doctor import aws
from cli.doctor.account import account_findings
from cli.doctor.facts import SETTINGS, Parameters, Recent
from cli.doctor.findings import Finding, Unread
from cli.doctor.hubspot import ask, line_to
from cli.stack import RunningStack
from relay.settings import parse_destination


def checked(stack: RunningStack, found: Parameters, token: str, settings_text: str | None) -> list[Finding]:
    """Ask HubSpot of a token that is not stored yet, with the settings as they will be.

    Raises:
        RefusedError: there are no settings that could be used.
    """
    settings = parse_destination(settings_text) if settings_text else found.settings
    if isinstance(settings, Unread):
        raise RefusedError(
            f"The token is checked with the {SETTINGS} of the destination, but {settings.why}: add --hub-id."
        )
    now_ms = time.time_ns() // 1_000_000
    with line_to(stack, settings, token, aws.clock_ms(stack) or 0) as line:
        asked = ask(line, Recent(now_ms), with_lists=False)
    return list(account_findings(asked, settings, found.destination, now_ms))


def put(stack: RunningStack, write: Write) -> None:
    """Write a parameter, over the one that is there."""
    stack.client("ssm").put_parameter(
        Name=write.path,
        Value=write.value,
        Type="SecureString" if write.is_encrypted else "String",
        Overwrite=True,
    )


def settings_in(writes: Sequence[Write]) -> str | None:
    """Return the settings that are to be written, None if they stay."""
    return next((write.value for write in writes if write.name == SETTINGS), None)
