"""Is the stack whole, and has the destination all it needs? Findings from what AWS told. Pure."""

import re
from collections.abc import Iterator, Mapping

from cli.doctor.facts import (
    ACCESS_TOKEN,
    HEADER_SECRET,
    SETTINGS,
    SIGNING_SECRET,
    WRITE_KEYS,
    Parameters,
)
from cli.doctor.findings import Finding, Unread, error, listed, not_checked, ok, warning
from relay.core.accounts import clean_token, token_problem
from relay.core.write_keys import InvalidWriteKeys, read_write_keys
from relay.settings import Destination

# What all commands need of a stack, `doctor` included.
OUTPUTS = frozenset(
    {
        "WebhookUrl",
        "ParameterPrefix",
        "EventsQueueUrl",
        "RejectsQueueUrl",
        "BucketTableName",
        "SenderFunctionName",
        "SenderLogGroupName",
    }
)
# Segment's own are longer. Shorter ones can be guessed.
SHORTEST_SECRET = 16
MAX_SETTINGS_BYTES = 4096
# HubSpot's dead API keys.
_API_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def stack_finding(status: str, outputs: Mapping[str, str]) -> Finding:
    """Say whether the stack is there as a whole: its state in CloudFormation, and its outputs."""
    if missing := sorted(OUTPUTS - outputs.keys()):
        return error(
            "stack",
            f"{status}, without the outputs {listed(missing)}.",
            "It was deployed from another version: deploy this one with `sam build && sam deploy`.",
            missing,
        )
    if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
        return ok("stack", f"{status}, with all its outputs.")
    if status.endswith("_IN_PROGRESS"):
        return warning("stack", f"{status}: it changes just now.", "Look again when the deployment is done.")
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return warning(
            "stack",
            f"{status}: the last deployment has failed, and the version before it runs.",
            "CloudFormation's events of the stack say why; mend it and deploy again.",
        )
    return error(
        "stack",
        f"{status}: the deployment has not succeeded.",
        "CloudFormation's events of the stack say why; mend it and deploy again.",
    )


def settings_finding(found: Parameters) -> Finding:
    """Say whether the sender can use the settings, in the model's own words."""
    settings = found.settings
    if isinstance(settings, Unread):
        remedy = _remedy_of_settings(found.destination)
        if SETTINGS not in found.values:
            return error("settings", f"{settings.why[0].upper()}{settings.why[1:]}: nothing is sent.", remedy)
        return error("settings", f"They cannot be used: {settings.why}.", remedy)
    size = len(found.values[SETTINGS].encode())
    events = settings.policy.events.mode
    return ok(
        "settings", f"Valid ({size} of {MAX_SETTINGS_BYTES} bytes): plan {settings.plan}, events {events}."
    )


def _remedy_of_settings(destination: str) -> str:
    if destination == "default":
        return "Deploy with the parameters put right (HubId, Plan, Region, MoreSettings)."
    return f"Set it up with `relay connect {destination}`."


def token_stored(found: Parameters) -> Finding:
    """Say whether there is an access token that could be one. Its value is never shown."""
    remedy = f"Store it with `relay connect {found.destination}`."
    token = clean_token(found.values.get(ACCESS_TOKEN, ""))
    if not token:
        return error("access token", f"There is none under {found.path}/{ACCESS_TOKEN}: events wait.", remedy)
    if problem := token_problem(token):
        return error("access token", f"It cannot be used: {problem}. Events wait.", remedy)
    if _API_KEY.fullmatch(token):
        return error(
            "access token",
            "It looks like an API key (hapikey), which HubSpot has not taken since 2022.",
            "Make a service key (Development > Keys > Service keys) and store it with `relay connect`.",
        )
    if found.types.get(ACCESS_TOKEN, "SecureString") != "SecureString":
        return warning("access token", "It is stored in clear (String).", _encrypt(found, ACCESS_TOKEN))
    return ok("access token", "Stored, encrypted.")


def secrets_findings(found: Parameters) -> Iterator[Finding]:
    """Yield what is to be said of what lets Segment in."""
    settings = found.settings
    needs_header = isinstance(settings, Destination) and settings.require_header
    keys = _write_keys(found)
    yield from keys[1]
    names = [name for name in (SIGNING_SECRET, HEADER_SECRET) if found.lines(name)]
    if not names and not keys[0]:
        yield error(
            "secrets",
            "There is neither a signing secret nor a header secret, nor a write key: nobody is let in.",
            f"Make them with `relay connect {found.destination} --new-signing-secret --new-header-secret`.",
        )
    elif needs_header and HEADER_SECRET not in names:
        yield error(
            "secrets",
            "The setting require_header is on, and there is no header secret: webhooks are not let in.",
            f"Make one with `relay connect {found.destination} --new-header-secret`.",
        )
    for name in names:
        yield _secret(found, name)


def _secret(found: Parameters, name: str) -> Finding:
    check, lines = name.replace("-", " "), found.lines(name)
    if any(len(line) < SHORTEST_SECRET for line in lines):
        return warning(
            check,
            f"It has fewer than {SHORTEST_SECRET} characters, and can be guessed.",
            f"Make another one with `relay connect {found.destination} --rotate`.",
        )
    if found.types.get(name, "SecureString") != "SecureString":
        return warning(check, "It is stored in clear (String).", _encrypt(found, name))
    if len(lines) > 1:
        return warning(
            check,
            f"{len(lines)} of them are good: a rotation is under way.",
            f"Once Segment has the new one: `relay connect {found.destination} --finish-rotation`.",
        )
    return ok(check, "Stored, encrypted.")


def _encrypt(found: Parameters, name: str) -> str:
    return (
        f"SSM cannot change it to a SecureString: delete {found.path}/{name} and store it again at once with "
        f"`relay connect {found.destination}`."
    )


def _write_keys(found: Parameters) -> tuple[int, list[Finding]]:
    """Return how many write keys lead to the destination, and what is to be said of them."""
    text = found.values.get(WRITE_KEYS)
    if text is None:
        return 0, []
    keys = read_write_keys(text)
    if isinstance(keys, InvalidWriteKeys):
        remedy = "Put the parameter right, or delete it and make new keys with `relay connect --write-key`."
        return 0, [error("write keys", f"They cannot be used: {keys.problem}.", remedy)]
    own = [key for key in keys.values() if key.destination == found.destination]
    count, public = len(own), sum(key.grant is not None for key in own)
    if found.types.get(WRITE_KEYS, "SecureString") != "SecureString":
        return count, [
            warning("write keys", "They are stored in clear (String).", _encrypt(found, WRITE_KEYS))
        ]
    of_them = f", {public} of them public" if public else ""
    return count, [ok("write keys", f"{count} of {len(keys)} lead to this destination{of_them}.")]


def unread_findings(why: str) -> Iterator[Finding]:
    """Yield the checks that need the parameters, which could not be read."""
    for check in ("settings", "access token", "secrets"):
        yield not_checked(check, why)
