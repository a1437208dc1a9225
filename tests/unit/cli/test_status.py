"""The story of an event, from its lines in the log."""

import io
import json
from dataclasses import replace
from itertools import pairwise

import pytest
from rich.console import Console

from cli.journal import Line, parsed
from cli.queues import Depth
from cli.rejected import Reject
from cli.status import HOUR_MS, Place, Status, line_json, slices
from cli.status_print import one_line, print_status
from cli.usages import account_text
from relay.core.accounts import Account, Usage
from relay.core.outcomes import Rejected

NOW_MS = 1_793_527_200_000
LINE = Line("m-1", "identify", "delivered", "501", {}, "default", NOW_MS, NOW_MS - 900, 1)
DEFERRED = replace(LINE, outcome="deferred: status_503", object_id="", until_ms=NOW_MS + 5_000)
REJECTED = replace(
    LINE, outcome="rejected: refused", object_id="", category="VALIDATION_ERROR", correlation_id="c-1"
)
REJECT = Reject("sqs-1", Rejected("refused", "kim is no address"), NOW_MS, event={"messageId": "m-1"})
PLACE = Place(Depth(0, 0, NOW_MS), is_delivering=True, rejects_read=3, is_all=True)


def status(*lines: Line, reject: Reject | None = None, place: Place | None = None) -> Status:
    return Status("m-1", lines, NOW_MS - 3 * 86_400_000, reject, place)


def shown(found: Status, ingest_log: str = "/ingest") -> str:
    screen = io.StringIO()
    print_status(Console(file=screen, width=200), found, now_ms=NOW_MS, ingest_log=ingest_log)
    return screen.getvalue()


def test_the_account_that_the_destination_was_last_delivered_to_is_told() -> None:
    found = replace(status(LINE), account="portal 7 (sandbox, eu1)")

    assert "with a token of portal 7 (sandbox, eu1)." in shown(found)
    assert found.as_json()["account"] == "portal 7 (sandbox, eu1)"
    assert "with a token of" not in shown(status(LINE))


def test_an_account_in_words_has_its_number_kind_and_region() -> None:
    assert account_text(Usage("h-1", Account(7, "DEVELOPER_TEST", "eu1"))) == "portal 7 (developer test, eu1)"
    assert account_text(Usage("h-1", Account(7))) == "portal 7"


@pytest.mark.parametrize(
    ("found", "outcome", "reason", "is_well"),
    [
        (status(LINE), "delivered", "", True),
        (status(DEFERRED, LINE), "delivered", "", True),
        (status(replace(LINE, outcome="skipped: no_email")), "skipped", "no_email", True),
        (status(LINE, DEFERRED), "deferred", "status_503", False),
        # Its message came back for another event.
        (status(LINE, replace(LINE, outcome="skipped: unchanged")), "delivered", "", True),
        (status(REJECTED, replace(LINE, outcome="skipped: unchanged")), "skipped", "unchanged", True),
        (status(REJECTED, reject=REJECT), "rejected", "refused", False),
        (status(reject=REJECT), "rejected", "refused", False),
        (status(place=PLACE), "unknown", "", False),
    ],
)
def test_the_last_line_says_what_became_of_it(
    found: Status,
    outcome: str,
    reason: str,
    is_well: bool,  # noqa: FBT001 - a table
) -> None:
    assert (found.outcome, found.reason, found.is_well) == (outcome, reason, is_well)
    assert (found.as_json()["outcome"], found.as_json()["reason"]) == (outcome, reason)


def test_each_line_is_shown_in_words_with_what_to_do() -> None:
    line = replace(LINE, dropped={"Shoe": "unknown_property"}, is_merged=True)

    text = shown(status(DEFERRED, line))

    assert text.startswith("m-1  delivered\n")
    assert "deferred  identify m-1 to default  status_503" in text
    assert "HubSpot has answered with an error of its own" in text
    assert "It is tried again from 2026-11-01 10:00:05Z on." in text
    assert "A newer event of the same person or company travelled with it" in text
    assert "without Shoe: HubSpot has no such property" in text
    assert "→ Create the property in HubSpot" in text


def test_a_rejected_event_is_shown_with_hubspots_words_but_for_values() -> None:
    text = shown(status(replace(REJECTED, said="Email address … is invalid"), reject=REJECT))

    assert "It lies in the rejects queue. `relay rejects` shows all of HubSpot's words." in text
    assert "HubSpot says: Email address … is invalid" in text
    assert "kim" not in text
    assert "HubSpot's correlation id: c-1" in text
    assert "→ `relay rejects` shows HubSpot's words. Mend the cause" in text
    assert "replayed, or older than 14 days" in shown(status(REJECTED))
    assert "It lies in the rejects queue. kim is no address" in shown(status(reject=REJECT))


def test_a_waiting_event_is_shown_with_hubspots_words() -> None:
    line = replace(DEFERRED, outcome="deferred: refused_alike", said="A value for city must be provided")

    text = shown(status(line))

    assert "HubSpot says: A value for city must be provided" in text
    assert "→ Mend in HubSpot what its words say" in text
    assert line_json(line)["said"] == "A value for city must be provided"


def test_an_unknown_event_is_told_where_it_may_be() -> None:
    text = shown(status(place=PLACE))

    assert "m-1  unknown\n" in text
    assert "nothing about it in the last 3 days." in text
    assert "The events queue is empty." in text
    assert "not among the 3 messages of the rejects queue.\n" in text
    assert "aws logs tail /ingest --since 3d" in text
    assert "paused" not in text


@pytest.mark.parametrize(
    ("ms", "span"),
    [
        (14 * 86_400_000, "14 days"),
        (86_400_000, "24 hours"),
        (3_600_000, "60 minutes"),
        (90_000, "90 seconds"),
        (500, "0 seconds"),
    ],
)
def test_how_far_back_was_looked_is_told(ms: int, span: str) -> None:
    assert f"in the last {span}." in shown(replace(status(place=PLACE), since_ms=NOW_MS - ms))


def test_a_pause_a_backlog_and_what_was_not_read_are_told() -> None:
    place = Place(Depth(4, 2, NOW_MS), is_delivering=False, rejects_read=1_000, is_all=False)

    text = shown(status(place=place), ingest_log="")

    assert "holds about 6 messages: it may be among them." in text
    assert "→ `relay resume` goes on." in text
    assert "1000 messages of the rejects queue that were read; there are more." in text
    assert "aws logs" not in text


def test_a_program_gets_lines_and_words_but_no_event() -> None:
    told = status(REJECTED, reject=REJECT).as_json()

    assert told["reject"] == {
        "record_id": "sqs-1",
        "message_id": "m-1",
        "type": "",
        "destination": "",
        "reason": "refused",
        "message": "kim is no address",
        "category": "",
        "correlation_id": "",
        "received_at_ms": 0,
        "rejected_at_ms": NOW_MS,
        "times_rejected": 1,
        "earlier": [],
    }
    assert told["meaning"] == "HubSpot has refused it"
    line = line_json(replace(DEFERRED, dropped={"Shoe": "no_value"}))
    assert (line["outcome"], line["reason"]) == ("deferred", "status_503")
    assert line["dropped"][0]["meaning"].startswith("null")


def test_a_line_is_one_line_and_commands_no_terminal() -> None:
    line = replace(LINE, message_id="m\x1b[2J\n1", outcome="skipped: no_email", dropped={"a\nb": "no_value"})

    text = one_line(line).plain

    assert text.isprintable()
    assert (
        text
        == "2026-11-01 10:00:00Z  skipped   identify m [2J 1 to default 501  no_email  without a b (no_value)"
    )


@pytest.mark.parametrize("hours", [0.5, 1, 3, 72, 24 * 30])
def test_the_log_is_read_from_now_backwards_without_a_gap(hours: float) -> None:
    since_ms = NOW_MS - int(hours * HOUR_MS)

    spans = list(slices(since_ms, NOW_MS))

    assert spans[0][1] == NOW_MS
    assert spans[-1][0] == since_ms
    assert all(later[0] == earlier[1] for later, earlier in pairwise(spans))
    assert all(begin < end for begin, end in spans)
    assert len(spans) <= 6


def test_a_span_of_nothing_is_not_read() -> None:
    assert list(slices(NOW_MS, NOW_MS)) == []


def test_what_a_line_has_no_room_for_is_counted() -> None:
    line = parsed({"message": json.dumps(LONG_LINE), "timestamp": NOW_MS})

    assert line
    assert line.dropped_more == 3_905
    assert "without 3905 more" in shown(status(line))
    assert "more" not in shown(status(LINE))


LONG_LINE = {
    "message": "event",
    "message_id": "m-1",
    "outcome": "delivered",
    "dropped": [],
    "dropped_more": [
        {"reason": "unknown_property", "properties": 3_900},
        {"reason": "not_a_date", "properties": 5},
    ],
}
