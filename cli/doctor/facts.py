"""What the doctor has read, before anybody judges it. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cli.doctor.findings import Unread
from cli.queues import Depth
from relay.core.answers import Answer, NoReply
from relay.core.versions import Family
from relay.settings import Destination, InvalidSettingsError, parse_destination

SETTINGS, ACCESS_TOKEN = "settings", "access-token"
SIGNING_SECRET, HEADER_SECRET = "signing-secret", "header-secret"
WRITE_KEYS = "write-keys"


@dataclass(frozen=True, slots=True)
class Described:
    """A stack's state in CloudFormation, and the level of its functions' logs."""

    status: str
    log_level: str = ""


@dataclass(frozen=True)
class Parameters:
    """A destination's parameters by their names, and SSM's type of each; the stack's write keys with them."""

    destination: str
    path: str
    values: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Destination | Unread:
        """The settings, or why they cannot be used."""
        if SETTINGS not in self.values:
            return Unread(f"there is no parameter {self.path}/{SETTINGS}")
        try:
            return parse_destination(self.values[SETTINGS])
        except InvalidSettingsError as error:
            return Unread(str(error))

    def lines(self, name: str) -> list[str]:
        """Return the secrets of a parameter, one a line, as ingest reads them."""
        return [line.strip() for line in self.values.get(name, "").splitlines() if line.strip()]


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far others' clocks are ahead of this machine's, in milliseconds, to the second; None if unknown."""

    aws_ms: int | None = None
    hubspot_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Queues:
    """How full both queues are.

    `age_s` is the age of the oldest event that no sender has taken, None where CloudWatch does not tell.
    """

    events: Depth
    rejects: Depth
    age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The sender's event source: AWS's state of it, and its last word."""

    state: str
    last_result: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """So many events of one kind in the log, the newest line's time, and the highest age of late."""

    message_ids: frozenset[str]
    newest_at_ms: int
    oldest_age_ms: int = 0

    @property
    def events(self) -> int:
        """How many different events they were."""
        return len(self.message_ids)


@dataclass(frozen=True, slots=True)
class Recent:
    """What the sender's log says, back to `since_ms`.

    `deferred` and `rejected` are by reason; `unknown` by the object type and the trait that has no property;
    `shared` by HubSpot's id of a company that groups of different names share;
    `not_made` by the reason and the trait, or `event` for an event.
    """

    since_ms: int
    deferred: Mapping[str, Seen] = field(default_factory=dict)
    rejected: Mapping[str, Seen] = field(default_factory=dict)
    unknown: Mapping[tuple[str, str], Seen] = field(default_factory=dict)
    shared: Mapping[str, Seen] = field(default_factory=dict)
    not_made: Mapping[tuple[str, str], Seen] = field(default_factory=dict)


NOT_ASKED = NoReply("not asked")


@dataclass(frozen=True, slots=True)
class HubSpot:
    """HubSpot's answers to `calls` calls, `NOT_ASKED` where nobody needed to know.

    `paths` holds an answer of each family of calls that was tried, and `events_path` where events are taken.
    `ahead_ms` is how far its clock is ahead of this machine's.
    """

    token: Answer = NOT_ASKED
    account: Answer = NOT_ASKED
    contacts: Answer = NOT_ASKED
    companies: Answer = NOT_ASKED
    contact_properties: Answer = NOT_ASKED
    company_properties: Answer = NOT_ASKED
    definitions: Answer = NOT_ASKED
    paths: Mapping[Family, Answer] = field(default_factory=dict)
    events_path: str = ""
    shared_companies: Answer = NOT_ASKED
    ahead_ms: int | None = None
    calls: int = 0
