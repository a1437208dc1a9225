"""From a group to the company that it asks for."""

from typing import Any

import pytest
from builders import event

from relay.core.groups import Keying, MappedCompany, company_for
from relay.core.mapping import ObjectRef, UpsertObject
from relay.core.outcomes import Skipped
from relay.core.rules import Rules
from relay.core.schema import Property, Schema
from relay.core.shared_hosts import HostRules

STANDARD = ("domain", "website", "name", "description", "industry", "phone")
PLACE = ("address", "city", "state", "zip", "country")
FIELDS = (
    *(Property(name, "string", "text") for name in (*STANDARD, *PLACE, "plan", "email", "group_key")),
    Property("numberofemployees", "number", "number"),
    Property("at_risk", "bool", "booleancheckbox", options={"true": "true", "false": "false"}),
)
SCHEMA = Schema({field.name: field for field in FIELDS}, "companies")
SITE = "https://www.acme.com/about"
DOMAIN = Keying()
KEYED = Keying("group_key")
NO_RULES = Rules()


def found(
    traits: dict[str, Any], keying: Keying = DOMAIN, rules: Rules = NO_RULES, **fields: object
) -> MappedCompany | Skipped:
    return company_for(event(**{"type": "group", "traits": traits, **fields}), SCHEMA, rules, keying)


def mapped(
    traits: dict[str, Any], keying: Keying = DOMAIN, rules: Rules = NO_RULES, **fields: object
) -> MappedCompany:
    company = found(traits, keying, rules, **fields)
    assert isinstance(company, MappedCompany)
    return company


@pytest.mark.parametrize(
    "library", [pytest.param(name, id=f"S31-{name}") for name in ("python", "ios", "js")]
)
def test_a_group_from_any_library_asks_for_the_company_of_its_website(library: str) -> None:
    company = mapped({"website": SITE, "name": "Acme"}, context={"library": {"name": library}})

    ref = ObjectRef("companies", "domain", "acme.com")
    assert company == MappedCompany(
        UpsertObject(ref, {"domain": "acme.com", "website": SITE, "name": "Acme"})
    )


@pytest.mark.parametrize(
    ("traits", "keying", "reason"),
    [
        pytest.param({"name": "Acme"}, DOMAIN, "no_website", id="S35-missing"),
        pytest.param({"website": None}, DOMAIN, "no_website", id="S35-null"),
        pytest.param({"website": "\u200b\u00a0"}, DOMAIN, "no_website", id="invisible"),
        pytest.param({"website": [None, " "]}, DOMAIN, "no_website", id="list-of-nothing"),
        pytest.param({"website": {}}, DOMAIN, "no_website", id="empty-object"),
        pytest.param({"website": [["x"]]}, DOMAIN, "invalid_website", id="list-of-lists"),
        pytest.param({"website": {"url": SITE}}, DOMAIN, "invalid_website", id="object"),
        pytest.param({"website": "app"}, DOMAIN, "invalid_website", id="S36-sub-domain-only"),
        pytest.param({"website": "acme.com"}, DOMAIN, "invalid_website", id="S36-bare-host"),
        pytest.param({"website": "https://gmail.com"}, DOMAIN, "free_mail_domain", id="free-mail"),
        pytest.param({"website": "https://linktr.ee/acme"}, DOMAIN, "shared_host", id="shared-host"),
        pytest.param({"website": SITE}, KEYED, "no_group_id", id="no-group-id"),
    ],
)
def test_a_group_that_names_no_company_is_skipped_for_a_reason(
    traits: dict[str, Any], keying: Keying, reason: str
) -> None:
    assert found(traits, keying) == Skipped(reason)


@pytest.mark.parametrize(
    ("keying", "website", "domain"),
    [
        pytest.param(Keying(bare_hosts=True), "acme.com", "acme.com", id="S36-bare-host-wanted"),
        pytest.param(Keying(registrable=True), "https://eu.acme.com", "acme.com", id="registrable"),
        pytest.param(Keying(), "https://eu.acme.com", "eu.acme.com", id="host"),
    ],
)
def test_which_domain_a_website_means_is_a_matter_of_settings(
    keying: Keying, website: str, domain: str
) -> None:
    company = mapped({"website": website}, keying)

    assert company.intent.ref.id == domain
    assert company.intent.properties == {"domain": domain, "website": website}


@pytest.mark.parametrize(
    ("traits", "properties"),
    [
        pytest.param({"employees": "50"}, {"numberofemployees": "50"}, id="S37-employees"),
        pytest.param({"employees": 50}, {"numberofemployees": "50"}, id="S37-employees-as-number"),
        pytest.param(
            {"address": {"street": "1 A St", "city": "Odense", "state": "S", "postalCode": "5000"}},
            {"address": "1 A St", "city": "Odense", "state": "S", "zip": "5000"},
            id="S37-address",
        ),
        pytest.param(
            {"description": "d", "industry": "i", "phone": "p", "name": "n", "country": "DK"},
            {"description": "d", "industry": "i", "phone": "p", "name": "n", "country": "DK"},
            id="S37-others",
        ),
        pytest.param({"Plan": "team"}, {"plan": "team"}, id="S32-custom-trait"),
        pytest.param({"name": "\u200b Acme\u00a0"}, {"name": "Acme"}, id="trimmed"),
        pytest.param({"phone": [" ", "+45 1"]}, {"phone": "+45 1"}, id="list-as-phone"),
        pytest.param({"at_risk": True}, {"at_risk": "true"}, id="S58-account-audience"),
        pytest.param({"at_risk": False}, {"at_risk": "false"}, id="S57-left-the-audience"),
    ],
)
def test_traits_are_those_of_the_company(traits: dict[str, Any], properties: dict[str, str]) -> None:
    company = mapped({"website": SITE, **traits})

    assert company.intent.properties == {"domain": "acme.com", "website": SITE, **properties}
    assert (company.dropped, company.unknown) == ({}, {})


def test_what_is_blank_or_an_object_sets_nothing() -> None:
    company = mapped(
        {"website": SITE, "name": " \u200b", "employees": [], "industry": {"code": 1}, "phone": {"main": 1}}
    )

    assert company.intent.properties == {"domain": "acme.com", "website": SITE}
    assert company.dropped == {
        "name": "no_value",
        "employees": "no_value",
        "industry.code": "unknown_property",
        "phone.main": "unknown_property",
    }


def test_what_is_blank_clears_where_that_is_wanted() -> None:
    traits = {
        "name": "\u00a0",
        "employees": [],
        "at_risk": [None],
        "address": {},
        "plan": {},
        "email": {"x": 1},
    }
    company = mapped({"website": SITE, **traits}, rules=Rules(clear_nulls=True))

    cleared = dict.fromkeys(("name", "numberofemployees", "at_risk", "address", "plan"), "")
    assert company.intent.properties == {"domain": "acme.com", "website": SITE, "email": '{"x":1}', **cleared}


def test_an_audience_of_accounts_is_told_by_group_id_alone() -> None:
    """S55, S58: Engage sends the boolean and nothing else."""
    company = mapped({"at_risk": True}, KEYED, groupId="acct-9")

    assert company.intent == UpsertObject(
        ObjectRef("companies", "group_key", "acct-9"), {"group_key": "acct-9", "at_risk": "true"}
    )


def test_by_group_id_the_domain_is_sent_along_where_there_is_one() -> None:
    company = mapped({"website": SITE}, KEYED, groupId=7)

    assert company.intent.ref.id == "7"
    assert company.intent.properties == {"group_key": "7", "domain": "acme.com", "website": SITE}


@pytest.mark.parametrize(
    ("website", "reason"),
    [
        ("app", "invalid_website"),
        ("https://gmail.com", "free_mail_domain"),
        ("https://www.facebook.com/harbourbakery", "shared_host"),
    ],
)
def test_by_group_id_a_website_without_a_domain_is_a_property_like_others(website: str, reason: str) -> None:
    company = mapped({"website": website}, KEYED, groupId="g-1")

    assert company.intent.properties == {"group_key": "g-1", "website": website}
    assert company.dropped == {"domain": reason}


def test_a_host_counts_as_a_companys_if_a_rule_says_so() -> None:
    keying = Keying(hosts=HostRules(company=frozenset({"linktr.ee"})))

    assert mapped({"website": "https://linktr.ee/acme"}, keying).intent.ref.id == "linktr.ee"


def test_what_the_company_is_known_by_no_trait_sets() -> None:
    by_domain = mapped({"website": SITE, "Domain": "other.com"})
    by_key = mapped({"Group Key": "other", "group_key": "g-1", "plan": "team"}, KEYED, groupId="g-1")

    assert by_domain.intent.properties["domain"] == "acme.com"
    assert by_domain.dropped == {"Domain": "reserved_property"}
    assert by_key.intent.properties == {"group_key": "g-1", "plan": "team"}
    assert by_key.dropped == {"Group Key": "reserved_property", "group_key": "reserved_property"}


def test_an_address_is_the_companys() -> None:
    assert mapped({"website": SITE, "email": "info@acme.com"}).intent.properties["email"] == "info@acme.com"


def test_traits_without_a_property_are_told() -> None:
    company = mapped({"website": SITE, "Seats": 5})

    assert (company.dropped, company.unknown) == ({"Seats": "unknown_property"}, {"seats": 5})


@pytest.mark.parametrize(
    ("traits", "domain"),
    [
        ({"Website": SITE}, "acme.com"),
        ({"WEBSITE": "https://a.com", "website": "https://b.com"}, "b.com"),
        ({"Website": "https://b.com", "WebSite": "https://a.com"}, "a.com"),
        ({"website": "", "Website": SITE}, "acme.com"),
        ({"website": "app", "Website": SITE}, "acme.com"),
    ],
)
def test_the_website_may_be_spelled_in_any_way(traits: dict[str, Any], domain: str) -> None:
    assert mapped(traits).intent.ref.id == domain


@pytest.mark.parametrize("website", [f"\ufeff{SITE}\u200b", [" ", SITE, "https://other.com"]])
def test_a_website_is_trimmed_and_of_a_list_the_first_counts(website: object) -> None:
    company = mapped({"website": website})

    assert company.intent.properties == {"domain": "acme.com", "website": SITE}


def test_of_several_bad_websites_the_first_that_is_there_is_told() -> None:
    assert found({"website": None, "Website": "app"}) == Skipped("invalid_website")


@pytest.mark.parametrize("rule", [None, "description"])
def test_rules_on_the_website_do_not_change_which_company_it_is(rule: str | None) -> None:
    company = mapped({"website": SITE}, rules=Rules({"website": rule}))

    assert company.intent.ref.id == "acme.com"
    assert "website" not in company.intent.properties


@pytest.mark.parametrize(
    ("fields", "rules", "reason"),
    [
        ({"type": "identify"}, NO_RULES, "type_not_supported"),
        ({"integrations": {"HubSpot": False}}, NO_RULES, "integrations"),
        (
            {"context": {"consent": {"categoryPreferences": {"ads": False}}}},
            Rules(consent=("ads",)),
            "no_consent",
        ),
    ],
)
def test_what_is_no_group_or_must_not_be_sent_is_skipped(
    fields: dict[str, Any], rules: Rules, reason: str
) -> None:
    assert found({"website": SITE}, rules=rules, **fields) == Skipped(reason)
