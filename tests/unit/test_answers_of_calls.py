"""Every call, every form of an answer, some numbers of inputs: what becomes of them, and at what cost.

What a refusal of values means is told apart for those calls that bring values.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from fakes import DEADLINE, Clock, FakeMade, FakeSchemas, FakeSent
from in_process import VERSIONS
from others import FakeDefinitions

from cli.standin.forms import FORMS, Asked, answer_in_form
from cli.standin.wire import encoded
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_calls import Calls, Request
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.adapters.hubspot_events import HubSpotEvents
from relay.company_search import CompanySearch
from relay.core.accounts import why_untold
from relay.core.answers import Answer, Reply
from relay.core.deletions import Removal
from relay.core.event_definitions import EventRules
from relay.core.mapping import ObjectRef
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Delivered, Rejected
from relay.core.planning import Input
from relay.core.quotas import MakingLimits
from relay.core.searching import Term
from relay.legacy_events import LegacyEvents
from relay.links import Link, Links
from relay.lookup import Lookup
from relay.making import Making
from relay.new_events import NewEvents
from relay.occurrences import Occurrences
from relay.properties import Properties
from relay.removals import Removals
from relay.schemas import Schemas
from relay.writer import ObjectWriter, Writer

THREADS = ThreadPoolExecutor(1)


@dataclass
class OneAnswer:
    """A HubSpot that answers every call alike, but for those that `good` has an answer to."""

    answer: Reply
    good: Mapping[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def make(self, request: Request, deadline_ms: int) -> Answer:
        assert deadline_ms
        good = next((each for part, each in self.good.items() if part in request.path), None)
        if good is None:
            self.asked.append(f"{request.method} {request.path}")
        return good or self.answer

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        return self.make(Request("GET", f"/v1/event?{query}"), deadline_ms)

    @property
    def calls(self) -> Calls:
        return cast("Calls", self)


Act = Callable[[OneAnswer, int], Sequence[object]]


def contact(n: int) -> Input:
    email = f"p{n}@example.org"
    return Input(str(n), ObjectRef("contacts", "email", email), {"email": email, "plan": f"gold {n}"}, (n,))


def company(n: int) -> Input:
    domain = f"acme{n}.example"
    return Input(str(n), ObjectRef("companies", "domain", domain), {"domain": domain, "city": "Oslo"}, (n,))


def occurrence(n: int, **properties: object) -> Occurrence:
    return Occurrence(n, "Seen", f"m-{n}", 0, properties, email=f"p{n}@example.org", object_id=str(n + 500))


def upsert_contacts(hubspot: OneAnswer, count: int) -> Sequence[object]:
    writer = Writer(HubSpotClient(hubspot.calls, VERSIONS), THREADS)
    return [each.outcome for each in writer.write([contact(n) for n in range(count)], DEADLINE).values()]


def update_contacts(hubspot: OneAnswer, count: int) -> Sequence[object]:
    writer = Writer(HubSpotClient(hubspot.calls, VERSIONS), THREADS)
    known = [contact(n).of_record(f"77{n}") for n in range(count)]
    return [each.outcome for each in writer.write(known, DEADLINE).values()]


def create_companies(hubspot: OneAnswer, count: int) -> Sequence[object]:
    writer = ObjectWriter(HubSpotCompanies(hubspot.calls, VERSIONS).write_companies, THREADS)
    return [each.outcome for each in writer.write([company(n) for n in range(count)], DEADLINE).values()]


def search_companies(hubspot: OneAnswer, count: int) -> Sequence[object]:
    search = CompanySearch(HubSpotCompanies(hubspot.calls, VERSIONS), THREADS)
    terms = [Term("domain", f"acme{n}.example") for n in range(count)]
    return list(search.find(terms, DEADLINE).values())


def associate(hubspot: OneAnswer, count: int) -> Sequence[object]:
    links = Links(HubSpotCompanies(hubspot.calls, VERSIONS), THREADS)
    return list(links.settle([Link(str(n), "77") for n in range(count)], DEADLINE).values())


def read_contacts(hubspot: OneAnswer, count: int) -> Sequence[object]:
    lookup = Lookup(HubSpotClient(hubspot.calls, VERSIONS), THREADS)
    return list(lookup.find([f"p{n}@example.org" for n in range(count)], DEADLINE).values())


def read_properties(hubspot: OneAnswer, count: int) -> Sequence[object]:
    schemas = Schemas(HubSpotClient(hubspot.calls, VERSIONS), FakeSchemas(), Clock().now_ms)
    return [schemas.current(DEADLINE)] * count


def making() -> Making:
    return Making(FakeMade(), MakingLimits(1_000, 1_000, 1_000), Clock().now_ms)


def create_properties(hubspot: OneAnswer, count: int) -> Sequence[object]:
    listed = Reply(200, {"results": [{"name": "email", "type": "string"}]})
    hubspot.good = {"/groups": Reply(201, {"name": "made"})}
    api = HubSpotClient(OneAnswer(listed, hubspot.good).calls, VERSIONS)
    properties = Properties(api, FakeSchemas(), Clock().now_ms, making())
    properties.current(DEADLINE)
    api.calls.make = hubspot.make  # type: ignore[method-assign]  # from here on
    # Of many names only some are made at a time.
    return [properties.explain([{"shoe": str(n)} for n in range(count)], DEADLINE).waiting["shoe"]] * count


def delete_contacts(hubspot: OneAnswer, count: int) -> Sequence[object]:
    client = HubSpotClient(hubspot.calls, VERSIONS)
    removals = Removals(client, Lookup(client, THREADS), THREADS, for_good=True)
    return removals.remove([Removal("", str(n + 1), {}) for n in range(count)], DEADLINE)


SEEN = {"fullyQualifiedName": "pe7_seen", "name": "seen", "properties": [{"name": "item", "type": "string"}]}
LISTED = {"event-definitions?": Reply(200, {"results": [SEEN]})}


def _settled(
    hubspot: OneAnswer, occurrences: Sequence[Occurrence], *, creates: bool = False
) -> Iterator[object]:
    api = HubSpotEvents(hubspot.calls, VERSIONS)
    names = NewEvents(making(), EventRules(creates=creates))
    events = Occurrences(api, FakeDefinitions(), THREADS, Clock().now_ms, names)
    return (each.outcome for each in events.settle(occurrences, DEADLINE).values())


def list_definitions(hubspot: OneAnswer, count: int) -> Sequence[object]:
    return list(_settled(hubspot, [occurrence(n) for n in range(count)]))


def create_definition(hubspot: OneAnswer, count: int) -> Sequence[object]:
    hubspot.good = {"event-definitions?": Reply(200, {"results": []})}
    return list(_settled(hubspot, [occurrence(n) for n in range(count)], creates=True))


def add_event_property(hubspot: OneAnswer, count: int) -> Sequence[object]:
    hubspot.good = LISTED
    return list(_settled(hubspot, [occurrence(n, size=39) for n in range(count)], creates=True))


def send_events(hubspot: OneAnswer, count: int) -> Sequence[object]:
    hubspot.good = LISTED
    return list(_settled(hubspot, [occurrence(n, item=f"shoe {n}") for n in range(count)]))


def legacy_events(hubspot: OneAnswer, count: int) -> Sequence[object]:
    events = LegacyEvents(hubspot, THREADS, 7, FakeSent())
    return [each.outcome for each in events.settle([occurrence(n) for n in range(count)], DEADLINE).values()]


def account_details(hubspot: OneAnswer, count: int) -> Sequence[object]:
    return [why_untold(hubspot.make(Request("GET", "/details"), DEADLINE))] * count


CALLS: Mapping[str, Act] = {
    act.__name__: act
    for act in (
        upsert_contacts,
        update_contacts,
        create_companies,
        search_companies,
        associate,
        read_contacts,
        read_properties,
        create_properties,
        delete_contacts,
        list_definitions,
        create_definition,
        add_event_property,
        send_events,
    )
}
# These have a call for each of their inputs.
ONE_BY_ONE = {"delete_contacts", "legacy_events"}
COUNTS = (1, 2, 100)
# Nothing with a 404 is how HubSpot's router speaks of paths.
PAGES = sorted(name for name, form in FORMS.items() if form.kind == "page" and name != "empty_404")


def reply_of(form: str, inputs: Sequence[Mapping[str, Any]] = ({"id": "x"},)) -> Reply:
    """Return a form as it comes in over HTTP."""
    answered = answer_in_form(form, Asked(inputs))
    content, kind = encoded(answered.body)
    is_json = not isinstance(answered.body, str)
    headers = {"content-type": kind, **answered.headers} if content else dict(answered.headers)
    return Reply(answered.status, answered.body if is_json else None, headers, is_unreadable=not is_json)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("form", PAGES)
@pytest.mark.parametrize("call", CALLS)
def test_what_hubspot_has_not_written_lets_everything_wait(call: str, form: str, count: int) -> None:
    hubspot = OneAnswer(reply_of(form))

    found = CALLS[call](hubspot, count)

    assert found == [Deferred(f"not_hubspot: status_{hubspot.answer.status}")] * count
    # The definitions of one name are made once, and a list is read once.
    assert len(hubspot.asked) == (count if call in ONE_BY_ONE else 1)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("form", sorted(name for name, form in FORMS.items() if form.kind == "forbidden"))
@pytest.mark.parametrize("call", CALLS)
def test_what_hubspot_forbids_waits_with_its_words(call: str, form: str, count: int) -> None:
    hubspot = OneAnswer(reply_of(form))

    found = CALLS[call](hubspot, count)

    assert len(found) == count
    (outcome,) = set(found)
    assert isinstance(outcome, Deferred)
    scope = "HubSpot does not say which" if form == "missing_scope_unnamed" else "crm.objects.contacts.write"
    others = {
        "missing_tier": "missing_tier",
        "user_without_rights": "forbidden",
        "inactive_account": "forbidden",
    }
    assert outcome.reason == others.get(form, f"missing_scope: {scope}")
    assert outcome.log_message
    assert outcome.at_last is None
    assert len(hubspot.asked) == (count if call in ONE_BY_ONE else 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(401), "access_token_refused"),
        (Reply(401, {"category": "EXPIRED_AUTHENTICATION"}), "access_token_refused"),
        (Reply(401, None, {"content-type": "text/html"}), "not_hubspot: status_401"),
        (Reply(423), "status_423"),
        (Reply(429, {"policyName": "DAILY"}), "status_429"),
        (Reply(477), "status_477"),
        (Reply(500, {"status": "error", "message": "internal error"}), "status_500"),
        (Reply(503), "status_503"),
        (Reply(503, is_unreadable=True), "not_hubspot: status_503"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("call", CALLS)
def test_trouble_lets_everything_wait(call: str, count: int, answer: Reply, reason: str) -> None:
    hubspot = OneAnswer(answer)

    found = CALLS[call](hubspot, count)

    reasons = [
        each.reason.removeprefix("schema_").removeprefix("definitions_") for each in cast("Any", found)
    ]
    assert {type(each) for each in found} == {Deferred}
    assert reasons == [reason] * count
    assert len(hubspot.asked) == (count if call in ONE_BY_ONE else 1)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("call", ["upsert_contacts", "update_contacts", "create_companies", "send_events"])
def test_a_refusal_that_says_nothing_of_anybody_is_found_by_halving(call: str, count: int) -> None:
    hubspot = OneAnswer(reply_of("refused"))

    found = CALLS[call](hubspot, count)

    said = Rejected("refused", "This is not what we take.", "VALIDATION_ERROR", correlation_id=CORRELATION)
    assert found == [said] * count
    assert len(hubspot.asked) == 2 * count - 1


CORRELATION = "0f3c0a5e-5ac8-4a43-9e5c-3a1f1b0c9d11"


@pytest.mark.parametrize("form", ["required", "required_if", "required_in_a_sentence"])
@pytest.mark.parametrize("call", ["upsert_contacts", "update_contacts", "create_companies", "send_events"])
def test_a_rule_that_one_event_breaks_is_named(call: str, form: str) -> None:
    hubspot = OneAnswer(reply_of(form))

    (found,) = CALLS[call](hubspot, 1)

    assert isinstance(found, Rejected)
    assert (found.reason, len(hubspot.asked)) == ("required_property: jobtitle", 1)
    assert "jobtitle" in found.message
    assert "jobtitle" in found.log_message


@pytest.mark.parametrize("form", sorted(name for name, form in FORMS.items() if form.kind == "property"))
def test_an_event_loses_the_property_that_is_refused(form: str) -> None:
    class Picky(OneAnswer):
        def make(self, request: Request, deadline_ms: int) -> Answer:
            assert deadline_ms
            good = next((each for part, each in LISTED.items() if part in request.path), None)
            if good:
                return good
            self.asked.append(request.path)
            inputs = cast("Any", request.body)["inputs"]
            bad = [each for each in inputs if str(each["properties"].get("item", "")).startswith("bad")]
            return reply_of(form, bad[:1]) if bad else Reply(204)

    hubspot = Picky(Reply(204))
    occurrences = [occurrence(n, item=f"bad {n}" if n == 3 else f"good {n}", size="x") for n in range(5)]
    names = NewEvents(making(), EventRules())
    events = Occurrences(
        HubSpotEvents(hubspot.calls, VERSIONS), FakeDefinitions(), THREADS, Clock().now_ms, names
    )

    found = events.settle(occurrences, DEADLINE)

    assert {type(each.outcome) for each in found.values()} == {Delivered}
    assert "item" in found[3].left_out
    assert len(hubspot.asked) <= 8


@pytest.mark.parametrize("form", ["page_200", "page_302", "page_400", "page_403", "page_404", "text_403"])
def test_a_page_is_no_word_about_a_legacy_event(form: str) -> None:
    answer = reply_of(form)

    assert legacy_events(OneAnswer(answer), 2) == [Deferred(f"not_hubspot: status_{answer.status}")] * 2


@pytest.mark.parametrize("headers", [{}, {"content-type": "image/gif"}])
def test_a_picture_or_nothing_is_what_the_event_url_answers(headers: dict[str, str]) -> None:
    picture = Reply(200, None, headers, is_unreadable=bool(headers))

    assert legacy_events(OneAnswer(picture), 1) == [Delivered("")]


@pytest.mark.parametrize("form", ["page_200", "page_403", "page_404", "foreign_json_403", "empty_403"])
def test_a_page_does_not_say_whose_a_token_is(form: str) -> None:
    answer = reply_of(form)

    assert account_details(OneAnswer(answer), 1) == [Deferred(f"not_hubspot: status_{answer.status}")]


# ------------------------------------------------------------------------------- what a success may look like


@pytest.mark.parametrize("body", [{}, {"results": 7}, {"results": None}, {"message": "ok"}])
def test_a_read_without_a_list_has_not_found_that_there_is_nobody(body: dict[str, object]) -> None:
    assert read_contacts(OneAnswer(Reply(200, body)), 1) == [Deferred("missing_outcome")]


def test_a_read_that_failed_for_some_does_not_say_that_they_are_not_there() -> None:
    gone = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["p0@example.org"]}}
    failed = {"category": "VALIDATION_ERROR", "message": "no"}

    assert read_contacts(OneAnswer(Reply(207, {"results": [], "errors": [gone]})), 1) == [None]
    assert read_contacts(OneAnswer(Reply(207, {"results": [], "errors": [gone, failed]})), 1) == [
        Deferred("missing_outcome")
    ]


def test_results_without_trace_ids_are_known_by_their_addresses() -> None:
    results = [{"id": f"50{n}", "properties": {"email": f"P{n}@example.org"}} for n in (1, 0)]

    assert upsert_contacts(OneAnswer(Reply(200, {"results": results})), 2) == [
        Delivered("500"),
        Delivered("501"),
    ]


def test_made_companies_without_trace_ids_are_known_by_their_domains() -> None:
    results = [{"id": f"90{n}", "properties": {"domain": f"acme{n}.example"}} for n in (1, 0)]

    assert create_companies(OneAnswer(Reply(201, {"results": results})), 2) == [
        Delivered("900"),
        Delivered("901"),
    ]
