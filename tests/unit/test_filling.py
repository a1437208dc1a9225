"""What `context.traits` of tracks may change of a contact: what is empty in HubSpot, or nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from builders import refusal
from fakes import DEADLINE, properties
from portals import Relay, event, identify, kim

from relay.core.answers import Answer, NoReply, Reply
from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.planning import Batch
from relay.core.policy import EventMode, EventPolicy, Policy
from relay.core.rules import ContextTraits, Rules

KIM = "kim@example.org"
DAY_MS = 86_400_000
MODES: tuple[EventMode, ...] = ("custom", "legacy", "off")
RULES = Rules(
    context_traits="fill",
    views={"page": "Order Completed", "screen": "Order Completed"},
    properties_to_contact={"Order Completed": {"coupon": "zip"}},
)
FILL = Policy(RULES, events=EventPolicy("custom"))
IGNORED = {"context.traits": "context_traits_ignored"}


def track(at_ms: int = 500, /, email: str = KIM, kind: str = "track", **traits: object) -> Event:
    fields: dict[str, Any] = {"event": "Order Completed", "context": {"traits": {"email": email, **traits}}}
    return event(f"t-{at_ms}-{email}", at_ms, kind, **fields)


def order(at_ms: int = 500, /, **traits: object) -> Event:
    """Return a track whose coupon a rule takes for the contact."""
    fields = {"event": "Order Completed", "properties": {"coupon": "x"}}
    return event(f"o-{at_ms}", at_ms, "track", **fields, context={"traits": {"email": KIM, **traits}})


def held(relay: Relay, address: str = KIM) -> Mapping[str, str]:
    """Return what HubSpot has of a contact, but for what it goes by."""
    contact = relay.crm.contacts.get(address, {})
    return {name: text for name, text in contact.items() if name not in ("id", "email")}


@pytest.fixture
def fills(relay: Relay) -> Relay:
    """A relay whose tracks only fill, and whose HubSpot knows a few properties more."""
    relay.crm.schema = [properties("email", "plan", "city", "zip", "lifecyclestage", score="number")]
    relay.restart(FILL)
    return relay


def with_contact(relay: Relay, **held: str) -> None:
    """Let HubSpot have a contact of whom nothing is remembered."""
    relay.crm.contacts[KIM] = {"id": "77", "email": KIM, **held}


# ---------------------------------------------------------------------------------------------------- ignored


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["track", "page", "screen"])
@pytest.mark.parametrize("is_known", [True, False])
def test_ignored_traits_change_nothing_and_cost_no_call(
    fills: Relay, mode: EventMode, kind: str, *, is_known: bool
) -> None:
    fills.restart(Policy(replace(RULES, context_traits="ignore"), events=EventPolicy(mode)))
    if is_known:
        fills.deliver(kim(100, plan="team"))
    before, calls = held(fills), len(fills.crm.batches)

    (report,) = fills.reports(track(200, kind=kind, plan="free", city="Odense", unheard_of=1))

    assert report.dropped == IGNORED
    assert isinstance(report.outcome, Skipped if mode == "off" else Delivered)
    # A legacy event is one of an address: that of a known contact is asked for.
    reads = [["501"]] if mode == "legacy" and is_known else []
    assert (held(fills), len(fills.crm.batches), fills.crm.reads) == (before, calls, reads)
    assert not any("plan=" in query for query in fills.events.queries)


def test_the_address_of_ignored_traits_still_names_the_contact(fills: Relay) -> None:
    fills.restart(Policy(replace(RULES, context_traits="ignore"), events=EventPolicy("custom")))

    (report,) = fills.reports(track())

    assert (report.outcome, report.dropped) == (Delivered(""), {})
    assert [dict(each.person) for each in fills.events.sent] == [{"email": KIM}]


@pytest.mark.parametrize("mode", MODES)
def test_what_a_rule_takes_from_an_event_is_set_though_traits_are_ignored(
    fills: Relay, mode: EventMode
) -> None:
    fills.restart(Policy(replace(RULES, context_traits="ignore"), events=EventPolicy(mode)))

    (report,) = fills.reports(order(plan="free"))

    assert report.dropped.items() >= IGNORED.items()
    if mode == "legacy":
        assert ["zip=x" in query for query in fills.events.queries] == [True]
        assert fills.crm.batches == []
    else:
        assert held(fills) == {"zip": "x"}


@pytest.mark.parametrize("context_traits", ["set", "ignore"])
def test_only_filling_asks_hubspot_what_it_has(relay: Relay, context_traits: ContextTraits) -> None:
    relay.restart(Policy(Rules(context_traits=context_traits), events=EventPolicy("custom")))

    relay.deliver(track(100, plan="team"), kim(200))
    relay.deliver(track(300, city="Odense"))

    assert relay.crm.reads == []


# ----------------------------------------------------------------------------------------------------- filled


@pytest.mark.parametrize("kind", ["track", "page", "screen"])
def test_only_what_is_empty_is_filled_and_the_rest_is_told(fills: Relay, kind: str) -> None:
    with_contact(fills, plan="team", city="")

    (report,) = fills.reports(track(kind=kind, plan="free", city="Odense", score=0))

    assert held(fills) == {"plan": "team", "city": "Odense", "score": "0"}
    assert (report.outcome, report.dropped) == (Delivered("77"), {"plan": "already_set"})
    assert (fills.crm.reads, fills.crm.read_names) == ([[KIM]], [["city", "plan", "score"]])
    assert fills.crm.sent == [{"city": "Odense", "score": "0"}]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_copy_that_is_right_is_not_told_as_left_out(fills: Relay, *, is_known: bool) -> None:
    if is_known:
        fills.deliver(kim(100, plan="team"))
    else:
        with_contact(fills, plan="team")

    reports = fills.reports(track(200, plan="team"), track(150, city="Rom"), kim(120, city="Rom"))

    assert [each.dropped for each in [*reports, *fills.reports(track(300, plan="team"))]] == [{}] * 4
    assert fills.crm.contacts[KIM]["plan"] == "team"


def test_what_was_found_filled_is_known_to_an_identify(fills: Relay) -> None:
    with_contact(fills, plan="team")
    fills.deliver(track(200, plan="free"))

    assert fills.deliver(kim(300, plan="team")) == [Skipped("unchanged")]
    assert fills.crm.batches == []


def test_a_value_that_no_text_can_hold_is_a_value(fills: Relay) -> None:
    with_contact(fills, plan="\ud800")

    (report,) = fills.reports(track(200, plan="free"))

    assert report.dropped == {"plan": "already_set"}


def test_of_a_contact_that_there_is_not_yet_everything_is_filled(fills: Relay) -> None:
    (report,) = fills.reports(track(plan="team", city="Odense"))

    assert (report.outcome, report.dropped) == (Delivered("501"), {})
    assert held(fills) == {"plan": "team", "city": "Odense"}


@pytest.mark.parametrize("has_all", [True, False])
def test_what_was_found_filled_is_not_asked_again_for_as_long_as_it_is_believed(
    fills: Relay, *, has_all: bool
) -> None:
    with_contact(fills, plan="team", **({"city": "Odense"} if has_all else {}))
    fills.deliver(track(100, plan="free", city="Aarhus"))
    calls = len(fills.crm.batches)
    fills.restart()

    (report,) = fills.reports(track(200, plan="gold", city="Esbjerg"))

    assert report.dropped == {"plan": "already_set", "city": "already_set"}
    assert (len(fills.crm.reads), len(fills.crm.batches)) == (1, calls)

    # Later somebody may have emptied it.
    fills.clock.now += DAY_MS + 1
    fills.crm.contacts[KIM]["plan"] = ""
    fills.deliver(track(300, plan="gold", city="Esbjerg"))
    assert len(fills.crm.reads) == 2
    assert fills.crm.contacts[KIM]["plan"] == "gold"
    assert fills.crm.contacts[KIM]["city"] != "Esbjerg"


def test_a_contact_of_which_all_was_found_filled_is_remembered(fills: Relay) -> None:
    with_contact(fills, plan="team")

    fills.deliver(
        event("t-1", 100, "track", event="Order Completed", userId="u-1", context=track(plan="x").context)
    )

    assert fills.crm.batches == []
    assert dict(fills.events.sent[0].person) == {"objectId": "77"}
    assert fills.deliver(identify(200, "u-1", city="Odense")) == [Delivered("77")]
    assert len(fills.crm.reads) == 1


def test_what_an_identify_has_set_is_known_without_a_call(fills: Relay) -> None:
    fills.deliver(kim(100, plan="team"))
    calls = len(fills.crm.batches)

    (report,) = fills.reports(track(900, plan="free"))

    assert report.dropped == {"plan": "already_set"}
    assert (fills.crm.reads, len(fills.crm.batches)) == ([], calls)


def test_what_may_have_changed_meanwhile_is_asked(fills: Relay) -> None:
    fills.deliver(kim(100, plan="team"))
    fills.crm.contacts[KIM]["plan"] = ""

    fills.reports(track(900, plan="free"), doubted_until_ms=fills.clock.now + 1)

    assert fills.crm.reads == [["501"]]
    assert held(fills) == {"plan": "free"}


@pytest.mark.parametrize("at_ms", [100, 900])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_an_identifys_word_counts_before_a_filling_one_whatever_their_times(
    fills: Relay, at_ms: int, *, is_one_batch: bool
) -> None:
    events = [track(500, plan="free", city="Odense"), kim(at_ms, plan="team")]

    batches = [events] if is_one_batch else [[one] for one in events]
    reports = [report for batch in batches for report in fills.reports(*batch)]

    assert held(fills) == {"plan": "team", "city": "Odense"}
    assert reports[1].dropped == {}
    if is_one_batch:
        assert reports[0].dropped == {"plan": "already_set"}
    # And whoever comes later finds it filled.
    (again,) = fills.reports(track(950, plan="other"))
    assert again.dropped == {"plan": "already_set"}


def test_what_was_found_filled_is_older_than_any_event(fills: Relay) -> None:
    with_contact(fills, plan="gold")
    fills.deliver(track(500, plan="free"))

    # Long before any track, and before 1970.
    (report,) = fills.reports(
        event("m-1", 500, timestamp="1969-01-01T00:00:00Z", traits={"email": KIM, "plan": "a"})
    )

    assert report.dropped == {}
    assert held(fills) == {"plan": "a"}


@pytest.mark.parametrize("is_reversed", [True, False])
def test_of_several_filling_ones_the_newest_fills(fills: Relay, *, is_reversed: bool) -> None:
    events = [track(300, plan="new"), track(200, plan="old", city="Odense"), track(100, plan="oldest")]

    fills.deliver(*(reversed(events) if is_reversed else events))

    assert held(fills) == {"plan": "new", "city": "Odense"}
    assert fills.crm.reads == [[KIM]]


@pytest.mark.parametrize("empty", ["", None])
def test_what_is_empty_fills_nothing(fills: Relay, empty: object) -> None:
    fills.restart(replace(FILL, rules=replace(RULES, clear_nulls=True)))
    with_contact(fills, plan="team")

    (report,) = fills.reports(track(plan=empty))

    assert "no_value" in report.dropped.values()
    assert held(fills) == {"plan": "team"}
    assert (fills.crm.reads, fills.crm.batches) == ([], [])


@pytest.mark.parametrize("is_one_batch", [True, False])
@pytest.mark.parametrize(("at_ms", "plan", "dropped"), [(200, "free", {}), (50, "", {"plan": "stale"})])
def test_what_an_identify_has_cleared_is_empty_for_what_happened_later(
    fills: Relay, at_ms: int, plan: str, dropped: Mapping[str, str], *, is_one_batch: bool
) -> None:
    with_contact(fills, plan="team")
    events = [kim(100, plan=""), track(at_ms, plan="free")]

    batches = [events] if is_one_batch else [[one] for one in events]
    reports = [report for batch in batches for report in fills.reports(*batch)]

    assert held(fills).get("plan", "") == plan
    assert reports[1].dropped == dropped
    # An identify from before the clearing stays stale.
    assert fills.reports(kim(80, plan="gold"))[0].dropped == {"plan": "stale"}


@pytest.mark.parametrize("filled", ["a", "b", "c", "d", "e"])
def test_what_fills_takes_no_part_where_two_identifies_have_one_time(fills: Relay, filled: str) -> None:
    fills.deliver(kim(100, plan=""))
    fills.deliver(track(200, plan=filled))

    (report,) = fills.reports(event("m-2", 100, traits={"email": KIM, "plan": "gold"}))

    assert report.dropped == {}
    assert held(fills) == {"plan": "gold"}


def test_before_what_was_cleared_is_filled_hubspot_is_asked(fills: Relay) -> None:
    fills.deliver(kim(100, plan=""))
    fills.crm.contacts[KIM]["plan"] = "by hand"

    (report,) = fills.reports(track(200, plan="free"))

    assert report.dropped == {"plan": "already_set"}
    assert held(fills) == {"plan": "by hand"}


def test_a_filling_event_sets_what_a_rule_takes_from_it(fills: Relay) -> None:
    with_contact(fills, plan="team", zip="y")

    (report,) = fills.reports(order(plan="free", zip="z"))

    assert report.dropped.items() >= {"plan": "already_set"}.items()
    assert held(fills) == {"plan": "team", "zip": "x"}


def test_a_stale_word_takes_nothing_from_a_filling_one(fills: Relay) -> None:
    fills.deliver(kim(300, plan=""))

    fills.deliver(kim(200, plan="old"), track(400, plan="free"))

    assert held(fills) == {"plan": "free"}


def test_the_lifecycle_stage_is_filled_and_never_set_back(fills: Relay) -> None:
    fills.restart(replace(FILL, rules=replace(RULES, lifecyclestage="any")))
    with_contact(fills)

    fills.deliver(track(100, lifecycleStage="lead"))
    assert held(fills) == {"lifecyclestage": "lead"}

    fills.deliver(track(200, lifecycleStage="subscriber"))
    assert held(fills) == {"lifecyclestage": "lead"}


def test_a_stage_that_was_set_between_question_and_answer_stays(fills: Relay) -> None:
    """HubSpot answers with the stage that it has kept."""
    fills.restart(replace(FILL, rules=replace(RULES, lifecyclestage="any")))
    with_contact(fills)

    def keep(batch: Batch) -> Answer | None:
        properties = {"lifecyclestage": "customer"}
        results = [
            {"id": "77", "objectWriteTraceId": each.trace_id, "properties": properties}
            for each in batch.inputs
        ]
        return Reply(200, {"results": results})

    fills.crm.script = keep
    (report,) = fills.reports(track(100, lifecycleStage="lead"))

    assert report.dropped == {"lifecyclestage": "kept_by_hubspot"}
    assert len(fills.crm.batches) == 1


# ------------------------------------------------------------------------------------------------ many people


def test_a_hundred_people_are_asked_about_in_one_call_and_only_those_with_something_to_fill(
    fills: Relay,
) -> None:
    known = [identify(n, f"u-{n}", email=f"p{n}@example.org", plan="team") for n in range(100, 130)]
    fills.deliver(*known)
    tracks = [track(900 + n, f"p{n}@example.org", plan="free") for n in range(100, 350)]

    fills.deliver(*tracks)

    assert sorted(map(len, fills.crm.reads)) == [20, 100, 100]
    assert {tuple(names) for names in fills.crm.read_names} == {("plan",)}
    assert {each["plan"] for each in fills.crm.contacts.values()} == {"team", "free"}


# ---------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    "answer", [Reply(503), NoReply("no_answer: ReadTimeout"), NoReply("window_full", 2_000)]
)
@pytest.mark.parametrize("is_known", [True, False])
def test_if_hubspot_cannot_be_asked_the_event_waits(fills: Relay, answer: Answer, *, is_known: bool) -> None:
    if is_known:
        fills.deliver(kim(100, plan="team"))
    calls = len(fills.crm.batches)
    fills.crm.read_answer = answer

    (outcome,) = fills.deliver(track(500, city="Odense"))

    reason = "status_503" if isinstance(answer, Reply) else answer.reason
    assert isinstance(outcome, Deferred)
    assert outcome.reason == reason
    assert (fills.events.sent, len(fills.crm.batches)) == ([], calls)

    fills.crm.read_answer = None
    assert fills.deliver(track(500, city="Odense")) == [Delivered("501")]
    assert fills.crm.contacts[KIM]["city"] == "Odense"


@pytest.mark.parametrize("is_unchanged", [True, False])
def test_what_needs_no_question_does_not_wait_for_its_answer(fills: Relay, *, is_unchanged: bool) -> None:
    if is_unchanged:
        fills.deliver(kim(200, plan="team"))
    fills.crm.read_answer = Reply(503)

    outcomes = fills.deliver(kim(200, plan="team"), track(500, city="Odense"), track(600, plan="free"))

    first = Skipped("unchanged") if is_unchanged else Delivered("501", is_merged=True)
    assert outcomes == [first, Deferred("status_503"), Delivered("501")]
    assert held(fills) == {"plan": "team"}
    assert len(fills.crm.batches) == 1


def test_a_contact_that_may_still_be_written_is_not_asked_about(fills: Relay) -> None:
    fills.crm.script = lambda _: NoReply("no_answer: ReadTimeout")
    fills.deliver(kim(100, plan="team"))
    fills.crm.script = lambda _: None

    (outcome,) = fills.deliver(track(500, city="Odense"))

    assert isinstance(outcome, Deferred)
    assert outcome.reason == "resting"
    assert fills.crm.reads == []


def test_after_a_lost_answer_hubspot_is_asked_again(fills: Relay) -> None:
    with_contact(fills)

    def lose(batch: Batch) -> Answer | None:
        fills.crm.script = lambda _: None
        fills.crm.write_contacts(batch, DEADLINE)
        return Reply(500)

    fills.crm.script = lose
    assert fills.deliver(track(500, plan="free")) == [Deferred("status_500")]

    (report,) = fills.reports(track(500, plan="free"))
    assert (report.outcome, report.dropped) == (Delivered("77"), {})
    assert held(fills) == {"plan": "free"}
    assert fills.crm.reads == [[KIM], [KIM]]


def test_a_contact_that_was_deleted_in_hubspot_is_made_anew_with_all_that_is_offered(fills: Relay) -> None:
    fills.deliver(kim(100, plan="team"))
    fills.crm.contacts.clear()

    (report,) = fills.reports(track(500, plan="free", city="Odense"))

    assert (report.outcome, report.dropped) == (Delivered("502"), {})
    assert held(fills) == {"plan": "free", "city": "Odense"}


@pytest.mark.parametrize("has_plan", [True, False])
def test_a_contact_that_is_found_by_a_further_address_keeps_its_own(fills: Relay, *, has_plan: bool) -> None:
    with_contact(fills, **({"plan": "team"} if has_plan else {}))
    fills.crm.further["further@example.org"] = KIM

    (report,) = fills.reports(track(500, "further@example.org", plan="free"))

    assert report.dropped == ({"plan": "already_set"} if has_plan else {})
    assert fills.crm.contacts.keys() == {KIM}
    assert held(fills) == {"plan": "team" if has_plan else "free"}
    # From now on the two are one.
    assert fills.deliver(kim(600, city="Odense")) == [Delivered("77")]
    fills.deliver(track(700, "further@example.org", plan="other"))
    assert held(fills) == {"plan": "team" if has_plan else "free", "city": "Odense"}


def test_a_public_keys_list_counts_for_what_it_offers(fills: Relay) -> None:
    with_contact(fills, city="Odense")
    phone = Grant("key-1", traits=frozenset({"plan"}))

    (report,) = fills.reports(track(500, plan="free", zip="1").model_copy(update={"grant": phone}))

    assert report.dropped == {"context.traits.zip": "not_allowed"}
    assert held(fills) == {"plan": "free", "city": "Odense"}


def test_a_public_key_offers_nothing_to_whom_it_names_by_an_id_alone(fills: Relay) -> None:
    fills.deliver(identify(100, "u-1", email=KIM))
    context = {"traits": {"plan": "free"}}
    named = event("t-1", 500, "track", event="Order Completed", userId="u-1", context=context)

    (report,) = fills.reports(named.model_copy(update={"grant": Grant("key-1")}))

    assert report.dropped == {"plan": "unconfirmed"}
    assert (held(fills), fills.crm.reads) == ({}, [])


FURTHER = "further@example.org"


@pytest.mark.parametrize("is_reversed", [True, False])
@pytest.mark.parametrize("offered", [{}, {"city": "Rom"}])
def test_two_addresses_that_turn_out_to_be_one_contacts_fill_it_as_one(
    fills: Relay, offered: Mapping[str, str], *, is_reversed: bool
) -> None:
    with_contact(fills, plan="team")
    fills.crm.further[FURTHER] = KIM
    events = [track(100, FURTHER, plan="free", **offered), track(200, plan="gold", city="Odense")]

    fills.deliver(*(reversed(events) if is_reversed else events))

    assert held(fills) == {"plan": "team", "city": "Odense"}
    # Under both addresses it is known from now on what HubSpot has.
    fills.deliver(track(300, plan="free", city="Oslo"))
    calls = len(fills.crm.reads), len(fills.crm.batches)
    fills.deliver(track(400, plan="free", city="Oslo"), track(500, FURTHER, plan="gold", city="Esbjerg"))
    assert (len(fills.crm.reads), len(fills.crm.batches)) == calls
    assert held(fills) == {"plan": "team", "city": "Odense"}


@pytest.mark.parametrize("is_reversed", [True, False])
def test_an_identify_by_one_address_counts_before_an_offer_by_another(
    fills: Relay, *, is_reversed: bool
) -> None:
    with_contact(fills)
    fills.crm.further[FURTHER] = KIM
    events = [kim(100, plan="team"), track(200, FURTHER, plan="free")]

    fills.deliver(*(reversed(events) if is_reversed else events))

    assert held(fills) == {"plan": "team"}


def test_where_no_contact_may_be_made_an_unknown_one_is_left_alone(fills: Relay) -> None:
    fills.restart(replace(FILL, creates_contacts=False))

    (report,) = fills.reports(track(500, plan="free"))

    assert report.outcome == Skipped("contact_unknown")
    # Asked for what is empty, and for whose the event is.
    assert (fills.crm.contacts.plain(), fills.crm.batches, fills.crm.reads) == ({}, [], [[KIM], [KIM]])

    with_contact(fills)
    assert fills.deliver(track(600, plan="free")) == [Delivered("77")]
    assert len(fills.crm.reads) == 3


def test_a_contact_whose_address_changes_in_the_same_events_is_filled(fills: Relay) -> None:
    fills.restart(replace(FILL, email_change="update"))
    fills.deliver(identify(100, "u-1", email=KIM, plan="team"))

    moved = identify(200, "u-1", email="new@example.org")
    fills.deliver(moved, track(300, "new@example.org", plan="free", city="Odense"))

    assert held(fills, "new@example.org") == {"plan": "team", "city": "Odense"}


def test_a_refused_value_is_told_and_the_rest_filled(fills: Relay) -> None:
    with_contact(fills)

    def refuse(batch: Batch) -> Answer | None:
        if not any("plan" in each.properties for each in batch.inputs):
            return None
        context = {"propertyName": ["plan"]}
        errors = [{"code": "INVALID_OPTION", "message": "no", "context": context}]
        return refusal(400, {"category": "VALIDATION_ERROR", "message": "no", "errors": errors})

    fills.crm.script = refuse
    (report,) = fills.reports(track(500, plan="bronze", city="Odense"))

    assert report.dropped == {"plan": "refused_invalid_option"}
    assert held(fills) == {"city": "Odense"}


# ----------------------------------------------------------------------------------------------------- legacy


def test_a_legacy_event_fills_by_a_contact_call_and_its_url_sets_what_a_rule_takes(fills: Relay) -> None:
    fills.restart(replace(FILL, events=EventPolicy("legacy")))
    with_contact(fills, plan="team")

    (report,) = fills.reports(order(plan="free", city="Odense"))

    assert report.dropped.items() >= {"plan": "already_set"}.items()
    assert held(fills) == {"plan": "team", "city": "Odense"}
    (query,) = fills.events.queries
    assert ("zip=x" in query, "plan=" in query, "city=" in query) == (True, False, False)


def test_a_legacy_event_with_nothing_to_fill_makes_no_contact_call(fills: Relay) -> None:
    fills.restart(replace(FILL, events=EventPolicy("legacy")))

    fills.deliver(
        event("o-1", 500, "track", event="Order Completed", properties={"email": KIM, "coupon": "x"})
    )

    assert ["zip=x" in query for query in fills.events.queries] == [True]
    assert (fills.crm.reads, fills.crm.batches) == ([], [])
