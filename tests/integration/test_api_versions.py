"""Each family of HubSpot's API is called in its own version, and a path that it does not have is named."""

from collections.abc import Callable, Sequence

import httpx
import pytest
from integration.mock_hubspot import FAR, HubSpot

from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_account import HubSpotAccount
from relay.adapters.hubspot_calls import Calls
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.adapters.hubspot_events import HubSpotEvents
from relay.core.answers import Answer, NoReply, Reply
from relay.core.mapping import ObjectRef
from relay.core.occurrences import CustomEvent
from relay.core.planning import Batch, Input
from relay.core.searching import Search, Term
from relay.core.versions import Versions

VERSIONS = Versions("c", "co", "p", "a", "e", "d", "i")
EVENT = CustomEvent("pe7_seen", "m-1", "2026-11-01T10:00:00.000Z", {"email": "kim@example.org"}, {})
PERSON = Batch((Input("0", ObjectRef("contacts", "email", "kim@example.org"), {}, (0,)),))
FIRM = Batch((Input("0", ObjectRef("companies", "domain", "example.org"), {}, (0,)),))
SEARCH = Search((Term("domain", "example.org"),))
ROUTER = {"status": "error", "message": "resource not found", "correlationId": "c-1"}
CALLS: Sequence[tuple[str, str, Callable[[Calls], Answer]]] = [
    ("contacts", "/crm/objects/c/contacts/batch/upsert", lambda c: crm(c).write_contacts(PERSON, FAR)),
    ("contacts", "/crm/objects/c/contacts/batch/read", lambda c: crm(c).read_contacts(["501"], FAR)),
    ("properties", "/crm/properties/p/contacts", lambda c: crm(c).properties("contacts", FAR)),
    ("properties", "/crm/properties/p/contacts/batch/create", lambda c: crm(c).create_properties([], FAR)),
    ("companies", "/crm/objects/co/companies/batch/create", lambda c: firms(c).write_companies(FIRM, FAR)),
    ("companies", "/crm/objects/co/companies/search", lambda c: firms(c).search_companies(SEARCH, "", FAR)),
    (
        "associations",
        "/crm/associations/a/contacts/companies/batch/associate/default",
        lambda c: firms(c).associate([("501", "9001")], FAR, primary=False),
    ),
    (
        "event_definitions",
        "/events/d/event-definitions?limit=100&includeProperties=true",
        lambda c: HubSpotEvents(c, VERSIONS).definitions("", FAR),
    ),
    (
        "event_definitions",
        "/events/d/event-definitions",
        lambda c: HubSpotEvents(c, VERSIONS).create_definition({}, FAR),
    ),
]


def crm(calls: Calls) -> HubSpotClient:
    return HubSpotClient(calls, VERSIONS)


def firms(calls: Calls) -> HubSpotCompanies:
    return HubSpotCompanies(calls, VERSIONS)


class AnyTokens:
    """Tokens of every family."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.take = hubspot.tokens.take

    def settle(self, *_: object) -> None:
        """Take note of nothing."""


def calls_of(hubspot: HubSpot) -> Calls:
    calls = hubspot.client.calls
    object.__setattr__(calls, "tokens", AnyTokens(hubspot))
    return calls


@pytest.mark.parametrize(("family", "path", "call"), CALLS)
def test_a_path_that_hubspot_does_not_have_is_named_by_its_family(
    family: str, path: str, call: Callable[[Calls], Answer]
) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(404, json=ROUTER))

    assert call(calls_of(hubspot)) == NoReply(f"unknown_path: {family}")
    assert hubspot.asked[-1][1] == path


@pytest.mark.parametrize("call", [call for _, _, call in CALLS])
def test_a_404_with_words_of_its_own_is_handed_on(call: Callable[[Calls], Answer]) -> None:
    gone = {"category": "OBJECT_NOT_FOUND", "message": "resource not found"}
    hubspot = HubSpot(lambda _: httpx.Response(404, json=gone))

    answer = call(calls_of(hubspot))

    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (404, gone)


def test_the_account_is_asked_about_in_its_version_and_the_other_call_still_counts() -> None:
    hubspot = HubSpot(lambda _: httpx.Response(404, json=ROUTER))

    answer = HubSpotAccount(calls_of(hubspot), VERSIONS).details(FAR)

    assert isinstance(answer, Reply)
    assert hubspot.asked[-1][1] == "/account-info/i/details"


def serving(*paths: str, status: int = 204) -> HubSpot:
    """Return a HubSpot that has only these paths for events."""

    def answered(request: httpx.Request) -> httpx.Response:
        is_there = request.url.path.removesuffix("/send/batch") in paths
        return httpx.Response(status) if is_there else httpx.Response(404, json=ROUTER)

    return HubSpot(answered)


def paths_of(hubspot: HubSpot) -> list[str]:
    return [address.removesuffix("/send/batch") for _, address, _ in hubspot.asked]


FIRST, CUSTOM, OLDER = "/events/2026-09", "/events/custom/2026-09", "/events/2026-03"


@pytest.mark.parametrize(
    ("there", "tried"),
    [(FIRST, [FIRST]), (CUSTOM, [FIRST, CUSTOM]), (OLDER, [FIRST, CUSTOM, OLDER])],
)
def test_events_are_sent_below_the_path_that_hubspot_has_and_it_is_remembered(
    there: str, tried: list[str]
) -> None:
    hubspot = serving(there)
    events = HubSpotEvents(hubspot.client.calls, Versions.of("2026-09"))

    answers = [events.send_batch([EVENT], FAR) for _ in range(2)]

    assert [isinstance(each, Reply) and each.status for each in answers] == [204, 204]
    assert paths_of(hubspot) == [*tried, there]


def test_a_path_that_is_gone_again_is_looked_for_anew() -> None:
    hubspot = serving(CUSTOM)
    events = HubSpotEvents(hubspot.client.calls, Versions.of("2026-09"), [OLDER])

    events.send_batch([EVENT], FAR)

    assert (paths_of(hubspot), events.working) == ([OLDER, FIRST, CUSTOM], [CUSTOM])


def test_events_without_any_path_are_named_and_nothing_is_remembered() -> None:
    hubspot = serving()
    events = HubSpotEvents(hubspot.client.calls, Versions.of("2026-09"))

    assert events.send_batch([EVENT], FAR) == NoReply("unknown_path: events")
    assert (paths_of(hubspot), events.working) == ([FIRST, CUSTOM, OLDER], [])


def test_an_event_that_hubspot_does_not_know_is_no_matter_of_paths() -> None:
    unknown = {"message": "No event definition found for pe7_seen"}
    hubspot = HubSpot(lambda _: httpx.Response(404, json=unknown))

    answer = HubSpotEvents(hubspot.client.calls, Versions.of("2026-09")).send_batch([EVENT], FAR)

    assert isinstance(answer, Reply)
    assert paths_of(hubspot) == [FIRST]


def test_a_version_of_their_own_is_tried_first() -> None:
    hubspot = serving(OLDER)
    events = HubSpotEvents(hubspot.client.calls, Versions.of("2026-09", {"events": "2026-03"}))

    events.send_batch([EVENT], FAR)

    assert paths_of(hubspot) == [OLDER]
