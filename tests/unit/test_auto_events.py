"""With `auto` HubSpot says whether there are custom events; no track is lost without a word."""

from typing import Any

import pytest
from builders import reply
from fakes import DEADLINE
from portals import Relay, event
from tracks import BOUGHT, Tracks, bought, listed

from cli.standin.answers import lower_tier, missing_scopes
from relay.core.answers import Answer, NoReply, Reply
from relay.core.event_definitions import EventRules
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.core.policy import EventPolicy, Policy
from relay.event_definitions import MAX_AGE_MS, OFF_FOR_MS, REFRESH_AFTER_MS
from relay.occurrences import Sent

AUTO = EventRules(may_be_off=True)
EXPECTED = EventRules(may_be_off=True, is_expected=True)
OFF = Sent(Skipped("events_off"))
KIM = "kim@example.org"


def refusal(result: tuple[int, Any]) -> Reply:
    """Return one of the stand-in's answers as the adapter reads it."""
    return Reply(result[0], result[1])


TIER = refusal(lower_tier())
SCOPE = refusal(missing_scopes(["behavioral_events.event_definitions.read_write"]))
PAGE = Reply(403, None, {"content-type": "text/html"})


def is_off(tracks: Tracks) -> bool:
    return tracks.events.is_off(DEADLINE)


@pytest.mark.parametrize(
    ("answer", "rules", "off"),
    [
        pytest.param(listed(BOUGHT), AUTO, False, id="HubSpot has events"),
        pytest.param(listed(BOUGHT), EXPECTED, False, id="the plan and HubSpot have"),
        pytest.param(listed(), AUTO, True, id="none is defined"),
        pytest.param(listed(), EXPECTED, False, id="none is defined yet"),
        pytest.param(listed(), EventRules(creates=True, may_be_off=True), False, id="they are made"),
        pytest.param(TIER, AUTO, True, id="no tier"),
        pytest.param(TIER, EXPECTED, True, id="no tier, whatever the plan"),
        pytest.param(SCOPE, AUTO, True, id="no scope"),
        pytest.param(SCOPE, EXPECTED, False, id="a scope is missing"),
        pytest.param(PAGE, AUTO, False, id="a page"),
        pytest.param(Reply(503), AUTO, False, id="trouble"),
        pytest.param(NoReply("window_full"), AUTO, False, id="no answer"),
        pytest.param(TIER, EventRules(), False, id="custom"),
    ],
)
def test_hubspots_answer_decides(tracks: Tracks, answer: Answer, rules: EventRules, *, off: bool) -> None:
    tracks.api.lists = [answer]
    tracks.restart(rules)

    assert is_off(tracks) is off


def test_while_hubspot_cannot_be_asked_tracks_wait_and_it_is_asked_once(tracks: Tracks) -> None:
    tracks.api.lists = [Reply(503)]
    tracks.restart(AUTO)

    assert not is_off(tracks)
    assert tracks.settle(bought()) == [Sent(Deferred("definitions_status_503"))]
    assert len(tracks.api.asked) == 1


@pytest.mark.parametrize("answer", [TIER, listed()])
def test_a_no_is_remembered_and_shared_for_a_while(tracks: Tracks, answer: Answer) -> None:
    tracks.api.lists = [answer, listed(BOUGHT)]
    for _ in range(2):
        tracks.restart(AUTO)
        assert is_off(tracks)
    assert len(tracks.api.asked) == 1
    tracks.clock.now += OFF_FOR_MS

    assert not is_off(tracks)
    assert tracks.settle(bought()) == [Sent(Delivered(""))]


def test_what_auto_has_found_does_not_hinder_somebody_who_wants_custom_events(tracks: Tracks) -> None:
    tracks.api.lists = [TIER, listed(BOUGHT)]
    tracks.restart(AUTO)
    assert is_off(tracks)
    tracks.restart()

    assert tracks.settle(bought()) == [Sent(Delivered(""))]


def test_a_no_serves_on_while_hubspot_cannot_be_asked(tracks: Tracks) -> None:
    tracks.api.lists = [TIER, Reply(503)]
    tracks.restart(AUTO)
    assert is_off(tracks)
    tracks.clock.now += OFF_FOR_MS

    assert is_off(tracks)
    assert len(tracks.api.asked) == 2


def test_an_account_that_loses_its_plan_loses_its_events(tracks: Tracks) -> None:
    tracks.api.lists = [listed(BOUGHT), TIER]
    tracks.restart(AUTO)
    tracks.settle(bought())
    tracks.clock.now += MAX_AGE_MS + REFRESH_AFTER_MS

    assert tracks.settle(bought(), bought(1, "Seen")) == [OFF, OFF]
    assert is_off(tracks)


@pytest.mark.parametrize("rules", [AUTO, EXPECTED])
def test_a_plan_that_turns_out_to_be_missing_with_the_first_event_turns_them_off(
    tracks: Tracks, rules: EventRules
) -> None:
    tracks.restart(rules)
    tracks.api.script = lambda _: TIER

    assert tracks.settle(bought(item="shoe"), bought(1)) == [OFF, OFF]
    assert is_off(tracks)
    assert tracks.settle(bought()) == [OFF]
    assert len(tracks.api.batches) == 1


def test_with_custom_events_the_missing_plan_is_a_refusal(tracks: Tracks) -> None:
    tracks.api.script = lambda _: TIER

    (end,) = tracks.settle(bought())

    assert getattr(end.outcome, "reason", "").startswith("missing_tier")


# --------------------------------------------------------------------------------------------------- a portal


def track(**fields: object) -> Event:
    return event(
        "t-1", 500, kind="track", **{"event": "Order Completed", "properties": {"email": KIM}} | fields
    )


def test_where_events_are_off_the_contacts_properties_are_seen_to_and_nothing_is_looked_up(
    relay: Relay,
) -> None:
    relay.events.names = ()
    relay.restart(Policy(creates_contacts=False, events=EventPolicy("auto")))
    relay.events.hubspot.portal.event_definitions.live.clear()

    assert relay.deliver(track()) == [Skipped("events_off")]
    relay.restart(Policy(events=EventPolicy("auto")))
    told = track(context={"traits": {"email": KIM, "plan": "team"}})
    assert relay.deliver(told) == [Skipped("events_off")]
    assert relay.crm.contacts[KIM]["plan"] == "team"
    assert relay.deliver(event("i-1", 600, traits={"email": KIM, "city": "Oslo"})) == [Delivered("501")]


def test_where_hubspot_has_events_they_are_sent(relay: Relay) -> None:
    relay.restart(Policy(events=EventPolicy("auto")))

    assert [type(each) for each in relay.deliver(track())] == [Delivered]
    assert len(relay.events.sent) == 1


def test_where_the_plan_turns_out_to_be_missing_the_line_says_so(relay: Relay) -> None:
    relay.restart(Policy(events=EventPolicy("auto")))
    relay.events.answer = TIER

    told = track(context={"traits": {"email": KIM, "plan": "team"}})
    assert relay.deliver(told) == [Skipped("events_off")]


def test_an_event_that_was_rejected_for_another_reason_is_no_matter_of_the_plan(tracks: Tracks) -> None:
    tracks.restart(EXPECTED)
    tracks.api.script = lambda _: reply(400, message="no")

    assert tracks.settle(bought()) == [Sent(Rejected("refused", "no"))]
