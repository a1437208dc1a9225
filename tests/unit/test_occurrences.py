"""Tracks as custom events: each has an outcome, whatever HubSpot answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from builders import refusal, reply
from tracks import NAME, Tracks, bought, defined, has, listed, many, refuses

from relay.core.answers import Answer, NoReply, Reply
from relay.core.event_halving import MAX_EXTRA_CALLS
from relay.core.occurrences import CustomEvent, Occurrence
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.event_sending import CLOSED_FOR_MS, OWN_FOR_MS
from relay.occurrences import MAX_REPAIRS, MAX_TURNS, Sent

ALIKE = Deferred("refused_alike")


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


def again(source: int, uuid: str = "m-0", /, **properties: Any) -> Occurrence:
    """Return an occurrence with the messageId of another one."""
    return Occurrence(source, "Bought Item", uuid, 0, properties, object_id="501")


REPEATED = Sent(Skipped("repeated"))
# HubSpot has this very event.
HAD = Sent(Delivered(""), {"messageId": "repeated"})


def test_of_several_with_one_message_id_the_first_is_sent_and_the_others_are_told_as_repeats(
    tracks: Tracks,
) -> None:
    """W10."""
    same, other_name = replace(bought(), source=1), replace(again(3), name="pe7 Bought-Item")

    ends = tracks.settle(bought(), same, again(2, item="hat"), other_name, again(4, "m-4"))

    assert ends == [Sent(Delivered("")), HAD, REPEATED, REPEATED, Sent(Delivered("501"))]
    assert [each.uuid for each in tracks.api.batches[0]] == ["m-0", "m-4"]


def test_a_repeat_waits_with_what_it_repeats(tracks: Tracks) -> None:
    tracks.api.script = lambda _: Reply(503)

    assert tracks.settle(bought(), again(1)) == [Sent(Deferred("status_503"))] * 2


def test_what_hubspot_refuses_is_not_repeated_by_another_event_of_its_message_id(tracks: Tracks) -> None:
    refused = Sent(Rejected("refused", "no"))
    tracks.api.script = refuses(reply(400, message="no"), has("item"))
    same = replace(bought(item="shoe"), source=1)

    ends = tracks.settle(bought(item="shoe"), same, again(2, item="hat"), again(3), again(4))

    assert ends == [refused, refused, refused, Sent(Delivered("501")), replace(HAD, outcome=Delivered("501"))]


def test_of_many_with_one_message_id_that_hubspot_refuses_some_are_tried_at_a_time(tracks: Tracks) -> None:
    tracks.api.script = lambda events: reply(400, message=f"not {dict(events[0].properties)}")

    ends = tracks.settle(*(again(n, item=str(n)) for n in range(MAX_TURNS + 1)))

    assert [type(each.outcome) for each in ends] == [Rejected] * MAX_TURNS + [Deferred]


@pytest.mark.parametrize(
    "answer", [reply(400, message="Duplicate uuid"), reply(409, message="exists"), refusal(409)]
)
def test_an_event_that_hubspot_has_is_delivered(tracks: Tracks, answer: Answer) -> None:
    """W10."""
    tracks.api.script = refuses(answer, lambda event: event.uuid == "m-1")

    assert tracks.settle(*many(3)) == [Sent(Delivered("")), HAD, Sent(Delivered(""))]


def test_one_bad_event_in_a_batch_is_found_by_halving(tracks: Tracks) -> None:
    tracks.api.script = refuses(reply(400, message="no"), lambda event: event.uuid == "m-3")

    ends = tracks.settle(*many(8))

    assert [n for n, end in enumerate(ends) if end.outcome == Rejected("refused", "no")] == [3]
    assert sum(end.outcome == Delivered("") for end in ends) == 7
    assert len(tracks.api.batches) == 7


@pytest.mark.parametrize(("bad", "looks"), [(1, 1), (4, 1), (10, 1), (100, 2), (240, 3)])
@pytest.mark.parametrize("place", ["first", "spread"])
def test_bad_events_that_nobody_names_end_within_a_few_looks_and_the_good_ones_sooner(
    tracks: Tracks, bad: int, looks: int, place: str
) -> None:
    step = 1 if place == "first" else 250 // bad
    wrong = {f"m-{n * step}" for n in range(bad)}
    tracks.api.script = refuses(reply(400, message="no"), lambda event: event.uuid in wrong)
    waiting, delivered = {each.uuid: each for each in many(250)}, set[str]()
    for look in range(1, looks + 1):
        tracks.api.batches.clear()
        ends = {
            uuid: end.outcome for uuid, end in zip(waiting, tracks.settle(*waiting.values()), strict=True)
        }
        assert len(tracks.api.batches) <= 1 + MAX_EXTRA_CALLS
        assert {uuid for uuid, end in ends.items() if isinstance(end, Rejected)} <= wrong
        delivered |= {uuid for uuid, end in ends.items() if isinstance(end, Delivered)}
        assert look < 2 or len(delivered) == 250 - bad
        waiting = {uuid: waiting[uuid] for uuid, end in ends.items() if isinstance(end, Deferred)}
        tracks.clock.now += 5_000
    assert (waiting, len(delivered)) == ({}, 250 - bad)


def test_a_search_that_did_not_end_goes_on_elsewhere(tracks: Tracks) -> None:
    tracks.api.script = lambda events: reply(400, message="no") if len(events) > 1 else None
    asked = []
    for _ in range(2):
        tracks.api.batches.clear()
        tracks.settle(*many(500))
        asked.append({batch[0].uuid for batch in tracks.api.batches if len(batch) == 1})
        tracks.clock.now += 5_000

    assert len(asked[0] - asked[1]) > 50


def test_where_all_are_refused_alike_all_wait(tracks: Tracks) -> None:
    tracks.api.script = lambda _: reply(400, message="no")
    words = Rejected("refused", "no")

    ends = tracks.settle(*many(100))

    assert {end.outcome for end in ends} == {ALIKE, replace(ALIKE, at_last=words)}
    assert len(tracks.api.batches) < 100
    assert {end.outcome for end in tracks.settle(*many(4))} == {words}
    assert {end.outcome for end in tracks.settle(*many(5))} == {replace(ALIKE, at_last=words)}


def test_what_was_said_of_single_events_while_others_were_accepted_is_theirs_later(tracks: Tracks) -> None:
    tracks.api.script = refuses(reply(400, message="no"), has("item"))
    tracks.settle(bought(0, item="shoe"), bought(1))
    words = Rejected("refused", "no")

    assert {end.outcome for end in tracks.settle(*many(9))} == {words}
    tracks.clock.now += OWN_FOR_MS
    assert {end.outcome for end in tracks.settle(*many(9))} == {replace(ALIKE, at_last=words)}


def test_words_that_name_values_do_not_fill_the_memory(
    tracks: Tracks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.event_sending.MOST_WORDS", 1)
    no = dict.fromkeys("ab", "no")
    for name in no:
        tracks.api.script = refuses(reply(400, message=name), has("item"))
        tracks.settle(bought(0, item="shoe"), bought(1))

    assert {end.outcome for end in tracks.settle(*many(9))} == {Rejected("refused", "b")}
    tracks.api.script = lambda _: reply(400, message="a")
    assert ALIKE.reason in {getattr(end.outcome, "reason", "") for end in tracks.settle(*many(9))}


def test_a_permission_that_is_missing_is_never_refused_alike(tracks: Tracks) -> None:
    tracks.api.script = lambda _: refusal(403, {"message": "Needs an Enterprise subscription"})

    assert {end.outcome.reason for end in tracks.settle(*many(9))} == {"missing_tier"}  # type: ignore[union-attr]


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


def test_bad_properties_that_are_named_one_after_the_other_all_go(tracks: Tracks) -> None:
    def script(events: Sequence[CustomEvent]) -> Answer | None:
        bad = sorted(name for event in events for name in event.properties if name != "item")
        return reply(400, message=f'Property "{bad[0]}" is not valid', errors=[{}]) if bad else None

    kinds = dict.fromkeys(("item", "a", "b", "c"), "string")
    tracks.api.lists = [listed(defined("bought_item", "Bought Item", **kinds))]
    tracks.api.script = script

    ends = tracks.settle(bought(0, item="shoe", a="1", b="2", c="3"), bought(1, item="hat"))

    assert ends == [Sent(Delivered(""), dict.fromkeys("abc", "refused_property")), Sent(Delivered(""))]
    assert tracks.api.sent[-1] == (NAME, {"item": "shoe"})


def test_an_event_with_too_many_bad_properties_is_rejected(tracks: Tracks) -> None:
    names = [f"p{n:02}" for n in range(MAX_REPAIRS + 1)]
    tracks.api.lists = [listed(defined("bought_item", "Bought Item", **dict.fromkeys(names, "string")))]
    tracks.api.script = lambda events: reply(400, message=f'Property "{min(events[0].properties)}" is bad')

    (end,) = tracks.settle(bought(**dict.fromkeys(names, "x")))

    assert end.outcome == Rejected("refused", f'Property "{names[MAX_REPAIRS - 1]}" is bad')
    assert len(tracks.api.batches) == MAX_REPAIRS


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
            "missing_scope: a.b.send",
            id="S22-scope",
        ),
    ],
)
def test_what_is_not_allowed_is_not_tried_again_for_a_while(
    tracks: Tracks, body: dict[str, Any], reason: str
) -> None:
    tracks.api.script = lambda _: refusal(403, body)

    ends = tracks.settle(*many(1_001))
    again = tracks.settle(*many(2))

    (end,) = {each.outcome for each in (*ends, *again)}
    assert isinstance(end, Deferred)
    assert (end.reason, end.log_message[:7]) == (reason, str(body["message"])[:7])
    assert (len(tracks.api.batches), len(tracks.api.asked)) == (1, 1)
    tracks.clock.now += CLOSED_FOR_MS
    tracks.api.script = lambda _: None
    assert tracks.settle(bought()) == [Sent(Delivered(""))]
