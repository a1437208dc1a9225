"""An event never lands on somebody else: which words may point an id, and what a mention may do."""

from typing import Any

import builders
import pytest
from portals import Relay, event, identify

from relay.core.answers import Answer, Reply
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.planning import Batch
from relay.core.policy import EmailChange, EventMode, EventPolicy, Policy
from relay.core.profiles import user_key

OWN, OTHER = "user01@example.org", "other01@example.net"
MODES: tuple[EventMode, ...] = ("custom", "legacy", "off")
CHANGES: tuple[EmailChange, ...] = ("new", "update")
SHARED = Policy(events=EventPolicy("custom"), email_change="update", deletes="archive")


def track(at_ms: int, user: str | None = "u-1", /, **fields: Any) -> Event:
    return event(f"t-{at_ms}", at_ms, "track", userId=user, event="Invite Sent", **fields)


@pytest.fixture
def sends(relay: Relay) -> Relay:
    """A relay whose HubSpot has a definition for the tracks."""
    relay.events.names = ("Invite Sent",)
    relay.restart(SHARED)
    return relay


# Where somebody else's address may stand in an event of a known user that is no identify.
MENTIONS: dict[str, dict[str, Any]] = {
    "properties.email": {"properties": {"email": OTHER}},
    "properties.Email": {"properties": {"Email": OTHER}},
    "context.traits.email": {"context": {"traits": {"email": OTHER}}},
    "email": {"email": OTHER},
    "externalIds": {"context": {"externalIds": [{"type": "email", "id": OTHER, "collection": "users"}]}},
}


@pytest.mark.parametrize("place", MENTIONS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_an_address_that_a_track_mentions_moves_no_id(
    relay: Relay, place: str, mode: EventMode, change: EmailChange, *, is_one_batch: bool
) -> None:
    relay.events.names = ("Invite Sent",)
    relay.restart(Policy(events=EventPolicy(mode), email_change=change))
    events = [
        identify(100, "u-1", email=OWN, city="Odense"),
        track(200, **MENTIONS[place]),
        track(300),
        identify(400, "u-1", plan="team"),
    ]
    for each in [events] if is_one_batch else [[one] for one in events]:
        relay.deliver(*each)

    assert relay.crm.contacts.get(OTHER, {}).keys() <= {"id", "email"}
    assert relay.crm.contacts[OWN]["plan"] == "team"
    assert relay.leads_to(user_key("u-1")) == OWN


@pytest.mark.parametrize("place", MENTIONS)
def test_a_track_is_an_event_of_the_address_that_it_names(sends: Relay, place: str) -> None:
    sends.deliver(identify(100, "u-1", email=OWN))

    sends.deliver(track(200, **MENTIONS[place]))
    sends.deliver(track(300))

    assert [dict(each.person) for each in sends.events.sent] == [
        {"email": OTHER},
        {"objectId": "501"},
    ]


@pytest.mark.parametrize("kind", ["page", "screen", "group"])
def test_no_call_but_an_identify_moves_a_known_id(relay: Relay, kind: str) -> None:
    relay.restart(Policy(email_change="update"))
    relay.deliver(identify(100, "u-1", email=OWN))

    for n, fields in enumerate(MENTIONS.values()):
        relay.deliver(event(f"m-{n}", 200 + n, kind, userId="u-1", **fields))

    assert relay.deliver(identify(900, "u-1", plan="team")) == [Delivered("501")]
    assert relay.crm.contacts[OWN]["plan"] == "team"


def test_traits_of_the_user_are_not_written_to_whom_the_track_mentions(sends: Relay) -> None:
    sends.deliver(identify(100, "u-1", email=OWN))

    (report,) = sends.reports(track(200, properties={"email": OTHER}, context={"traits": {"plan": "team"}}))

    assert isinstance(report.outcome, Delivered)
    assert report.dropped == {"context.traits": "another_person"}
    # HubSpot itself makes a contact of the event's address.
    assert sends.crm.contacts[OTHER].keys() == {"id", "email"}


def test_the_address_of_an_id_that_nobody_knows_is_the_best_that_there_is(sends: Relay) -> None:
    sends.deliver(track(100, context={"traits": {"email": OWN}}))

    assert sends.deliver(identify(200, "u-1", plan="team")) == [Delivered("501")]
    assert sends.crm.contacts[OWN]["plan"] == "team"


@pytest.mark.parametrize("place", MENTIONS)
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_a_persons_own_word_replaces_a_mention_and_renames_nobody(
    sends: Relay, place: str, *, is_one_batch: bool
) -> None:
    sends.crm.contacts[OTHER] = {"id": "77", "email": OTHER}
    # Also where the mention happened later.
    events = [track(300, **MENTIONS[place]), identify(200, "u-1", email=OWN, plan="team")]
    for each in [events] if is_one_batch else [[one] for one in events]:
        sends.deliver(*each)
    sends.deliver(identify(400, "u-1", city="Odense"))

    assert sends.crm.contacts[OTHER] == {"id": "77", "email": OTHER}
    assert (sends.crm.contacts[OWN]["plan"], sends.crm.contacts[OWN]["city"]) == ("team", "Odense")


@pytest.mark.parametrize("place", MENTIONS)
def test_a_deletion_never_follows_a_mention(sends: Relay, place: str) -> None:
    sends.crm.contacts[OTHER] = {"id": "77", "email": OTHER}
    sends.deliver(track(100, **MENTIONS[place]))

    assert sends.deliver(event("d-1", 200, "delete", userId="u-1")) == [Skipped("deletion_unconfirmed")]
    assert sends.crm.deleted == []


@pytest.mark.parametrize("place", MENTIONS)
def test_a_deletion_takes_the_user_and_not_whom_it_mentions(sends: Relay, place: str) -> None:
    sends.deliver(identify(100, "u-1", email=OWN), identify(100, "u-2", email=OTHER))
    own = sends.crm.contacts[OWN]["id"]

    assert sends.deliver(event("d-1", 200, "delete", userId="u-1", **MENTIONS[place])) == [Delivered(own)]
    assert sends.crm.deleted == [(own, False)]
    # And the other one's events are not from before a death.
    assert isinstance(sends.deliver(identify(150, "u-2", plan="team"))[0], Delivered)


def test_a_user_id_that_is_an_address_is_not_moved_by_a_mention(sends: Relay) -> None:
    sends.deliver(track(100, OWN, properties={"email": OTHER}))

    sends.deliver(track(200, OWN))
    assert dict(sends.events.sent[-1].person) == {"email": OWN}


def test_a_visitor_who_mentions_somebody_is_the_known_user(sends: Relay) -> None:
    """The anonymous id is that of the user who is named beside it, whoever else is mentioned."""
    sends.deliver(identify(100, "u-1", email=OWN))
    sends.deliver(track(200, anonymousId="a-1", properties={"email": OTHER}))

    assert sends.deliver(event("m-3", 300, anonymousId="a-1", traits={"plan": "team"})) == [Delivered("501")]
    assert sends.crm.contacts[OWN]["plan"] == "team"


# --------------------------------------------------------------------------------------- controls: real words


@pytest.mark.parametrize(
    "fields", [{"traits": {"email": OTHER}}, {"context": {"traits": {"email": OTHER}}}, {"email": OTHER}]
)
def test_an_identify_says_whose_address_it_is(sends: Relay, fields: dict[str, Any]) -> None:
    sends.deliver(identify(100, "u-1", email=OWN))

    assert sends.deliver(event("m-2", 200, userId="u-1", **fields)) == [Delivered("501")]
    assert sends.crm.contacts == {OTHER: {"id": "501", "email": OTHER}}
    assert sends.deliver(identify(300, "u-1", email=OWN)) == [Delivered("501")]
    assert sends.crm.contacts == {OWN: {"id": "501", "email": OWN}}


def test_an_identify_with_traits_of_its_own_is_not_moved_by_those_of_its_context(sends: Relay) -> None:
    sends.deliver(identify(100, "u-1", email=OWN))

    sends.deliver(
        event("m-2", 200, userId="u-1", traits={"plan": "team"}, context={"traits": {"email": OTHER}})
    )

    assert sends.leads_to(user_key("u-1")) == OWN
    assert sends.crm.contacts[OWN] == {"id": "501", "email": OWN}


# ------------------------------------------------------------------------------------------------- audiences

PERSONAS = {"computation_class": "audience", "computation_id": "aud_1", "computation_key": "at_risk"}
COMPUTED: list[dict[str, Any]] = [
    {"context": {"personas": PERSONAS}},
    {"context": {"personas": {**PERSONAS, "computation_class": "trait"}}},
    {"context": {"personas": {**PERSONAS, "computation_class": "journey_step"}}},
    {"context": {"personas": {"computation_key": "at_risk"}}},
    {"messageId": "personas_2abc"},
]


def computed(at_ms: int, address: str, fields: dict[str, Any], user: str | None = "u-1") -> Event:
    raw = {"userId": user, "traits": {"email": address, "plan": "at_risk"}, **fields}
    return event(str(raw.pop("messageId", f"m-{at_ms}")), at_ms, **raw)


@pytest.mark.parametrize("fields", COMPUTED)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_an_audience_sets_properties_of_the_user_and_no_address(
    relay: Relay, fields: dict[str, Any], change: EmailChange, *, is_one_batch: bool
) -> None:
    relay.restart(Policy(email_change=change))
    events = [
        identify(100, "u-1", email=OWN),
        computed(200, OTHER, fields),
        identify(300, "u-1", city="Odense"),
    ]
    outcomes: list[Outcome] = []
    for each in [events] if is_one_batch else [[one] for one in events]:
        outcomes += relay.deliver(*each)

    assert all(isinstance(each, Delivered) for each in outcomes)
    assert relay.crm.contacts == {OWN: {"id": "501", "email": OWN, "plan": "at_risk", "city": "Odense"}}


def test_the_address_that_an_audience_names_is_told_as_left_out(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OWN))

    (report,) = relay.reports(computed(200, OTHER, COMPUTED[0]))

    assert report.dropped == {"email": "superseded"}


def test_an_audience_of_somebody_unknown_writes_by_address_and_points_no_id(relay: Relay) -> None:
    relay.deliver(computed(100, OTHER, COMPUTED[0]), computed(101, OWN, COMPUTED[1]))

    assert relay.crm.contacts.keys() == {OTHER, OWN}
    assert relay.deliver(identify(200, "u-1", plan="team")) == [Skipped("no_email")]


# -------------------------------------------------------------------------------------------- known by record


@pytest.mark.parametrize("change", CHANGES)
def test_a_known_person_is_written_by_record_and_without_an_address(
    relay: Relay, change: EmailChange
) -> None:
    relay.restart(Policy(email_change=change))
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.deliver(identify(200, "u-1", email=OWN, plan="team"), identify(201, email=OWN, city="Odense"))

    (entry,) = relay.crm.batches[-1].inputs
    assert (entry.record_id, dict(entry.properties)) == ("501", {"plan": "team", "city": "Odense"})
    assert relay.crm.reads == []
    assert relay.deliver(identify(300, "u-1", email=OWN, plan="team")) == [Skipped("unchanged")]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("app", ["by user", "by address"])
def test_an_address_that_somebody_has_changed_in_hubspot_stays(
    relay: Relay, change: EmailChange, app: str
) -> None:
    relay.restart(Policy(email_change=change))
    relay.deliver(identify(100, "u-1", email=OWN))
    contact = relay.crm.contacts.pop(OWN)
    relay.crm.contacts[OTHER] = {**contact, "email": OTHER}

    outcome = relay.deliver(identify(200, "u-1" if app == "by user" else None, email=OWN, plan="team"))

    assert outcome == [Delivered("501")]
    assert relay.crm.contacts == {OTHER: {"id": "501", "email": OTHER, "plan": "team"}}
    # And where the app gets to know of it.
    assert relay.deliver(identify(300, "u-1", email=OTHER, city="Odense")) == [Delivered("501")]
    assert relay.crm.contacts[OTHER]["city"] == "Odense"
    assert len(relay.crm.contacts) == 1


@pytest.mark.parametrize("change", CHANGES)
def test_a_further_address_of_a_known_person_becomes_nobodys_first(relay: Relay, change: EmailChange) -> None:
    relay.restart(Policy(email_change=change))
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.crm.further = {OTHER: OWN}

    assert relay.deliver(identify(200, "u-1", email=OTHER, plan="team")) == [Delivered("501")]
    assert relay.crm.contacts == {OWN: {"id": "501", "email": OWN, "plan": "team"}}
    assert relay.crm.reads == [[OTHER]]
    # It is remembered: nobody is asked again.
    assert relay.deliver(identify(300, "u-1", email=OTHER, plan="free")) == [Delivered("501")]
    assert relay.crm.reads == [[OTHER]]


def test_a_contact_that_somebody_has_deleted_is_made_again_by_an_event_of_nothing_but_its_address(
    relay: Relay,
) -> None:
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.crm.contacts.clear()
    assert relay.deliver(identify(200, "u-1", email=OWN)) == [Skipped("unchanged")]
    relay.clock.now += 2 * 86_400_000

    assert relay.deliver(identify(300, "u-1", email=OWN)) == [Delivered("502")]
    assert relay.crm.contacts == {OWN: {"id": "502", "email": OWN}}


def test_that_a_record_is_there_is_asked_once_in_a_while(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.clock.now += 2 * 86_400_000

    assert relay.deliver(identify(200, "u-1", email=OWN)) == [Skipped("unchanged")]
    assert relay.deliver(identify(300, "u-1", email=OWN)) == [Skipped("unchanged")]
    assert relay.crm.reads == [["501"]]
    relay.clock.now += 2 * 86_400_000
    relay.crm.read_answer = Reply(503)
    assert relay.deliver(identify(400, "u-1", email=OWN)) == [Deferred("status_503")]


@pytest.mark.parametrize("refusal", [200, 207])
def test_a_known_contact_whose_only_property_is_refused_is_delivered_without_it(
    relay: Relay, refusal: int
) -> None:
    relay.deliver(identify(100, "u-1", email=OWN))

    def refuse(batch: Batch) -> Answer | None:
        if not any("plan" in each.properties for each in batch.inputs):
            return None
        detail = {"code": "INVALID_OPTION", "context": {"propertyName": ["plan"]}}
        words = {"category": "VALIDATION_ERROR", "message": "no", "errors": [detail]}
        context = {"objectWriteTraceId": [each.trace_id for each in batch.inputs]}
        whole = builders.refusal(400, words)
        return (
            whole
            if refusal == 200
            else Reply(207, {"results": [], "errors": [{**words, "context": context}]})
        )

    relay.crm.script = refuse
    (report,) = relay.reports(identify(200, "u-1", plan="gold"))

    assert report.outcome == Delivered("501")
    assert report.dropped == {"plan": "refused_invalid_option"}


def test_while_it_is_open_whose_the_new_address_is_the_event_waits(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.crm.read_answer = Reply(503)

    assert relay.deliver(identify(200, "u-1", email=OTHER, plan="team")) == [Deferred("status_503")]
    assert relay.leads_to(user_key("u-1")) == OWN
    assert len(relay.crm.batches) == 1


def test_a_record_that_is_gone_is_found_by_its_address_or_made(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OWN, plan="team"))
    relay.crm.contacts.clear()

    assert relay.deliver(identify(200, "u-1", city="Odense")) == [Delivered("502")]
    assert relay.crm.contacts == {OWN: {"id": "502", "email": OWN, "city": "Odense"}}


@pytest.mark.parametrize("change", CHANGES)
def test_an_address_that_another_contact_has_is_that_contacts(relay: Relay, change: EmailChange) -> None:
    boss = "boss@example.org"
    relay.restart(Policy(email_change=change))
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.crm.contacts[boss] = {"id": "77", "email": boss}
    relay.crm.further = {OTHER: boss}

    assert relay.deliver(identify(200, "u-1", email=OTHER, plan="team")) == [Delivered("77")]
    assert relay.crm.contacts == {
        OWN: {"id": "501", "email": OWN},
        boss: {"id": "77", "email": boss, "plan": "team"},
    }
    assert relay.deliver(identify(300, "u-1", city="Odense")) == [Delivered("77")]


def test_what_is_remembered_of_that_contact_counts_at_once(relay: Relay) -> None:
    boss = "boss@example.org"
    relay.deliver(identify(100, "u-1", email=OWN), identify(300, "u-2", email=boss, plan="newer"))
    relay.crm.further = {OTHER: boss}
    relay.restart()

    assert relay.deliver(identify(200, "u-1", email=OTHER, plan="older")) == [Skipped("stale")]
    assert relay.crm.contacts[boss]["plan"] == "newer"


def test_while_what_is_remembered_of_it_cannot_be_read_the_event_waits(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=OWN))
    relay.crm.contacts["boss@example.org"] = {"id": "77", "email": "boss@example.org"}
    relay.crm.further = {OTHER: "boss@example.org"}
    read = relay.crm.read_contacts

    def read_and_lose(*args: Any, **named: Any) -> Answer:
        relay.profiles.is_down = True
        return read(*args, **named)

    relay.crm.read_contacts = read_and_lose  # type: ignore[method-assign] # the memory fails in the middle

    assert relay.deliver(identify(200, "u-1", email=OTHER, plan="team")) == [Deferred("memory_unavailable")]
    assert len(relay.crm.batches) == 1


# ----------------------------------------------------------------------------------- addresses in other forms


@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        ({"traits": {"email": [OWN, OTHER]}}, {"email[1]": "superseded"}),
        ({"traits": {"email": f"{OWN}, {OTHER}"}}, {"email[1]": "superseded"}),
        ({"traits": {"email": f"{OWN};{OTHER}"}}, {"email[1]": "superseded"}),
        ({"traits": {"email": ["none", OWN]}}, {"email[0]": "invalid_email"}),
        ({"traits": {"email": {"home": OTHER}}, "email": OWN}, {"email": "invalid_email"}),
        ({"traits": {"email": []}, "email": OWN}, {"email": "no_value"}),
        ({"email": f"{OWN} {OTHER}"}, {"email[1]": "superseded"}),
        ({"email": f"none, {OWN}, {OTHER}"}, {"email[0]": "invalid_email", "email[2]": "superseded"}),
        ({"context": {"externalIds": [{"type": "email", "id": OWN, "collection": "users"}]}}, {}),
        (
            {
                "context": {
                    "externalIds": [
                        7,
                        {"type": "email", "id": OTHER, "collection": "accounts"},
                        {"type": "user_id", "id": OTHER},
                        {"type": "Email", "id": OWN},
                        {"type": "email", "id": OTHER},
                    ]
                }
            },
            {"context.externalIds[1]": "superseded"},
        ),
    ],
)
def test_of_several_addresses_the_first_names_the_contact(
    relay: Relay, fields: dict[str, Any], dropped: dict[str, str]
) -> None:
    (report,) = relay.reports(event("m-1", 100, **fields))

    assert report.dropped == dropped
    assert report.outcome == Delivered("501")
    assert relay.crm.contacts.keys() == {OWN}


def test_further_addresses_that_a_track_mentions_are_named(sends: Relay) -> None:
    (report,) = sends.reports(track(100, context={"traits": {"email": [OWN, OTHER]}}))

    assert report.dropped == {"context.traits.email[1]": "superseded"}


@pytest.mark.parametrize("ids", [7, "kim", True])
def test_external_ids_that_are_no_list_name_nobody(relay: Relay, ids: object) -> None:
    assert relay.deliver(event("m-1", 100, context={"externalIds": ids})) == [Skipped("no_email")]


def test_a_single_external_id_names_its_contact(relay: Relay) -> None:
    (outcome,) = relay.deliver(event("m-1", 100, context={"externalIds": {"type": "email", "id": OWN}}))

    assert isinstance(outcome, Delivered)
