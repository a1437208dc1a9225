"""The journal's lines and the meter, without a handler around them."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from journaling import EACH, Journaling, fate, unmade_lines, written_lines

from relay.core.log_lines import MAX_ENTRIES, MAX_LINE_BYTES, clipped
from relay.core.metrics import Metric
from relay.core.outcomes import Deferred, Delivered, Rejected
from relay.core.parking import Parked, Parking
from relay.fates import Record
from relay.reports import Report
from relay.telemetry import Meter


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "relay")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "sender")


def emitted(meter: Meter, capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    meter.write()
    found: dict[str, list[float]] = {}
    for line in capsys.readouterr().out.splitlines():
        for metric in Metric:
            found.setdefault(metric.value, []).extend(json.loads(line).get(metric.value, []))
    return {name: values for name, values in found.items() if values}


def test_each_event_is_one_line_with_its_outcome_and_what_it_lacks() -> None:
    delivered, skipped, deferred, rejected, foreign = written_lines()

    shared = {"message": "event", "message_id": "m-1", "type": "identify", "destination": "default"}
    shared |= {"record_id": "r-1"}
    for line in (delivered, skipped, deferred, rejected):
        assert shared.items() <= line.items()
        assert line["receive_count"] == 2
    assert (delivered["outcome"], delivered["object_id"]) == ("delivered", "501")
    assert delivered["dropped"] == deferred["dropped"]
    assert delivered["dropped"] == [
        {"property": "shoe", "reason": "unknown_property"},
        {"property": "born", "reason": "not_a_date"},
    ]
    assert (skipped["outcome"], skipped["reason"], skipped["dropped"]) == ("skipped", "no_email", [])
    assert (deferred["outcome"], deferred["reason"]) == ("deferred", "status_429")
    assert (rejected["outcome"], rejected["reason"]) == ("rejected", "refused")
    assert (rejected["category"], rejected["correlation_id"]) == ("VALIDATION_ERROR", "c-1")
    assert (foreign["message"], foreign["reason"]) == ("unreadable_record", "not_json")


def test_no_line_holds_hubspots_message_which_may_name_an_address() -> None:
    assert "kim@example.org" in str(EACH)
    assert "kim@example.org" not in json.dumps(written_lines())


def test_a_deferred_event_tells_when_it_is_tried_again_at_the_earliest_and_no_other_does() -> None:
    journaling = Journaling()

    journaling.journal.record(fate(*EACH))

    until = [line.get("until_ms") for line in journaling.lines]
    assert until == [None, None, journaling.clock.now + 30_000, None]


def test_an_age_is_that_of_the_moment_at_which_the_fate_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journaling = Journaling()
    received_at_ms = journaling.clock.now
    journaling.clock.now += 4_000

    journaling.journal.record(fate(Report(Delivered("501")), received_at_ms=received_at_ms))

    assert [line["age_ms"] for line in journaling.lines] == [4_000]
    assert emitted(journaling.meter, capsys)["DeliveryAge"] == [4_000]


def test_a_delivered_event_tells_whether_it_was_merged_into_a_newer_one() -> None:
    journaling = Journaling()

    journaling.journal.record(fate(Report(Delivered("501")), Report(Delivered("501", is_merged=True))))

    assert [line["merged"] for line in journaling.lines] == [False, True]


def test_only_a_record_with_a_delivery_has_a_delivery_age(capsys: pytest.CaptureFixture[str]) -> None:
    journaling = Journaling()

    journaling.journal.record(fate(*EACH[1:]))

    assert emitted(journaling.meter, capsys) == {
        "EventsSkipped": [1],
        "EventsDeferred": [1],
        "EventsRejected": [1],
    }


def test_a_clock_behind_that_of_the_receiver_makes_no_age_below_zero(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journaling = Journaling()
    ahead_ms = journaling.clock.now + 500

    journaling.journal.record(fate(Report(Delivered("501")), received_at_ms=ahead_ms))
    journaling.journal.ended([ahead_ms])

    found = emitted(journaling.meter, capsys)
    assert (found["DeliveryAge"], found["OldestWaitingAge"]) == ([0], [0])


def test_the_oldest_of_what_waits_is_told_in_seconds_and_zero_if_nothing_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journaling = Journaling()
    now_ms = journaling.clock.now

    journaling.journal.ended([now_ms - 5_000, now_ms - 90_500])
    journaling.journal.ended([])

    assert emitted(journaling.meter, capsys)["OldestWaitingAge"] == [90, 0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"type": "identify", "messageId": "m-7", "traits": 7}, "m-7"),
        ({"type": "identify", "traits": 7}, "r-1"),
        ({"type": "identify", "messageId": {"kim": 1}, "traits": 7}, "r-1"),
    ],
)
def test_a_malformed_event_is_found_by_its_message_id_or_its_record(
    raw: dict[str, object], expected: str
) -> None:
    journaling = Journaling()

    journaling.journal.record(fate(Report(Rejected("malformed_event")), raw=raw))

    assert [line["message_id"] for line in journaling.lines] == [expected]


def test_what_many_threads_note_is_all_written_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter()
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(lambda n: meter.note(Metric.TOKEN_WAIT, n), range(1_000)):
            pass
        for _ in threads.map(lambda _: meter.note(Metric.CALLS_2XX), range(1_000)):
            pass

    found = emitted(meter, capsys)

    assert sorted(found["TokenWait"]) == list(range(1_000))
    assert found["HubSpotCalls2xx"] == [1_000]
    assert emitted(meter, capsys) == {}


def test_parked_events_are_deferred_events_too(capsys: pytest.CaptureFixture[str]) -> None:
    journaling = Journaling()

    journaling.journal.record(fate(Report(Deferred("day_spent", 1_000)), Report(Deferred("status_503"))))

    assert emitted(journaling.meter, capsys) == {"EventsDeferred": [2], "EventsParked": [1]}


def test_an_event_that_waits_for_a_person_says_so_and_in_hubspots_words() -> None:
    journaling = Journaling()
    scope = Deferred("missing_scope: crm.objects.contacts.write", log_message="This app lacks scopes")

    journaling.journal.record(
        fate(Report(scope), Report(Deferred("day_spent")), Report(Deferred("status_503")))
    )

    assert [(line.get("waits_for"), line.get("said")) for line in journaling.lines] == [
        ("person", "This app lacks scopes"),
        ("portal", None),
        (None, None),
    ]


def test_a_reject_has_hubspots_words_only_as_far_as_they_are_fit_for_a_log() -> None:
    journaling = Journaling()
    whole = "Email address kim@example.org is invalid"

    journaling.journal.record(
        fate(
            Report(Rejected("refused", whole, log_message="Email address … is invalid")),
            Report(Rejected("refused", whole)),
        )
    )

    assert [line.get("said") for line in journaling.lines] == ["Email address … is invalid", None]
    assert "kim@" not in journaling.log.getvalue()


def test_a_line_tells_in_a_field_of_its_own_why_something_was_not_made() -> None:
    (line,) = unmade_lines()

    assert line["not_made"] == "looks_like_data"
    assert all("not_made" not in each for each in written_lines())


def test_of_thousands_of_properties_that_were_left_out_a_line_names_some_and_counts_the_others() -> None:
    dropped = {f"trait {n}": "unknown_property" for n in range(3_000)}
    dropped |= {f"made {n}": f"not_made: max_new_names_a_day {n}" for n in range(1_000)}
    journaling = Journaling()

    journaling.journal.record(fate(Report(Delivered("501"), dropped), Report(Delivered("501"), {"a": "b"})))

    long, short = journaling.lines
    assert long["dropped"] == [
        {"property": f"trait {n}", "reason": "unknown_property"} for n in range(MAX_ENTRIES)
    ]
    assert long["dropped_more"] == [
        {"reason": "unknown_property", "properties": 3_000 - MAX_ENTRIES},
        {"reason": "not_made", "properties": 1_000},
    ]
    # An alarm of the template looks for it, wherever it stands.
    assert long["not_made"] == "max_new_names_a_day 0"
    assert "dropped_more" not in short


@pytest.mark.parametrize("wide", ["x", "\U0001f600", "\x00"])
def test_a_line_stays_below_its_bound_whatever_an_event_and_hubspot_name(wide: str) -> None:
    endless = wide * 100_000
    rejected = Rejected(endless, "", endless, endless, endless)
    dropped = {f"{n} {endless}": endless for n in range(200)}
    raw: dict[str, object] = {"type": endless, "messageId": endless}
    journaling = Journaling()

    for outcome in (rejected, Delivered(endless), Deferred(endless, 1, None, endless)):
        journaling.journal.record(fate(Report(outcome, dropped), raw=raw))
    journaling.journal.unreadable(Record(endless, "", "", 1), endless)

    lines = journaling.log.getvalue().splitlines()
    assert max(len(line.encode()) for line in lines) <= MAX_LINE_BYTES
    assert [json.loads(line)["message"] for line in lines] == ["event"] * 3 + ["unreadable_record"]
    assert not [line for line in journaling.lines if "cut_bytes" in line]


def test_two_events_whose_long_ids_differ_at_their_ends_have_lines_of_their_own() -> None:
    journaling = Journaling()

    for end in ("a", "b"):
        raw: dict[str, object] = {"type": "identify", "messageId": "m" * 5_000 + end}
        journaling.journal.record(fate(Report(Delivered("501")), raw=raw))

    ids = [line["message_id"] for line in journaling.lines]
    # As `relay status` looks for them.
    assert ids == [clipped("m" * 5_000 + end) for end in ("a", "b")]
    assert ids[0] != ids[1]


def test_a_name_that_holds_an_address_is_told_without_it() -> None:
    journaling = Journaling()

    journaling.journal.record(fate(Report(Delivered("501"), {"mail of kim@example.org": "unknown_property"})))

    assert journaling.lines[0]["dropped"] == [{"property": "mail of ***", "reason": "unknown_property"}]


def test_what_is_handed_back_is_one_line_and_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    journaling = Journaling()

    journaling.journal.handed_back(3)
    journaling.journal.handed_back(4)

    assert [(line["message"], line["records"]) for line in journaling.lines] == [
        ("handed_back", 3),
        ("handed_back", 4),
    ]
    assert emitted(journaling.meter, capsys) == {"RecordsHandedBack": [7]}


def test_what_is_put_back_unread_is_one_line_for_each_reason_and_counts_event_by_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journaling, scope = Journaling(), Parked("missing_scope: crm.x", 9, 0)
    parked = [Parking("emea", scope, 250, 1), Parking("emea", scope, 7, 2), Parking("apac", scope, 1, 3)]

    journaling.journal.parked(parked)
    counts = emitted(journaling.meter, capsys)

    told = [
        (line["message"], line["destination"], line["reason"], line["events"]) for line in journaling.lines
    ]
    assert told == [("parked", "emea", scope.reason, 257), ("parked", "apac", scope.reason, 1)]
    # Alarms look for it.
    assert {line["waits_for"] for line in journaling.lines} == {"person"}
    assert counts == {"EventsDeferred": [258], "EventsParked": [258]}


def test_events_of_one_message_that_came_at_different_times_have_each_its_age(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journaling = Journaling()
    reports = [Report(Delivered("501"))] * 3
    given = fate(*reports)
    envelope = replace(given.envelope, received_ms=(1_000, 2_000, 2_000))
    journaling.clock.now = 5_000

    journaling.journal.record(
        replace(given, reported=[(replace(each, envelope=envelope), said) for each, said in given.reported])
    )

    assert [line["age_ms"] for line in journaling.lines] == [4_000, 3_000, 3_000]
    # What came together is done together: one value.
    assert emitted(journaling.meter, capsys)["DeliveryAge"] == [3_000, 4_000]
