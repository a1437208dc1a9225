"""The schema: read rarely, shared, refreshed for a reason; and properties that are made for new traits."""

import pytest
from fakes import properties
from portals import Relay, kim, people

from relay.core.answers import NoReply, Reply
from relay.core.outcomes import Delivered
from relay.core.policy import Policy
from relay.properties import CREATE_AGAIN_MS
from relay.schemas import MAX_AGE_MS, REFRESH_AFTER_MS

CREATE = Policy(creates_properties=True)


def test_the_schema_is_read_once_an_hour_and_a_stale_one_serves_on(relay: Relay) -> None:
    relay.crm.schema = [properties("email"), Reply(500), properties("email")]
    for _ in range(2):
        assert isinstance(relay.deliver(*people(1))[0], Delivered | object)
    assert relay.crm.schema_calls == 1

    relay.clock.now += MAX_AGE_MS
    relay.deliver(*people(1))
    assert relay.crm.schema_calls == 2
    relay.deliver(*people(1))
    assert relay.crm.schema_calls == 3


def test_a_new_process_takes_the_schema_that_another_has_read(relay: Relay) -> None:
    relay.deliver(kim(plan="team"))
    relay.restart()

    assert relay.deliver(kim(600, city="Odense")) == [Delivered("501")]
    assert relay.crm.schema_calls == 1


def test_a_new_process_with_an_old_schema_reads_a_new_one_or_does_with_the_old(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "plan"), Reply(503)]
    relay.deliver(kim(plan="team"))
    relay.clock.now += MAX_AGE_MS
    relay.restart()

    assert relay.deliver(kim(600, plan="free")) == [Delivered("501")]
    assert relay.crm.schema_calls == 2


def test_an_unknown_trait_asks_for_a_fresh_schema_at_most_every_five_minutes(relay: Relay) -> None:
    relay.crm.schema = [properties("email"), properties("email", "shoe")]
    relay.deliver(kim(100, shoe=39))
    assert relay.crm.schema_calls == 1
    relay.clock.now += REFRESH_AFTER_MS

    (report,) = relay.reports(kim(200, shoe=39))

    assert report.dropped == {}
    assert relay.crm.sent[-1]["shoe"] == "39"
    assert relay.crm.schema_calls == 2


def test_a_fresh_schema_that_another_process_has_read_is_as_good(relay: Relay) -> None:
    relay.crm.schema = [properties("email"), properties("email", "shoe")]
    other = Relay(
        relay.crm, clock=relay.clock, profiles=relay.profiles, schemas=relay.schemas, threads=relay.threads
    )
    relay.deliver(kim(100))
    relay.clock.now += REFRESH_AFTER_MS
    other.deliver(kim(200, shoe=39))

    relay.deliver(kim(300, shoe=40))

    assert relay.crm.sent[-1]["shoe"] == "40"
    assert relay.crm.schema_calls == 2


def test_without_a_fresh_schema_the_old_one_serves_on(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "plan"), NoReply("window_full")]
    relay.deliver(kim(100))
    relay.clock.now += REFRESH_AFTER_MS

    (report,) = relay.reports(kim(200, plan="team", shoe=39))

    assert (report.outcome, report.dropped) == (Delivered("501"), {"shoe": "unknown_property"})


def test_unknown_traits_become_properties_if_that_is_wanted(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.schema = [properties("email"), properties("email", shoe="number", vip="bool")]

    (report, _) = relay.reports(kim(100, shoe=39), kim(200, vip=True))

    assert [(each["name"], each["type"], each["fieldType"]) for each in relay.crm.created] == [
        ("shoe", "number", "number"),
        ("vip", "bool", "booleancheckbox"),
    ]
    assert (report.outcome, report.dropped) == (Delivered("501"), {})
    assert relay.crm.sent == [{"email": "kim@example.org", "shoe": "39", "vip": "true"}]


def test_what_hubspot_has_by_now_is_not_created(relay: Relay) -> None:
    relay.restart(CREATE)
    relay.crm.schema = [properties("email"), properties("email", "shoe")]
    relay.deliver(kim(100))
    relay.clock.now += REFRESH_AFTER_MS

    relay.deliver(kim(200, shoe=39))

    assert relay.crm.created == []
    assert relay.crm.sent[-1]["shoe"] == "39"


def test_nothing_is_created_for_an_empty_value(relay: Relay) -> None:
    relay.restart(CREATE)

    (report,) = relay.reports(kim(100, shoe=None, hat=""))

    assert relay.crm.created == []
    assert report.dropped.keys() == {"shoe", "hat"}


@pytest.mark.parametrize("answer", [Reply(403), Reply(400), NoReply("no_answer: ReadTimeout")])
def test_a_portal_that_does_not_create_properties_is_not_asked_for_each_event(
    relay: Relay, answer: Reply | NoReply
) -> None:
    relay.restart(CREATE)
    relay.crm.create_answer = answer
    for at_ms in (100, 200):
        (report,) = relay.reports(kim(at_ms, shoe=39, plan=str(at_ms)))
        assert (report.outcome, report.dropped) == (Delivered("501"), {"shoe": "unknown_property"})
    assert len(relay.crm.created) == 1
    relay.clock.now += CREATE_AGAIN_MS

    relay.deliver(kim(300, shoe=39, plan="300"))

    assert len(relay.crm.created) == 2
