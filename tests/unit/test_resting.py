"""After an answer that never came: nothing is sent that a call which may still be at work would overwrite."""

import pytest
from portals import Relay, event, identify, kim

from relay.core.answers import Answer, Confirmed, NoReply, Reply
from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.planning import Batch
from relay.core.policy import Policy
from relay.core.profiles import Profile, confirmed

KIM, BO = "kim@example.org", "bo@example.org"
NO_ANSWER = NoReply("no_answer: ReadTimeout")
REST_MS = Policy().rest_ms
RESTING = Deferred("resting", REST_MS)


def lose(relay: Relay, *events: Event, answer: Answer = NO_ANSWER) -> None:
    """Deliver events while HubSpot says nothing, or as good as nothing."""
    relay.crm.script = lambda _: answer
    relay.deliver(*events)
    relay.crm.script = lambda _: None


@pytest.mark.parametrize("is_known", [True, False])
def test_nobody_is_written_again_while_a_call_may_be_at_work(relay: Relay, *, is_known: bool) -> None:
    if is_known:
        relay.deliver(kim(100, plan="free"))
    lose(relay, kim(200, plan="team"))
    relay.restart()
    sent = len(relay.crm.batches)

    assert relay.deliver(kim(300, plan="pro"), identify(300, email=BO)) == [
        RESTING,
        Delivered("502" if is_known else "501"),
    ]
    assert len(relay.crm.batches) == sent + 1
    relay.clock.now += REST_MS - 1
    assert relay.deliver(kim(300, plan="pro")) == [Deferred("resting", 1)]
    relay.clock.now += 1
    (outcome,) = relay.deliver(kim(300, plan="pro"))
    assert isinstance(outcome, Delivered)
    assert relay.crm.contacts[KIM]["plan"] == "pro"


def test_a_link_that_is_made_meanwhile_does_not_end_the_rest(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=KIM, plan="free"))
    fields = {"userId": "u-1", "traits": {"website": "https://www.acme-demo.com/"}}
    group = event("g-1", 250, kind="group", **fields)
    relay.clock.now += 60_000
    lose(relay, identify(200, "u-1", email=KIM, plan="team"), group)
    assert relay.companies.links == [("501", "9001")]
    relay.restart()

    assert relay.deliver(identify(300, "u-1", email=KIM, plan="pro")) == [RESTING]


def test_what_hubspot_has_for_sure_is_still_not_sent(relay: Relay) -> None:
    relay.deliver(kim(100, plan="free", city="Odense"))
    lose(relay, identify(200, email=KIM, plan="team"))

    assert relay.deliver(identify(300, email=KIM, city="Odense")) == [Skipped("unchanged")]
    assert relay.deliver(identify(400, email=KIM, city="Bergen")) == [RESTING]


@pytest.mark.parametrize(
    ("answer", "is_at_work"),
    [
        (NO_ANSWER, True),
        (Reply(502), True),
        (Reply(504), True),
        (Reply(524), True),
        (Reply(500), False),
        (Reply(503), False),
        (Reply(429), False),
        (Reply(200, {"results": []}), False),
    ],
)
def test_only_a_call_that_nobody_has_seen_end_may_be_at_work(
    relay: Relay, answer: Answer, *, is_at_work: bool
) -> None:
    """HubSpot's own answer says that it is done; a gateway's does not."""
    relay.deliver(kim(100, plan="free"))
    lose(relay, kim(200, plan="team"), answer=answer)

    assert relay.deliver(kim(200, plan="team")) == [RESTING if is_at_work else Delivered("501")]


def test_a_deletion_waits_for_what_could_bring_the_contact_back(relay: Relay) -> None:
    relay.restart(Policy(deletes="archive"))
    relay.deliver(identify(100, "u-1", email=KIM))
    lose(relay, identify(200, "u-1", email=KIM, plan="team"))
    gone, later = event("m-300", 300, kind="delete", userId="u-1"), identify(400, "u-1", email=KIM)

    assert relay.deliver(gone, later) == [RESTING, Deferred("deletion_pending")]
    assert relay.crm.deleted == []
    relay.clock.now += REST_MS
    assert relay.deliver(gone, later) == [Delivered("501"), Delivered("502")]
    assert relay.crm.deleted == [("501", False)]


def test_a_changed_address_does_not_end_the_rest(relay: Relay) -> None:
    relay.restart(Policy(email_change="update"))
    relay.deliver(identify(100, "u-1", email=KIM))
    lose(relay, identify(200, "u-1", email=KIM, plan="team"))

    assert relay.deliver(identify(300, "u-1", email=BO)) == [RESTING]
    relay.clock.now += REST_MS
    assert relay.deliver(identify(300, "u-1", email=BO)) == [Delivered("501")]
    assert relay.crm.contacts.keys() == {BO}


@pytest.mark.parametrize("answer", [NO_ANSWER, Reply(503)])
def test_an_address_that_is_not_changed_yet_is_not_remembered_by_a_link(relay: Relay, answer: Answer) -> None:
    relay.restart(Policy(email_change="update"))
    relay.deliver(identify(100, "u-1", email=KIM))
    changed = identify(200, "u-1", email=BO)
    group = event("g-1", 300, kind="group", userId="u-1", traits={"website": "https://acme-demo.com"})
    relay.clock.now += 60_000

    lose(relay, changed, group, answer=answer)
    relay.restart()
    relay.clock.now += REST_MS

    relay.deliver(changed, group)
    assert relay.crm.contacts.keys() == {BO}
    assert set(relay.companies.links) == {("501", "9001")}
    relay.restart()
    assert relay.deliver(identify(400, "u-1", email=BO, plan="team")) == [Delivered("501")]


# ------------------------------------------------------------------------------------ what is not remembered


def test_whatever_is_remembered_leaves_no_doubt(relay: Relay) -> None:
    lose(relay, kim(100, plan="team"))

    assert relay.portal.doubt == Doubt()


def test_a_memory_that_cannot_be_read_leaves_no_doubt(relay: Relay) -> None:
    """Nothing was sent."""
    relay.profiles.is_down = True

    assert relay.deliver(kim(100)) == [Deferred("memory_unavailable")]
    assert relay.portal.doubt == Doubt()


@pytest.mark.parametrize(("is_answered", "rest_ms"), [(True, 0), (False, REST_MS)])
def test_a_memory_that_cannot_be_written_leaves_a_doubt_and_the_rest(
    relay: Relay, *, is_answered: bool, rest_ms: int
) -> None:
    relay.profiles.is_read_only = True
    relay.crm.script = lambda _: None if is_answered else NO_ANSWER

    relay.deliver(kim(100))

    now_ms = relay.clock.now
    assert relay.portal.doubt == Doubt(now_ms, now_ms + rest_ms if rest_ms else 0)
    relay.profiles.is_read_only = False
    relay.deliver(identify(200, email=BO))
    assert relay.portal.doubt == Doubt()


def test_a_lost_answer_about_somebody_of_whom_only_the_record_is_known_lets_the_portal_rest(
    relay: Relay,
) -> None:
    relay.deliver(kim(100))
    relay.crm.script = conflict_then_silence

    relay.deliver(identify(200, email=BO, plan="team"))

    now_ms = relay.clock.now
    assert relay.portal.doubt == Doubt(now_ms, now_ms + REST_MS)


def conflict_then_silence(batch: Batch) -> Answer:
    if batch.is_update:
        return NO_ANSWER
    error = {
        "category": "CONFLICT",
        "message": "Contact already exists. Existing ID: 777",
        "context": {"objectWriteTraceId": [entry.trace_id for entry in batch.inputs]},
    }
    return Reply(207, {"results": [], "errors": [error]})


# ------------------------------------------------------------------------------------------------- pure rules


def test_what_was_written_while_a_call_was_at_work_is_not_taken_for_granted(relay: Relay) -> None:
    """Two addresses turn out to be one contact's, one of which rests."""
    resting = Profile("501", resting_until_ms=2_000)
    lose(relay, kim(100, plan="team"))
    (entry,) = relay.crm.batches[-1].inputs

    early = confirmed(resting, entry, Confirmed("501"), 1_999)
    late = confirmed(resting, entry, Confirmed("501"), 2_000)

    assert [bool(fact.value) for fact in early.facts.values()] == [False, False]
    assert [bool(fact.value) for fact in late.facts.values()] == [True, True]
    assert (early.resting_until_ms, late.resting_until_ms) == (2_000, 0)


@pytest.mark.parametrize(
    ("doubt", "other", "both"),
    [
        (Doubt(), Doubt(), Doubt()),
        (Doubt(1, 5), Doubt(2, 3), Doubt(2, 5)),
        (Doubt(7), Doubt(0, 9), Doubt(7, 9)),
    ],
)
def test_doubts_add_up(doubt: Doubt, other: Doubt, both: Doubt) -> None:
    assert doubt.and_also(other) == both
