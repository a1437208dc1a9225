"""Does HubSpot have each family of calls in the version that the settings name? Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.doctor.facts import HubSpot
from cli.doctor.findings import Finding, error, listed, not_checked, ok
from relay.core.answers import Answer, NoReply, Reply
from relay.core.paths import UNKNOWN_PATH, event_paths, is_unknown
from relay.settings import Destination

if TYPE_CHECKING:
    from relay.core.versions import Family

CHECK = "API versions"


def path_findings(asked: HubSpot, settings: Destination) -> Iterator[Finding]:
    """Yield which families HubSpot does not have where the relay calls them."""
    answers: dict[Family, Answer] = {**asked.paths, "account_info": asked.account}
    versions = settings.versions
    missing = [f"{name} ({getattr(versions, name)})" for name, each in answers.items() if is_missing(each)]
    if missing:
        names = [name for name, each in answers.items() if is_missing(each)]
        yield error(
            CHECK,
            f"HubSpot has no such paths: {listed(missing)}. Events that need them wait.",
            'Name a version that it has in `api_versions`, such as {"' + names[0] + '": "2026-03"}.',
            names,
        )
        return
    if not any(isinstance(each, Reply) for each in answers.values()):
        yield not_checked(CHECK, "HubSpot has not answered")
        return
    other = ""
    if asked.events_path not in ("", event_paths(versions.events)[0]):
        other = f" Events go to {asked.events_path}, since HubSpot has no {event_paths(versions.events)[0]}."
    yield ok(CHECK, f"HubSpot has all {len(answers)} families of calls that were tried.{other}")


def is_missing(answer: Answer) -> bool:
    """Say whether HubSpot has said that it has no such path."""
    is_named = isinstance(answer, NoReply) and answer.reason.startswith(UNKNOWN_PATH)
    return is_named or is_unknown(answer)
