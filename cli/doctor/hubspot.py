"""The doctor's calls to HubSpot: few, bounded, none that writes, each with a token of the shared bucket.

Tokens are timed by AWS's clock, as the senders' are: this machine's may be wrong, and the limit must hold.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from cli.doctor.account import is_valid
from cli.doctor.aws import ahead_ms
from cli.doctor.facts import NOT_ASKED, HubSpot, Recent
from cli.doctor.findings import SHOWN
from cli.doctor.needs import properties_for
from cli.stack import RunningStack
from relay.adapters.bucket_table import BucketTable
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_account import HubSpotAccount
from relay.adapters.hubspot_calls import Calls, Request
from relay.adapters.hubspot_events import HubSpotEvents
from relay.core.accounts import bucket_key, token_hash
from relay.core.answers import Answer, Reply, content
from relay.core.bucket import Family
from relay.core.groups import COMPANIES
from relay.core.mapping import CONTACTS
from relay.core.metrics import Metric
from relay.core.paths import event_paths, is_unknown
from relay.core.refusals import text, text_mapping
from relay.settings import Destination

if TYPE_CHECKING:
    from relay.core.versions import Family as ApiFamily

# 500 definitions, HubSpot's most, in pages of a hundred.
MAX_PAGES = 5
# Token, account, a read of each object type and of associations, contact properties twice (the sensitive ones
# apart), those of companies, companies that groups share, the definitions, and the paths of events. `--help`
# says so.
FEWEST_CALLS = 6
MOST_CALLS = FEWEST_CALLS + 3 + MAX_PAGES + len(event_paths(""))
CALL_S = 10.0
# All of them together.
ASK_MS = 90_000
# A clock that was read to the second from an answer is no better than this.
CLOCK_ERROR_MS = 1_000


@dataclass(slots=True)
class Line:
    """A way to ask one portal, until `deadline_ms`; counts the attempts that were made."""

    calls: Calls
    settings: Destination
    deadline_ms: int
    tally: list[Metric] = field(default_factory=list)

    def token(self) -> Answer:
        """Ask what HubSpot knows of the token; answered for private apps and service keys."""
        return HubSpotAccount(self.calls, self.settings.versions).token_info(self.deadline_ms)

    def account(self) -> Answer:
        """Ask for the account's details."""
        return HubSpotAccount(self.calls, self.settings.versions).details(self.deadline_ms)

    def first_id(self, object_type: str) -> Answer:
        """Read one object without its properties: whether that is allowed is all we want to know."""
        versions = self.settings.versions
        version = versions.contacts if object_type == CONTACTS else versions.companies
        return self._get(f"/crm/objects/{version}/{object_type}?limit=1&properties=hs_object_id")

    def properties(self, object_type: str) -> Answer:
        """Read a property list, of contacts with the sensitive ones if the settings want them."""
        reads_sensitive = self.settings.sensitive_properties and object_type == CONTACTS
        client = HubSpotClient(self.calls, self.settings.versions, reads_sensitive)
        return client.properties(object_type, self.deadline_ms)

    def companies(self, object_ids: Sequence[str]) -> Answer:
        """Read what some companies are called."""
        path = f"/crm/objects/{self.settings.versions.companies}/companies/batch/read"
        inputs = [{"id": object_id} for object_id in object_ids]
        body = {"inputs": inputs, "properties": ["domain", "name"]}
        return self.calls.make(Request("POST", path, body), self.deadline_ms)

    def definitions(self) -> Answer:
        """Read all event definitions, as one answer."""
        api, found, after = HubSpotEvents(self.calls, self.settings.versions), list[object](), ""
        for _ in range(MAX_PAGES):
            answer = api.definitions(after, self.deadline_ms)
            page = content(answer).get("results")
            if not isinstance(page, list):
                return answer
            found += page
            after = text(text_mapping(text_mapping(content(answer).get("paging")).get("next")).get("after"))
            if not after:
                break
        return Reply(HTTPStatus.OK, {"results": found})

    def associations(self) -> Answer:
        """Read the associations of nobody: whether there is such a call is all we want to know."""
        path = f"/crm/associations/{self.settings.versions.associations}/contacts/companies/batch/read"
        return self.calls.make(Request("POST", path, {"inputs": []}, Family.ASSOCIATIONS), self.deadline_ms)

    def events(self) -> tuple[Answer, str]:
        """Send no event; return the answer, and the path below which HubSpot takes events, "" if none."""
        answer: Answer = NOT_ASKED
        for path in event_paths(self.settings.versions.events):
            asked = Request("POST", f"{path}/send/batch", {"inputs": []}, None)
            answer = self.calls.make(asked, self.deadline_ms)
            if not is_unknown(answer):
                return answer, path
        return answer, ""

    def _get(self, path: str) -> Answer:
        return self.calls.make(Request("GET", path), self.deadline_ms)


@contextmanager
def line_to(
    stack: RunningStack, settings: Destination, access_token: str, aws_ahead_ms: int
) -> Iterator[Line]:
    """Open a line to the portal of these settings; what is lent and not used goes back at the end."""
    now_ms = _clock(aws_ahead_ms)
    limits = replace(settings.limits, clock_error_ms=2 * CLOCK_ERROR_MS)
    # The same bucket as the senders': HubSpot counts calls, whoever makes them.
    key = bucket_key(token_hash(access_token))
    table = stack.outputs["BucketTableName"]
    tokens = BucketTable(stack.client("dynamodb"), table, key, limits=limits, now_ms=now_ms)
    tally: list[Metric] = []
    # A proxy that the shell names is for what is not on this machine.
    is_here = urlsplit(settings.hubspot_url).hostname in {"127.0.0.1", "::1", "localhost"}
    with httpx.Client(trust_env=not is_here) as http:
        calls = Calls(
            http,
            tokens,
            access_token,
            settings.hubspot_url,
            CALL_S,
            now_ms=now_ms,
            note=lambda metric, _: tally.append(metric),
        )
        try:
            yield Line(calls, settings, now_ms() + ASK_MS, tally)
        finally:
            tokens.give_back()


def ask(line: Line, recent: Recent, *, with_lists: bool = True) -> HubSpot:
    """Ask HubSpot for what the checks need, and nothing else; without lists, about token and account only."""
    asked = HubSpot(token=line.token(), account=line.account())
    asked = replace(asked, ahead_ms=_ahead_ms(asked.account))
    asked = _lists(line, asked, recent) if with_lists and is_valid(asked) else asked
    return replace(asked, calls=sum(metric is not Metric.TOKEN_WAIT for metric in line.tally))


def _lists(line: Line, asked: HubSpot, recent: Recent) -> HubSpot:
    needed = {kind for need in properties_for(line.settings) for kind in need.object_types}
    kinds = needed | {kind for kind, _ in recent.unknown}
    shared = [object_id for object_id in recent.shared if object_id][:SHOWN]
    asked = replace(
        asked,
        contacts=line.first_id(CONTACTS),
        companies=line.first_id(COMPANIES),
        contact_properties=line.properties(CONTACTS),
        company_properties=line.properties(COMPANIES) if COMPANIES in kinds else NOT_ASKED,
        definitions=line.definitions() if line.settings.policy.events.is_custom else NOT_ASKED,
        shared_companies=line.companies(shared) if shared else NOT_ASKED,
    )
    return _paths(line, asked)


def _paths(line: Line, asked: HubSpot) -> HubSpot:
    """Try each family of calls that the settings need, as far as it was not called anyway."""
    paths: dict[ApiFamily, Answer] = {
        "contacts": asked.contacts,
        "companies": asked.companies,
        "properties": asked.contact_properties,
        "associations": line.associations(),
    }
    if not line.settings.policy.events.is_custom:
        return replace(asked, paths=paths)
    events, events_path = line.events()
    paths |= {"event_definitions": asked.definitions, "events": events}
    return replace(asked, paths=paths, events_path=events_path)


def _ahead_ms(answer: Answer) -> int | None:
    """Return how far HubSpot's clock is ahead of this machine's, right after its answer."""
    now_ms = time.time_ns() // 1_000_000
    return ahead_ms(answer.headers, now_ms, now_ms) if isinstance(answer, Reply) else None


def _clock(aws_ahead_ms: int) -> Callable[[], int]:
    """Return AWS's time, or a little less: nobody's token is believed to be back before it is."""
    return lambda: time.time_ns() // 1_000_000 + aws_ahead_ms - CLOCK_ERROR_MS
