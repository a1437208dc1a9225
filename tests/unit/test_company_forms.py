"""A company is found whatever form of its address HubSpot, a person or another tool has put into `domain`."""

from collections.abc import Callable

import pytest
from builders import refusal
from company_hub import KEY, Hub, company, group

from relay.company_search import MAX_PAGES_NEAR, MAX_PAGES_ODD
from relay.core.answers import NoReply
from relay.core.outcomes import Deferred, Delivered
from relay.core.policy import GroupPolicy, Policy
from relay.core.searching import Search

ACME = "acme-demo.com"
FORMS: tuple[Callable[[str], str], ...] = (
    "www.{}".format,
    "WWW.{}".format,
    "http://{}".format,
    "https://{}/".format,
    "https://www.{}".format,
    "HTTPS://WWW.{}/En/Contact?x=1".format,
    "{}/".format,
    "{}/en".format,
    "{}.".format,
    "{}:443".format,
    " {} ".format,
    "www.{}/".format,
    str.upper,
    str,
)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.mark.parametrize("form", FORMS)
def test_a_company_is_found_in_another_form_of_its_domain_which_stays(
    hub: Hub, form: Callable[[str], str]
) -> None:
    theirs = hub.hubspot.make(domain=form(ACME), name="Made by a person")
    hub.wait(5)

    assert hub.outcome(company(ACME, 100, name="Acme")) == Delivered(theirs)
    assert hub.outcome(company(ACME, 200, name="Acme Ltd")) == Delivered(theirs)
    assert hub.hubspot.companies == [{"id": theirs, "domain": form(ACME), "name": "Acme Ltd"}]
    assert len(hub.hubspot.searches) == 1


@pytest.mark.parametrize("held", ["xn--mnchen-3ya.de", "münchen.de", "https://www.München.de/"])
def test_letters_of_its_own_are_found_in_both_ways(hub: Hub, held: str) -> None:
    theirs = hub.hubspot.make(domain=held)
    hub.wait(5)

    assert hub.outcome(company("xn--mnchen-3ya.de", name="Acme")) == Delivered(theirs)


@pytest.mark.parametrize("further", [ACME, f"www.{ACME}", f"old.com;https://{ACME}/;x.com"])
def test_a_further_domain_is_found_in_any_form(hub: Hub, further: str) -> None:
    theirs = hub.hubspot.make(domain="acme.org", hs_additional_domains=further)
    hub.wait(5)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered(theirs)


@pytest.mark.parametrize("held", [f"eu.{ACME}", f"my{ACME}", f"{ACME}.br", f"x.com/{ACME}", "Acme-Demo Com"])
def test_what_only_looks_alike_is_another_company(hub: Hub, held: str) -> None:
    theirs = hub.hubspot.make(domain=held)
    hub.wait(5)

    assert hub.outcome(company(ACME, name="Acme")) != Delivered(theirs)
    assert hub.hubspot.companies[0] == {"id": theirs, "domain": held}


def test_a_hundred_domains_in_many_forms_take_two_searches_at_most(hub: Hub) -> None:
    names = [f"company-{n}.example.com" for n in range(100)]
    # A hundred odd ones are few enough to be read; a port without a scheme is found among few alone.
    forms = [form for form in FORMS if form(ACME) not in (f"{ACME}.", f"{ACME}:443", f" {ACME} ")]
    for n, name in enumerate(names):
        hub.hubspot.make(domain=forms[n % len(forms)](name))
    hub.wait(5)

    found = hub.settle(*[company(name, n, name=f"C {n}") for n, name in enumerate(names)])

    assert {name: each.object_id for name, each in found.items()} == {
        name: str(901 + n) for n, name in enumerate(names)
    }
    assert len(hub.hubspot.companies) == 100
    assert len(hub.hubspot.searches) <= 2


def test_where_too_many_have_odd_forms_domains_are_searched_for_one_by_one(hub: Hub) -> None:
    hub.hubspot.page = 1
    for n in range(MAX_PAGES_ODD + 1):
        hub.hubspot.make(domain=f"www.other-{n}.com")
    theirs = [hub.hubspot.make(domain=f"https://{name}{ACME}/") for name in ("a", "b", "c")]
    hub.wait(5)

    found = hub.settle(*[company(f"{name}{ACME}", name="Acme") for name in ("a", "b", "c")])

    assert [each.outcome for each in found.values()] == [Delivered(each) for each in theirs]
    assert len(hub.hubspot.searches) == MAX_PAGES_ODD + 1 + 3


def test_a_domain_that_is_a_part_of_very_many_is_found_as_it_is_spelt(hub: Hub) -> None:
    hub.hubspot.page = 1
    for n in range(MAX_PAGES_NEAR):
        hub.hubspot.make(domain=f"{n}{ACME}")
    theirs = hub.hubspot.make(domain=ACME)
    hub.wait(5)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered(theirs)
    assert len(hub.hubspot.searches) == MAX_PAGES_NEAR + 1


@pytest.mark.parametrize("count", [1, 3])
def test_where_hubspot_refuses_wide_searches_plain_ones_are_made(hub: Hub, count: int) -> None:
    theirs = [hub.hubspot.make(domain=f"{n}{ACME}") for n in range(count)]
    hub.wait(5)
    hub.hubspot.search_script = lambda search: refusal(400, {"message": "no"}) if search.is_wide else None

    found = hub.settle(*[company(f"{n}{ACME}", name="Acme") for n in range(count)])

    assert [each.outcome for each in found.values()] == [Delivered(each) for each in theirs]
    assert len(hub.hubspot.searches) == 2


def test_a_wide_search_without_an_answer_makes_no_company(hub: Hub) -> None:
    """The domains fill one search, so that the wide one is a call of its own."""
    names = [f"company-number-{n}.com" for n in range(116)]
    known = hub.hubspot.make(domain=names[0])
    hub.wait(5)

    def lost(search: Search) -> NoReply | None:
        return NoReply("timeout") if search.is_wide else None

    hub.hubspot.search_script = lost
    found = hub.settle(*[company(name, name="Acme") for name in names])

    assert found[names[0]].outcome == Delivered(known)
    assert {type(found[name].outcome) for name in names[1:]} == {Deferred}
    assert len(hub.hubspot.companies) == 1
    hub.hubspot.search_script = lambda search: refusal(400) if search.is_wide else None
    assert isinstance(hub.settle(company(names[1], name="Acme"))[names[1]].outcome, Delivered)


def test_a_company_without_a_key_is_found_in_another_form_too() -> None:
    hub = Hub(Policy(groups=GroupPolicy(key=KEY)))
    theirs = hub.hubspot.make(domain=f"https://www.{ACME}")
    hub.wait(5)

    assert hub.outcome(group("g-1", domain=ACME, name="Acme")) == Delivered(theirs)
    assert len(hub.hubspot.searches) == 1
