"""Settings that are merged into those that are stored, as the sender would read them. Pure."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from cli.connect.refusal import RefusedError
from relay.settings import InvalidSettingsError, parse_destination

# SSM's standard parameters.
MAX_BYTES = 4096
# Settings that the template has parameters of their own for; all others go into MoreSettings.
_PARAMETERS = {
    "hub_id": "HubId",
    "plan": "Plan",
    "region": "Region",
    "hubspot_url": "HubSpotBaseUrl",
    "api_version": "HubSpotApiVersion",
}


def merged(stored: str | None, changes: Mapping[str, object]) -> str:
    """Return the settings with some changed, and without those that are changed to None.

    Raises:
        RefusedError: the sender would not take them, or SSM has no room for them.
    """
    # What the template's user has added stands apart there.
    before = _object(stored) if stored else {}
    more = before.pop("more", {})
    flat = {**before, **(more if isinstance(more, Mapping) else {}), **changes}
    text = json.dumps({key: value for key, value in flat.items() if value is not None}, ensure_ascii=False)
    try:
        parse_destination(text)
    except InvalidSettingsError as error:
        raise RefusedError(f"The settings would not be valid: {error}.") from None
    size = len(text.encode())
    if size > MAX_BYTES:
        raise RefusedError(f"The settings would have {size} bytes; SSM holds {MAX_BYTES}.")
    return text


def override(text: str) -> str:
    """Return the command that deploys the stack with these settings of `default`."""
    settings = _object(text)
    own = [f"{_PARAMETERS[key]}={settings.pop(key)}" for key in _PARAMETERS if key in settings]
    command = f"sam deploy --parameter-overrides {' '.join(map(shlex.quote, own))}"
    if not settings:
        return command
    # SAM cuts a value off at its first quotation mark, unless it stands in marks itself; a backslash before a
    # mark it takes for its own.
    more = json.dumps(settings, separators=(",", ":"), ensure_ascii=False)
    for mark, escape in {"\\\\": "\\u005c", '\\"': "\\u0022", "'": "\\u0027"}.items():
        more = more.replace(mark, escape)
    return f"MORE='{more}'; {command} \"MoreSettings='$MORE'\""


def changes_from(file: str, pairs: Iterable[str]) -> dict[str, object]:
    """Read the settings of a file's text and of `KEY=VALUE` pairs; a VALUE is JSON, or else a text.

    Raises:
        RefusedError: they are none.
    """
    changes: dict[str, object] = _object(file) if file else {}
    for pair in pairs:
        key, is_pair, value = pair.partition("=")
        if not is_pair or not key:
            raise RefusedError(f"--set wants KEY=VALUE, not {pair!r}.")
        changes[key] = _value(value)
    return changes


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise RefusedError(f"The settings are no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise RefusedError("The settings are no JSON object.")
    return found
