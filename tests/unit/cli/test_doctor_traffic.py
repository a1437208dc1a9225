"""What the doctor says of queues, the event source, what waits, and clocks."""

from typing import Any

import pytest

from cli.doctor.aws import ahead_ms
from cli.doctor.facts import Clocks, Queues, Recent, Seen, Source
from cli.doctor.findings import Finding, State, age_text, listed
from cli.doctor.logs import Tally
from cli.doctor.traffic import (
    clock_finding,
    held_findings,
    log_finding,
    queue_findings,
    source_finding,
    waiting_findings,
)
from cli.queues import Depth
from cli.waiting import Waiting, Waits
from relay.core.troubles import Trouble

NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def depth(visible: int = 0, hidden: int = 0) -> Depth:
    return Depth(visible, hidden, 0)


def put_off(why: str, *, ago_ms: int = 60_000, age_ms: int = 0) -> Recent:
    return Recent(0, deferred={why: Seen(frozenset({"m-1", "m-2"}), NOW_MS - ago_ms, age_ms)})


@pytest.mark.parametrize(
    ("source", "state", "words"),
    [
        (Source("Enabled", "OK"), State.OK, "delivered"),
        (Source("Disabled"), State.WARNING, "Paused"),
        (Source("Enabling"), State.WARNING, "Enabling"),
        (Source("Enabled", "PROBLEM: no permission"), State.ERROR, "PROBLEM: no permission"),
    ],
)
def test_the_event_source_is_told(source: Source, state: State, words: str) -> None:
    found = source_finding(source)

    assert (found.state, words in found.text) == (state, True)
    assert ("relay resume" in found.remedy) == (source.state == "Disabled")


def queues(events: Depth, age_s: int | None = 0, recent: Recent | None = None) -> Finding:
    waiting, _ = queue_findings(Queues(events, depth(), age_s), recent or Recent(0))
    return waiting


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (queues(depth()), State.OK, "Empty."),
        (
            queues(depth(5, 2), 90),
            State.OK,
            "5 messages wait, 2 are looked at or put off, the oldest for about",
        ),
        (queues(depth(5), None), State.OK, "CloudWatch tells no age"),
        (queues(depth(5), 7200), State.WARNING, "2 hours"),
        (queues(depth(0, 5), None, put_off("status_500", age_ms=2 * HOUR_MS)), State.WARNING, "2 hours"),
        # It was late, and is gone.
        (queues(depth(), None, put_off("status_500", age_ms=2 * HOUR_MS)), State.OK, "Empty"),
    ],
)
def test_the_events_queue_is_told_with_the_age_of_the_oldest(
    found: Finding, state: State, words: str
) -> None:
    assert (found.check, found.state, words in found.text) == ("events queue", state, True)


@pytest.mark.parametrize(("rejects", "state"), [(depth(), State.OK), (depth(0, 1), State.WARNING)])
def test_rejects_are_a_warning_that_names_reasons_and_the_command(rejects: Depth, state: State) -> None:
    reasons = {"refused": Seen(frozenset("a"), 0), "missing_scope": Seen(frozenset("bc"), 0)}

    _, found = queue_findings(Queues(depth(), rejects), Recent(0, rejected=reasons))

    assert found.state is state
    if state is State.WARNING:
        assert found.names == ("missing_scope", "refused")
        assert "relay rejects" in found.remedy


@pytest.mark.parametrize(
    ("why", "state"),
    [
        ("access_token_refused", State.WARNING),
        ("day_spent", State.WARNING),
        ("refused_alike", State.ERROR),
        ("no_settings", State.ERROR),
        ("invalid_settings: hub_id: wrong", State.WARNING),
        ("never_heard_of", State.WARNING),
    ],
)
def test_what_events_wait_for_is_told_with_a_remedy(why: str, state: State) -> None:
    (found,) = waiting_findings(put_off(why), NOW_MS)

    assert (found.state, found.names) == (state, (why.partition(":")[0],))
    assert f"{why}: 2 events, the last time 1 minute ago." in found.text
    assert found.remedy


@pytest.mark.parametrize(
    "recent",
    [Recent(0), put_off("window_full"), put_off("access_token_refused", ago_ms=HOUR_MS)],
)
def test_what_is_usual_or_long_past_is_all_well(recent: Recent) -> None:
    (found,) = waiting_findings(recent, NOW_MS)

    assert found.state is State.OK


@pytest.mark.parametrize(
    ("clocks", "state", "words"),
    [
        (Clocks(0, 0), State.OK, "agree"),
        (Clocks(-900, 900), State.OK, "agree"),
        (Clocks(3_000, 3_000), State.OK, "agree"),
        (Clocks(0, None), State.OK, "HubSpot has told no time"),
        (Clocks(), State.NOT_CHECKED, "no time"),
        (Clocks(120_000, 120_000), State.WARNING, "2 minutes behind AWS's"),
        (Clocks(-120_000, 0), State.WARNING, "2 minutes ahead of AWS's"),
        (Clocks(0, 30_000), State.WARNING, "HubSpot's is 30 seconds ahead of AWS's"),
        (Clocks(0, -30_000), State.WARNING, "HubSpot's is 30 seconds behind AWS's"),
    ],
)
def test_clocks_are_compared(clocks: Clocks, state: State, words: str) -> None:
    found = clock_finding(clocks)

    assert (found.state, words in found.text) == (state, True)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 21 Sep 2026 13:33:20 GMT", 0),
        ("Mon, 21 Sep 2026 13:33:50 GMT", 30_000),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_clock_is_read_from_an_answer(date: str, expected: int | None) -> None:
    # 13:33:20.500 in the middle of the call.
    assert ahead_ms({"date": date}, 1_789_997_600_400, 1_789_997_600_600) == expected


def test_the_log_is_counted_by_event_and_reason() -> None:
    tally = Tally(fresh_from_ms=1)
    common: dict[str, Any] = {
        "message": "event",
        "destination": "shop",
        "message_id": "m-1",
        "type": "identify",
    }
    leaving_out = [
        {"property": "plan", "reason": "unknown_property"},
        {"property": "age", "reason": "not_a_number"},
    ]
    lines: list[dict[str, Any]] = [
        {"outcome": "deferred", "reason": "status_500", "age_ms": 99},
        {"outcome": "deferred", "reason": "status_500", "age_ms": 9},
        {"outcome": "deferred", "reason": "status_500", "message_id": "m-2", "age_ms": 1},
        {"outcome": "rejected", "reason": "refused"},
        {"outcome": "delivered", "dropped": leaving_out},
        {"outcome": "delivered", "type": "group", "dropped": leaving_out},
    ]
    for at_ms, changes in enumerate(lines):
        tally.add(common | changes, at_ms)

    assert tally.deferred == {"status_500": Seen(frozenset({"m-1", "m-2"}), 2, 9)}
    assert tally.rejected == {"refused": Seen(frozenset({"m-1"}), 3)}
    assert tally.unknown.keys() == {("contacts", "plan"), ("companies", "plan")}


@pytest.mark.parametrize(
    ("level", "state", "words"),
    [
        ("INFO", State.OK, "back 1 hour"),
        ("", State.OK, "back 1 hour"),
        ("ERROR", State.WARNING, "no metrics"),
    ],
)
def test_a_log_that_is_switched_off_is_told(level: str, state: State, words: str) -> None:
    found = log_finding(Recent(NOW_MS - HOUR_MS), level, NOW_MS)

    assert (found.state, words in found.text) == (state, True)


@pytest.mark.parametrize(
    ("passed_ms", "expected"),
    [
        (-5, "0 seconds"),
        (999, "0 seconds"),
        (1_000, "1 second"),
        (7_199_999, "1 hour"),
        (172_800_000, "2 days"),
    ],
)
def test_ages_are_told_in_the_unit_that_fits(passed_ms: int, expected: str) -> None:
    assert age_text(passed_ms) == expected


def test_long_lists_are_cut() -> None:
    assert listed([str(n) for n in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"


def held(reason: str, said: str = "", unread: str = "") -> Finding:
    trouble = Trouble(reason, said, NOW_MS - 2 * HOUR_MS, NOW_MS - 40_000, 3, "m-1")
    found = () if unread else (Waiting("default", trouble),)
    (finding,) = held_findings(Waits(found, unread), NOW_MS)
    return finding


def test_what_waits_for_a_person_is_an_error_in_hubspots_words() -> None:
    finding = held("refused_alike", "A value for city must be provided.")

    assert (finding.check, finding.state, finding.names) == ("waits", State.ERROR, ("refused_alike",))
    assert finding.text == (
        "refused_alike: for 2 hours, the last time 40 seconds ago, such as m-1. "
        "HubSpot says: A value for city must be provided."
    )
    assert "a property required" in finding.remedy


def test_what_waits_for_hubspot_is_a_warning_in_our_words() -> None:
    finding = held("day_spent")

    assert (finding.state, "the day's calls are used up." in finding.text) == (State.WARNING, True)


def test_where_nothing_waits_or_nobody_knows_it_is_said() -> None:
    (well,) = held_findings(Waits(), NOW_MS)

    assert (well.state, well.text) == (State.OK, "Nothing waits for a person.")
    assert held("", unread="not allowed").state is State.NOT_CHECKED
