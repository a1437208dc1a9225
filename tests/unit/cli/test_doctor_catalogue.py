"""What the doctor says of properties, event definitions and companies that HubSpot makes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tracks import defined, listed

from cli.doctor.catalogue import company_finding, event_findings, property_findings, shared_finding
from cli.doctor.facts import HubSpot, Recent, Seen
from cli.doctor.findings import Finding, State, Unread
from relay.core.answers import Answer, NoReply, Reply
from relay.settings import Destination

SEEN = Seen(frozenset({"m-1"}), 1)
NOTHING = Recent(0)
ENTERPRISE: dict[str, Any] = {"plan": "enterprise"}


def settings(**changes: Any) -> Destination:
    return Destination.model_validate({"hub_id": 7, **changes})


def properties(*names: str, **more: Any) -> Reply:
    return Reply(200, {"results": [{"name": name, "type": "string", **more} for name in names]})


def of_properties(
    contacts: Answer, companies: Answer, recent: Recent = NOTHING, **changes: Any
) -> list[Finding]:
    asked = HubSpot(contact_properties=contacts, company_properties=companies)
    return list(property_findings(asked, settings(**changes), recent))


def dropped(*traits: str, kind: str = "contacts") -> Recent:
    return Recent(0, unknown={(kind, trait): SEEN for trait in traits})


UNASKED = NoReply("not asked")


def test_settings_that_name_no_property_need_none() -> None:
    (found,) = of_properties(UNASKED, UNASKED)

    assert (found.state, found.text) == (State.OK, "The settings name none.")


@pytest.mark.parametrize(
    ("changes", "contacts", "companies"),
    [
        ({"traits": {"plan.tier": "tier", "secret": None}}, ("tier",), ()),
        ({"traits": {"plan.tier": "tier"}}, (), ("tier",)),
        ({"properties_to_contact": {"Order Completed": {"total": "tier"}}}, ("tier",), ()),
        # Contact properties are made when they are needed.
        ({"traits": {"plan.tier": "tier"}, "create_properties": True}, (), ()),
    ],
)
def test_properties_that_hubspot_has_are_all_well(
    changes: Mapping[str, Any], contacts: Sequence[str], companies: Sequence[str]
) -> None:
    (found,) = of_properties(properties(*contacts), properties(*companies), **changes)

    assert found.state is State.OK
    assert "HubSpot has all 1" in found.text


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"traits": {"plan.tier": "tier"}}, "traits: plan.tier"),
        (
            {"properties_to_contact": {"Order Completed": {"total": "tier"}}},
            "properties_to_contact: Order Completed",
        ),
        ({"group_key": "tier", "create_properties": True}, "group_key"),
        ({"match_property": "tier", "create_properties": True}, "match_property"),
    ],
)
def test_a_property_that_hubspot_lacks_is_named_with_its_setting(
    changes: Mapping[str, Any], setting: str
) -> None:
    (found,) = of_properties(properties("other"), properties("other"), **changes)

    assert (found.state, found.names) == (State.ERROR, ("tier",))
    assert setting in found.text


def test_a_property_that_cannot_be_written_is_an_error() -> None:
    contacts = properties("tier", calculated=True)

    (found,) = of_properties(contacts, properties(), traits={"tier": "tier"})

    assert (found.state, found.names) == (State.ERROR, ("tier",))
    assert "lets nobody write tier" in found.text


@pytest.mark.parametrize(("is_unique", "state"), [(True, State.OK), (False, State.ERROR)])
def test_what_companies_are_known_by_must_be_unique(state: State, *, is_unique: bool) -> None:
    companies = properties("account_id", hasUniqueValue=is_unique)

    (found,) = of_properties(UNASKED, companies, group_key="account_id")

    assert found.state is state
    assert ("not unique: account_id" in found.text) == (not is_unique)


@pytest.mark.parametrize(("is_unique", "state"), [(True, State.OK), (False, State.ERROR)])
def test_what_contacts_are_known_by_must_be_unique(state: State, *, is_unique: bool) -> None:
    contacts = properties("customer_id", hasUniqueValue=is_unique)

    (found,) = of_properties(contacts, UNASKED, match_property="customer_id")

    assert found.state is state
    assert ("not unique: customer_id (match_property)" in found.text) == (not is_unique)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (NoReply("window_full"), "window_full"),
        (Reply(500), "status 500"),
        (
            Reply(403, {"context": {"requiredScopes": ["crm.schemas.contacts.read"]}}),
            "crm.schemas.contacts.read",
        ),
    ],
)
def test_without_a_list_nothing_is_said_of_properties(answer: Answer, why: str) -> None:
    found = of_properties(answer, properties(), dropped("plan"), traits={"tier": "tier"})

    assert {(each.check, each.state) for each in found} == {
        ("properties", State.NOT_CHECKED),
        ("dropped contacts traits", State.NOT_CHECKED),
    }
    assert all(why in each.text for each in found)


def test_what_is_found_in_one_list_needs_no_other() -> None:
    (found,) = of_properties(properties("tier"), NoReply("window_full"), traits={"tier": "tier"})

    assert found.state is State.OK


def test_traits_that_were_left_out_are_named_by_the_property_that_they_lack() -> None:
    recent = dropped("Favorite Stapler", "context.traits.shoe.size", "plan")

    _, found = of_properties(properties("plan"), UNASKED, recent)

    assert (found.check, found.state) == ("dropped contacts traits", State.WARNING)
    assert found.names == ("favorite_stapler", "shoe_size")
    assert "create_properties" in found.remedy


def test_a_rule_says_which_property_a_trait_lacks() -> None:
    recent = dropped("plan.tier")

    *_, found = of_properties(properties(), properties(), recent, traits={"Plan.Tier": "subscription"})

    assert found.names == ("subscription",)


def test_companies_have_their_own_properties() -> None:
    _, found = of_properties(UNASKED, properties("name"), dropped("seats", kind="companies"))

    assert (found.check, found.names) == ("dropped companies traits", ("seats",))
    assert "create_properties" not in found.remedy


def test_what_was_lacking_may_be_there_by_now() -> None:
    _, found = of_properties(properties("plan"), UNASKED, dropped("plan"))

    assert (found.state, "by now" in found.text) == (State.OK, True)


def definitions(*names: str) -> Reply:
    return listed(*(defined(name, name) for name in names))


def of_events(
    answer: Answer, undefined: Sequence[str] | Unread = (), recent: Recent = NOTHING, **changes: Any
) -> list[Finding]:
    return list(event_findings(HubSpot(definitions=answer), settings(**changes), recent, undefined))


@pytest.mark.parametrize(("mode", "words"), [("off", "Events are off"), ("legacy", "need none")])
def test_events_of_other_modes_need_no_definition(mode: str, words: str) -> None:
    (found,) = of_events(UNASKED, events=mode)

    assert (found.state, words in found.text) == (State.OK, True)


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"event_names": {"Order Completed": "order_done"}}, ("order_done",)),
        ({"event_names": {"Order Completed": "order_completed"}}, ()),
        ({"event_names": {"Order Completed": "pe7_order_completed"}}, ()),
        ({"views": {"page": "Page Viewed"}}, ("Page Viewed",)),
        ({"views": {"page": "Page Viewed"}, "event_names": {"Page Viewed": "order_completed"}}, ()),
    ],
)
def test_events_that_settings_name_are_looked_up_as_the_sender_does(
    changes: Mapping[str, Any], lacking: tuple[str, ...]
) -> None:
    (found,) = of_events(definitions("order_completed"), **ENTERPRISE, **changes)

    assert (found.state, found.names) == (State.ERROR if lacking else State.OK, lacking)


def test_definitions_that_the_relay_makes_are_no_error() -> None:
    names: dict[str, Any] = {"event_names": {"Seen": "seen"}, "create_event_definitions": True}

    (found,) = of_events(definitions(), **ENTERPRISE, **names)

    assert (found.state, "will make Seen" in found.text) == (State.OK, True)


def test_events_that_were_rejected_for_want_of_a_definition_are_named() -> None:
    _, found = of_events(definitions("order_completed"), ["Seen", "Order Completed"], **ENTERPRISE)

    assert (found.state, found.names) == (State.ERROR, ("Seen",))
    assert "relay replay --reason no_definition" in found.remedy


def test_rejects_whose_definition_is_there_by_now_may_be_sent_again() -> None:
    _, found = of_events(definitions("seen"), ["Seen"], **ENTERPRISE)

    assert (found.state, found.names) == (State.WARNING, ("Seen",))
    assert "relay replay" in found.remedy


def test_rejects_that_could_not_be_looked_at_are_counted() -> None:
    recent = Recent(0, rejected={"no_definition": SEEN})

    _, found = of_events(definitions(), Unread("may not"), recent, **ENTERPRISE)

    assert (found.state, "1 rejected" in found.text) == (State.WARNING, True)


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (Reply(403, {"message": "needs an Enterprise tier"}), State.ERROR, "no custom events"),
        (Reply(403, {"context": {"requiredScopes": ["b.e"]}}), State.NOT_CHECKED, "b.e"),
        (NoReply("window_full"), State.NOT_CHECKED, "window_full"),
    ],
)
def test_without_definitions_it_is_said_why(answer: Answer, state: State, words: str) -> None:
    (found,) = of_events(answer, **ENTERPRISE)

    assert (found.state, words in found.text) == (state, True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Reply(403, {"message": "needs an Enterprise tier"}), "no custom events"),
        (Reply(403, {"context": {"requiredScopes": ["b.e"]}}), "lacks b.e"),
        (listed(), "lists no event, and plan is starter"),
    ],
)
def test_it_is_said_why_auto_sends_no_events(answer: Answer, words: str) -> None:
    (found,) = of_events(answer)

    assert (found.state, "Events are off" in found.text, words in found.text) == (State.OK, True, True)


@pytest.mark.parametrize(
    ("answer", "changes", "words"),
    [
        (listed(defined("seen", "Seen")), {}, "has all 0"),
        (listed(), {"create_event_definitions": True}, "has all 0"),
        (listed(), {"plan": "enterprise"}, "has all 0"),
        (Reply(403, {"message": "needs an Enterprise tier"}), {"events": "custom"}, "no custom events"),
        (NoReply("window_full"), {}, "window_full"),
    ],
)
def test_elsewhere_events_are_not_off(answer: Answer, changes: dict[str, Any], words: str) -> None:
    (found,) = of_events(answer, **changes)

    assert ("Events are off" in found.text, words in found.text) == (False, True)


@pytest.mark.parametrize(("creates", "state"), [(True, State.WARNING), (False, State.OK)])
def test_companies_that_hubspot_makes_are_a_warning_where_the_relay_makes_some_too(
    state: State, *, creates: bool
) -> None:
    assert company_finding(settings(create_companies=creates)).state is state


def test_domains_that_groups_of_different_names_share_are_named() -> None:
    companies = Reply(200, {"results": [{"id": "9001", "properties": {"domain": "acme.com"}}]})
    recent = Recent(0, shared={"9001": SEEN, "9002": SEEN, "": SEEN})

    (found,) = shared_finding(HubSpot(shared_companies=companies), recent)

    assert (found.state, found.names) == (State.WARNING, ("acme.com", "company 9002"))
    assert "3 groups" in found.text
    assert "shared_hosts" in found.remedy


def test_where_no_groups_share_a_domain_nothing_is_said() -> None:
    assert list(shared_finding(HubSpot(), NOTHING)) == []


def test_companies_that_the_log_does_not_name_are_counted() -> None:
    (found,) = shared_finding(HubSpot(), Recent(0, shared={"": SEEN}))

    assert "which one" in found.text
