"""As few searches as HubSpot's limits allow, and what their answers hold."""

import json
from typing import Any

import pytest

from relay.core.searching import Match, Page, Search, Term, body_of, matches_of, read_page, searches_for


def domains(count: int, width: int = 20) -> list[Term]:
    return [Term("domain", f"{n:0{width - 4}}.com") for n in range(count)]


def filters(search: Search) -> list[dict[str, Any]]:
    body: dict[str, Any] = json.loads(json.dumps(body_of(search)))
    return [each for group in body["filterGroups"] for each in group["filters"]]


def size(search: Search) -> int:
    body = body_of(search, "9800")
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize("count", [1, 2, 3, 100, 300])
@pytest.mark.parametrize("width", [8, 20, 23, 60, 250])
def test_terms_go_into_as_few_calls_as_fit(width: int, count: int) -> None:
    terms = domains(count, width)
    searches = searches_for(terms)

    assert [term for search in searches for term in search.terms] == terms
    assert all(size(search) <= 3_000 for search in searches)
    # One more would not have fitted.
    assert all(size(search) + width + 3 > 3_000 for search in searches[:-2])
    assert [search.is_wide for search in searches] == [False] * (len(searches) - 1) + [True]


@pytest.mark.parametrize(("width", "calls"), [(8, 1), (20, 1), (23, 2), (26, 2)])
def test_a_hundred_domains_of_usual_length_take_two_calls_at_most(width: int, calls: int) -> None:
    assert len(searches_for(domains(100, width))) == calls


@pytest.mark.parametrize(
    "terms",
    [
        (Term("key", "g-1"), Term("domain", "a.com")),
        (Term("key", "g-1"), Term("domain", "a.com"), Term("key", "g-2"), Term("domain", "b.com")),
        (Term("key", "x" * 2_500), Term("domain", "a.com")),
        (Term("domain", "xn--mnchen-3ya.de"), Term("domain", "a.com")),
    ],
)
def test_no_search_has_more_filters_or_characters_than_hubspot_allows(terms: tuple[Term, ...]) -> None:
    for search in searches_for(terms):
        assert len(filters(search)) <= 5
        assert size(search) <= 3_000


def test_one_domain_or_two_are_searched_for_as_parts_of_longer_texts() -> None:
    named, *tokens = filters(Search((Term("domain", "a.com"), Term("domain", "b.com")), "near"))

    assert named["values"][:4] == ["a.com", "b.com", "www.a.com", "www.b.com"]
    assert {"https://www.a.com/", "http://b.com", "a.com."} < set(named["values"])
    assert [(each["propertyName"], each["value"]) for each in tokens] == [
        ("domain", "*a.com*"),
        ("domain", "*b.com*"),
        ("hs_additional_domains", "*a.com*"),
        ("hs_additional_domains", "*b.com*"),
    ]


def test_a_domain_with_letters_of_its_own_is_searched_for_in_both_ways() -> None:
    term = Term("domain", "xn--mnchen-3ya.de")

    assert filters(Search((term,)))[0]["values"] == ["xn--mnchen-3ya.de", "münchen.de"]
    assert [each["value"] for each in filters(Search((term,), "near"))[1:3]] == [
        "*xn--mnchen-3ya.de*",
        "*münchen.de*",
    ]


def test_more_domains_are_searched_for_among_all_in_odd_forms() -> None:
    terms = (Term("key", "g"), *domains(3))
    key, named, *odd = filters(Search(terms, "odd"))

    assert (key["values"], len(named["values"])) == (["g"], 3)
    assert [(each["propertyName"], each["operator"], each.get("value")) for each in odd] == [
        ("hs_additional_domains", "HAS_PROPERTY", None),
        ("domain", "CONTAINS_TOKEN", "www*"),
        ("domain", "CONTAINS_TOKEN", "http*"),
    ]
    assert [each.get("value") for each in filters(Search((), "odd"))] == [None, "www*", "http*", "*/*"]


def test_a_term_is_searched_for_once() -> None:
    assert searches_for([*domains(3), *domains(3)]) == [Search(tuple(domains(3)), "odd")]


def test_no_terms_are_no_search() -> None:
    assert searches_for([]) == []


@pytest.mark.parametrize("value", ["x" * 3_000, "é" * 1_500])
def test_a_term_too_long_for_any_search_is_left_out(value: str) -> None:
    short = Term("key", "g-1")

    assert searches_for([Term("key", value), short]) == [Search((short,))]


def test_the_body_asks_for_any_of_the_terms_and_the_oldest_first() -> None:
    terms = (Term("key", "g-1"), Term("domain", "a.com"), Term("key", "g-2"))

    assert body_of(Search(terms)) == {
        "filterGroups": [
            {"filters": [{"propertyName": "key", "operator": "IN", "values": ["g-1", "g-2"]}]},
            {"filters": [{"propertyName": "domain", "operator": "IN", "values": ["a.com"]}]},
        ],
        "properties": ["domain", "hs_additional_domains", "key"],
        "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        "limit": 200,
    }
    assert body_of(Search(terms), "200") == {**body_of(Search(terms)), "after": "200"}


def test_a_wide_search_can_be_made_plain() -> None:
    assert Search((Term("domain", "a.com"),), "near").plain() == Search((Term("domain", "a.com"),))


def test_a_search_can_be_halved() -> None:
    one, two, three = domains(3)

    assert Search((one, two, three)).halves() == (Search((one,)), Search((two, three)))


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"results": []}, Page((), "")),
        ({"results": [], "paging": {"next": {"after": "200"}}}, Page((), "200")),
        ({"results": [], "paging": {"next": {"after": 200}}}, Page((), "200")),
        ({"results": [], "paging": None}, Page((), "")),
        ({"results": ["x", {}, {"id": None}]}, Page((), "")),
        ({"results": [{"id": 7}]}, Page((Match("7", ("", ""), {}),), "")),
        (None, None),
        ([], None),
        ({"results": None}, None),
        ({"status": "error"}, None),
    ],
)
def test_an_answer_is_a_page_or_nothing(body: object, page: Page | None) -> None:
    assert read_page(body) == page


def match(object_id: str, **properties: Any) -> Match:
    page = read_page({"results": [{"id": object_id, "properties": properties}]})
    assert page
    return page.matches[0]


def test_a_company_is_known_by_its_own_domain_and_by_further_ones() -> None:
    found = match("7", domain="Acme.com ", hs_additional_domains="acme.org; ACME.net", name=None)

    assert found.domains == ("acme.com", "acme.org", "acme.net")
    assert "name" not in found.properties


def test_companies_whose_own_domain_it_is_come_before_older_ones_with_it_as_a_further_one() -> None:
    further = match("1", domain="old.com", hs_additional_domains="acme.com")
    own, younger = match("2", domain="acme.com"), match("3", domain="acme.com")

    assert matches_of(Term("domain", "acme.com"), [further, own, younger]) == [own, younger, further]
    assert matches_of(Term("domain", "other.com"), [further, own]) == []


def test_a_key_is_matched_whatever_its_case() -> None:
    found = match("1", key="G-1")

    assert matches_of(Term("key", "g-1"), [found, match("2", key="g-2"), match("3")]) == [found]
