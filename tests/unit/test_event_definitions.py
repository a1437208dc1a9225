"""Event definitions: read rarely, shared, refreshed for a reason; made for new events if that is wanted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from builders import refusal, reply
from tracks import BOUGHT, NAME, FakeEvents, Tracks, bought, called, defined, has, listed, many, refuses

from relay.core.answers import Answer, NoReply, Reply
from relay.core.event_definitions import EventRules
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Delivered, Rejected
from relay.core.quotas import MakingLimits
from relay.event_creation import ALLOWED_AGAIN_MS, CREATE_AGAIN_MS, LISTED_AGAIN_MS, MAX_CALLS
from relay.event_definitions import LOOK_AGAIN_MS, MAX_AGE_MS, MAX_PAGES, NEW_FOR_MS, REFRESH_AFTER_MS
from relay.event_sending import CLOSED_FOR_MS
from relay.occurrences import Sent

CREATE = EventRules(creates=True)


def test_definitions_are_read_once_an_hour_page_by_page(tracks: Tracks) -> None:
    tracks.api.lists = [listed(BOUGHT, after="p2"), listed(defined("seen", "Seen"))] * 2
    for _ in range(2):
        assert tracks.settle(bought(), bought(1, "Seen")) == [Sent(Delivered(""))] * 2
    assert tracks.api.asked == ["", "p2"]
    tracks.restart()
    tracks.settle(bought())
    assert tracks.api.asked == ["", "p2"]

    tracks.clock.now += MAX_AGE_MS
    tracks.settle(bought())

    assert tracks.api.asked == ["", "p2", "", "p2"]


def test_a_list_without_end_is_not_read_for_ever(tracks: Tracks) -> None:
    tracks.api.lists = [listed(BOUGHT, after="again")]

    assert tracks.settle(bought()) == [Sent(Delivered(""))]
    assert len(tracks.api.asked) == MAX_PAGES


@pytest.mark.parametrize("answer", [Reply(503), Reply(200), refusal(403), NoReply("window_full")])
def test_stale_definitions_serve_on_and_are_tried_again_later(tracks: Tracks, answer: Answer) -> None:
    tracks.api.lists = [listed(BOUGHT), answer]
    tracks.settle(bought())
    tracks.clock.now += MAX_AGE_MS
    for _ in range(2):
        assert tracks.settle(bought()) == [Sent(Delivered(""))]
    assert len(tracks.api.asked) == 2
    tracks.clock.now += REFRESH_AFTER_MS
    tracks.settle(bought())
    assert len(tracks.api.asked) == 3


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reply(503), Deferred("definitions_status_503")),
        (Reply(200, {}), Deferred("definitions_status_200")),
        (Reply(401), Deferred("access_token_refused")),
        (NoReply("window_full", 7_000), Deferred("window_full", 7_000)),
        (reply(403, message="Enterprise"), Deferred("missing_tier")),
    ],
)
def test_without_definitions_nothing_is_sent(tracks: Tracks, answer: Answer, outcome: Deferred) -> None:
    tracks.api.lists = [answer, listed(BOUGHT)]

    assert tracks.settle(bought()) == [Sent(outcome)]
    assert tracks.api.batches == []
    tracks.clock.now += CLOSED_FOR_MS
    assert tracks.settle(bought()) == [Sent(Delivered(""))]


UNKNOWN = Sent(Rejected("no_definition", 'HubSpot has no event definition for "Seen"'))
BOTH = listed(BOUGHT, defined("ab12", "Seen"))


def seen(tracks: Tracks, /, **changes: Any) -> Occurrence:
    """Return an event that comes in now, and that HubSpot may not have."""
    return replace(bought(0, "Seen"), asked_at_ms=tracks.clock.now, **changes)


def test_an_event_that_nobody_knows_is_rejected_after_a_look_at_a_list_of_after_it_came(
    tracks: Tracks,
) -> None:
    """S27: HubSpot makes no definitions by itself any more."""
    first = seen(tracks)
    for _ in range(2):
        assert tracks.settle(first, bought(1)) == [UNKNOWN, Sent(Delivered(""))]
        tracks.clock.now += 1
    assert len(tracks.api.asked) == 1


@pytest.mark.parametrize("rules", [EventRules(), CREATE], ids=["no rules", "made where it is missing"])
def test_an_event_that_misses_in_an_older_list_waits_for_the_next_one(
    tracks: Tracks, rules: EventRules
) -> None:
    tracks.restart(rules)
    tracks.settle(bought())
    tracks.clock.now += 1_000
    tracks.api.lists.append(BOTH)
    late = seen(tracks)

    assert tracks.settle(late) == [Sent(Deferred("definitions_outdated", LOOK_AGAIN_MS - 1_000))]
    assert len(tracks.api.asked) == 1
    tracks.clock.now += LOOK_AGAIN_MS - 1_000
    assert tracks.settle(late) == [Sent(Delivered(""))]
    # Another definition of its label, under the name that it would have got, is not made.
    assert (tracks.api.sent[-1][0], tracks.api.created) == ("pe7_ab12", [])


def test_an_event_that_misses_in_a_list_of_minutes_ago_asks_for_a_new_one(tracks: Tracks) -> None:
    tracks.settle(bought())
    tracks.clock.now += 2 * LOOK_AGAIN_MS
    tracks.api.lists.append(BOTH)

    assert tracks.settle(seen(tracks)) == [Sent(Delivered(""))]


def test_what_is_replayed_is_looked_up_at_once(tracks: Tracks) -> None:
    assert tracks.settle(seen(tracks)) == [UNKNOWN]
    tracks.clock.now += 1
    tracks.api.lists.append(BOTH)

    assert tracks.settle(seen(tracks, is_replayed=True)) == [Sent(Delivered(""))]
    assert tracks.settle(seen(tracks, is_replayed=True)) == [Sent(Delivered(""))]
    assert len(tracks.api.asked) == 2


def test_what_is_replayed_in_vain_is_rejected_again(tracks: Tracks) -> None:
    tracks.settle(seen(tracks))
    tracks.clock.now += 1

    assert tracks.settle(seen(tracks, is_replayed=True), bought(1)) == [UNKNOWN, Sent(Delivered(""))]
    assert len(tracks.api.asked) == 2


def test_names_that_somebody_makes_up_cost_one_list_in_a_while(tracks: Tracks) -> None:
    began_ms = tracks.clock.now
    ends: list[Sent] = []
    for n in range(100):
        name = f"Made Up {n}"
        ends += tracks.settle(replace(bought(0, name), asked_at_ms=tracks.clock.now))
        tracks.clock.now += 1_000

    looks = 1 + (tracks.clock.now - began_ms) // LOOK_AGAIN_MS
    assert len(tracks.api.asked) == looks
    assert sum(isinstance(end.outcome, Rejected) for end in ends) == looks


def test_a_list_that_another_sender_has_read_says_as_much(tracks: Tracks) -> None:
    other = Tracks(tracks.api, tracks.store, tracks.clock, tracks.threads)
    tracks.settle(bought())
    late = seen(tracks)
    tracks.clock.now += LOOK_AGAIN_MS
    tracks.api.lists.append(BOTH)
    other.settle(late)
    tracks.clock.now += 1

    assert tracks.settle(late) == [Sent(Delivered(""))]
    newer = replace(late, name="Heard", asked_at_ms=tracks.clock.now)
    assert tracks.settle(newer) == [Sent(Deferred("definitions_outdated", LOOK_AGAIN_MS - 1))]
    assert len(tracks.api.asked) == 2


@pytest.mark.parametrize("answer", [Reply(503), NoReply("window_full", 7_000)])
def test_while_the_list_cannot_be_read_anew_nothing_is_rejected(tracks: Tracks, answer: Answer) -> None:
    tracks.settle(bought())
    tracks.clock.now += LOOK_AGAIN_MS
    tracks.api.lists += [answer, BOTH]
    late = seen(tracks)

    (first, second), (again,) = tracks.settle(late, bought(1)), tracks.settle(late)

    assert isinstance(first.outcome, Deferred)
    assert first.outcome.reason in ("definitions_status_503", "window_full")
    assert second == Sent(Delivered(""))
    assert again == Sent(Deferred("definitions_outdated", LOOK_AGAIN_MS))
    tracks.clock.now += LOOK_AGAIN_MS
    assert tracks.settle(late) == [Sent(Delivered(""))]


def test_a_list_is_as_old_as_the_call_for_it(tracks: Tracks) -> None:
    class Slow(FakeEvents):
        def definitions(self, after: str, deadline_ms: int) -> Answer:
            clock.now += 5_000
            return super().definitions(after, deadline_ms)

    clock = tracks.clock
    tracks.api = Slow(lists=[listed(BOUGHT), BOTH])
    tracks.restart()
    late = replace(seen(tracks), asked_at_ms=clock.now + 1_000)

    # It was defined while the list was on its way.
    assert tracks.settle(late) == [Sent(Deferred("definitions_outdated", LOOK_AGAIN_MS - 5_000))]


def test_an_event_that_hubspot_says_it_does_not_know_waits_for_a_list_of_after_it_came(
    tracks: Tracks,
) -> None:
    tracks.settle(bought())
    tracks.clock.now += 1_000
    gone = reply(400, message=f"Event with fully qualified name {NAME} does not exist")
    tracks.api.script = refuses(gone, called(NAME))
    late = replace(bought(), asked_at_ms=tracks.clock.now)

    assert tracks.settle(late) == [Sent(Deferred("definitions_outdated", LOOK_AGAIN_MS - 1_000))]


def test_a_property_that_nobody_knows_asks_for_a_fresh_list_too(tracks: Tracks) -> None:
    tracks.api.lists.append(listed(defined("bought_item", "Bought Item", size="number")))
    tracks.settle(bought(size=39))
    tracks.clock.now += REFRESH_AFTER_MS

    assert tracks.settle(bought(size=39)) == [Sent(Delivered(""))]
    assert tracks.api.sent[-1] == (NAME, {"size": "39"})


def test_a_value_without_a_form_that_fits_asks_for_a_fresh_list_and_is_sent_by_that(tracks: Tracks) -> None:
    tracks.api.lists = [listed(defined("bought_item", "Bought Item", item="number")), listed(BOUGHT)]
    tracks.settle(bought(0, item=1))

    tracks.clock.now += 299_999
    (early,) = tracks.settle(bought(1, item="a lamp"))
    tracks.clock.now += 1
    (late,) = tracks.settle(bought(2, item="a lamp"))

    assert early.left_out == {"item": "not_a_number"}
    assert late.left_out == {}
    assert tracks.api.sent[-1] == (NAME, {"item": "a lamp"})
    assert len(tracks.api.asked) == 2


def test_definitions_that_another_process_has_read_are_as_good(tracks: Tracks) -> None:
    other = Tracks(tracks.api, tracks.store, tracks.clock, tracks.threads)
    tracks.settle(bought())
    tracks.clock.now += REFRESH_AFTER_MS
    tracks.api.lists.append(listed(defined("bought_item", "Bought Item", size="number")))
    other.settle(bought(size=39))

    tracks.settle(bought(size=40))

    assert tracks.api.sent[-1] == (NAME, {"size": "40"})
    assert len(tracks.api.asked) == 2


def test_a_rule_says_which_event_is_meant(tracks: Tracks) -> None:
    tracks.restart(EventRules({"Item bought": "bought_item"}))

    assert tracks.settle(bought(0, "Item bought")) == [Sent(Delivered(""))]
    assert tracks.api.sent[0][0] == NAME


def test_an_event_that_hubspot_says_it_does_not_know_is_looked_up_once_more(tracks: Tracks) -> None:
    tracks.settle(bought())
    tracks.clock.now += REFRESH_AFTER_MS
    tracks.api.lists.append(listed(defined("bought_item_2", "Bought Item", item="string")))
    gone = reply(400, message=f"Event with fully qualified name {NAME} does not exist")
    tracks.api.script = refuses(gone, called(NAME))

    assert tracks.settle(bought(item="shoe")) == [Sent(Delivered(""))]
    assert tracks.api.sent[-1] == ("pe7_bought_item_2", {"item": "shoe"})


@pytest.mark.parametrize(
    "lists", [[listed(BOUGHT)], [listed(BOUGHT), listed()], [listed(BOUGHT), Reply(500)]]
)
def test_an_event_that_hubspot_does_not_know_is_rejected_in_its_words(
    tracks: Tracks, lists: list[Answer]
) -> None:
    words = f"Event with fully qualified name {NAME} does not exist"
    tracks.api.lists = lists
    tracks.settle(bought())
    tracks.clock.now += REFRESH_AFTER_MS
    tracks.api.script = refuses(reply(400, message=words), called(NAME))

    assert tracks.settle(*many(2)) == [Sent(Rejected("no_definition", words))] * 2
    assert len(tracks.api.asked) == 2


def test_a_definition_is_made_once_for_all_events_of_its_name(tracks: Tracks) -> None:
    tracks.restart(CREATE)

    ends = tracks.settle(bought(0, "Seen", size=None), bought(1, "Seen", size=39), bought(2))

    assert ends == [Sent(Delivered(""), {"size": "no_value"}), Sent(Delivered("")), Sent(Delivered(""))]
    (body,) = tracks.api.created
    assert (body["name"], body["label"]) == ("seen", "Seen")
    assert body["propertyDefinitions"] == [{"name": "size", "label": "Size", "type": "number"}]
    assert tracks.api.sent[-1] == ("pe7_seen", {"size": "39"})
    tracks.restart(CREATE)
    tracks.settle(bought(0, "Seen", size=40))
    assert (len(tracks.api.created), len(tracks.api.asked)) == (1, 1)


def test_missing_properties_are_made_of_their_first_values(tracks: Tracks) -> None:
    tracks.restart(CREATE)

    ends = tracks.settle(bought(0, size=39, email="kim@example.org"), bought(1, size="l", gift=None))

    assert [end.left_out for end in ends] == [
        {"email": "reserved_property"},
        {"gift": "no_value", "size": "not_a_number"},
    ]
    assert tracks.api.added == [(NAME, {"name": "size", "label": "Size", "type": "number"})]
    tracks.settle(bought(size=40))
    assert (len(tracks.api.added), len(tracks.api.asked)) == (1, 1)
    assert tracks.api.sent[-1] == (NAME, {"size": "40"})


def test_no_more_properties_are_made_than_can_be_sent(tracks: Tracks) -> None:
    full = dict.fromkeys((f"p{n}" for n in range(50)), "string")
    tracks.api.lists = [listed(defined("bought_item", "Bought Item", **full))]
    tracks.restart(CREATE)

    (end,) = tracks.settle(bought(size=39))

    assert end == Sent(Delivered(""), {"size": "unknown_event_property"})
    assert tracks.api.added == []


def test_what_cannot_be_made_is_not_asked_for(tracks: Tracks) -> None:
    tracks.restart(CREATE)

    (end,) = tracks.settle(bought(0, "pe7_gone"))

    assert end.outcome == Rejected("no_definition", 'HubSpot has no event definition for "pe7_gone"')
    assert tracks.api.created == []


@pytest.mark.parametrize("status", [400, 422])
def test_types_that_hubspot_may_not_take_are_made_in_plainer_ones(tracks: Tracks, status: int) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [Reply(status)]

    ends = tracks.settle(bought(0, "Seen", gift=True, day="2026-11-01"))
    tracks.api.creations = [Reply(status)]
    ends += tracks.settle(bought(0, gift=False))

    assert ends == [Sent(Delivered(""))] * 2
    types = [[each["type"] for each in body["propertyDefinitions"]] for body in tracks.api.created]
    assert types == [["date", "bool"], ["datetime", "enumeration"]]
    assert [body["type"] for _, body in tracks.api.added] == ["bool", "enumeration"]
    assert [properties for _, properties in tracks.api.sent] == [
        {"day": "1793491200000", "gift": "true"},
        {"gift": "false"},
    ]


def test_a_definition_that_hubspot_would_not_make_is_asked_for_again_after_an_hour(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    refusal = Rejected("no_definition", "There are 500")
    tracks.api.creations = [reply(400, message="There are 500")]
    for _ in range(2):
        assert tracks.settle(bought(0, "Seen"), bought(1)) == [Sent(refusal), Sent(Delivered(""))]
    assert len(tracks.api.created) == 1
    tracks.clock.now += CREATE_AGAIN_MS

    assert tracks.settle(bought(0, "Seen")) == [Sent(Delivered(""))]


@pytest.mark.parametrize("status", [400, 404])
def test_a_property_that_hubspot_would_not_make_is_asked_for_again_after_an_hour(
    tracks: Tracks, status: int
) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [refusal(status)]
    for _ in range(2):
        (end,) = tracks.settle(bought(size=39))
        assert end == Sent(Delivered(""), {"size": "unknown_event_property"})
    assert len(tracks.api.added) == 1
    tracks.clock.now += CREATE_AGAIN_MS

    assert tracks.settle(bought(size=39)) == [Sent(Delivered(""))]


def test_what_somebody_else_has_made_is_found(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    bigger = defined("bought_item", "Bought Item", size="number")
    tracks.api.lists += [listed(BOUGHT, defined("seen", "Seen")), listed(bigger, defined("seen", "Seen"))]
    tracks.api.creations = [refusal(409), refusal(409)]

    ends = tracks.settle(bought(0, "Seen"), bought(1, size=39))

    assert ends == [Sent(Delivered(""))] * 2
    assert ("pe7_bought_item", {"size": "39"}) in tracks.api.sent


@pytest.mark.parametrize("status", [200, 201, 409])
def test_an_event_waits_for_a_definition_that_is_there_but_not_listed_yet(
    tracks: Tracks, status: int
) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [reply(status), refusal(409)]
    waiting = [Sent(Deferred("definition_not_ready"))]
    for _ in range(2):
        assert tracks.settle(bought(0, "Seen")) == waiting
    assert len(tracks.api.created) == 1
    tracks.clock.now += LISTED_AGAIN_MS
    tracks.api.lists.append(listed(BOUGHT, defined("seen", "Seen")))

    assert tracks.settle(bought(0, "Seen")) == [Sent(Delivered(""))]


def test_an_event_waits_for_a_property_that_is_there_but_not_listed_yet(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [refusal(409), refusal(409)]
    for _ in range(2):
        (end,) = tracks.settle(bought(0, size=39))
        assert end.outcome == Deferred("property_not_ready")
    assert (len(tracks.api.added), tracks.api.sent) == (1, [])
    tracks.clock.now += LISTED_AGAIN_MS
    tracks.api.lists.append(listed(defined("bought_item", "Bought Item", size="number")))

    assert tracks.settle(bought(0, size=39)) == [Sent(Delivered(""))]
    assert tracks.api.sent == [("pe7_bought_item", {"size": "39"})]


def test_nobody_waits_for_ever_for_what_hubspot_does_not_list(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    conflict = reply(409, message="The name is taken")
    tracks.api.creations = [conflict] * 4
    tracks.settle(bought(0, "Seen"), bought(1, size=39))
    tracks.clock.now += NEW_FOR_MS

    ends = tracks.settle(bought(0, "Seen"), bought(1, size=39))

    assert ends[0] == Sent(Rejected("no_definition", "The name is taken"))
    assert ends[1] == Sent(Delivered(""), {"size": "unknown_event_property"})
    assert tracks.settle(bought(0, "Seen"))[0] == ends[0]
    assert (len(tracks.api.created), len(tracks.api.added)) == (2, 2)


def test_without_the_scope_nothing_is_made_for_a_while_and_what_needs_it_waits(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [reply(403, message="scopes")]
    missing = Sent(Deferred("missing_scope: HubSpot does not say which"))
    for _ in range(2):
        ends = tracks.settle(bought(0, "Seen"), bought(1, "Heard"), bought(2, size=39), bought(3))
        assert [each.outcome for each in ends] == [missing.outcome] * 3 + [Delivered("")]
    assert (len(tracks.api.created), tracks.api.added) == (1, [])
    tracks.clock.now += ALLOWED_AGAIN_MS

    assert tracks.settle(bought(0, "Seen")) == [Sent(Delivered(""))]


def test_a_missing_scope_may_turn_out_with_a_property(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [refusal(403)]

    (end,) = tracks.settle(bought(size=39, colour="red"))

    assert end.outcome == Deferred("forbidden")
    assert len(tracks.api.added) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoReply("window_full", 7_000), Deferred("window_full", 7_000)),
        (Reply(503), Deferred("status_503")),
        (refusal(404), Deferred("status_404")),
    ],
)
def test_events_wait_for_a_definition_that_is_still_to_be_made(
    tracks: Tracks, answer: Answer, outcome: Deferred
) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [answer]

    assert tracks.settle(bought(0, "Seen"), bought(1)) == [Sent(outcome), Sent(Delivered(""))]
    assert tracks.settle(bought(0, "Seen")) == [Sent(Delivered(""))]


def test_events_wait_for_properties_that_are_still_to_be_made(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.api.creations = [Reply(503)]

    ends = tracks.settle(bought(0, size=39, item="shoe"), bought(1, item="hat"))

    assert [end.outcome for end in ends] == [Deferred("status_503"), Delivered("")]
    assert tracks.settle(bought(0, size=39)) == [Sent(Delivered(""))]


def test_no_invocation_makes_more_than_a_few_things(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    events = [bought(n, f"Seen {n}") for n in range(MAX_CALLS)]

    ends = tracks.settle(*events, bought(100, "Heard"), bought(101, size=39))

    waiting = Sent(Deferred("definition_not_made_yet"))
    assert [end.outcome for end in ends[:-2]] == [Delivered("")] * MAX_CALLS
    assert ends[-2] == waiting
    assert ends[-1].outcome == waiting.outcome
    assert tracks.settle(bought(100, "Heard"), bought(101, size=39)) == [Sent(Delivered(""))] * 2


def test_names_that_somebody_makes_up_do_not_fill_the_memory(
    tracks: Tracks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.event_creation.MOST_REFUSED", 1)
    tracks.restart(CREATE)
    tracks.api.creations = [refusal(400)] * 3
    for name in ("A", "B", "A"):
        tracks.settle(bought(0, name))

    assert [body["label"] for body in tracks.api.created] == ["A", "B", "A"]


def test_what_hubspot_does_not_know_yet_comes_back(tracks: Tracks) -> None:
    """It may take HubSpot a moment until it takes what it has made."""
    tracks.restart(CREATE)
    too_early = reply(400, message="Event pe7_seen does not exist")
    tracks.api.script = refuses(too_early, called("pe7_seen"))
    for _ in range(2):
        assert tracks.settle(bought(0, "Seen")) == [Sent(Deferred("definition_not_ready"))]
    tracks.api.script = refuses(reply(400, message='Unknown property "size"'), has("size"))

    assert tracks.settle(bought(0, size=39)) == [Sent(Deferred("property_not_ready"))]
    tracks.api.script = lambda _: None
    assert tracks.settle(bought(0, "Seen"), bought(1, size=39)) == [Sent(Delivered(""))] * 2


def test_what_hubspot_does_not_know_after_minutes_is_not_there(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.settle(bought(0, "Seen"))
    tracks.clock.now += NEW_FOR_MS
    tracks.api.lists = [listed(BOUGHT)]
    words = "Event pe7_seen does not exist"
    tracks.api.script = refuses(reply(400, message=words), called("pe7_seen"))
    tracks.api.creations = [refusal(400)]

    assert tracks.settle(bought(0, "Seen")) == [Sent(Rejected("no_definition", words))]


def test_what_was_made_is_known_although_the_list_lags_behind(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.settle(bought(0, "Seen"), bought(1, size=39))
    tracks.settle(bought(0, "Seen", colour="red"))
    tracks.api.creations = [refusal(409)]

    (end,) = tracks.settle(bought(0, size=39, shape="round"))

    # HubSpot says that somebody else has made this one: it will be listed soon.
    assert end.outcome == Deferred("property_not_ready")
    assert tracks.settle(bought(0, "Seen", colour="red")) == [Sent(Delivered(""))]
    assert (len(tracks.api.asked), len(tracks.api.created), len(tracks.api.added)) == (2, 1, 3)


def test_an_answer_that_does_not_tell_what_was_made_is_looked_up(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.api.lists.append(listed(BOUGHT, defined("seen", "Seen")))
    tracks.api.creations = [Reply(201)]

    assert tracks.settle(bought(0, "Seen")) == [Sent(Delivered(""))]


def test_a_definition_that_is_gone_is_made_again(tracks: Tracks) -> None:
    tracks.restart(CREATE)
    tracks.settle(bought())
    tracks.clock.now += REFRESH_AFTER_MS
    tracks.api.lists = [listed()]
    gone = reply(400, message=f"Event {NAME} does not exist")
    tracks.api.script = refuses(gone, called(NAME))

    assert tracks.settle(bought()) == [Sent(Deferred("definition_not_ready"))]
    tracks.api.script = lambda _: None
    assert tracks.settle(bought()) == [Sent(Delivered(""))]
    assert len(tracks.api.created) == 1


# ------------------------------------------------------------------------------------------- what is not made


def limited(tracks: Tracks, **limits: int) -> None:
    tracks.limits = MakingLimits(**limits)
    tracks.restart(CREATE)


def reasons(settled: list[Sent]) -> list[Mapping[str, str]]:
    return [each.left_out for each in settled]


def test_no_more_events_are_made_than_the_limits_allow_and_each_is_told_in_words(tracks: Tracks) -> None:
    limited(tracks, an_hour=1)

    first, second = tracks.settle(bought(0, "Ride"), bought(1, "Walk"))

    assert first.outcome == Delivered("")
    assert isinstance(second.outcome, Rejected)
    assert second.outcome.reason == "no_definition"
    assert "max_new_names_an_hour" in second.outcome.message
    assert second.left_out == {"event": "not_made: max_new_names_an_hour"}
    # For another process, too.
    tracks.restart(CREATE)
    assert reasons(tracks.settle(bought(2, "Swim"))) == [{"event": "not_made: max_new_names_an_hour"}]
    assert [each["label"] for each in tracks.api.created] == ["Ride"]


@pytest.mark.parametrize(
    "name", ["user_12345 signed up", "2026-11-30", "Viewed order-8f3a", "kim@example.org"]
)
def test_no_event_is_made_of_a_name_that_is_data_unless_the_settings_name_it(
    tracks: Tracks, name: str
) -> None:
    tracks.restart(CREATE)
    (sent,) = tracks.settle(bought(0, name))
    assert isinstance(sent.outcome, Rejected)
    assert sent.outcome.reason == "no_definition"
    assert sent.left_out == {"event": "not_made: looks_like_data"}
    assert tracks.api.created == []

    tracks.restart(EventRules({name: "named_by_a_person"}, creates=True))
    assert tracks.settle(bought(0, name))[0].outcome == Delivered("")


def test_a_definition_is_made_without_the_properties_that_are_data(tracks: Tracks) -> None:
    tracks.restart(CREATE)

    (sent,) = tracks.settle(bought(0, "Ride", user_12345=1, km=7))

    assert [each["name"] for each in tracks.api.created[0]["propertyDefinitions"]] == ["km"]
    assert sent.left_out == {"user_12345": "not_made: looks_like_data"}


def test_no_more_properties_are_added_than_the_limits_allow_and_none_that_is_data(tracks: Tracks) -> None:
    limited(tracks, an_hour=1)

    (sent,) = tracks.settle(bought(0, colour="red", size="L", user_12345=1))

    assert [body["name"] for _, body in tracks.api.added] == ["colour"]
    assert sent.outcome == Delivered("")
    assert sent.left_out == {
        "size": "not_made: max_new_names_an_hour",
        "user_12345": "not_made: looks_like_data",
    }
    # Each event has its own of a name, and events are counted by themselves.
    assert reasons(tracks.settle(bought(1, "Ride", colour="red"))) == [{}]


def test_without_the_counts_no_event_is_made_and_what_wants_one_waits(tracks: Tracks) -> None:
    limited(tracks)
    tracks.made.is_down = True

    ends = tracks.settle(bought(0, "Ride"), bought(1, colour="red"), bought(2, item="shoe"))

    assert [each.outcome for each in ends] == [
        Deferred("memory_unavailable"),
        Deferred("memory_unavailable"),
        Delivered(""),
    ]
    assert (tracks.api.created, tracks.api.added) == ([], [])


def test_what_hubspot_would_not_make_makes_room(tracks: Tracks) -> None:
    limited(tracks, an_hour=1)
    tracks.api.creations = [refusal(400), refusal(400), NoReply("window_full"), NoReply("window_full")]
    tracks.settle(bought(0, "Ride"))
    tracks.settle(bought(1, colour="red"))
    tracks.settle(bought(4, "Run"))
    tracks.settle(bought(5, weight=7))

    assert [each.total for each in tracks.made.counts.values()] == [0, 0]
    assert reasons(tracks.settle(bought(2, "Walk"), bought(3, size="L"))) == [{}, {}]
