"""Lifecycle stages, with a HubSpot that silently keeps one which would lead back."""

from dataclasses import replace

import builders
import pytest
from fakes import DEADLINE, properties
from portals import Relay, kim

from relay.core.answers import Answer, NoReply
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.planning import Batch, Input
from relay.core.policy import Policy
from relay.core.rules import Rules
from relay.reports import Report

STAGES = ["lead", "opportunity", "customer"]
ANY = Policy(Rules(lifecyclestage="any"))


@pytest.fixture
def relay(relay: Relay) -> Relay:
    relay.crm.schema = [properties("email", "plan", "lifecyclestage")]
    relay.crm.contacts["kim@example.org"] = {
        "id": "77",
        "email": "kim@example.org",
        "lifecyclestage": "customer",
    }
    relay.crm.script = lambda batch: forward_only(relay, batch)
    return relay


def forward_only(relay: Relay, batch: Batch) -> Answer:
    script, relay.crm.script = relay.crm.script, lambda _: None
    stages = {each["id"]: each.get("lifecyclestage", "") for each in relay.crm.contacts.values()}
    answer = relay.crm.write_contacts(Batch(tuple(_kept(entry, stages) for entry in batch.inputs)), DEADLINE)
    relay.crm.batches.pop()
    relay.crm.script = script
    return answer


def _kept(entry: Input, stages: dict[str, str]) -> Input:
    now = stages.get(entry.record_id or "77", "")
    wanted = entry.properties.get("lifecyclestage", "")
    is_back = wanted in STAGES and now in STAGES and STAGES.index(wanted) < STAGES.index(now)
    return replace(entry, properties={**entry.properties, "lifecyclestage": now}) if is_back else entry


def stage(relay: Relay) -> str | None:
    return relay.crm.contacts["kim@example.org"].get("lifecyclestage")


def sent_stages(relay: Relay) -> list[str | None]:
    return [each.get("lifecyclestage") for each in relay.crm.sent]


def test_a_stage_that_hubspot_keeps_is_reported_and_the_rest_is_delivered(relay: Relay) -> None:
    assert relay.reports(kim(plan="team", lifecycle_stage="lead")) == [
        Report(Delivered("77"), {"lifecyclestage": "kept_by_hubspot"})
    ]
    assert (stage(relay), relay.crm.contacts["kim@example.org"]["plan"]) == ("customer", "team")
    # HubSpot would keep it again.
    assert relay.deliver(kim(600, lifecycle_stage="lead")) == [Skipped("unchanged")]


@pytest.mark.parametrize("policy", [Policy(), ANY])
def test_a_stage_that_advances_takes_one_call(relay: Relay, policy: Policy) -> None:
    relay.restart(policy)
    relay.crm.contacts["kim@example.org"]["lifecyclestage"] = "lead"

    assert relay.reports(kim(lifecycleStage="customer")) == [Report(Delivered("77"))]
    assert (stage(relay), sent_stages(relay)) == ("customer", ["customer"])


def test_a_stage_is_set_back_by_clearing_it_first_if_any_is_wanted(relay: Relay) -> None:
    relay.restart(ANY)

    assert relay.reports(kim(plan="team", **{"Lifecycle Stage": "lead"})) == [Report(Delivered("77"))]
    assert (stage(relay), sent_stages(relay)) == ("lead", ["lead", "", "lead"])


def test_no_stage_is_sent_if_none_is_wanted(relay: Relay) -> None:
    relay.restart(Policy(Rules(lifecyclestage="never")))

    assert relay.reports(kim(plan="team", lifecyclestage="customer")) == [
        Report(Delivered("77"), {"lifecyclestage": "lifecyclestage_never"})
    ]
    assert sent_stages(relay) == [None]


@pytest.mark.parametrize("lost", ["", "lead"], ids=["clearing", "setting"])
def test_an_answer_that_is_lost_in_between_leaves_no_contact_without_a_stage(relay: Relay, lost: str) -> None:
    relay.restart(ANY)
    working = relay.crm.script

    def lose(batch: Batch) -> Answer | None:
        done = working(batch)
        is_update = batch.is_update and batch.inputs[0].properties.get("lifecyclestage") == lost
        return NoReply("no_answer: ReadTimeout") if is_update else done

    relay.crm.script = lose
    event = kim(200, plan="team", lifecyclestage="lead")
    assert relay.deliver(event) == [Deferred("no_answer: ReadTimeout")]
    relay.crm.script = working
    relay.clock.now += relay.policy.rest_ms

    # The event comes back; in between, another may have said again what was there before.
    relay.deliver(event)
    assert stage(relay) == "lead"


def test_a_stage_that_was_cleared_by_a_crashed_sender_is_set_by_whoever_comes_next(relay: Relay) -> None:
    relay.restart(ANY)
    relay.deliver(kim(100, lifecyclestage="customer"))
    relay.crm.contacts["kim@example.org"]["lifecyclestage"] = ""
    crashed_at_ms = relay.clock.now

    relay.deliver(kim(300, lifecyclestage="customer"), doubted_until_ms=crashed_at_ms)

    assert stage(relay) == "customer"


def refuse(relay: Relay, *stages: str) -> None:
    """Let HubSpot refuse updates to some stages."""
    working = relay.crm.script

    def refusing(batch: Batch) -> Answer | None:
        (entry,) = batch.inputs
        if not batch.is_update or entry.properties["lifecyclestage"] not in stages:
            return working(batch)
        return builders.refusal(400, {"category": "VALIDATION_ERROR", "message": "no"})

    relay.crm.script = refusing


@pytest.mark.parametrize(
    ("refused", "sent"), [("", ["lead", ""]), ("lead", ["lead", "", "lead", "customer"])]
)
def test_a_stage_that_hubspot_will_not_set_stays_what_it_was(
    relay: Relay, refused: str, sent: list[str]
) -> None:
    relay.restart(ANY)
    refuse(relay, refused)

    assert relay.reports(kim(plan="team", lifecyclestage="lead")) == [
        Report(Delivered("77"), {"lifecyclestage": "refused"})
    ]
    assert (stage(relay), sent_stages(relay)) == ("customer", sent)


def test_a_stage_that_cannot_even_be_restored_is_tried_again_later(relay: Relay) -> None:
    relay.restart(ANY)
    refuse(relay, "lead", "customer")

    assert relay.deliver(kim(lifecyclestage="lead")) == [Deferred("stage_not_restored")]
