"""What a person sees of the rejects queue."""

import io
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from cli.queues import Depth
from cli.rejected import Reject
from cli.rejects import Look, as_json, print_look
from relay.core.envelopes import PastRejection
from relay.core.outcomes import Rejected

NOW_MS = 1_793_527_200_000
HOUR_MS = 3_600_000
EVENT: Mapping[str, object] = {"type": "identify", "messageId": "m-1", "traits": {"email": "kim@example.org"}}
REFUSED = Rejected("refused", "Property values were not valid", "VALIDATION_ERROR", "c-1")


def reject(rejection: Rejected = REFUSED, hours: int = 3, *, times: int = 1) -> Reject:
    earlier = (PastRejection(rejection, 1),) * (times - 1)
    return Reject("sqs-1", rejection, NOW_MS - hours * HOUR_MS, earlier, "emea", 1_000, EVENT)


def shown(*rejects: Reject, is_all: bool = True, hidden: int = 0) -> str:
    screen = io.StringIO()
    seen = Look(rejects, len(rejects), is_all, Depth(500, hidden, NOW_MS))
    print_look(Console(file=screen, width=200), seen, now_ms=NOW_MS)
    return screen.getvalue()


def test_each_reason_is_shown_with_hubspots_words_and_an_example() -> None:
    lines = shown(reject(), reject(hours=49, times=3)).splitlines()

    assert [line.strip() for line in lines] == [
        "2 rejected events in 2 messages.",
        "",
        "2  refused · VALIDATION_ERROR",
        "Property values were not valid",
        "such as identify m-1 to emea; rejected 3 hours ago; the oldest 2 days ago; correlation id c-1",
    ]


def test_how_often_an_event_was_rejected_is_told() -> None:
    assert "rejected 1 hour ago, 3 times;" in shown(reject(hours=1, times=3))


def test_what_was_not_read_is_told() -> None:
    text = shown(reject(), is_all=False, hidden=7)

    assert "1 rejected event in the first 1 message of about 500." in text
    assert "About 7 more are hidden just now" in text


def test_an_empty_queue_is_told_too() -> None:
    assert shown() == "0 rejected events in 0 messages.\n"


def test_a_message_that_is_no_envelope_is_known_by_its_own_id() -> None:
    foreign = Reject("sqs-1", Rejected("not_json"), NOW_MS)

    assert "such as message sqs-1; rejected just now" in shown(foreign)


def test_no_text_of_others_commands_the_terminal() -> None:
    text = shown(reject(Rejected("refused", "red \x1b[31m\a[bold]x[/]", "a\x9bb", "c\r1")))

    assert not set(text) & {"\x1b", "\a", "\x9b", "\r"}
    assert "[bold]x[/]" in text


def test_values_are_shown_only_where_they_are_asked_for() -> None:
    seen = Look((reject(),), 1, is_all=True, depth=Depth(1, 0, NOW_MS))

    assert "kim@example.org" not in str(as_json(seen, with_events=False)) + shown(reject())
    assert "kim@example.org" in str(as_json(seen, with_events=True))


def test_every_sentence_of_hubspots_is_shown_with_how_often_it_was_said() -> None:
    said = ["A value for city must be provided"] * 3 + ["B", "B", "C", "D", "E"]
    text = shown(*(reject(Rejected("refused", each, "VALIDATION_ERROR")) for each in said))

    words = [line.strip() for line in text.splitlines()]
    assert words[3:7] == [
        "A value for city must be provided (3 events)",
        "B (2 events)",
        "C (1 event)",
        "and 2 other sentences: see --json",
    ]


def test_a_program_is_told_every_sentence_and_no_field_that_is_for_logs() -> None:
    rejects = (
        reject(Rejected("refused", "A", "VALIDATION_ERROR", log_message="for logs"), times=2),
        reject(),
    )
    told: Any = as_json(Look(rejects, 1, is_all=True, depth=Depth(1, 0, NOW_MS)), with_events=True)

    sentences = [{"message": text, "events": 1} for text in ("A", "Property values were not valid")]
    assert told["groups"][0]["said"] == sentences
    assert "log_message" not in str(told)
