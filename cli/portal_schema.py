"""What a HubSpot account knows: properties and event definitions, read from it or HubSpot's standard ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cli.standin.object_types import COMPANIES, CONTACTS, ObjectType
from cli.standin.schema import first_properties
from relay.core.answers import Answer, NoReply, Reply, content, why_not
from relay.core.bucket import Family, Observation
from relay.core.purse import Token
from relay.core.refusals import text_mapping

Entry = Mapping[str, Any]


class SchemaError(Exception):
    """HubSpot does not show its properties; the text says why."""


@dataclass(frozen=True, slots=True)
class PortalSchema:
    """Properties of contacts and companies and definitions of events, each in the shape of HubSpot's API.

    `source` says in words where they are from; `notes` what could not be read. Standard ones are assumed.
    """

    contacts: Sequence[Entry]
    companies: Sequence[Entry]
    events: Sequence[Entry] = ()
    source: str = "HubSpot's standard properties"
    notes: tuple[str, ...] = ()
    is_assumed: bool = False


class Lists(Protocol):
    """What an account tells of itself."""

    def properties(self, object_type: str) -> Answer:
        """Read a property list."""
        ...

    def definitions(self) -> Answer:
        """Read all event definitions, as one answer."""
        ...


class FreeTokens:
    """As many calls as anybody wants, with no bucket that knows of them."""

    def take(self, family: Family, deadline_ms: int) -> Token:
        """Return a token."""
        return Token(family, 0, deadline_ms)

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        """There is no bucket that wants to know."""


def standard_schema() -> PortalSchema:
    """Return the properties that HubSpot has in every account, and no event definitions."""
    return PortalSchema(_standard(CONTACTS), _standard(COMPANIES), is_assumed=True)


def read_schema(lists: Lists, source: str) -> PortalSchema:
    """Read what the account behind `source` has.

    Raises:
        SchemaError: HubSpot does not show the properties of contacts.
    """
    contacts = lists.properties("contacts")
    if not _results(contacts):
        raise SchemaError(f"{source} does not show its properties: {_why(contacts)}.")
    companies, events = lists.properties("companies"), lists.definitions()
    notes: list[str] = []
    if "results" not in content(events):
        notes.append(f"Event definitions could not be read ({_why(events)}); none are assumed.")
    if not _results(companies):
        why = _why(companies)
        notes.append(f"The properties of companies could not be read ({why}); standard ones are assumed.")
    return PortalSchema(
        _results(contacts),
        _results(companies) or _standard(COMPANIES),
        _results(events),
        f"the account behind {source}",
        tuple(notes),
    )


def _standard(object_type: ObjectType) -> Sequence[Entry]:
    # The stand-in has some properties of our samples beside HubSpot's own.
    return [entry for entry in first_properties(object_type).values() if entry["hubspotDefined"]]


def _results(answer: Answer) -> list[Entry]:
    results = content(answer).get("results")
    return [each for each in results if isinstance(each, Mapping)] if isinstance(results, list) else []


def _why(answer: Answer) -> str:
    if isinstance(answer, NoReply):
        return answer.reason
    return _said(answer) or why_not(answer).reason


def _said(reply: Reply) -> str:
    message = text_mapping(reply.body).get("message")
    return f"status {reply.status}: {message}" if isinstance(message, str) else f"status {reply.status}"
