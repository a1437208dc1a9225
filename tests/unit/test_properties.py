"""The schema: read rarely, shared, refreshed for a reason; and properties that are made for new traits."""

from dataclasses import replace
from typing import Any

import pytest
from builders import refusal
from fakes import properties
from portals import Relay, event, kim, people

from relay.core.answers import Answer, NoReply, Reply
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.planning import Batch
from relay.core.policy import Policy
from relay.core.quotas import MakingLimits
from relay.core.rules import Rules
from relay.properties import CREATE_AGAIN_MS
from relay.reports import Report
from relay.schemas import ASK_AFTER_MS, MAX_AGE_MS, NEW_FOR_MS, REFRESH_AFTER_MS

CREATE = Policy(creates_properties=True)


def test_the_schema_is_read_now_and_then_and_a_stale_one_serves_on(relay: Relay) -> None:
    relay.crm.schema = [properties("email"), Reply(500), properties("email")]
    for _ in range(2):
        relay.deliver(*people(1))
    assert relay.crm.schema_calls == 1

    relay.clock.now += MAX_AGE_MS
    relay.deliver(*people(1))
    assert relay.crm.schema_calls == 2
    relay.deliver(*people(1))
    assert relay.crm.schema_calls == 3


def test_a_new_process_takes_the_schema_that_another_has_read(relay: Relay) -> None:
    relay.deliver(kim(plan="team"))
    relay.restart()

    assert relay.deliver(kim(600, city="Odense")) == [Delivered("501")]
    assert relay.crm.schema_calls == 1


def test_a_new_process_with_an_old_schema_reads_a_new_one_or_does_with_the_old(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "plan"), Reply(503)]
    relay.deliver(kim(plan="team"))
    relay.clock.now += MAX_AGE_MS
    relay.restart()

    assert relay.deliver(kim(600, plan="free")) == [Delivered("501")]
    assert relay.crm.schema_calls == 2


def test_an_unknown_trait_asks_for_a_fresh_schema(relay: Relay) -> None:
    relay.crm.schema = [properties("email"), properties("email", "shoe")]
    relay.deliver(kim(100, shoe=39))
    assert relay.crm.schema_calls == 1
    relay.clock.now += REFRESH_AFTER_MS

    (report,) = relay.reports(kim(200, shoe=39))

    assert report.dropped == {}
    assert relay.crm.sent[-1]["shoe"] == "39"
    assert relay.crm.schema_calls == 2


def test_a_fresh_schema_that_another_process_has_read_is_as_good(relay: Relay) -> None:
    relay.crm.schema = [properties("email"), properties("email", "shoe")]
    other = Relay(
        relay.crm, clock=relay.clock, profiles=relay.profiles, schemas=relay.schemas, threads=relay.threads
    )
    relay.deliver(kim(100))
    relay.clock.now += REFRESH_AFTER_MS
    other.deliver(kim(200, shoe=39))

    relay.deliver(kim(300, shoe=40))

    assert relay.crm.sent[-1]["shoe"] == "40"
    assert relay.crm.schema_calls == 2


def test_without_a_fresh_schema_the_old_one_serves_on(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "plan"), NoReply("window_full")]
    relay.deliver(kim(100))
    relay.clock.now += REFRESH_AFTER_MS

    (report,) = relay.reports(kim(200, plan="team", shoe=39))

    assert (report.outcome, report.dropped) == (Delivered("501"), {"shoe": "unknown_property"})


def test_unknown_traits_become_properties_if_that_is_wanted(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.schema = [properties("email"), properties("email", shoe="number", vip="bool")]

    (report, _) = relay.reports(kim(100, shoe=39), kim(200, vip=True))

    assert [(each["name"], each["type"], each["fieldType"]) for each in relay.crm.created] == [
        ("shoe", "number", "number"),
        ("vip", "bool", "booleancheckbox"),
    ]
    assert (report.outcome, report.dropped) == (Delivered("501", is_merged=True), {})
    assert relay.crm.sent == [{"email": "kim@example.org", "shoe": "39", "vip": "true"}]


def test_what_hubspot_has_by_now_is_not_created(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.schema = [properties("email"), properties("email", "shoe")]
    relay.deliver(kim(100))
    relay.clock.now += REFRESH_AFTER_MS

    relay.deliver(kim(200, shoe=39))

    assert relay.crm.created == []
    assert relay.crm.sent[-1]["shoe"] == "39"


def test_nothing_is_created_for_an_empty_value(relay: Relay) -> None:
    relay.restart(CREATE)

    (report,) = relay.reports(kim(100, shoe=None, hat=""))

    assert relay.crm.created == []
    assert report.dropped.keys() == {"shoe", "hat"}


def shoe(kind: str = "number") -> dict[str, object]:
    return {"name": "shoe", "type": kind, "fieldType": kind}


def test_what_was_created_is_known_from_the_answer(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.create_answer = Reply(201, {"results": [shoe()]})

    assert relay.reports(kim(100, shoe=39)) == [Report(Delivered("501"))]
    assert relay.crm.sent == [{"email": "kim@example.org", "shoe": "39"}]
    relay.restart()
    assert relay.reports(kim(200, shoe=40)) == [Report(Delivered("501"))]
    assert (relay.crm.schema_calls, len(relay.crm.created)) == (1, 1)


@pytest.mark.parametrize("answer", [refusal(400), refusal(409), Reply(207, {"results": []})])
def test_a_property_that_hubspot_would_not_create_is_not_asked_for_with_each_event(
    relay: Relay, answer: Reply
) -> None:
    relay.restart(CREATE)
    relay.crm.create_answer = answer
    for at_ms in (100, 200):
        (report,) = relay.reports(kim(at_ms, shoe=39, plan=str(at_ms)))
        assert (report.outcome, report.dropped) == (Delivered("501"), {"shoe": "unknown_property"})
    assert [each["name"] for each in relay.crm.created] == ["shoe"]
    relay.reports(kim(250, hat=7))
    assert [each["name"] for each in relay.crm.created] == ["shoe", "hat"]
    relay.clock.now += CREATE_AGAIN_MS

    relay.deliver(kim(300, shoe=39, plan="300"))

    assert [each["name"] for each in relay.crm.created] == ["shoe", "hat", "shoe"]


def test_one_of_two_properties_may_be_refused(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.create_answer = Reply(207, {"results": [shoe()], "errors": [{}]})

    assert relay.reports(kim(100, shoe=39, hat=7)) == [Report(Delivered("501"), {"hat": "unknown_property"})]


@pytest.mark.parametrize(
    "answer", [refusal(400), refusal(409), Reply(201), Reply(207, {"results": [shoe()]})]
)
def test_as_long_as_the_list_cannot_be_read_nobody_knows_what_hubspot_would_not_create(
    relay: Relay, answer: Reply
) -> None:
    relay.restart(CREATE)
    relay.crm.schema = [properties("email"), Reply(503), properties("email", "shoe", "hat")]
    relay.crm.create_answer = answer

    assert relay.deliver(kim(100, shoe=39, hat=7)) == [Deferred("properties_not_listed")]
    assert relay.crm.batches == []
    assert relay.reports(kim(100, shoe=39, hat=7)) == [Report(Delivered("501"))]
    assert relay.crm.sent == [{"email": "kim@example.org", "shoe": "39", "hat": "7"}]


def test_names_that_somebody_makes_up_do_not_fill_the_memory(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.properties.MOST_REFUSED", 1)
    relay.restart(CREATE)
    relay.crm.create_answer = refusal(400)
    for at_ms, name in enumerate(("a", "b", "c", "a")):
        relay.deliver(kim(at_ms, None, **{name: 1}))

    assert [each["name"] for each in relay.crm.created] == ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (NoReply("window_full", 7_000), "window_full"),
        (Reply(503), "status_503"),
        (Reply(401), "access_token_refused"),
        (refusal(403), "forbidden"),
        (refusal(403, {"context": {"requiredScopes": ["a.b"]}}), "missing_scope: a.b"),
        (Reply(400, is_unreadable=True), "not_hubspot: status_400"),
    ],
)
def test_events_wait_for_properties_that_are_still_to_be_created(
    relay: Relay, answer: Reply | NoReply, reason: str
) -> None:
    relay.restart(CREATE)
    relay.crm.create_answer = answer

    outcomes = relay.deliver(kim(100, shoe=39), kim(200, plan="team"), event("m-1", kind="page"))

    assert isinstance(outcomes[0], Deferred)
    assert outcomes[0].reason == reason
    assert outcomes[1:] == [Delivered("501"), Skipped("type_not_supported")]
    relay.crm.create_answer = Reply(201, {"results": [shoe()]})
    assert relay.deliver(kim(100, shoe=39)) == [Delivered("501")]
    assert relay.crm.contacts["kim@example.org"]["shoe"] == "39"


def test_a_value_for_a_property_that_hubspot_does_not_know_yet_comes_back(relay: Relay) -> None:
    """It may take HubSpot a moment until it takes values for what it has created."""
    relay.restart(CREATE)
    relay.crm.create_answer = Reply(201, {"results": [shoe()]})
    detail = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["shoe"]}}

    def refuse_shoe(batch: Batch) -> Answer | None:
        is_in = any("shoe" in entry.properties for entry in batch.inputs)
        return refusal(400, {"category": "VALIDATION_ERROR", "errors": [detail]}) if is_in else None

    relay.crm.script = refuse_shoe
    assert relay.deliver(kim(100, shoe=39, plan="team")) == [Deferred("property_not_ready")]
    relay.crm.script = lambda _: None

    assert relay.deliver(kim(100, shoe=39, plan="team")) == [Delivered("501")]
    assert relay.crm.contacts["kim@example.org"]["shoe"] == "39"


def bad(at_ms: int) -> Event:
    return kim(at_ms, visits="many", city=str(at_ms))


def test_however_many_values_are_bad_the_schema_is_read_once_a_minute(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "city", visits="number")]
    for second in range(600):
        relay.clock.now += 1_000
        relay.deliver(bad(second))

    # The first one; five that were asked for more and more seldom; then one a minute.
    assert relay.crm.schema_calls <= 17


def test_a_schema_that_was_no_news_is_asked_for_at_once_again_when_nothing_was_in_doubt(relay: Relay) -> None:
    before: list[Answer] = [properties("email", "city")]
    relay.crm.schema = before * 8 + [properties("email", "city", "shoe")]
    for second in range(100):
        relay.clock.now += 1_000
        relay.deliver(kim(second, shoe=39))
    relay.clock.now += MAX_AGE_MS
    relay.deliver(kim(200, city="Odense"))
    assert relay.crm.schema_calls == 8
    relay.clock.now += ASK_AFTER_MS

    (report,) = relay.reports(kim(300, shoe=39))

    assert (report.dropped, relay.crm.sent[-1]["shoe"]) == ({}, "39")


def test_a_schema_that_cannot_be_read_is_not_asked_for_with_each_bad_value(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "city", visits="number"), Reply(503)]
    relay.deliver(kim(1))
    for n in range(60):
        relay.clock.now += ASK_AFTER_MS
        relay.deliver(bad(n))

    assert relay.crm.schema_calls <= 7


def test_what_was_created_is_believed_to_be_there_although_the_list_lags_behind(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.schema = [properties("email")]
    relay.crm.create_answer = Reply(201, {"results": [shoe()]})
    relay.deliver(kim(100, shoe=39))
    for at_ms in (200, 300):
        relay.clock.now += ASK_AFTER_MS
        # A value without a form that fits has the list read again.
        relay.deliver(kim(at_ms, shoe="large"))
    assert relay.reports(kim(400, shoe=40))[0].dropped == {}
    assert len(relay.crm.created) == 1

    relay.clock.now += NEW_FOR_MS
    relay.deliver(kim(500, shoe="large"))

    assert relay.crm.created[-1]["name"] == "shoe"
    assert len(relay.crm.created) == 2


def test_no_more_properties_are_made_than_the_limits_allow_and_the_event_says_so(relay: Relay) -> None:
    relay.restart(replace(CREATE, making=MakingLimits(an_hour=1)))
    relay.crm.schema = [properties("email")]
    relay.crm.create_answer = None

    (report,) = relay.reports(kim(100, shoe=39, hat=7))
    assert (report.outcome, report.dropped) == (
        Delivered("501"),
        {"shoe": "not_made: max_new_names_an_hour"},
    )
    # Another process, and another trait.
    relay.restart()
    (report,) = relay.reports(kim(200, cap=1, hat=8))

    assert report.dropped == {"cap": "not_made: max_new_names_an_hour"}
    assert [each["name"] for each in relay.crm.created] == ["hat"]


def test_no_property_is_made_of_a_name_that_is_data_unless_the_settings_name_it(relay: Relay) -> None:
    rules = Rules(traits={"n": "code_4711"})
    relay.restart(replace(CREATE, rules=rules))
    traits: dict[str, Any] = {"user_12345": 1, "kim@example.org": 2, "order 8f3a": 3, "n": 4, "shoe": 39}

    (report,) = relay.reports(kim(100, **traits))

    assert sorted(str(each["name"]) for each in relay.crm.created) == ["code_4711", "shoe"]
    assert report.dropped == dict.fromkeys(
        ("user_12345", "kim@example.org", "order 8f3a"), "not_made: looks_like_data"
    )


def test_without_the_counts_nothing_is_made_and_events_wait(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.made.is_down = True

    assert relay.deliver(kim(100, shoe=39), kim(200, plan="team")) == [
        Deferred("memory_unavailable"),
        Delivered("501"),
    ]
    assert relay.crm.created == []


def test_what_hubspot_would_not_make_makes_room_for_others(relay: Relay) -> None:
    relay.restart(replace(CREATE, making=MakingLimits(an_hour=1)))
    # Refused for good, turned away, and without a call at all.
    answers: list[tuple[str, Answer]] = [
        ("hat", refusal(400)),
        ("cap", refusal(403)),
        ("wig", NoReply("window_full")),
    ]
    for name, relay.crm.create_answer in answers:
        relay.deliver(kim(100, None, **{name: 1}))
        assert relay.made.counts["contacts"].total == 0
    relay.crm.create_answer = Reply(201, {"results": [shoe()]})

    assert relay.reports(kim(200, shoe=39))[0].dropped == {}


def test_asking_again_after_a_lost_answer_is_free(relay: Relay) -> None:
    relay.restart(replace(CREATE, making=MakingLimits(an_hour=1)))
    relay.crm.create_answer = NoReply("no_answer: ReadTimeout")
    assert isinstance(relay.deliver(kim(100, shoe=39))[0], Deferred)
    relay.crm.create_answer = Reply(201, {"results": [shoe()]})

    assert relay.deliver(kim(100, shoe=39)) == [Delivered("501")]
