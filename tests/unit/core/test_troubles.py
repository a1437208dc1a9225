"""What makes events wait for a person or for HubSpot's side, and when that is over."""

import json

import pytest

from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.troubles import (
    CURRENT_FOR_MS,
    MAX_CHARS,
    MAX_TROUBLES,
    WRITTEN_AFTER_MS,
    Trouble,
    Troubles,
    as_text,
    from_text,
    has_news,
    looked_at,
    together,
    waits_for,
)

AT_MS = 1_793_527_200_000
SCOPE = "missing_scope: crm.objects.companies.write"
NO_SCOPE = Deferred(SCOPE, log_message="This app lacks scopes")
REFUSED = Deferred("access_token_refused")


def seen(*ends: tuple[str, Outcome], before: Troubles | None = None, at_ms: int = AT_MS) -> Troubles:
    return looked_at(before or {}, ends, at_ms)


@pytest.mark.parametrize(
    ("reason", "whom"),
    [
        ("access_token_refused", "person"),
        ("missing_scope", "person"),
        (SCOPE, "person"),
        ("missing_tier", "person"),
        ("forbidden: the account is inactive", "person"),
        ("refused_alike", "person"),
        ("unknown_path: events", "person"),
        ("wrong_account: …", "person"),
        ("account_unknown: …", "person"),
        ("invalid_settings: plann", "person"),
        ("match_property_missing: customer_no", "person"),
        ("day_spent", "portal"),
        ("status_477", "portal"),
        ("schema_status_477", "portal"),
        ("not_hubspot", "portal"),
        ("window_full", ""),
        ("status_503", ""),
        ("no_answer: ReadTimeout", ""),
        ("portal_busy", ""),
    ],
)
def test_some_waits_are_for_a_person_and_some_for_the_portal(reason: str, whom: str) -> None:
    assert waits_for(Deferred(reason)) == whom


def test_a_portal_that_is_moved_keeps_the_relay_away_and_a_full_window_does_not() -> None:
    assert waits_for(Deferred("blocked", 60_000)) == "portal"
    assert waits_for(Deferred("blocked", 59_999)) == ""


@pytest.mark.parametrize("outcome", [Delivered("501"), Skipped("no_email"), Rejected("missing_scope")])
def test_what_has_ended_waits_for_nobody(outcome: Outcome) -> None:
    assert waits_for(outcome) == ""


def test_the_first_event_that_waits_is_noted_in_hubspots_words() -> None:
    found = seen(
        ("m-1", NO_SCOPE), ("m-2", NO_SCOPE), ("m-3", Delivered("501")), ("m-4", Deferred("window_full"))
    )

    assert found == {SCOPE: Trouble(SCOPE, "This app lacks scopes", AT_MS, AT_MS, 2, "m-1")}
    assert found[SCOPE].word == "missing_scope"


def test_a_trouble_keeps_its_beginning_and_its_words() -> None:
    first = seen(("m-1", NO_SCOPE))

    found = seen(("m-2", Deferred(SCOPE)), before=first, at_ms=AT_MS + 5)

    assert found == {SCOPE: Trouble(SCOPE, "This app lacks scopes", AT_MS, AT_MS + 5, 2, "m-1")}


@pytest.mark.parametrize("end", [Delivered("501"), Skipped("unchanged"), Rejected("refused"), REFUSED])
def test_a_trouble_is_over_when_its_example_has_another_end(end: Outcome) -> None:
    assert SCOPE not in seen(("m-1", end), before=seen(("m-1", NO_SCOPE)))


@pytest.mark.parametrize("end", [NO_SCOPE, Deferred("window_full"), Deferred("no_answer: ReadTimeout")])
def test_an_example_that_still_waits_ends_nothing(end: Outcome) -> None:
    assert seen(("m-1", end), before=seen(("m-1", NO_SCOPE)))[SCOPE].since_ms == AT_MS


def test_what_is_in_some_events_way_only_goes_on_while_others_are_delivered() -> None:
    assert SCOPE in seen(("m-9", Delivered("501")), before=seen(("m-1", NO_SCOPE)))


def test_what_is_in_everybodys_way_is_over_with_the_first_delivery() -> None:
    before = seen(("m-1", REFUSED))

    assert seen(("m-9", Skipped("no_email")), before=before) == before
    assert seen(("m-9", Delivered("501")), before=before) == {}


def test_what_nobody_has_seen_for_long_is_over_while_others_are_delivered() -> None:
    before, later_ms = seen(("m-1", NO_SCOPE)), AT_MS + CURRENT_FOR_MS

    assert seen(("m-9", Delivered("501")), before=before, at_ms=later_ms - 1) == before
    assert seen(("m-9", Skipped("no_email")), before=before, at_ms=later_ms) == before
    assert seen(("m-9", Delivered("501")), before=before, at_ms=later_ms) == {}


def test_it_is_current_for_a_while() -> None:
    trouble = seen(("m-1", NO_SCOPE))[SCOPE]

    assert trouble.is_current(AT_MS + CURRENT_FOR_MS - 1)
    assert not trouble.is_current(AT_MS + CURRENT_FOR_MS)


def test_many_and_long_reasons_are_bounded() -> None:
    many = [(f"m-{n}", Deferred(f"invalid_settings: {n}")) for n in range(2 * MAX_TROUBLES)]
    long = Deferred("invalid_settings: " + "x" * 2 * MAX_CHARS, log_message="y" * 2 * MAX_CHARS)

    assert len(seen(*many)) == MAX_TROUBLES
    (found,) = seen(("m-1", long)).values()
    assert (len(found.reason), len(found.said)) == (MAX_CHARS, MAX_CHARS)
    # And it is known again.
    assert seen(("m-1", long), before={found.reason: found})[found.reason].looks == 2


def test_news_are_a_beginning_an_end_other_words_and_every_minute() -> None:
    before = seen(("m-1", NO_SCOPE))
    other_words = Deferred(SCOPE, log_message="Other words")

    assert has_news({}, before)
    assert has_news(before, {})
    assert has_news(before, seen(("m-1", other_words), before=before))
    assert has_news(before, seen(("m-1", NO_SCOPE), before=before, at_ms=AT_MS + WRITTEN_AFTER_MS))
    assert not has_news(before, seen(("m-1", NO_SCOPE), before=before, at_ms=AT_MS + WRITTEN_AFTER_MS - 1))
    assert not has_news({}, {})


def test_what_is_written_counts_and_is_completed_by_what_was_seen_since() -> None:
    written = seen(("m-1", NO_SCOPE), ("m-2", REFUSED))
    since = seen(("m-1", NO_SCOPE), before={SCOPE: written[SCOPE]}, at_ms=AT_MS + 10)
    ended_and_begun = seen(("m-1", NO_SCOPE), at_ms=AT_MS + 20)

    assert together(written, since) == {**written, SCOPE: since[SCOPE]}
    assert together(ended_and_begun, since) == ended_and_begun
    assert together({}, since) == {}


def test_troubles_are_stored_and_read_back() -> None:
    troubles = seen(("m-1", NO_SCOPE), ("m-2", REFUSED))

    assert from_text(as_text(troubles)) == troubles
    assert from_text("") == {}


@pytest.mark.parametrize("text", ["no JSON", json.dumps([{"reason": "of another version"}]), "3", "[3]"])
def test_what_another_version_has_stored_counts_as_nothing(text: str) -> None:
    assert from_text(text) == {}
