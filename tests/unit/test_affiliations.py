"""Groups: companies by their domain, and links that wait for their contacts."""

from typing import Any

import pytest
from builders import refusal
from portals import Relay, event, identify, kim

from cli.standin.object_types import CONTACTS
from relay.core.answers import NoReply, Reply
from relay.core.events import Event
from relay.core.memberships import LINK_WAITS_MS
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.policy import GroupPolicy, Policy
from relay.core.profiles import company_key
from relay.reports import Report

KIM = "kim@example.org"
ACME = "https://www.acme-demo.com/about"


def group(at_ms: int = 500, /, user: str = "u-1", website: object = ACME, **traits: object) -> Event:
    fields = {"userId": user, "groupId": "g-1", "traits": {"website": website, **traits}}
    return event(f"g-{at_ms}-{user}", at_ms, kind="group", **fields)


def settle_down(relay: Relay) -> None:
    """Let the time pass in which HubSpot may be making companies of new contacts by itself."""
    relay.clock.now += 60_000


def test_s32_s33_a_group_is_a_company_and_its_person_belongs_to_it(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"))

    assert relay.deliver(group(200, name="Acme", employees="12")) == [Delivered("9001")]
    assert relay.companies.companies == {
        "9001": {"domain": "acme-demo.com", "website": ACME, "name": "Acme", "numberofemployees": "12"}
    }
    assert relay.companies.links == [("501", "9001")]


def test_hubspot_may_be_making_the_company_of_a_contact_that_it_has_made_without_a_word(relay: Relay) -> None:
    relay.crm.script = lambda _: NoReply("no_answer: ReadTimeout")
    relay.deliver(kim(100, "u-1"))

    (outcome,) = relay.deliver(group(200, website="https://example.org", name="Example"))

    assert outcome == Deferred("company_may_be_coming", 10_000)
    assert relay.companies.companies == {}


def test_of_the_groups_of_one_company_all_but_the_newest_are_merged(relay: Relay) -> None:
    outcomes = relay.deliver(group(300, "u-2", name="Acme Inc."), group(200, "u-1", name="Acme"))

    assert outcomes == [Delivered("9001"), Delivered("9001", is_merged=True)]
    assert relay.companies.companies["9001"]["name"] == "Acme Inc."


def test_each_group_is_told_of_the_properties_that_it_has_named_itself(relay: Relay) -> None:
    relay.deliver(group(500, name="Acme"))

    older, newer = relay.reports(group(400, "u-1", name="Acme Ltd"), group(600, "u-2", employees="12"))

    assert (older.outcome, older.dropped.get("name")) == (Delivered("9001", is_merged=True), "stale")
    assert (newer.outcome, "name" in newer.dropped) == (Delivered("9001"), False)


def test_a_link_is_made_once(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"))
    relay.deliver(group(200, name="Acme"))
    relay.restart()

    assert relay.deliver(group(300, name="Acme")) == [Skipped("unchanged")]
    assert relay.deliver(group(400, name="Acme Inc.")) == [Delivered("9001")]
    assert relay.companies.links == [("501", "9001")]


def test_s34_a_group_before_its_identify_waits_with_its_link(relay: Relay) -> None:
    assert relay.reports(group(200)) == [Report(Delivered("9001"), {"company": "link_pending"})]
    relay.restart()
    settle_down(relay)

    assert relay.deliver(kim(300, "u-1")) == [Delivered("501")]
    assert relay.companies.links == [("501", "9001")]
    relay.deliver(kim(400, "u-1", plan="team"))
    assert relay.companies.link_calls == 1


def test_group_and_identify_may_come_together_in_any_order(relay: Relay) -> None:
    outcomes = relay.deliver(group(100), kim(200, "u-1"))

    assert outcomes == [Delivered("9001"), Delivered("501")]
    assert relay.companies.links == [("501", "9001")]


def test_a_link_waits_for_thirty_days(relay: Relay) -> None:
    relay.deliver(group(1_000))

    relay.deliver(kim(1_001 + LINK_WAITS_MS, "u-1"))

    assert relay.companies.links == []


def test_a_link_waits_from_when_its_group_came_and_not_from_when_it_happened(relay: Relay) -> None:
    now_ms = 2_000_000_000_000
    fields = {"userId": "u-1", "groupId": "g-1", "traits": {"website": ACME}}
    relay.deliver(event("g-1", now_ms, kind="group", timestamp="1976-01-01T00:00:00Z", **fields))
    relay.restart()
    settle_down(relay)

    relay.deliver(kim(now_ms + 1_000, "u-1"))

    assert relay.companies.links == [("501", "9001")]


def test_people_of_one_company_are_linked_in_one_call(relay: Relay) -> None:
    people = [identify(100 + n, f"u-{n}", email=f"p{n}@example.org") for n in range(5)]
    relay.deliver(*people, *(group(200 + n, f"u-{n}") for n in range(5)))

    assert len(relay.companies.companies) == 1
    assert len(relay.companies.links) == 5
    assert (relay.companies.link_calls, relay.companies.writes) == (1, 1)


def test_a_link_that_fails_comes_back_and_the_company_is_not_made_twice(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"))
    relay.companies.link_answer = Reply(503)
    assert relay.deliver(group(200)) == [Deferred("status_503")]
    relay.companies.link_answer = None

    assert relay.deliver(group(200)) == [Delivered("9001")]
    assert (relay.companies.links, relay.companies.writes) == ([("501", "9001")], 1)


def test_an_identify_answers_for_the_link_that_has_waited_for_it(relay: Relay) -> None:
    relay.deliver(group(200))
    relay.companies.link_answer = NoReply("no_answer: ReadTimeout")
    assert relay.deliver(kim(300, "u-1")) == [Deferred("no_answer: ReadTimeout")]
    relay.companies.link_answer = None

    assert relay.deliver(kim(300, "u-1")) == [Delivered("501")]
    assert relay.companies.links == [("501", "9001")]


def test_a_missing_scope_for_links_lets_the_group_wait(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"))
    relay.companies.link_answer = refusal(403, {"context": {"requiredScopes": ["a.b"]}})

    assert relay.deliver(group(200)) == [Deferred("missing_scope: a.b")]


@pytest.mark.parametrize("kind", ["contact", "company"])
def test_a_link_to_what_is_gone_is_forgotten_and_made_anew(relay: Relay, kind: str) -> None:
    relay.deliver(kim(100, "u-1"), group(200, "u-0"))
    gone = {"objectType": [kind], "id": ["501" if kind == "contact" else "9001"]}
    sub_category = f"crm.associations.{'FROM' if kind == 'contact' else 'TO'}_OBJECT_NOT_FOUND"
    error = {"category": "OBJECT_NOT_FOUND", "subCategory": sub_category, "context": gone}
    relay.companies.link_answer = Reply(207, {"results": [], "errors": [error]})
    assert relay.deliver(group(300)) == [Deferred("not_linked")]
    relay.companies.link_answer = None
    (relay.crm.contacts if kind == "contact" else relay.companies.companies).clear()
    relay.deliver(kim(400, "u-1"))

    relay.deliver(group(300, name="Acme"))

    assert len(relay.companies.links) == 1


def test_s35_s36_a_website_that_is_none_makes_no_company(relay: Relay) -> None:
    outcomes = relay.deliver(
        group(100, website="app"), group(200, website=None), group(300, website="https://gmail.com")
    )

    assert outcomes == [Skipped("invalid_website"), Skipped("no_website"), Skipped("free_mail_domain")]
    assert relay.companies.companies == {}


def test_without_links_nobody_is_linked_and_nothing_waits(relay: Relay) -> None:
    relay.restart(Policy(groups=GroupPolicy(associate="off")))

    assert relay.reports(group(200)) == [Report(Delivered("9001"))]
    relay.deliver(kim(300, "u-1"))
    assert relay.companies.links == []


def test_a_company_is_not_made_while_hubspot_may_be_making_it_itself(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email="kim@acme-demo.com"))

    (outcome,) = relay.deliver(group(200))
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "company_may_be_coming"
    settle_down(relay)

    assert relay.deliver(group(200)) == [Delivered("9001")]


def test_what_could_not_be_remembered_of_a_group_comes_back(relay: Relay) -> None:
    relay.profiles.is_read_only = True

    assert relay.deliver(group(200)) == [Deferred("memory_unavailable")]
    assert relay.companies.companies == {}


def test_a_deleted_contact_that_comes_back_is_linked_anew(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"), group(200))
    relay.crm.contacts.clear()
    relay.deliver(kim(300, "u-1", plan="team"))

    relay.deliver(group(400, name="Acme"))

    assert relay.companies.links == [("501", "9001"), ("502", "9001")]


def test_a_group_of_nobody_is_a_company_all_the_same(relay: Relay) -> None:
    nobody = event("g-1", kind="group", groupId="g-1", traits={"website": ACME})

    assert relay.reports(nobody) == [Report(Delivered("9001"))]
    assert company_key("acme-demo.com") in relay.profiles.profiles


CONTEXT = Policy(groups=GroupPolicy(links_context=True))
IN_GROUP: dict[str, Any] = {"userId": "u-1", "context": {"groupId": "g-1"}, "traits": {"email": KIM}}


def test_the_group_in_an_events_context_links_its_contact_if_that_is_wanted(relay: Relay) -> None:
    relay.restart(CONTEXT)
    relay.deliver(group(100, "u-0"))

    assert relay.deliver(event("m-1", 200, **IN_GROUP)) == [Delivered("501")]
    assert relay.companies.links == [("501", "9001")]
    relay.deliver(event("m-2", 300, **IN_GROUP))
    assert relay.companies.link_calls == 1


def test_a_context_whose_contact_is_not_known_waits_with_its_link(relay: Relay) -> None:
    relay.restart(CONTEXT)
    relay.deliver(group(100, "u-0"))
    relay.deliver(event("t-1", 200, kind="track", event="x", userId="u-1", context={"groupId": "g-1"}))

    relay.deliver(kim(300, "u-1"))

    assert relay.companies.links == [("501", "9001")]


def test_a_context_whose_company_is_not_made_yet_waits_with_its_link(relay: Relay) -> None:
    relay.restart(CONTEXT)
    relay.deliver(kim(50, "u-1"))
    # HubSpot may be making the company of a new contact's domain.
    relay.deliver(event("m-0", 60, userId="u-0", traits={"email": "bo@acme-demo.com"}))
    assert relay.deliver(group(100, "u-0")) == [Deferred("company_may_be_coming", 10_000)]

    relay.deliver(event("m-1", 200, **IN_GROUP))
    settle_down(relay)
    relay.deliver(group(100, "u-0"))
    relay.deliver(kim(300, "u-1", plan="team"))

    assert ("501", "9001") in relay.companies.links


@pytest.mark.parametrize("lost", ["group#", "company#"])
@pytest.mark.parametrize("is_by_context", [True, False])
def test_an_event_comes_back_if_the_memory_cannot_tell_of_its_link(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, lost: str, *, is_by_context: bool
) -> None:
    relay.restart(CONTEXT)
    relay.deliver(group(100, "u-0" if is_by_context else "u-1"))
    settle_down(relay)
    told = event("m-1", 200, **IN_GROUP)
    load = relay.profiles.load
    monkeypatch.setattr(
        relay.profiles, "load", lambda keys: None if any(key.startswith(lost) for key in keys) else load(keys)
    )

    assert relay.deliver(told) == [Deferred("memory_unavailable")]
    monkeypatch.undo()
    assert relay.deliver(told) == [Delivered("501")]
    assert relay.companies.links == [("501", "9001")]


def test_a_context_counts_for_nothing_by_default_or_if_no_group_has_told_of_it(relay: Relay) -> None:
    relay.restart(CONTEXT)
    relay.deliver(event("m-1", 100, **IN_GROUP))
    relay.deliver(group(200, "u-0"))
    relay.restart(Policy())
    relay.deliver(event("m-2", 300, **IN_GROUP))

    assert relay.companies.links == []


def test_a_company_becomes_primary_and_the_pair_keeps_its_other_labels(relay: Relay) -> None:
    relay.restart(Policy(groups=GroupPolicy(associate="primary")))
    relay.deliver(kim(100, "u-1"), group(200, "u-0"))
    held = relay.companies.hubspot.portal.associations
    boss = held.define("Boss")
    held.add("501", "42")
    held.add("501", "9001", [boss])

    assert relay.deliver(group(300, name="Acme")) == [Delivered("9001")]
    assert held.of(CONTACTS, "501")["9001"] == {boss, 1, 279}
    assert held.of(CONTACTS, "501")["42"] == {279}


def test_a_group_that_made_its_company_ends_delivered_whatever_it_had_to_come_back_for(relay: Relay) -> None:
    relay.companies.hubspot.portal.search_lag_ms = 0
    wanted = group(200, "u-9", name="Acme")
    relay.deliver(wanted)
    relay.restart()

    assert relay.deliver(wanted) == [Delivered("9001")]
    assert relay.deliver(group(300, "u-9", name="Acme")) == [Skipped("unchanged")]
    assert relay.companies.writes == 1


@pytest.mark.parametrize("together", [True, False])
def test_groups_of_different_names_with_one_domain_are_told(relay: Relay, *, together: bool) -> None:
    def told(at_ms: int, group_id: str, **traits: object) -> Event:
        fields = {"groupId": group_id, "traits": {"website": ACME, **traits}}
        return event(f"g-{at_ms}", at_ms, kind="group", **fields)

    same = relay.reports(told(1, "g-1", name="Acme"), told(2, "g-2", name="Acme"), told(3, "g-2", name="A"))
    assert [each.dropped for each in same][:2] == [{"groupId": "shared_domain"}] * 2
    settle_down(relay)
    renamed = relay.reports(told(10, "g-2", name="Acme Inc."), told(11, "g-2", employees="7"))
    assert [each.dropped for each in renamed] == [{}, {}]

    others = [told(20, "g-2", name="Acme Inc."), told(21, "g-3", name="Bolt")]
    found = relay.reports(*others) if together else [*relay.reports(others[0]), *relay.reports(others[1])]
    assert [each.dropped for each in found] == [
        {"groupId": "shared_domain"} if together else {},
        {"groupId": "shared_domain"},
    ]
    assert relay.reports(told(30, "g-4", name="Bolt"))[0].dropped == {}


def test_groups_that_are_known_by_their_ids_share_no_company(relay: Relay) -> None:
    relay.restart(Policy(groups=GroupPolicy(key="name")))

    found = relay.reports(group(1, name="A"), group(2, name="B"))

    assert [each.dropped.get("groupId") for each in found] == [None, None]
