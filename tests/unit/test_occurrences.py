"""Tracks as custom events: each has an outcome, whatever HubSpot answers."""

from typing import Any

import pytest
from builders import reply
from tracks import NAME, Tracks, bought, has, many, refuses

from relay.core.answers import Answer, NoReply, Reply
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.occurrences import CLOSED_FOR_MS, MAX_EXTRA_CALLS, Sent


def test_a_track_is_one_occurrence_of_the_event_with_its_name(tracks: Tracks) -> None:
    """S21, S24, S25."""
    (sent,) = tracks.settle(bought(item="shoe", total=20.5, size=39))

    assert sent == Sent(Delivered(""), {"size": "unknown_event_property"})
    ((event,),) = tracks.api.batches
    assert (event.event_name, event.uuid, event.person) == (NAME, "m-0", {"email": "kim@example.org"})
    assert event.properties == {"item": "shoe", "total": "20.5"}


def test_an_event_of_nobody_is_not_sent(tracks: Tracks) -> None:
    nobody = Occurrence(1, "Bought Item", "m-1", 0, {})

    assert tracks.settle(bought(), nobody) == [Sent(Delivered("")), Sent(Skipped("no_email"))]
    tracks.restart()
    assert tracks.settle(nobody) == [Sent(Skipped("no_email"))]
    assert len(tracks.api.batches) == 1


def test_events_go_in_batches_of_five_hundred(tracks: Tracks) -> None:
    assert tracks.settle(*many(501)) == [Sent(Delivered(""))] * 501

    assert [len(batch) for batch in tracks.api.batches] == [500, 1]


def test_a_message_that_came_twice_is_sent_once_and_both_have_its_outcome(tracks: Tracks) -> None:
    """W10."""
    twice = Occurrence(1, "Bought Item", "m-0", 0, {}, object_id="501")

    assert tracks.settle(bought(), twice) == [Sent(Delivered(""))] * 2
    assert len(tracks.api.sent) == 1


@pytest.mark.parametrize(
    "answer", [reply(400, message="Duplicate uuid"), reply(409, message="exists"), Reply(409)]
)
def test_an_event_that_hubspot_has_is_delivered(tracks: Tracks, answer: Answer) -> None:
    """W10."""
    tracks.api.script = refuses(answer, lambda event: event.uuid == "m-1")

    assert tracks.settle(*many(3)) == [Sent(Delivered(""))] * 3


def test_one_bad_event_in_a_batch_is_found_by_halving(tracks: Tracks) -> None:
    tracks.api.script = refuses(reply(400, message="no"), lambda event: event.uuid == "m-3")

    ends = tracks.settle(*many(8))

    assert [n for n, end in enumerate(ends) if end.outcome == Rejected("refused", "no")] == [3]
    assert sum(end.outcome == Delivered("") for end in ends) == 7
    assert len(tracks.api.batches) == 7


def test_many_bad_events_do_not_cost_hundreds_of_calls(tracks: Tracks) -> None:
    tracks.api.script = lambda _: reply(400, message="no")

    ends = tracks.settle(*many(100))

    reasons = {end.outcome.reason for end in ends if not isinstance(end.outcome, Delivered)}
    assert len(tracks.api.batches) == 1 + MAX_EXTRA_CALLS
    assert reasons == {"refused", "too_many_refusals"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoReply("no_answer: ReadTimeout"), Deferred("no_answer: ReadTimeout")),
        (Reply(401), Deferred("access_token_refused")),
        (Reply(503), Deferred("status_503")),
        (Reply(429, headers={"retry-after": "2"}), Deferred("status_429", 2_000)),
    ],
)
def test_what_settles_nothing_brings_the_events_back(
    tracks: Tracks, answer: Answer, outcome: Deferred
) -> None:
    tracks.api.script = lambda _: answer

    assert tracks.settle(*many(2)) == [Sent(outcome)] * 2
    assert len(tracks.api.batches) == 1


def test_properties_that_hubspot_refuses_are_left_out_once(tracks: Tracks) -> None:
    detail = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["total"]}}
    tracks.api.script = refuses(reply(400, errors=[detail]), has("total"))

    ends = tracks.settle(bought(0, item="shoe", total=5), bought(1, item="hat"))

    assert ends == [
        Sent(Delivered(""), {"total": "refused_property_doesnt_exist"}),
        Sent(Delivered("")),
    ]
    assert tracks.api.sent[-1] == (NAME, {"item": "shoe"})


def test_an_event_that_is_refused_still_is_rejected(tracks: Tracks) -> None:
    detail = {"code": "INVALID_LONG", "context": {"propertyName": ["total", "item"]}}
    tracks.api.script = lambda events: reply(
        400, message="no", errors=[detail if has("total")(events[0]) else {"context": {}}]
    )

    (end,) = tracks.settle(bought(item="shoe", total=5))

    assert end.outcome == Rejected("refused", "no")
    assert end.left_out == {"item": "refused_invalid_long", "total": "refused_invalid_long"}
    assert len(tracks.api.batches) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param({"message": "Needs an Enterprise subscription"}, "missing_tier", id="S22-plan"),
        pytest.param(
            {"message": "Missing", "errors": [{"context": {"requiredScopes": ["a.b.send"]}}]},
            "missing_scope",
            id="S22-scope",
        ),
    ],
)
def test_what_is_not_allowed_is_not_tried_again_for_a_while(
    tracks: Tracks, body: dict[str, Any], reason: str
) -> None:
    tracks.api.script = lambda _: Reply(403, body)

    ends = tracks.settle(*many(1_001))
    again = tracks.settle(*many(2))

    (end,) = {each.outcome for each in (*ends, *again)}
    assert isinstance(end, Rejected)
    assert (end.reason, end.message[:7]) == (reason, str(body["message"])[:7])
    assert (len(tracks.api.batches), len(tracks.api.asked)) == (1, 1)
    tracks.clock.now += CLOSED_FOR_MS
    tracks.api.script = lambda _: None
    assert tracks.settle(bought()) == [Sent(Delivered(""))]
