"""Companies that come by themselves with a contact's address, where an account lets HubSpot make them."""

import pytest
from fakes import Clock

from cli.standin import batches, search, singles
from cli.standin.calls import Call
from cli.standin.events import contact_of
from cli.standin.object_types import COMPANIES
from cli.standin.portal import Portal

DOMAIN = "acme.example.org"


@pytest.fixture
def portal() -> Portal:
    return Portal(auto_creates_companies=True)


def create(portal: Portal, email: str) -> str:
    _, answer = singles.create(portal, Call(body={"properties": {"email": email}}))
    contact_id: str = answer["id"]
    return contact_id


def companies(portal: Portal) -> list[dict[str, str]]:
    return [dict(company.properties) for company in portal.companies.live.values()]


def test_none_come_unless_the_account_lets_them(portal: Portal) -> None:
    portal.auto_creates_companies = False

    create(portal, f"kim@{DOMAIN}")

    assert companies(portal) == []


def test_a_new_contact_gets_a_company_without_a_name_which_it_shares(portal: Portal) -> None:
    ids = [create(portal, f"{name}@{DOMAIN}") for name in ("kim", "bo")]

    assert companies(portal) == [{"domain": DOMAIN}]
    of = Call().object_type
    assert [portal.associations.of(of, each) for each in ids] == [{"9001": frozenset({1, 279})}] * 2


@pytest.mark.parametrize(
    "known", [{"domain": DOMAIN.upper()}, {"hs_additional_domains": f"x.example;{DOMAIN}"}]
)
def test_a_company_that_has_the_domain_is_taken(portal: Portal, known: dict[str, str]) -> None:
    portal.companies.create(known)

    contact_id = create(portal, f"kim@{DOMAIN}")

    assert companies(portal) == [known]
    assert portal.associations.of(Call().object_type, contact_id).keys() == {"9001"}


@pytest.mark.parametrize("email", ["kim@gmail.com", "Kim@Outlook.com", ""])
def test_a_free_address_or_none_makes_no_company(portal: Portal, email: str) -> None:
    singles.create(portal, Call(body={"properties": {"firstname": "Kim", "email": email}}))

    assert companies(portal) == []


def test_another_address_makes_another_company_and_any_other_change_none(portal: Portal) -> None:
    contact_id = create(portal, "kim@gmail.com")
    for values in ({"email": f"kim@{DOMAIN}"}, {"plan": "team"}, {"email": "kim@bolt.example.org"}):
        singles.patch(portal, Call(key=contact_id, body={"properties": values}))

    assert [each["domain"] for each in companies(portal)] == [DOMAIN, "bolt.example.org"]
    links = portal.associations.of(Call().object_type, contact_id)
    assert links == {"9001": {1, 279}, "9002": {279}}


def test_a_search_sees_such_a_company_late(portal: Portal) -> None:
    clock = Clock()
    portal.clock.now_ms = clock.now_ms
    create(portal, f"kim@{DOMAIN}")
    totals = []

    for _ in range(2):
        _, answer = search.search(portal, Call(object_type=COMPANIES))
        totals.append(answer["total"])
        clock.now += portal.search_lag_ms

    assert totals == [0, 1]


def test_the_contact_of_an_event_gets_one_too(portal: Portal) -> None:
    contact_of(portal, f"kim@{DOMAIN}")

    assert companies(portal) == [{"domain": DOMAIN}]


def test_a_batch_that_is_undone_leaves_no_company(portal: Portal) -> None:
    inputs = [{"properties": {"email": f"kim@{DOMAIN}"}}, {"properties": {"email": f"kim@{DOMAIN}"}}]

    status, _ = batches.create(portal, Call("2026-09", body={"inputs": inputs}))

    assert (status, companies(portal), len(portal.contacts.live)) == (409, [], 0)
    portal.search_lag_ms = 0
    assert search.search(portal, Call(object_type=COMPANIES))[1]["total"] == 0
