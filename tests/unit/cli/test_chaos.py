"""The chaos suite's own parts: a workload comes from its seed, and the model applies it in order of time."""

import json
from collections.abc import Mapping, Sequence

import pytest

from cli.chaos.command import UnknownFaultError, show
from cli.chaos.faults import FAULTS
from cli.chaos.kinds import Chaos
from cli.chaos.model import expected
from cli.chaos.verdict import uncalled_for, unseen
from cli.chaos.workload import UNLIKED, Json, Shape, Workload, workload
from cli.journal import Line

KIM = "kim@example.org"


def of(
    *requests: Sequence[Json], blocked: Sequence[str] = (), merged: Mapping[str, str] | None = None
) -> Workload:
    return Workload("r", requests, (), (), blocked=blocked, revived=(), merged=merged or {})


def identify(message_id: str, at: str = "", **traits: object) -> Json:
    when = {"timestamp": f"2026-01-{at}T00:00:00.000Z"} if at else {}
    return {
        "type": "identify",
        "messageId": message_id,
        "userId": "u",
        "traits": {"email": KIM, **traits},
        **when,
    }


def test_the_newest_event_decides_each_property_whenever_it_comes() -> None:
    newer, older = identify("1", "02", plan="b", city=""), identify("2", "01", plan="a", city="Bonn", score=7)

    assert expected(of([newer], [older])).contacts == {
        KIM: {"email": KIM, "plan": "b", "city": "", "score": "7"}
    }


def test_what_has_no_time_or_one_to_come_happened_when_it_was_received() -> None:
    timed, untimed = identify("1", "02", plan="b"), identify("2", plan="now")
    ahead = {**identify("3", plan="ahead"), "timestamp": "2099-01-01T00:00:00.000Z"}

    assert expected(of([untimed], [timed])).contacts[KIM]["plan"] == "now"
    assert expected(of([ahead], [untimed])).contacts[KIM]["plan"] == "now"
    assert expected(of([untimed], [ahead], [untimed])).contacts[KIM]["plan"] == "now"


def test_of_two_values_of_the_same_moment_the_same_one_counts_whichever_comes_first() -> None:
    one, other = identify("1", plan="a"), identify("2", plan="b")
    again, another = identify("1", plan="b"), identify("2", plan="a")

    (plan,) = {expected(of([*pair])).contacts[KIM]["plan"] for pair in ((one, other), (again, another))}
    assert plan in {"a", "b"}


def test_a_group_makes_a_company_and_a_link_and_a_track_an_occurrence() -> None:
    group = {
        "type": "group",
        "messageId": "1",
        "userId": "u",
        "groupId": "g-acme.com",
        "traits": {"name": "Acme"},
    }
    traits = {"traits": {"email": KIM.upper(), "plan": "team"}}
    track = {
        "type": "track",
        "messageId": "2",
        "event": "Signed Up",
        "properties": {"total": 3},
        "context": traits,
    }

    found = expected(of([group, track, track, identify("3")]))

    assert found.companies == {"acme.com": {"domain": "acme.com", "name": "Acme"}}
    assert found.links == {(KIM, "acme.com")}
    assert found.contacts == {KIM: {"email": KIM, "plan": "team"}}
    assert found.occurrences == {"2": ("Signed Up", KIM, {"total": "3"}, "")}


def test_a_group_of_whom_the_account_knows_nothing_makes_a_company_and_no_link() -> None:
    group = {
        "type": "group",
        "messageId": "1",
        "userId": "u",
        "groupId": "g-acme.com",
        "traits": {"name": "Acme"},
    }
    events = Workload("r", [[identify("2")]], [[group]], [[]], blocked=(), revived=(), merged={})

    before, rest = expected(events.part("before")), expected(events.part("during", "after"))

    assert (before.companies, before.message_ids, set(before.contacts)) == ({}, {"2"}, {KIM})
    assert rest.companies == {"acme.com": {"domain": "acme.com", "name": "Acme"}}
    assert (rest.contacts, rest.links, rest.message_ids) == ({}, set(), {"1"})
    assert expected(events).links == {(KIM, "acme.com")}
    assert expected(events.part()).message_ids == set()


def test_the_link_of_whom_only_a_track_tells_may_be_made_or_wait() -> None:
    group = {"type": "group", "messageId": "1", "userId": "u", "groupId": "g-acme.com", "traits": {}}
    track = {
        "type": "track",
        "messageId": "2",
        "userId": "u",
        "event": "Signed Up",
        "properties": {},
        "context": {"traits": {"email": KIM}},
    }

    mentioned, known = expected(of([group, track])), expected(of([group, track, identify("3")]))

    assert (mentioned.links, mentioned.open_links) == (set(), {(KIM, "acme.com")})
    assert (known.links, known.open_links) == ({(KIM, "acme.com")}, set())


def test_that_a_fault_did_not_happen_is_seen_in_the_journal() -> None:
    chaos = Chaos("", waits_for="wrong_account", destinations=("default", "second"))
    waiting = Line("1", "track", "deferred: wrong_account: of portal 1", "", {}, destination="default")
    delivered = Line("1", "track", "delivered", "", {}, destination="second")

    assert list(unseen(chaos, [waiting, delivered])) == []
    assert list(unseen(chaos, [delivered])) == [
        "did not happen: no event has waited for wrong_account",
        "did not happen: default had no event",
    ]


def test_an_account_that_gets_no_event_may_be_asked_whose_the_token_is_and_no_more() -> None:
    paths = {
        "/account-info/2026-09/details": 42,
        "/oauth/v2/private-apps/get/access-token-info": 42,
        "/crm/properties/2026-09/contacts": 42,
        "/crm/objects/2026-09/contacts/batch/upsert": 7,
    }
    calls = [
        {"method": "GET", "path": path, "portal_id": portal_id, "status": 200}
        for path, portal_id in paths.items()
    ]

    assert list(uncalled_for(calls, 42)) == ["a call: GET /crm/properties/2026-09/contacts, answered 200"]


def test_what_cannot_be_delivered_is_refused_for_a_reason_and_changes_nothing() -> None:
    malformed = {"type": "identify", "messageId": "2", "traits": "text"}

    found = expected(of([identify("1", plan="a"), malformed], blocked=[KIM]))

    assert found.rejects == {"1": "refused", "2": "malformed_event"}
    assert (found.contacts, found.message_ids) == ({}, {"1", "2"})


def test_a_custom_event_with_a_value_that_is_refused_still_tells_of_its_person() -> None:
    track = {
        "type": "track",
        "messageId": "1",
        "event": "Signed Up",
        "properties": {"plan": UNLIKED},
        "context": {"traits": {"email": KIM, "plan": "team"}},
    }

    found = expected(of([track]))

    assert (found.rejects, found.occurrences) == ({"1": "refused"}, {})
    assert found.contacts == {KIM: {"email": KIM, "plan": "team"}}


def test_newcomers_come_while_the_fault_lasts_in_requests_of_their_own() -> None:
    found = workload("r", 1, 200, 20, Shape(newcomers=2))

    def people(requests: Sequence[Sequence[Json]]) -> set[str]:
        return {event["userId"] for request in requests for event in request}

    assert len(people(found.during[:2])) == 40
    assert people(found.before).isdisjoint(people(found.during[:2]))
    assert people(found.during[2:]) <= people(found.before)
    assert people(found.during[:2]) <= people(found.after)


def test_an_option_that_is_not_declared_costs_its_property() -> None:
    found = expected(of([identify("1", plan="a", subscription_tier="none")]))

    assert found.contacts == {KIM: {"email": KIM, "plan": "a"}}


def test_who_has_a_further_address_is_kept_under_the_own_one() -> None:
    found = expected(of([identify("1", plan="a")], merged={KIM: "main@example.org"}))

    own = {"email": "main@example.org", "hs_additional_emails": KIM, "plan": "a"}
    assert found.contacts == {"main@example.org": own}


@pytest.mark.parametrize(
    "shape", [Shape(), Shape(dates="1970s", poison=0.1), Shape(revived=3, merged=3), Shape(unliked=0.1)]
)
def test_a_seed_decides_which_events_there_are(shape: Shape) -> None:
    found = workload("r", 1, 200, 20, shape)

    def texts(of: Workload) -> list[str]:
        # The month that events are dated in ends now.
        return [json.dumps({**e, "timestamp": ""}) for request in of.requests for e in request]

    assert texts(workload("r", 1, 200, 20, shape)) == texts(found) != texts(workload("r", 2, 200, 20, shape))
    assert all(len(request) <= 20 for request in found.requests)
    assert 200 <= len(texts(found)) <= 230


def test_a_fault_that_does_not_exist_is_refused_with_those_near_it() -> None:
    with pytest.raises(UnknownFaultError, match="kill-linking"):
        show(["kill-link"], 1, 50, None)  # type: ignore[arg-type] # nothing is printed


def test_there_are_the_faults_that_are_promised() -> None:
    assert len(FAULTS) >= 25
