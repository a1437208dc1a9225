"""One portal's work, with a HubSpot that answers from a script."""

from collections import Counter

import pytest
from builders import refusal
from fakes import DEADLINE, properties
from portals import Relay, event, identify, kim, people

from relay.core.answers import Answer, NoReply, Reply
from relay.core.halving import MAX_EXTRA_CALLS
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.core.planning import Batch
from relay.core.policy import Policy
from relay.reports import Report

BAD_REQUEST = refusal(
    400, {"category": "VALIDATION_ERROR", "message": "Duplicate IDs", "correlationId": "c-1"}
)


def test_each_event_gets_the_outcome_of_its_own_input_whatever_the_order_of_the_answer(relay: Relay) -> None:
    outcomes = relay.deliver(*people(3))

    ids = [relay.crm.contacts[f"p{n}@example.org"]["id"] for n in range(3)]
    assert outcomes == [Delivered(each) for each in ids]
    assert len(set(ids)) == 3


def test_events_of_one_person_share_one_input_and_its_outcome(relay: Relay) -> None:
    newer = kim(900, plan="team")
    older = identify(100, email="KIM@example.org", plan="free", city="Odense")

    assert relay.deliver(newer, older) == [Delivered("501"), Delivered("501", is_merged=True)]
    assert relay.crm.sent == [{"email": "kim@example.org", "plan": "team", "city": "Odense"}]


def test_a_thousand_people_are_ten_calls(relay: Relay) -> None:
    assert all(isinstance(outcome, Delivered) for outcome in relay.deliver(*people(1000)))
    assert [len(batch.inputs) for batch in relay.crm.batches] == [100] * 10


def test_what_is_skipped_costs_no_call(relay: Relay) -> None:
    assert relay.deliver(event("m-1", kind="page"), identify(plan="team")) == [
        Skipped("type_not_supported"),
        Skipped("no_email"),
    ]
    assert relay.crm.batches == []


def test_dropped_traits_are_reported_beside_the_outcome(relay: Relay) -> None:
    assert relay.reports(kim(shoe=39)) == [Report(Delivered("501"), {"shoe": "unknown_property"})]


def test_a_batch_that_is_refused_as_a_whole_costs_only_the_input_at_fault(relay: Relay) -> None:
    def refuse_p13(batch: Batch) -> Answer | None:
        return BAD_REQUEST if "p13@example.org" in {e.ref.id for e in batch.inputs} else None

    relay.crm.script = refuse_p13
    found = relay.deliver(*people(100))

    assert found[13] == Rejected("refused", "Duplicate IDs", "VALIDATION_ERROR", "c-1")
    assert all(isinstance(outcome, Delivered) for n, outcome in enumerate(found) if n != 13)
    assert len(relay.crm.batches) <= 15


def test_each_event_is_told_of_the_properties_that_it_has_named_itself(relay: Relay) -> None:
    relay.deliver(kim(500, plan="team"))

    older, newer = relay.reports(kim(400, plan="free"), kim(600, city="Odense"))

    assert older == Report(Delivered("501", is_merged=True), {"plan": "stale"})
    assert newer == Report(Delivered("501"))


def test_of_a_known_contact_one_item_is_written(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1", plan="free"))
    relay.restart()
    before = relay.profiles.writes

    relay.deliver(kim(200, "u-1", plan="team"))

    assert relay.profiles.writes == before + 1


def test_a_hubspot_that_refuses_everything_is_not_asked_hundreds_of_times_and_nothing_is_lost(
    relay: Relay,
) -> None:
    relay.crm.script = lambda batch: refusal(400, {"message": f"{batch.inputs[0].ref.id} is not welcome"})
    found = relay.deliver(*people(100))

    assert len(relay.crm.batches) == 1 + MAX_EXTRA_CALLS
    assert {type(outcome) for outcome in found} == {Deferred, Rejected}


def test_a_hubspot_that_refuses_all_in_the_same_words_is_let_alone_and_nothing_is_rejected(
    relay: Relay,
) -> None:
    relay.crm.script = lambda _: BAD_REQUEST
    found = relay.deliver(*people(100))

    assert len(relay.crm.batches) < 1 + MAX_EXTRA_CALLS
    words = Rejected("refused", "Duplicate IDs", "VALIDATION_ERROR", "c-1")
    assert set(found) == {Deferred("refused_alike"), Deferred("refused_alike", at_last=words)}


@pytest.mark.parametrize("count", [4, 5])
def test_few_that_are_refused_alike_are_rejected_and_more_only_if_others_are_accepted(
    relay: Relay, count: int
) -> None:
    bad = {f"p{n}@example.org" for n in range(count)}
    relay.crm.script = lambda b: BAD_REQUEST if any(entry.ref.id in bad for entry in b.inputs) else None

    alone = {type(each) for each in relay.deliver(*people(count))}
    among_others = relay.deliver(*reversed(people(50)))

    assert alone == {Rejected if count < 5 else Deferred}
    assert Counter(map(type, among_others)) == {Delivered: 50 - count, Rejected: count}


def test_those_that_are_sent_again_in_vain_are_rejected_because_others_were_accepted(relay: Relay) -> None:
    """Each loses a property, and is refused all the same, in one and the same words."""

    def refuse(batch: Batch) -> Answer | None:
        first = [entry for entry in batch.inputs if "plan" in entry.properties]
        again = [entry for entry in batch.inputs if entry.ref.id.startswith("bad")]
        if not first:
            return BAD_REQUEST if again else None
        relay.crm.script = lambda _: None
        answer = relay.crm.write_contacts(Batch(tuple(e for e in batch.inputs if e not in again)), DEADLINE)
        relay.crm.script = refuse
        assert isinstance(answer, Reply)
        error = {
            "category": "VALIDATION_ERROR",
            "message": "bad",
            "errors": [{"code": "INVALID_OPTION", "context": {"propertyName": ["plan"]}}],
            "context": {"objectWriteTraceId": [entry.trace_id for entry in again]},
        }
        return Reply(207, {**dict(answer.body), "errors": [error]})  # type: ignore[call-overload] # an object

    relay.crm.script = refuse
    bad = [identify(n, email=f"bad{n}@example.org", plan="x") for n in range(6)]

    found = relay.deliver(kim(plan="team"), *bad)

    assert Counter(map(type, found)) == {Delivered: 1, Rejected: 6}


def test_an_input_that_the_answer_does_not_mention_is_not_delivered(relay: Relay) -> None:
    relay.crm.script = lambda _: Reply(200, {"status": "COMPLETE", "results": []})

    assert relay.deliver(*people(1)) == [Deferred("missing_outcome")]


def test_without_an_answer_everything_comes_back(relay: Relay) -> None:
    relay.crm.script = lambda _: NoReply("no_answer: ReadTimeout")

    assert relay.deliver(*people(2)) == [Deferred("no_answer: ReadTimeout")] * 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(500), "schema_status_500"),
        (Reply(200, "<html>"), "not_hubspot: status_200"),
        (Reply(200, {"results": 7}), "schema_status_200"),
        (Reply(200, {"results": []}), "schema_status_200"),
        (Reply(401), "access_token_refused"),
        (refusal(403, {"category": "MISSING_SCOPES"}), "missing_scope: HubSpot does not say which"),
        (
            refusal(
                403, {"errors": [{"context": {"requiredGranularScopes": ["crm.schemas.contacts.read"]}}]}
            ),
            "missing_scope: crm.schemas.contacts.read",
        ),
        (NoReply("window_full"), "window_full"),
    ],
)
def test_without_a_schema_nothing_is_sent_and_everything_comes_back(
    relay: Relay, answer: Answer, reason: str
) -> None:
    relay.crm.schema = [answer]

    assert relay.deliver(*people(1)) == [Deferred(reason)]
    assert relay.crm.batches == []


def test_without_the_memory_nothing_is_sent_and_everything_comes_back(relay: Relay) -> None:
    relay.profiles.is_down = True

    assert relay.deliver(kim(plan="team")) == [Deferred("memory_unavailable")]
    assert relay.crm.batches == []


def test_what_could_not_be_remembered_comes_back_and_is_sent_again(relay: Relay) -> None:
    relay.profiles.is_read_only = True
    first = relay.deliver(kim(plan="team"))
    relay.profiles.is_read_only = False

    assert first == [Deferred("memory_unavailable")]
    assert relay.deliver(kim(plan="team")) == [Delivered("501")]
    assert len(relay.crm.sent) == 2


def test_what_hubspot_has_is_not_sent_again_by_whichever_process(relay: Relay) -> None:
    relay.deliver(kim(100, plan="team"))
    relay.restart()

    assert relay.deliver(kim(200, plan="team")) == [Skipped("unchanged")]
    assert len(relay.crm.sent) == 1


@pytest.mark.parametrize(
    ("resend_after_ms", "passed_ms", "sent"), [(1_000, 500, 1), (1_000, 1_500, 2), (0, 0, 2)]
)
def test_it_is_sent_again_after_a_time_that_may_be_set(
    relay: Relay, resend_after_ms: int, passed_ms: int, sent: int
) -> None:
    relay.restart(Policy(resend_after_ms=resend_after_ms))
    relay.deliver(kim(100, plan="team"))
    relay.clock.now += passed_ms
    relay.deliver(kim(200, plan="team"))

    assert len(relay.crm.sent) == sent


def test_a_stale_value_never_overwrites_a_newer_one(relay: Relay) -> None:
    relay.deliver(kim(200, plan="team"))

    (mixed,) = relay.reports(kim(100, plan="free", city="Odense"))
    (stale,) = relay.reports(kim(150, plan="free"))

    assert mixed == Report(Delivered("501"), {"plan": "stale"})
    assert stale == Report(Skipped("stale"), {"plan": "stale"})
    assert relay.crm.contacts["kim@example.org"]["plan"] == "team"


def test_a_lost_answer_is_not_taken_for_an_old_value(relay: Relay) -> None:
    """HubSpot has the value in between, though nobody was told: what was confirmed before it is in doubt."""

    def write_without_a_word(batch: Batch) -> Answer:
        relay.crm.contacts["kim@example.org"] |= batch.inputs[0].properties
        return NoReply("no_answer: ReadTimeout")

    relay.deliver(kim(100, plan="team"))
    relay.crm.script = write_without_a_word
    relay.deliver(kim(200, plan="free"))
    relay.crm.script = lambda _: None
    relay.clock.now += relay.policy.rest_ms

    assert relay.deliver(kim(300, plan="team")) == [Delivered("501")]
    assert relay.deliver(kim(200, plan="free")) == [Skipped("stale")]
    assert relay.crm.contacts["kim@example.org"]["plan"] == "team"


def test_what_a_crashed_sender_may_have_written_is_in_doubt_too(relay: Relay) -> None:
    relay.deliver(kim(100, plan="team"))
    relay.crm.contacts["kim@example.org"]["plan"] = "free"
    crashed_at_ms = relay.clock.now

    assert relay.deliver(kim(300, plan="team"), doubted_until_ms=crashed_at_ms) == [Delivered("501")]
    assert relay.crm.contacts["kim@example.org"]["plan"] == "team"


def test_a_contact_that_was_deleted_in_hubspot_comes_back_with_what_the_event_carries(relay: Relay) -> None:
    relay.deliver(kim(100, plan="team", city="Odense"))
    relay.crm.contacts.clear()

    assert relay.deliver(kim(200, plan="free")) == [Delivered("502")]
    # What it held before is not taken for granted any more.
    assert relay.deliver(kim(300, city="Odense")) == [Delivered("502")]
    assert relay.crm.contacts["kim@example.org"]["city"] == "Odense"


def test_a_known_user_needs_no_address(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"))

    assert relay.deliver(identify(200, "u-1", plan="team")) == [Delivered("501")]
    assert relay.deliver(identify(300, "u-2", plan="team")) == [Skipped("no_email")]
    assert relay.crm.contacts["kim@example.org"]["plan"] == "team"


def test_a_browser_speaks_for_its_user_only_while_it_names_nobody(relay: Relay) -> None:
    relay.deliver(event("m-1", 100, anonymousId="a-1", traits={"email": "kim@example.org"}))
    quiet = event("m-2", 200, anonymousId="a-1", traits={"plan": "team"})
    other = event("m-3", 300, anonymousId="a-1", userId="u-9", traits={"plan": "free"})

    assert relay.deliver(quiet, other) == [Delivered("501"), Skipped("no_email")]
    assert relay.crm.contacts["kim@example.org"]["plan"] == "team"


def test_properties_that_hubspot_refuses_cost_themselves_and_no_more(relay: Relay) -> None:
    def refuse_plan(batch: Batch) -> Answer | None:
        (entry,) = batch.inputs
        if "plan" not in entry.properties:
            return None
        error = {
            "category": "VALIDATION_ERROR",
            "context": {"objectWriteTraceId": [entry.trace_id]},
            "errors": [{"code": "INVALID_OPTION", "context": {"propertyName": ["plan"]}}],
        }
        return Reply(207, {"results": [], "errors": [error]})

    relay.crm.script = refuse_plan

    assert relay.reports(kim(plan="gold", city="Odense")) == [
        Report(Delivered("501"), {"plan": "refused_invalid_option"})
    ]
    assert relay.crm.contacts["kim@example.org"] == {
        "id": "501",
        "email": "kim@example.org",
        "city": "Odense",
    }


def test_a_property_that_is_gone_costs_itself_and_the_schema_is_read_again_later(relay: Relay) -> None:
    def refuse_plan(batch: Batch) -> Answer | None:
        if not any("plan" in entry.properties for entry in batch.inputs):
            return None
        detail = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["plan"]}}
        return refusal(400, {"category": "VALIDATION_ERROR", "errors": [detail]})

    relay.crm.script = refuse_plan
    relay.crm.schema = [properties("email", "plan", "city"), properties("email", "city")]
    relay.deliver(*people(1))
    relay.clock.now += 600_000

    reports = relay.reports(kim(plan="gold"), identify(email="bo@example.org", city="Odense"))

    assert [type(each.outcome) for each in reports] == [Delivered, Delivered]
    assert [each.dropped for each in reports] == [{"plan": "refused_property_doesnt_exist"}, {}]
    assert relay.crm.schema_calls == 2
    assert relay.reports(kim(600, plan="gold")) == [
        Report(Skipped("unchanged"), {"plan": "unknown_property"})
    ]


def test_what_is_written_is_remembered_before_more_is(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.contacts.REMEMBERED_AT_ONCE", 2)
    remembered: list[int] = []

    def note(_: Batch) -> None:
        remembered.append(relay.profiles.writes)

    relay.crm.script = note

    assert len(set(relay.deliver(*people(5)))) == 5
    # A contact each, and the pointer by which HubSpot's id leads to it.
    assert remembered == [0, 4, 8]
