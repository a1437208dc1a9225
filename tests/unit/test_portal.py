"""One portal's work, with a HubSpot that answers from a script."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from fakes import Clock

from relay.core.answers import Answer, NoReply, Reply
from relay.core.events import Event, parse
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.planning import Batch
from relay.portal import MAX_EXTRA_CALLS, SCHEMA_MAX_AGE_MS, Portal

SCHEMA = Reply(200, {"results": [{"name": name, "type": "string"} for name in ("email", "plan", "city")]})
BAD_REQUEST = Reply(400, {"category": "VALIDATION_ERROR", "message": "Duplicate IDs", "correlationId": "c-1"})


def all_written(batch: Batch) -> Answer:
    """Answer in reverse order, as HubSpot may."""
    results = [{"id": f"id-{e.ref.id}", "objectWriteTraceId": e.trace_id} for e in reversed(batch.inputs)]
    return Reply(200, {"status": "COMPLETE", "results": results})


@dataclass
class FakeCrm:
    upsert: Callable[[Batch], Answer] = all_written
    schema: list[Answer] = field(default_factory=lambda: [SCHEMA])
    batches: list[Batch] = field(default_factory=list)
    schema_calls: int = 0
    time_zone_calls: int = 0

    def contact_properties(self, deadline_ms: int) -> Answer:
        assert deadline_ms == 60_000
        self.schema_calls += 1
        return self.schema[min(self.schema_calls, len(self.schema)) - 1]

    def upsert_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        assert deadline_ms == 60_000
        self.batches.append(batch)
        return self.upsert(batch)

    def learn_time_zone(self, deadline_ms: int) -> None:
        assert deadline_ms == 60_000
        # By now the bucket has been seen: what it knows costs no call.
        assert self.schema_calls
        self.time_zone_calls += 1


def event(message_id: str, at_ms: int = 500, kind: str = "identify", **traits: object) -> Event:
    raw = {"type": kind, "messageId": message_id, "traits": traits}
    parsed = parse(raw, received_at_ms=at_ms, fallback_id="-")
    assert isinstance(parsed, Event)
    return parsed


def people(count: int) -> list[Event]:
    return [event(f"m-{n}", email=f"p{n}@example.org") for n in range(count)]


def outcomes(crm: FakeCrm, *events: Event) -> list[Outcome]:
    with ThreadPoolExecutor(4) as threads:
        reports = Portal(crm, threads, Clock().now_ms).deliver(events, 60_000)
    return [report.outcome for report in reports]


def test_each_event_gets_the_outcome_of_its_own_input_whatever_the_order_of_the_answer() -> None:
    assert outcomes(FakeCrm(), *people(3)) == [Delivered(f"id-p{n}@example.org") for n in range(3)]


def test_events_of_one_person_share_one_input_and_its_outcome() -> None:
    crm = FakeCrm()

    newer = event("m-1", 900, email="kim@example.org", plan="team")
    older = event("m-2", 100, email="KIM@example.org", plan="free", city="Odense")

    assert outcomes(crm, newer, older) == [Delivered("id-kim@example.org")] * 2
    assert [dict(entry.properties) for batch in crm.batches for entry in batch.inputs] == [
        {"email": "kim@example.org", "plan": "team", "city": "Odense"}
    ]


def test_a_thousand_people_are_ten_calls() -> None:
    crm = FakeCrm()

    assert all(isinstance(outcome, Delivered) for outcome in outcomes(crm, *people(1000)))
    assert [len(batch.inputs) for batch in crm.batches] == [100] * 10


def test_what_is_skipped_costs_no_call() -> None:
    crm = FakeCrm()

    assert outcomes(crm, event("m-1", kind="page"), event("m-2", plan="team")) == [
        Skipped("type_not_supported"),
        Skipped("no_email"),
    ]
    assert crm.batches == []


def test_dropped_traits_are_reported_beside_the_outcome() -> None:
    with ThreadPoolExecutor(1) as threads:
        portal = Portal(FakeCrm(), threads, Clock().now_ms)
        (report,) = portal.deliver([event("m-1", email="kim@example.org", shoe=39)], 60_000)

    assert (report.outcome, report.dropped) == (Delivered("id-kim@example.org"), {"shoe": "unknown_property"})


def test_a_batch_that_is_refused_as_a_whole_costs_only_the_input_at_fault() -> None:
    def refuse_p13(batch: Batch) -> Answer:
        return BAD_REQUEST if "p13@example.org" in {e.ref.id for e in batch.inputs} else all_written(batch)

    crm = FakeCrm(refuse_p13)
    found = outcomes(crm, *people(100))

    assert found[13] == Rejected("refused", "Duplicate IDs", "VALIDATION_ERROR", "c-1")
    assert all(isinstance(outcome, Delivered) for n, outcome in enumerate(found) if n != 13)
    assert len(crm.batches) <= 15


def test_a_hubspot_that_refuses_everything_is_not_asked_hundreds_of_times_and_nothing_is_lost() -> None:
    crm = FakeCrm(lambda _: BAD_REQUEST)
    found = outcomes(crm, *people(100))

    assert len(crm.batches) == 1 + MAX_EXTRA_CALLS
    assert {type(outcome) for outcome in found} == {Deferred, Rejected}


def test_an_input_that_the_answer_does_not_mention_is_not_delivered() -> None:
    crm = FakeCrm(lambda _: Reply(200, {"status": "COMPLETE", "results": []}))

    assert outcomes(crm, *people(1)) == [Deferred("missing_outcome")]


def test_without_an_answer_everything_comes_back() -> None:
    crm = FakeCrm(lambda _: NoReply("no_answer: ReadTimeout"))

    assert outcomes(crm, *people(2)) == [Deferred("no_answer: ReadTimeout")] * 2


def test_without_a_schema_nothing_is_sent_and_everything_comes_back() -> None:
    cases: list[tuple[Answer, str]] = [
        (Reply(500), "schema_status_500"),
        (Reply(200, "<html>"), "schema_status_200"),
        (Reply(200, {"results": 7}), "schema_status_200"),
        (Reply(401), "access_token_refused"),
        (NoReply("window_full"), "window_full"),
    ]
    for answer, reason in cases:
        crm = FakeCrm(schema=[answer])

        assert outcomes(crm, *people(1)) == [Deferred(reason)]
        assert crm.batches == []


def test_the_schema_is_read_once_an_hour_and_a_stale_one_serves_on() -> None:
    crm, clock = FakeCrm(schema=[SCHEMA, Reply(500), SCHEMA]), Clock()
    with ThreadPoolExecutor(1) as threads:
        portal = Portal(crm, threads, clock.now_ms)
        for _ in range(2):
            assert isinstance(portal.deliver(people(1), 60_000)[0].outcome, Delivered)
        assert crm.schema_calls == 1
        clock.now += SCHEMA_MAX_AGE_MS
        assert isinstance(portal.deliver(people(1), 60_000)[0].outcome, Delivered)

    assert crm.schema_calls == 2


def test_the_end_of_the_day_is_learned_after_the_first_calls() -> None:
    crm = FakeCrm()

    outcomes(crm, *people(1))

    assert crm.time_zone_calls == 1
