"""Contacts that are known by a unique property or by their record: what is sent, remembered and left out."""

from dataclasses import replace
from typing import Any

import pytest
from builders import refusal
from fakes import properties
from portals import Relay, event, identify

from relay.core.answers import Answer, NoReply, Reply
from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.core.planning import Batch
from relay.core.policy import EventPolicy, Policy
from relay.core.profiles import user_key
from relay.core.rules import Rules

KIM, BO = "kim@example.org", "bo@example.net"
MATCHED = Policy(
    match_property="customer_id", events=EventPolicy("custom"), deletes="archive", email_change="update"
)


@pytest.fixture
def matched(relay: Relay) -> Relay:
    relay.crm.unique = ("email", "customer_id")
    relay.crm.hubspot.portal.needs_a_name = False
    relay.crm.schema = [properties("email", "plan", "city", "customer_id")]
    relay.restart(MATCHED)
    return relay


def track(at_ms: int, user: str | None = "u-1", /, **fields: Any) -> Event:
    return event(f"t-{at_ms}", at_ms, "track", userId=user, event="Order Completed", **fields)


def held(relay: Relay) -> dict[str, dict[str, str]]:
    return {each["id"]: {k: v for k, v in each.items() if k != "id"} for each in relay.crm.contacts.values()}


def both(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=KIM))
    relay.deliver(identify(100, "u-2", email=BO))


def test_a_contact_is_upserted_by_the_property_then_updated_by_record(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.deliver(identify(200, "u-1", email=KIM, plan="team"))

    first, second = (each.inputs[0] for each in matched.crm.batches)
    assert (first.ref.id_property, first.ref.id, first.record_id) == ("customer_id", "u-1", "")
    assert dict(first.properties) == {"customer_id": "u-1", "email": KIM}
    assert (second.record_id, dict(second.properties)) == ("501", {"plan": "team"})
    assert matched.crm.reads == []


def test_contacts_of_different_names_never_share_a_call(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", email=KIM), event("m-2", 100, traits={"email": BO}))

    found = [{entry.ref.id_property for entry in batch.inputs} for batch in matched.crm.batches]
    assert sorted(map(sorted, found)) == [["customer_id"], ["email"]]


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_whatever_the_order_all_events_of_a_user_are_of_one_contact(
    matched: Relay, *, is_one_batch: bool
) -> None:
    events = [
        identify(200, "u-1", email=KIM, customer_id="c-7"),
        identify(100, "u-1", plan="team"),
        event("m-3", 300, userId="u-1", anonymousId="a-1", traits={"city": "Odense"}),
        event("m-4", 400, anonymousId="a-1", traits={"city": "Ribe"}),
        event("m-5", 500, anonymousId="a-9", traits={"email": KIM, "city": "Aarhus"}),
    ]
    for each in [events] if is_one_batch else [[one] for one in events]:
        matched.deliver(*each)

    # By its address alone, an event of the same batch goes to a contact that is not known to have it yet.
    assert held(matched) == {"501": {"customer_id": "c-7", "email": KIM, "plan": "team", "city": "Aarhus"}}


@pytest.mark.parametrize("mailed", [KIM, BO])
def test_an_address_leads_to_a_contact_as_long_as_it_is_the_one_told_last(
    matched: Relay, mailed: str
) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.deliver(identify(200, "u-1", email=BO))

    matched.deliver(event("m-3", 300, anonymousId="a-3", traits={"email": mailed, "plan": "team"}))

    assert held(matched)["501"] == {
        "customer_id": "u-1",
        "email": BO,
        **({"plan": "team"} if mailed == BO else {}),
    }
    assert len(held(matched)) == (1 if mailed == BO else 2)


def test_what_only_mentions_a_value_moves_no_id(matched: Relay) -> None:
    both(matched)

    (report,) = matched.reports(track(200, context={"traits": {"customer_id": "u-2", "plan": "team"}}))
    assert (report.outcome, report.dropped) == (Delivered("502"), {"context.traits": "another_person"})
    assert matched.deliver(identify(300, "u-1", city="Odense")) == [Delivered("501")]


@pytest.mark.parametrize("fields", [{"customer_id": "u-2"}, {"hs_object_id": "502"}])
def test_of_an_id_of_which_nothing_is_known_what_is_mentioned_counts(
    matched: Relay, fields: dict[str, str]
) -> None:
    both(matched)
    matched.deliver(event("t-1", 200, "track", anonymousId="a-1", event="Order Completed", properties=fields))

    assert matched.deliver(event("m-3", 300, anonymousId="a-1", traits={"plan": "team"})) == [
        Delivered("502")
    ]


def test_an_audience_points_no_id_and_sets_no_address(matched: Relay) -> None:
    computed = {"personas": {"computation_class": "audience"}}
    traits = {"email": KIM, "customer_id": "u-2", "plan": "team"}

    (report,) = matched.reports(event("m-1", 100, anonymousId="a-1", traits=traits, context=computed))

    assert report.dropped == {"email": "superseded"}
    assert held(matched) == {"501": {"customer_id": "u-2", "plan": "team"}}
    assert matched.deliver(event("m-2", 200, anonymousId="a-1", traits={"plan": "x"})) == [
        Skipped("no_email")
    ]


def test_a_track_with_no_more_than_a_value_is_looked_up_once(matched: Relay) -> None:
    matched.crm.contacts = {KIM: {"id": "7", "email": KIM, "customer_id": "u-1"}}

    assert matched.deliver(track(100), track(101, "u-2")) == [Delivered("7"), Skipped("no_person")]
    assert matched.deliver(track(200)) == [Delivered("7")]
    assert matched.crm.reads == [["u-1", "u-2"]]
    assert [dict(each.person) for each in matched.events.sent] == [{"objectId": "7"}] * 2


def test_what_hubspot_finds_is_one_contact_with_what_was_remembered_by_address(matched: Relay) -> None:
    matched.deliver(event("m-1", 100, traits={"email": KIM, "plan": "team"}))
    matched.crm.contacts[KIM]["customer_id"] = "u-1"

    assert matched.deliver(track(200)) == [Delivered("501")]
    assert matched.deliver(identify(300, "u-1", plan="team")) == [Skipped("unchanged")]
    assert matched.deliver(event("m-4", 50, traits={"email": KIM, "plan": "old"})) == [Skipped("stale")]


def test_while_the_memory_is_away_a_person_who_is_found_is_not_remembered(matched: Relay) -> None:
    matched.crm.contacts = {KIM: {"id": "7", "email": KIM, "customer_id": "u-1"}}
    matched.deliver(track(100))
    matched.profiles.profiles.clear()
    load, matched.profiles.load = matched.profiles.load, lambda keys: None if len(keys) == 1 else load(keys)  # type: ignore[method-assign] # one that fails late

    assert matched.deliver(track(200, anonymousId="a-1")) == [Delivered("7")]


@pytest.mark.parametrize("answer", [Reply(503), NoReply("no_answer")])
def test_while_nobody_can_be_looked_up_the_track_waits(matched: Relay, answer: Answer) -> None:
    matched.crm.read_answer = answer

    (outcome,) = matched.deliver(track(100))
    assert isinstance(outcome, Deferred)
    assert matched.events.sent == []


def test_a_visitors_token_counts_where_no_contact_has_the_value(matched: Relay) -> None:
    assert matched.deliver(track(100, context={"hubspotutk": "abc"})) == [Delivered("")]
    assert [dict(each.person) for each in matched.events.sent] == [{"utk": "abc"}]


def test_a_track_waits_for_its_person_as_long_as_is_wanted(matched: Relay) -> None:
    policy = Policy(match_property="customer_id", events=EventPolicy("custom", pending_ms=60_000))
    matched.restart(policy)
    matched.clock.now = 100

    assert matched.deliver(track(100)) == [Deferred("person_pending")]


def test_properties_of_a_track_may_tell_the_value(matched: Relay) -> None:
    rules = Rules(properties_to_contact={"Order Completed": {"customer": "customer_id"}})
    matched.restart(Policy(rules, match_property="customer_id", events=EventPolicy("custom")))

    assert matched.deliver(track(100, None, properties={"customer": "c-7"})) == [Skipped("no_person")]
    assert matched.deliver(track(200, None, properties={"customer": "c-7", "email": KIM})) == [Delivered("")]


def test_an_alias_of_an_id_that_nothing_was_sent_for_gives_the_contact_that_value(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.deliver(identify(100, "u-1", customer_id="u-1"))
    matched.crm.script = lambda batch: Reply(503) if batch.inputs[0].ref.id == "n-1" else None
    matched.deliver(identify(200, "n-9", customer_id="n-1"))
    matched.crm.script = lambda _: None

    assert matched.deliver(event("a-1", 300, "alias", userId="n-9", previousId="u-1")) == [Delivered("501")]
    assert held(matched) == {"501": {"customer_id": "n-1", "email": KIM}}


def test_an_alias_does_not_make_a_value_of_an_address(matched: Relay) -> None:
    matched.deliver(event("m-1", 100, anonymousId="a-1", traits={"email": KIM}))
    matched.crm.script = lambda _: Reply(503)
    matched.deliver(identify(200, "n-9", customer_id="n-1"))
    matched.crm.script = lambda _: None

    assert matched.deliver(event("a-1", 300, "alias", userId="n-9", previousId="a-1")) == [
        Skipped("alias_of_two_contacts")
    ]


def test_a_user_id_that_is_an_address_is_a_value(matched: Relay) -> None:
    matched.deliver(identify(100, KIM, plan="team"))

    assert held(matched) == {"501": {"customer_id": KIM, "email": KIM, "plan": "team"}}
    assert matched.deliver(event("a-1", 200, "alias", userId="n-1", previousId=KIM)) == [
        Skipped("alias_remembered")
    ]


def test_a_deletion_by_a_value_that_an_event_mentions_follows_the_user_id(matched: Relay) -> None:
    both(matched)
    told = {"context": {"traits": {"customer_id": "u-2", "hs_object_id": "502"}}}

    assert matched.deliver(event("d-1", 200, "delete", userId="u-1", **told)) == [Delivered("501")]
    assert matched.deliver(event("d-1", 200, "delete", userId="u-1", **told)) == [Skipped("already_deleted")]
    assert held(matched).keys() == {"502"}
    assert matched.deliver(event("d-2", 300, "delete", anonymousId="a-1")) == [Skipped("contact_unknown")]


def test_a_deletion_that_cannot_be_done_yet_holds_the_person_by_any_name(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.crm.delete_answer = Reply(503)

    outcomes = matched.deliver(event("d-1", 200, "delete", userId="u-1"), identify(300, "u-1", plan="team"))
    assert outcomes == [Deferred("status_503"), Deferred("deletion_pending")]


# ------------------------------------------------------------------------------------------------- conflicts


def refuses_address(code: str) -> Any:
    """Return a script that refuses addresses in words without an id."""

    def refuse(batch: Batch) -> Answer | None:
        if not any("email" in each.properties for each in batch.inputs):
            return None
        detail = {"code": code, "context": {"propertyName": ["email"]}}
        context = {"objectWriteTraceId": [each.trace_id for each in batch.inputs]}
        error = {"category": "VALIDATION_ERROR", "message": "no", "errors": [detail], "context": context}
        return Reply(207, {"results": [], "errors": [error]})

    return refuse


@pytest.mark.parametrize("code", ["CONFLICTING_UNIQUE_VALUE", "INVALID_EMAIL"])
def test_an_address_that_is_refused_costs_itself_and_is_not_sent_again(matched: Relay, code: str) -> None:
    matched.crm.script = refuses_address(code)

    (report,) = matched.reports(identify(100, "u-1", email=KIM, plan="team"))
    assert (report.outcome, report.dropped) == (Delivered("501"), {"email": f"refused_{code.lower()}"})
    calls = len(matched.crm.batches)
    assert matched.deliver(identify(200, "u-1", email=KIM, plan="team")) == [Skipped("unchanged")]
    assert len(matched.crm.batches) == calls


def conflict(category: str) -> Any:
    def refuse(batch: Batch) -> Answer | None:
        if not any("email" in each.properties for each in batch.inputs):
            return None
        words = {"category": category, "message": "Contact already exists. Existing ID: 77"}
        context = {"objectWriteTraceId": [each.trace_id for each in batch.inputs]}
        return Reply(207, {"results": [], "errors": [{**words, "context": context}]})

    return refuse


@pytest.mark.parametrize("category", ["CONFLICT", "OBJECT_ALREADY_EXISTS", "VALIDATION_ERROR"])
@pytest.mark.parametrize("value", ["", "u-1", "u-9"])
def test_whose_an_address_is_is_read_however_the_conflict_is_told(
    matched: Relay, category: str, value: str
) -> None:
    matched.crm.contacts = {"77": {"id": "77", "customer_id": value}}
    matched.crm.script = conflict(category)

    (report,) = matched.reports(identify(100, "u-1", email=KIM, plan="team"))

    if value == "u-9":
        assert (report.outcome, report.dropped) == (Delivered("501"), {"email": "email_of_another_contact"})
        assert held(matched)["77"] == {"customer_id": "u-9"}
    else:
        assert (report.outcome, report.dropped) == (Delivered("77"), {})
        assert held(matched) == {"77": {"customer_id": "u-1", "plan": "team"}}


def test_a_record_in_conflict_that_is_gone_by_now_lets_the_event_come_back(matched: Relay) -> None:
    matched.crm.script = conflict("CONFLICT")

    assert matched.deliver(identify(100, "u-1", email=KIM, plan="team")) == [Deferred("conflict")]


def test_a_known_contact_of_which_nothing_remains_to_be_sent_is_delivered(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", plan="team"))
    matched.crm.script = conflict("CONFLICT")

    (report,) = matched.reports(identify(200, "u-1", email=KIM))
    assert (report.outcome, report.dropped) == (Delivered("501"), {"email": "email_of_another_contact"})
    assert matched.crm.reads == []


def test_a_value_that_somebody_else_has_just_got_lets_the_event_come_back(matched: Relay) -> None:
    detail = {"code": "CONFLICTING_UNIQUE_VALUE", "context": {"propertyName": ["customer_id"]}}
    taken = refusal(400, {"category": "VALIDATION_ERROR", "message": "no", "errors": [detail]})
    matched.crm.script = lambda _: taken
    assert matched.deliver(identify(100, "u-1", plan="team")) == [Deferred("conflict")]


def test_a_value_that_hubspot_refuses_is_told_in_its_words(matched: Relay) -> None:
    detail = {"code": "INVALID_LONG", "context": {"propertyName": ["customer_id"]}}
    words = {"category": "VALIDATION_ERROR", "message": "was no number", "errors": [detail]}
    matched.crm.script = lambda _: refusal(400, words)

    (outcome,) = matched.deliver(identify(100, "u-1", plan="team"))
    assert isinstance(outcome, Rejected)
    assert outcome.message == "was no number; customer_id: INVALID_LONG"


# ------------------------------------------------------------------------------------- missing and not unique

NOT_UNIQUE = "Unable to perform update/upsert by non-unique 0-1 property customer_id"


def test_a_property_that_is_not_unique_costs_one_call_and_everything_waits(matched: Relay) -> None:
    matched.crm.script = lambda _: refusal(400, {"status": "error", "message": NOT_UNIQUE})

    outcomes = matched.deliver(*(identify(100, f"u-{n}", plan="x") for n in range(100)))

    assert set(outcomes) == {Deferred("match_property_not_unique: customer_id")}
    assert len(matched.crm.batches) == 1


def test_a_lookup_by_a_property_that_is_not_unique_waits_too(matched: Relay) -> None:
    matched.crm.read_answer = refusal(400, {"message": NOT_UNIQUE.replace("update/upsert", "read")})

    assert matched.deliver(track(100)) == [Deferred("match_property_not_unique: customer_id")]


def test_a_property_that_is_not_there_is_looked_for_and_all_wait(relay: Relay) -> None:
    relay.crm.unique, relay.crm.hubspot.portal.needs_a_name = ("email", "customer_id"), False
    with_it = properties("email", "plan", "customer_id")
    relay.crm.schema = [properties("email", "plan"), with_it]
    relay.restart(MATCHED)

    assert (
        relay.deliver(identify(100, "u-1", plan="x"), track(200))
        == [Deferred("match_property_missing: customer_id")] * 2
    )
    assert relay.crm.batches == []
    relay.clock.now += 600_000
    assert relay.deliver(identify(100, "u-1", plan="x")) == [Delivered("501")]


# ------------------------------------------------------------------------------------------------- record ids


def test_a_record_that_is_named_is_updated_and_has_no_address_sent_but_its_own_word(relay: Relay) -> None:
    relay.crm.contacts = {KIM: {"id": "7", "email": KIM}}

    relay.deliver(identify(100, "u-1", hs_object_id="7", plan="team"))
    relay.deliver(identify(200, "u-1", city="Odense"))

    assert [dict(each) for each in relay.crm.sent] == [{"plan": "team"}, {"city": "Odense"}]
    assert {each.inputs[0].record_id for each in relay.crm.batches} == {"7"}
    assert relay.leads_to(user_key("u-1")) == "hs_object_id:7"


def test_a_record_that_is_kept_by_its_address_stays_so(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=KIM))

    assert relay.deliver(identify(200, "u-2", hs_object_id="501", plan="team")) == [Delivered("501")]
    assert relay.leads_to(user_key("u-2")) == KIM


def test_an_address_that_leads_to_a_named_record_is_one_contact_with_it(relay: Relay) -> None:
    relay.crm.contacts = {KIM: {"id": "7", "email": KIM}}
    relay.deliver(identify(100, "u-1", hs_object_id="7", plan="team"))

    assert relay.deliver(event("m-2", 200, traits={"email": KIM, "city": "Odense"})) == [Delivered("7")]
    assert relay.deliver(event("m-3", 50, traits={"email": KIM, "plan": "old"})) == [Skipped("stale")]


def test_nothing_but_a_record_id_asks_whether_there_is_such_a_record(relay: Relay) -> None:
    relay.crm.contacts = {KIM: {"id": "7", "email": KIM}}

    outcomes = relay.deliver(identify(100, "u-1", hs_object_id="7"), identify(100, "u-2", hs_object_id="8"))
    assert outcomes == [Skipped("unchanged"), Skipped("contact_unknown")]


def test_a_person_known_by_record_who_tells_a_value_is_the_same_contact(matched: Relay) -> None:
    matched.crm.contacts = {KIM: {"id": "7", "email": KIM}}
    matched.deliver(identify(100, "u-1", hs_object_id="7", plan="team"))

    assert matched.deliver(identify(200, "u-1", customer_id="c-7", city="Odense")) == [Delivered("7")]
    assert held(matched) == {"7": {"email": KIM, "plan": "team", "customer_id": "c-7", "city": "Odense"}}


def test_a_user_known_by_record_needs_no_value(matched: Relay) -> None:
    matched.crm.contacts = {KIM: {"id": "7", "email": KIM}}
    matched.deliver(identify(100, "u-1", hs_object_id="7", plan="team"))

    assert matched.deliver(identify(200, "u-1", city="Odense")) == [Delivered("7")]
    assert matched.deliver(track(300)) == [Delivered("7")]


def test_a_record_that_is_gone_is_found_by_the_address_of_the_event(relay: Relay) -> None:
    assert relay.deliver(identify(100, "u-1", hs_object_id="7", email=KIM)) == [Delivered("501")]
    assert relay.deliver(identify(200, "u-1", plan="team")) == [Delivered("501")]
    assert held(relay) == {"501": {"email": KIM, "plan": "team"}}


def test_a_contact_that_is_gone_is_made_again_with_the_address_that_was_not_sent(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.crm.contacts.clear()

    assert matched.deliver(identify(200, "u-1", email=KIM, plan="team")) == [Delivered("502")]
    assert held(matched) == {"502": {"customer_id": "u-1", "email": KIM, "plan": "team"}}


def test_a_record_that_the_memory_has_lost_and_a_deletion_do_not_meet(relay: Relay) -> None:
    relay.crm.contacts = {KIM: {"id": "7", "email": KIM}}
    relay.restart(Policy(deletes="archive"))
    relay.deliver(identify(100, "u-1", hs_object_id="7", plan="team"))

    assert relay.deliver(event("d-1", 200, "delete", userId="u-1")) == [Delivered("7")]
    assert relay.deliver(identify(150, None, hs_object_id="7", plan="old")) == [Skipped("person_deleted")]


def test_an_id_that_can_be_no_value_leads_to_what_a_trait_has_told(matched: Relay) -> None:
    matched.crm.schema = [properties("email", "plan", customer_id="number")]
    matched.schemas.dated = None
    matched.restart()
    matched.deliver(identify(100, "u-1", email=KIM, customer_id=42))

    assert matched.deliver(identify(200, "u-1", email=BO, plan="team")) == [Delivered("501")]
    assert held(matched) == {"501": {"customer_id": "42", "email": BO, "plan": "team"}}


# ------------------------------------------------------------------- known by address before the setting


@pytest.fixture
def before(relay: Relay) -> Relay:
    """Kim is known by address, and from now on by the property."""
    relay.crm.schema = [properties("email", "plan", "city", "customer_id")]
    relay.restart(Policy(events=EventPolicy("custom")))
    relay.deliver(identify(100, "u-1", email=KIM, plan="team"))
    relay.restart(MATCHED)
    return relay


@pytest.mark.parametrize("traits", [{}, {"customer_id": "c-7"}], ids=str)
def test_the_record_of_who_was_known_by_address_gets_the_value(before: Relay, traits: dict[str, str]) -> None:
    assert before.deliver(identify(200, "u-1", city="Odense", **traits)) == [Delivered("501")]

    assert held(before) == {
        "501": {
            "customer_id": traits.get("customer_id", "u-1"),
            "email": KIM,
            "plan": "team",
            "city": "Odense",
        }
    }
    assert before.crm.reads == [["501"]]
    assert before.deliver(event("m-3", 300, traits={"email": KIM, "city": "Ribe"})) == [Delivered("501")]
    assert before.deliver(identify(50, "u-1", plan="old")) == [Skipped("stale")]
    assert before.crm.reads == [["501"]]


def test_a_call_at_work_on_the_former_record_is_waited_for(before: Relay) -> None:
    before.crm.script = lambda _: NoReply("no_answer")
    before.restart(Policy(events=EventPolicy("custom")))
    before.deliver(identify(150, "u-1", plan="gold"))
    before.crm.script = lambda _: None
    before.restart(MATCHED)

    (outcome,) = before.deliver(identify(200, "u-1", city="Odense"))
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "resting"


def test_a_deletion_takes_the_record_of_who_was_known_by_address(before: Relay) -> None:
    assert before.deliver(event("d-1", 200, "delete", userId="u-1")) == [Delivered("501")]
    assert before.deliver(identify(150, "u-1", city="Odense")) == [Skipped("person_deleted")]


# ------------------------------------------------------------------------------------------------ public keys


def public(made: Event) -> Event:
    return made.model_copy(update={"grant": Grant("k-1")})


@pytest.mark.parametrize("trait", ["customer_id", "hs_object_id"])
def test_a_public_key_names_no_contact_by_value_or_record(matched: Relay, trait: str) -> None:
    matched.deliver(identify(100, "501", email=KIM))

    (report,) = matched.reports(public(event("m-2", 200, traits={trait: "501", "email": BO, "plan": "x"})))

    assert report.dropped == {trait: "unconfirmed"}
    assert held(matched) == {"501": {"customer_id": "501", "email": KIM}, "502": {"email": BO, "plan": "x"}}


def test_a_public_keys_deed_of_a_user_id_is_an_event_that_sets_nothing(matched: Relay) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    context = {"traits": {"customer_id": "u-9", "plan": "x"}}

    (report,) = matched.reports(public(track(200, context=context)))
    assert report.outcome == Delivered("501")
    assert matched.deliver(public(identify(300, "u-2", plan="x"))) == [Skipped("unconfirmed")]
    assert held(matched) == {"501": {"customer_id": "u-1", "email": KIM}}


def test_a_public_key_may_alias_a_visitor_whom_it_has_seen_to_an_unknown_user(relay: Relay) -> None:
    relay.deliver(public(event("m-1", 100, anonymousId="a-1", traits={"email": KIM})))
    aliases = [
        event(f"a-{n}", 200 + n, "alias", userId=user, previousId=previous)
        for n, (user, previous) in enumerate([("u-1", "a-1"), (BO, "a-1"), ("u-2", "a-9")])
    ]

    assert relay.deliver(*map(public, aliases)) == [
        Skipped("alias_remembered"),
        Skipped("alias_not_allowed"),
        Skipped("alias_not_allowed"),
    ]


def test_where_no_contact_may_be_made_an_event_by_address_is_looked_up_first(relay: Relay) -> None:
    relay.restart(Policy(creates_contacts=False, events=EventPolicy("custom")))
    relay.crm.contacts = {KIM: {"id": "7", "email": KIM}}
    relay.crm.further = {"k@example.org": KIM}

    events = [
        track(100 + n, None, properties={"email": each}) for n, each in enumerate((KIM, "k@example.org", BO))
    ]
    assert relay.deliver(*events) == [Delivered("7"), Delivered("7"), Skipped("contact_unknown")]
    assert relay.deliver(*events[:2]) == [Delivered("7"), Delivered("7")]
    assert relay.crm.reads == [[KIM, "k@example.org", BO]]


def test_a_further_name_of_a_remembered_contact_is_remembered(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=KIM))
    relay.crm.further = {BO: KIM}
    relay.restart(Policy(creates_contacts=False, events=EventPolicy("custom")))

    assert relay.deliver(track(200, None, properties={"email": BO})) == [Delivered("501")]
    assert relay.deliver(track(300, None, properties={"email": BO})) == [Delivered("501")]
    assert relay.crm.reads == [[BO]]


@pytest.mark.parametrize("change", ["new", "update"])
def test_a_new_address_that_a_contact_of_hubspots_has_is_that_contacts(relay: Relay, change: Any) -> None:
    relay.restart(Policy(email_change=change))
    relay.deliver(identify(100, "u-1", email=KIM))
    relay.crm.contacts[BO] = {"id": "77", "email": BO}

    assert relay.deliver(identify(200, "u-1", email=BO, plan="team")) == [Delivered("77")]
    assert held(relay) == {"501": {"email": KIM}, "77": {"email": BO, "plan": "team"}}


@pytest.mark.parametrize("value", ["undefined", "NULL", "0", "[object Object]"])
def test_a_value_that_is_nobodys_names_nobody_and_is_given_to_nobody(matched: Relay, value: str) -> None:
    reports = matched.reports(
        event("m-1", 100, traits={"email": KIM, "customer_id": value, "plan": "team"}),
        event("m-2", 200, traits={"email": BO, "customer_id": value, "plan": "free"}),
    )

    assert [each.dropped for each in reports] == [{"customer_id": "placeholder_id"}] * 2
    plans = {each["email"]: each["plan"] for each in held(matched).values()}
    assert plans == {KIM: "team", BO: "free"}
    assert not any("customer_id" in each for each in held(matched).values())


def test_an_address_that_is_handed_on_just_after_the_property_was_set_makes_no_two_people_one(
    matched: Relay,
) -> None:
    matched.restart(replace(MATCHED, match_property=""))
    matched.deliver(identify(100, "u-2", email=KIM, plan="two"))
    matched.deliver(identify(110, "u-3", email=BO, plan="three"))
    matched.restart(MATCHED)

    # As a queue may hand them over: the newest first.
    matched.deliver(identify(210, "u-3", email=KIM), identify(200, "u-2", email="new@example.org"))
    matched.deliver(identify(300, "u-3", plan="four"))

    assert {each["customer_id"]: each["plan"] for each in held(matched).values()} == {
        "u-2": "two",
        "u-3": "four",
    }
