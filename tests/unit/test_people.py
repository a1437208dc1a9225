"""Who is who: changed and further addresses, aliases, deletions; and contacts that must not be made."""

import pytest
from builders import refusal
from fakes import DEADLINE
from portals import Relay, event, identify, kim

from relay.core.answers import Answer, NoReply, Reply
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.planning import Batch
from relay.core.policy import EventPolicy, Policy
from relay.reports import Report

OLD, NEW = "kim@example.org", "kim@work.example.org"
UPDATE = Policy(email_change="update")
NO_ANSWER = NoReply("no_answer: ReadTimeout")


def conflict(
    batch: Batch, address: str, message: str = "Contact already exists. Existing ID: 777"
) -> Answer | None:
    """Refuse an upsert of one address, as HubSpot does if it belongs to another contact."""
    wrong = [e.trace_id for e in batch.inputs if e.properties.get("email") == address]
    error = {"category": "CONFLICT", "message": message, "context": {"objectWriteTraceId": wrong}}
    return Reply(207, {"results": [], "errors": [error]}) if wrong else None


# ------------------------------------------------------------------------------------------ changed addresses


def test_a_new_address_of_a_user_is_a_new_contact_by_default(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OLD))

    assert relay.deliver(identify(200, "u-1", email=NEW)) == [Delivered("502")]
    assert relay.crm.contacts.keys() == {OLD, NEW}


def test_a_new_address_of_a_user_updates_the_same_contact_if_that_is_wanted(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD, plan="team"))
    relay.restart()

    assert relay.deliver(identify(200, "u-1", email=NEW)) == [Delivered("501")]
    assert relay.crm.contacts == {NEW: {"id": "501", "email": NEW, "plan": "team"}}
    # It is remembered: what follows is not sent twice, and what is older does not change it back.
    assert relay.deliver(identify(300, "u-1", email=NEW, plan="team")) == [Skipped("unchanged")]
    assert relay.deliver(identify(150, "u-1", email=OLD, city="Odense")) == [Delivered("501")]
    assert relay.crm.contacts == {NEW: {"id": "501", "email": NEW, "plan": "team", "city": "Odense"}}


def test_an_address_that_changes_there_and_back_among_the_same_events_stays_as_it_was(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD))

    outcomes = relay.deliver(identify(200, "u-1", email=NEW, plan="team"), identify(300, "u-1", email=OLD))

    assert outcomes == [Delivered("501", is_merged=True), Delivered("501")]
    assert relay.crm.contacts == {OLD: {"id": "501", "email": OLD, "plan": "team"}}


def test_a_change_among_the_first_events_of_a_user_is_one_contact(relay: Relay) -> None:
    relay.restart(UPDATE)

    outcomes = relay.deliver(identify(200, "u-1", email=NEW), identify(100, "u-1", email=OLD, plan="team"))

    assert outcomes == [Delivered("501"), Delivered("501", is_merged=True)]
    assert relay.crm.contacts == {NEW: {"id": "501", "email": NEW, "plan": "team"}}


def test_a_contact_that_only_hubspot_knows_is_looked_up_before_its_address_changes(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.crm.contacts[OLD] = {"id": "77", "email": OLD}

    relay.deliver(identify(100, "u-1", email=OLD), identify(200, "u-1", email=NEW))

    assert relay.crm.contacts == {NEW: {"id": "77", "email": NEW}}
    assert relay.crm.reads == [[OLD, NEW]]


def test_two_contacts_are_not_made_one_by_a_change_of_address(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD), identify(100, "u-2", email=NEW))
    ids = {address: contact["id"] for address, contact in relay.crm.contacts.items()}

    assert relay.deliver(identify(200, "u-1", email=NEW, plan="team")) == [Delivered(ids[NEW])]
    assert relay.crm.contacts.keys() == {OLD, NEW}


def test_a_new_address_that_another_contact_has_goes_to_that_contact(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD))
    relay.crm.contacts["boss@example.org"] = {"id": "777", "email": "boss@example.org"}
    relay.crm.further = {NEW: "boss@example.org"}

    assert relay.deliver(identify(200, "u-1", email=NEW, plan="team")) == [Delivered("777")]
    assert relay.crm.contacts["boss@example.org"]["plan"] == "team"


def test_what_is_meant_for_a_contact_does_not_reach_whoever_has_just_taken_its_new_address(
    relay: Relay,
) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD))
    relay.crm.contacts["boss@example.org"] = {"id": "777", "email": "boss@example.org"}
    relay.crm.script = lambda batch: conflict(batch, NEW)

    assert relay.deliver(identify(200, "u-1", email=NEW, plan="team")) == [Deferred("conflict")]
    assert "plan" not in relay.crm.contacts["boss@example.org"]
    relay.crm.script = lambda _: None
    assert relay.deliver(identify(200, "u-1", email=NEW, plan="team")) == [Delivered("501")]
    assert relay.crm.contacts[NEW] == {"id": "501", "email": NEW, "plan": "team"}


@pytest.mark.parametrize("answer", [Reply(503), NoReply("blocked"), NO_ANSWER])
def test_a_user_id_is_known_also_while_its_contact_waits_to_be_written(relay: Relay, answer: Answer) -> None:
    """Nobody knows how long HubSpot is in trouble, and the address is told but once."""
    first = identify(100, "u-1", email=OLD, city="Odense")
    relay.crm.script = lambda _: answer
    assert isinstance(relay.deliver(first)[0], Deferred)
    relay.crm.script = lambda _: None
    relay.restart()
    relay.clock.now += relay.policy.rest_ms

    assert relay.deliver(identify(200, "u-1", plan="team")) == [Delivered("501")]
    assert relay.deliver(first) == [Delivered("501")]
    assert relay.crm.contacts[OLD] == {"id": "501", "email": OLD, "plan": "team", "city": "Odense"}


@pytest.mark.parametrize("kind", ["track", "group"])
def test_events_that_ask_nothing_of_their_contact_tell_whose_id_it_is(relay: Relay, kind: str) -> None:
    relay.restart(Policy(events=EventPolicy(mode="custom")))
    told = {"event": "Order Completed", "context": {"traits": {"email": OLD}}, "traits": {"name": "Acme"}}
    quiet = event("m-100", 100, kind, userId="u-1", **told)
    relay.profiles.is_read_only = True
    assert relay.deliver(quiet) == [Deferred("memory_unavailable")]
    relay.profiles.is_read_only = False
    assert not isinstance(relay.deliver(quiet)[0], Deferred)
    relay.restart()

    assert relay.deliver(identify(200, "u-1", plan="team")) == [Delivered("501")]
    assert relay.crm.contacts.keys() == {OLD}


def test_nothing_is_remembered_of_an_address_that_was_given_up(relay: Relay) -> None:
    """HubSpot does not have it any more: what was confirmed of it must not pass for unchanged."""
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD, plan="team"))
    relay.deliver(identify(200, "u-1", email=NEW))
    relay.restart()

    assert relay.deliver(identify(300, email=OLD, plan="team")) == [Delivered("502")]
    assert [each.email for each in relay.profiles.profiles.values() if each.object_id == "501"] == [NEW]


def test_a_change_of_address_that_failed_is_made_later(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD, plan="team"))
    relay.crm.script = lambda _: NO_ANSWER
    relay.deliver(identify(200, "u-1", email=NEW))
    relay.crm.script = lambda _: None

    resting = Deferred("resting", relay.policy.rest_ms)
    assert relay.deliver(identify(200, "u-1", email=NEW)) == [resting]
    relay.clock.now += relay.policy.rest_ms
    assert relay.deliver(identify(200, "u-1", email=NEW)) == [Delivered("501")]
    assert relay.crm.contacts == {NEW: {"id": "501", "email": NEW, "plan": "team"}}


# ------------------------------------------------------------------------------------------ further addresses


def test_a_further_address_updates_the_contact_that_has_it_and_is_remembered(relay: Relay) -> None:
    """HubSpot's conflict names the record; its own address is asked for once."""
    relay.crm.contacts[OLD] = {"id": "777", "email": OLD}
    relay.crm.script = lambda batch: conflict(batch, NEW)
    owner = {"id": "777", "properties": {"email": OLD, "hs_additional_emails": f"{NEW};x@y.org"}}
    relay.crm.read_answer = Reply(200, {"results": [owner]})

    assert relay.deliver(identify(100, email=NEW, plan="team")) == [Delivered("777")]
    assert relay.crm.contacts == {OLD: {"id": "777", "email": OLD, "plan": "team"}}
    calls = len(relay.crm.batches)
    assert relay.deliver(identify(200, email=NEW, city="Odense"), kim(300, plan="free")) == [
        Delivered("777", is_merged=True),
        Delivered("777"),
    ]
    assert relay.crm.contacts == {OLD: {"id": "777", "email": OLD, "plan": "free", "city": "Odense"}}
    # Both are one input now, and no conflict has to be repaired.
    assert [len(batch.inputs) for batch in relay.crm.batches[calls:]] == [1]
    assert relay.crm.reads == [[NEW]]


def test_an_update_of_a_contact_whose_own_address_hubspot_does_not_tell_comes_back(relay: Relay) -> None:
    relay.deliver(identify(50, email=OLD, plan="free"))
    relay.crm.script = lambda batch: conflict(batch, NEW, "Contact already exists. Existing ID: 501")
    relay.crm.read_answer = Reply(503)

    (outcome,) = relay.deliver(identify(100, email=NEW, plan="team"))

    assert outcome == Deferred("memory_unavailable")
    assert relay.crm.contacts[OLD]["plan"] == "team"


def test_a_further_address_that_hubspot_takes_is_recognised_by_its_answer(relay: Relay) -> None:
    def keep_primary(batch: Batch) -> Answer:
        (entry,) = batch.inputs
        result = {
            "id": "777",
            "objectWriteTraceId": entry.trace_id,
            "properties": {**entry.properties, "email": OLD},
        }
        return Reply(200, {"results": [result]})

    relay.crm.script = keep_primary
    relay.deliver(identify(100, email=NEW, plan="team"))

    assert relay.deliver(identify(200, email=NEW, plan="free")) == [Delivered("777")]
    assert relay.crm.batches[-1].inputs[0].record_id == "777"
    assert relay.crm.reads == []


def test_what_is_remembered_of_the_contact_is_kept_when_a_further_address_leads_to_it(relay: Relay) -> None:
    relay.deliver(kim(300, plan="team"))
    owner = {"id": "501", "properties": {"email": OLD, "hs_additional_emails": NEW}}
    relay.crm.read_answer = Reply(200, {"results": [owner]})
    relay.crm.script = lambda batch: conflict(batch, NEW, "Contact already exists. Existing ID: 501")
    relay.deliver(identify(400, email=NEW, city="Odense"))

    assert relay.deliver(kim(200, plan="free")) == [Skipped("stale")]


def test_a_further_address_whose_contact_cannot_be_recalled_comes_back(relay: Relay) -> None:
    owner = {"id": "777", "properties": {"email": OLD, "hs_additional_emails": NEW}}
    relay.crm.read_answer = Reply(200, {"results": [owner]})

    def go_down(batch: Batch) -> Answer | None:
        relay.profiles.is_down = True
        return conflict(batch, NEW)

    relay.crm.contacts[OLD] = {"id": "777", "email": OLD}
    relay.crm.script = go_down

    assert relay.deliver(identify(400, email=NEW, city="Odense")) == [Deferred("memory_unavailable")]


def twins(relay: Relay) -> None:
    """Let HubSpot know both addresses as one contact's, whichever is named."""
    relay.crm.contacts[OLD] = {"id": "777", "email": OLD}
    relay.crm.script = lambda batch: conflict_with_others(relay, batch)
    owner = {"id": "777", "properties": {"email": OLD, "hs_additional_emails": NEW}}
    relay.crm.read_answer = Reply(200, {"results": [owner]})


def conflict_with_others(relay: Relay, batch: Batch) -> Answer | None:
    wrong = [e for e in batch.inputs if e.properties.get("email") == NEW]
    if not wrong:
        return None
    script, relay.crm.script = relay.crm.script, lambda _: None
    rest = Batch(tuple(e for e in batch.inputs if e not in wrong))
    answer = relay.crm.write_contacts(rest, DEADLINE) if rest.inputs else Reply(207, {"results": []})
    relay.crm.script = script
    refused = conflict(batch, NEW)
    assert isinstance(answer, Reply)
    assert isinstance(answer.body, dict)
    assert isinstance(refused, Reply)
    assert isinstance(refused.body, dict)
    return Reply(207, {**answer.body, "errors": refused.body["errors"]})


def test_of_two_addresses_of_one_contact_the_newer_value_counts(relay: Relay) -> None:
    twins(relay)

    outcomes = relay.deliver(kim(200, plan="team"), identify(100, email=NEW, plan="free", city="Odense"))

    assert outcomes == [Delivered("777")] * 2
    assert relay.crm.contacts == {OLD: {"id": "777", "email": OLD, "plan": "team", "city": "Odense"}}
    assert relay.crm.sent[-1] == {"plan": "team"}
    assert relay.deliver(kim(300, plan="team", city="Odense")) == [Skipped("unchanged")]


def test_two_addresses_that_agree_cost_no_further_call(relay: Relay) -> None:
    twins(relay)

    assert (
        relay.deliver(kim(200, plan="team"), identify(100, email=NEW, plan="team")) == [Delivered("777")] * 2
    )
    assert relay.crm.sent[-1] == {"plan": "team"}
    assert len(relay.crm.batches) == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(NO_ANSWER, "memory_unavailable"), (refusal(400, {"message": "no"}), "memory_unavailable")],
)
def test_while_it_is_open_which_value_counts_both_come_back(
    relay: Relay, answer: Answer, reason: str
) -> None:
    twins(relay)
    working = relay.crm.script

    def fail(batch: Batch) -> Answer | None:
        is_repair = batch.is_update and dict(batch.inputs[0].properties) == {"plan": "team"}
        return answer if is_repair else working(batch)

    relay.crm.script = fail
    events = kim(200, plan="team"), identify(100, email=NEW, plan="free", city="Odense")
    assert relay.deliver(*events) == [Deferred(reason)] * 2
    relay.crm.script = working
    relay.clock.now += relay.policy.rest_ms

    assert relay.deliver(*events) == [Delivered("777")] * 2
    assert relay.crm.contacts[OLD]["plan"] == "team"


def test_a_contact_is_recognised_by_its_id_whatever_address_it_has_now(relay: Relay) -> None:
    """Where HubSpot makes a further address the contact's own, what is remembered goes along."""
    relay.deliver(kim(300, plan="team"))
    contact = relay.crm.contacts.pop(OLD)
    relay.crm.contacts[NEW] = {**contact, "email": NEW}

    assert relay.deliver(identify(400, email=NEW, city="Odense")) == [Delivered("501")]
    assert relay.deliver(identify(200, email=NEW, plan="free")) == [Skipped("stale")]
    assert relay.deliver(identify(200, email=OLD, plan="free")) == [Skipped("stale")]


def test_an_older_value_that_got_through_before_the_contact_was_recognised_is_not_taken_for_the_newer(
    relay: Relay,
) -> None:
    relay.deliver(kim(300, plan="team"))
    contact = relay.crm.contacts.pop(OLD)
    relay.crm.contacts[NEW] = {**contact, "email": NEW}
    relay.deliver(identify(200, email=NEW, plan="free"))

    assert relay.deliver(identify(300, email=NEW, plan="team")) == [Delivered("501")]
    assert relay.crm.contacts[NEW]["plan"] == "team"


def test_a_conflict_about_nothing_but_the_address_is_no_reason_to_write(relay: Relay) -> None:
    relay.crm.script = lambda batch: conflict(batch, NEW)

    assert relay.deliver(identify(100, email=NEW)) == [Delivered("777")]
    assert len(relay.crm.batches) == 1


def test_a_conflict_that_names_nobody_is_tried_again_later(relay: Relay) -> None:
    relay.crm.script = lambda batch: conflict(batch, OLD, "Contact already exists.")

    assert relay.deliver(kim(plan="team")) == [Deferred("conflict")]


def test_a_conflict_that_does_not_end_is_tried_again_later(relay: Relay) -> None:
    relay.crm.script = lambda _: refusal(409, {"message": "Contact already exists. Existing ID: 777"})

    assert relay.deliver(kim(plan="team")) == [Deferred("conflict")]
    assert len(relay.crm.batches) == 2


# ---------------------------------------------------------------------------------------------------- aliases


def alias(at_ms: int, previous_id: str | None, user_id: str | None) -> Event:
    return event(f"m-{at_ms}", at_ms, kind="alias", previousId=previous_id, userId=user_id)


@pytest.mark.parametrize("previous", ["u-0", "a-0"])
def test_an_alias_lets_another_id_stand_for_the_same_person(relay: Relay, previous: str) -> None:
    relay.deliver(event("m-1", 100, userId="u-0", anonymousId="a-0", traits={"email": OLD}))

    assert relay.deliver(alias(200, previous, "u-1")) == [Skipped("alias_remembered")]
    assert relay.deliver(identify(300, "u-1", plan="team")) == [Delivered("501")]


def test_an_alias_is_met_in_the_order_of_time(relay: Relay) -> None:
    outcomes = relay.deliver(
        identify(300, "u-1", plan="team"), alias(200, "u-0", "u-1"), identify(100, "u-0", email=OLD)
    )

    assert outcomes == [Delivered("501"), Skipped("alias_remembered"), Delivered("501", is_merged=True)]


def test_an_alias_works_both_ways(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OLD))
    relay.deliver(alias(200, "u-0", "u-1"))

    assert relay.deliver(identify(300, "u-0", plan="team")) == [Delivered("501")]


def test_an_alias_from_one_address_to_another_changes_the_contacts(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, OLD, plan="team"))

    assert relay.deliver(alias(200, OLD, NEW)) == [Delivered("501")]
    assert relay.crm.contacts == {NEW: {"id": "501", "email": NEW, "plan": "team"}}


@pytest.mark.parametrize(
    ("previous", "user", "reason"),
    [
        (None, "u-1", "alias_incomplete"),
        ("u-0", None, "alias_incomplete"),
        ("u-0", "u-1", "alias_of_nobody"),
        (OLD, NEW, "alias_of_two_contacts"),
    ],
)
def test_an_alias_that_changes_nothing_is_skipped_for_a_reason(
    relay: Relay, previous: str | None, user: str | None, reason: str
) -> None:
    assert relay.deliver(alias(200, previous, user)) == [Skipped(reason)]
    assert relay.crm.batches == []


def test_an_alias_that_could_not_be_remembered_comes_back(relay: Relay) -> None:
    relay.deliver(identify(100, "u-0", email=OLD))
    relay.profiles.is_read_only = True

    assert relay.deliver(alias(200, "u-0", "u-1")) == [Deferred("memory_unavailable")]


# -------------------------------------------------------------------------------------------------- deletions


def delete(at_ms: int, user_id: str = "u-1") -> Event:
    """Return Segment's notice, which knows nothing but the user id."""
    return event(f"m-{at_ms}", at_ms, kind="delete", userId=user_id)


def test_deletions_are_off_unless_wanted(relay: Relay) -> None:
    relay.deliver(kim(100, "u-1"))

    assert relay.deliver(delete(200)) == [Skipped("deletes_off")]
    assert relay.crm.deleted == []


@pytest.mark.parametrize(("deletes", "for_good"), [("archive", False), ("gdpr", True)])
def test_a_deletion_takes_the_contact_by_its_record(relay: Relay, deletes: str, *, for_good: bool) -> None:
    relay.restart(Policy(deletes=deletes))  # type: ignore[arg-type] # as in the table
    relay.deliver(kim(100, "u-1", plan="team"))
    relay.restart()

    assert relay.deliver(delete(200)) == [Delivered("501")]
    assert relay.crm.deleted == [("501", for_good)]
    assert not any(each.email or each.facts or each.object_id for each in relay.profiles.profiles.values())


@pytest.mark.parametrize("deletes", ["archive", "gdpr"])
@pytest.mark.parametrize(
    ("there", "outcome"),
    [
        ([], Delivered("501")),
        ([{"id": "501", "properties": {"email": OLD}}], Deferred("unknown_path: contacts")),
        (None, Deferred("missing_outcome")),
    ],
    ids=["gone", "there", "nobody-knows"],
)
def test_where_hubspot_may_have_no_such_call_nobody_is_deleted_who_is_still_there(
    relay: Relay, there: object, outcome: Outcome, deletes: str
) -> None:
    relay.restart(Policy(deletes=deletes))  # type: ignore[arg-type] # as in the table
    relay.deliver(kim(100, "u-1"))
    relay.crm.delete_answer = refusal(404, {"message": "resource not found"})
    relay.crm.read_answer = Reply(200, {} if there is None else {"results": there})

    assert relay.deliver(delete(200)) == [outcome]


ARCHIVE = Policy(deletes="archive")


@pytest.mark.parametrize("is_one_batch", [True, False])
def test_older_events_do_not_bring_a_deleted_person_back_and_newer_ones_do(
    relay: Relay, *, is_one_batch: bool
) -> None:
    relay.restart(ARCHIVE)
    relay.deliver(kim(100, "u-1", plan="team"))
    events = [
        delete(200),
        kim(150, "u-1", city="Odense"),
        kim(160, city="Odense"),
        kim(300, "u-1", plan="free"),
    ]
    outcomes: list[Outcome] = []
    for each in [events] if is_one_batch else [[one] for one in events]:
        outcomes += relay.deliver(*each)

    gone = Skipped("person_deleted")
    assert outcomes == [Delivered("501"), gone, gone, Delivered("502")]
    assert relay.crm.contacts[OLD] == {"id": "502", "email": OLD, "plan": "free"}


def test_a_deletion_that_is_told_twice_spares_whoever_has_come_back(relay: Relay) -> None:
    relay.restart(ARCHIVE)
    relay.deliver(kim(100, "u-1"), delete(200))
    relay.deliver(kim(300, "u-1"))

    assert relay.deliver(delete(200)) == [Skipped("already_deleted")]
    assert relay.crm.contacts.keys() == {OLD}


def test_a_person_who_is_only_known_by_address_is_looked_up_and_never_deleted_by_it(relay: Relay) -> None:
    relay.restart(ARCHIVE)
    relay.crm.contacts[OLD] = {"id": "77", "email": OLD}

    assert relay.deliver(delete(200, OLD), delete(201, NEW)) == [Delivered("77"), Skipped("contact_unknown")]
    assert relay.crm.deleted == [("77", False)]
    assert relay.crm.reads == [[OLD, NEW]]


def test_a_person_whom_nobody_knows_stays_unknown(relay: Relay) -> None:
    relay.restart(ARCHIVE)

    assert relay.deliver(delete(200)) == [Skipped("contact_unknown")]
    # Events from before the deletion may still be on their way.
    assert relay.deliver(kim(100, "u-1")) == [Skipped("person_deleted")]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refusal(404), Delivered("501")),
        (refusal(400, {"message": "no"}), Rejected("refused", "no")),
        (
            refusal(403, {"category": "MISSING_SCOPES"}),
            Deferred("missing_scope: HubSpot does not say which"),
        ),
        (Reply(404, is_unreadable=True), Deferred("not_hubspot: status_404")),
        (Reply(401), Deferred("access_token_refused")),
        (Reply(503), Deferred("status_503")),
        (NO_ANSWER, Deferred("no_answer: ReadTimeout")),
    ],
)
def test_what_hubspot_says_of_a_deletion(relay: Relay, answer: Answer, outcome: Outcome) -> None:
    relay.restart(ARCHIVE)
    relay.deliver(kim(100, "u-1"))
    relay.crm.delete_answer = answer

    assert relay.deliver(delete(200)) == [outcome]


def test_while_a_deletion_is_open_newer_events_of_the_person_wait(relay: Relay) -> None:
    relay.restart(ARCHIVE)
    relay.deliver(kim(100, "u-1"))
    relay.crm.delete_answer = Reply(503)

    assert relay.deliver(delete(200), kim(300, plan="team"), identify(300, email=NEW)) == [
        Deferred("status_503"),
        Deferred("deletion_pending"),
        Delivered("502"),
    ]


def test_a_deletion_that_could_not_be_remembered_comes_back(relay: Relay) -> None:
    relay.restart(ARCHIVE)
    relay.deliver(kim(100, "u-1"))
    relay.profiles.is_read_only = True

    assert relay.deliver(delete(200)) == [Deferred("memory_unavailable")]


def test_a_lookup_that_fails_is_waited_out(relay: Relay) -> None:
    relay.restart(ARCHIVE)
    relay.crm.read_answer = Reply(503)

    assert relay.deliver(delete(200, OLD)) == [Deferred("status_503")]


# ------------------------------------------------------------------------------------ contacts not to be made

QUIET = Policy(creates_contacts=False)


def test_without_new_contacts_only_those_that_hubspot_has_are_updated(relay: Relay) -> None:
    relay.restart(QUIET)
    relay.crm.contacts[OLD] = {"id": "77", "email": OLD}

    outcomes = relay.deliver(kim(100, plan="team"), identify(100, email=NEW, plan="team"))

    assert outcomes == [Delivered("77"), Skipped("contact_unknown")]
    assert relay.crm.contacts == {OLD: {"id": "77", "email": OLD, "plan": "team"}}
    # Once known, nobody has to be looked up again.
    assert relay.deliver(kim(200, plan="free")) == [Delivered("77")]
    assert relay.crm.reads == [[OLD, NEW]]


def test_without_new_contacts_one_that_is_gone_stays_gone(relay: Relay) -> None:
    relay.restart(QUIET)
    relay.crm.contacts[OLD] = {"id": "77", "email": OLD}
    relay.deliver(kim(100, plan="team"))
    relay.crm.contacts.clear()

    assert relay.deliver(kim(200, plan="free")) == [Skipped("contact_unknown")]
    assert relay.crm.contacts == {}


def test_a_record_that_is_gone_is_written_by_its_address_if_contacts_may_be_made(relay: Relay) -> None:
    relay.restart(UPDATE)
    relay.deliver(identify(100, "u-1", email=OLD))
    relay.crm.contacts.clear()

    assert relay.deliver(identify(200, "u-1", email=NEW, plan="team")) == [Delivered("502")]
    assert relay.crm.contacts == {NEW: {"id": "502", "email": NEW, "plan": "team"}}


def test_without_new_contacts_a_lookup_that_fails_is_waited_out(relay: Relay) -> None:
    relay.restart(QUIET)
    relay.crm.read_answer = NO_ANSWER

    assert relay.reports(kim(100, plan="team")) == [Report(Deferred("no_answer: ReadTimeout"))]


def test_events_from_before_1970_are_events_too(relay: Relay) -> None:
    relay.restart(ARCHIVE)
    early = event(
        "m-1", userId="u-1", timestamp="1960-01-01T00:00:00Z", traits={"email": OLD, "plan": "team"}
    )
    gone = event("m-2", kind="delete", userId="u-1", timestamp="1961-01-01T00:00:00Z")

    assert relay.deliver(early) == [Delivered("501")]
    assert relay.deliver(gone) == [Delivered("501")]


def test_a_lost_answer_about_somebodys_further_address_puts_all_in_doubt(relay: Relay) -> None:
    """Whose contact may have been written is not known, so nothing that is remembered can be relied on."""
    relay.deliver(kim(100))
    relay.crm.script = lambda batch: NO_ANSWER if batch.is_update else conflict(batch, NEW)

    outcomes = relay.deliver(identify(200, email=NEW, plan="team"), kim(200))

    assert outcomes == [Deferred("memory_unavailable")] * 2
