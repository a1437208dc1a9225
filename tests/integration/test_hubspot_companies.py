"""Each call for companies is the request that HubSpot's guides document, counted by the right limit."""

import json
from dataclasses import dataclass, field, replace

import httpx
import pytest
from fakes import Clock
from integration.mock_hubspot import FAR, HubSpot

from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.core.answers import NoReply, Reply
from relay.core.bucket import Family, Observation
from relay.core.mapping import ObjectRef
from relay.core.planning import Batch, Input
from relay.core.purse import NoToken, Token
from relay.core.searching import Search, Term
from relay.core.versions import Versions
from relay.labels import Label

COMPANIES = "/crm/objects/2026-09/companies"
LINKS = "/crm/associations/2026-09/contacts/companies/batch"


@dataclass
class FakeTokens:
    """Tokens of any family."""

    clock: Clock
    refusal: NoToken | None = None
    families: list[Family] = field(default_factory=list)

    def take(self, family: Family, deadline_ms: int) -> Token | NoToken:
        assert deadline_ms == FAR
        self.families.append(family)
        return self.refusal or Token(family, 0, self.clock.now + 2_000)

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        assert (token.family, answered_at_ms, seen) == (self.families[-1], self.clock.now, None)


@dataclass
class Hub:
    hubspot: HubSpot = field(default_factory=HubSpot)

    def __post_init__(self) -> None:
        self.tokens = FakeTokens(self.hubspot.clock)
        self.client = HubSpotCompanies(
            replace(self.hubspot.client.calls, tokens=self.tokens), Versions.of("2026-09")
        )


@pytest.fixture
def hub() -> Hub:
    return Hub()


def batch(id_property: str, *keys: str, record_id: str = "") -> Batch:
    inputs = [
        Input(
            str(n),
            ObjectRef("companies", id_property, key),
            {"name": key.title()},
            (n,),
            record_id=record_id and f"{record_id}{n}",
        )
        for n, key in enumerate(keys)
    ]
    return Batch(tuple(inputs))


def test_by_domain_companies_are_made(hub: Hub) -> None:
    answer = hub.client.write_companies(batch("domain", "a.com", "b.com"), FAR)

    inputs = [
        {"associations": [], "objectWriteTraceId": "0", "properties": {"name": "A.Com"}},
        {"associations": [], "objectWriteTraceId": "1", "properties": {"name": "B.Com"}},
    ]
    assert hub.hubspot.asked == [("POST", f"{COMPANIES}/batch/create", {"inputs": inputs})]
    assert hub.tokens.families == [Family.BURST]
    assert isinstance(answer, Reply)


def test_by_a_unique_property_they_are_made_or_updated(hub: Hub) -> None:
    hub.client.write_companies(batch("group_key", "g-1"), FAR)

    inputs = [
        {
            "idProperty": "group_key",
            "id": "g-1",
            "objectWriteTraceId": "0",
            "properties": {"name": "G-1"},
        }
    ]
    assert hub.hubspot.asked == [("POST", f"{COMPANIES}/batch/upsert", {"inputs": inputs})]


@pytest.mark.parametrize("id_property", ["domain", "group_key"])
def test_by_their_records_they_are_updated(hub: Hub, id_property: str) -> None:
    hub.client.write_companies(batch(id_property, "acme", record_id="90"), FAR)

    inputs = [{"id": "900", "objectWriteTraceId": "0", "properties": {"name": "Acme"}}]
    assert hub.hubspot.asked == [("POST", f"{COMPANIES}/batch/update", {"inputs": inputs})]


@pytest.mark.parametrize(("after", "place"), [("", {}), ("200", {"after": "200"})])
def test_a_search_is_counted_as_one(hub: Hub, after: str, place: dict[str, str]) -> None:
    hub.client.search_companies(Search((Term("domain", "a.com"),)), after, FAR)

    body = {
        "filterGroups": [
            {"filters": [{"propertyName": "domain", "operator": "IN", "values": ["a.com"]}]},
        ],
        "properties": ["domain", "hs_additional_domains"],
        "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        "limit": 200,
        **place,
    }
    assert hub.hubspot.asked == [("POST", f"{COMPANIES}/search", body)]
    assert hub.tokens.families == [Family.SEARCH]


def test_the_longest_search_is_as_long_on_the_wire_as_was_planned(hub: Hub) -> None:
    """HubSpot counts what arrives."""
    terms = tuple(Term("key", f"é-{n}") for n in range(100))
    hub.client.search_companies(Search(terms), "9800", FAR)

    assert b'"values":["\xc3\xa9-0","\xc3\xa9-1"' in hub.hubspot.requests[0].content


@pytest.mark.parametrize(
    ("primary", "path", "types"),
    [
        (False, "associate/default", {}),
        (True, "create", {"types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]}),
    ],
    ids=["unlabelled", "primary"],
)
def test_links_are_made_in_one_call_of_their_own_count(
    hub: Hub, *, primary: bool, path: str, types: dict[str, object]
) -> None:
    hub.client.associate([("501", "77"), ("502", "77")], FAR, primary=primary)

    inputs = [{"from": {"id": contact}, "to": {"id": "77"}, **types} for contact in ("501", "502")]
    assert hub.hubspot.asked == [("POST", f"{LINKS}/{path}", {"inputs": inputs})]
    assert hub.tokens.families == [Family.ASSOCIATIONS]


def test_a_pair_is_sent_with_the_labels_that_it_keeps(hub: Hub) -> None:
    labels = {("501", "77"): [Label("USER_DEFINED", 27)]}
    hub.client.associate([("501", "77"), ("502", "77")], FAR, primary=True, labels=labels)

    primary = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
    own = {"associationCategory": "USER_DEFINED", "associationTypeId": 27}
    inputs = json.loads(hub.hubspot.requests[0].content)["inputs"]
    assert [each["types"] for each in inputs] == [[primary, own], [primary]]


def test_associations_are_read_from_their_places_on(hub: Hub) -> None:
    hub.client.read_associations({"501": "", "502": "p2"}, FAR)

    assert hub.hubspot.asked == [
        ("POST", f"{LINKS}/read", {"inputs": [{"id": "501"}, {"id": "502", "after": "p2"}]})
    ]
    assert hub.tokens.families == [Family.ASSOCIATIONS]


def test_an_answer_of_any_status_and_none_at_all_are_values(hub: Hub) -> None:
    hub.hubspot.answer = lambda _: httpx.Response(404, json={"message": "no"})
    assert hub.client.associate([("501", "77")], FAR, primary=False).__class__ == Reply
    hub.tokens.refusal = NoToken(0, 200, "window_full")

    assert hub.client.search_companies(Search(()), "", FAR) == NoReply("window_full", 200)
