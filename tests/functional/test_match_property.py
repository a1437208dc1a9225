"""A contact known by a unique property, or by HubSpot's record id, against the stand-in, over HTTP."""

from collections.abc import Mapping
from typing import Any

import pytest
from functional.hub import PROPERTIES, READ, UPDATE, UPSERT, Hub
from portals import event, identify

from cli.standin.faults import Fault
from cli.standin.object_types import CONTACTS
from cli.standin.schema import whole
from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Deferred, Delivered, Skipped

KIM, BO = "kim@example.com", "bo@example.com"
SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
SEND = "POST /events/2026-09/send/batch"
PUBLIC = Grant("k-1")


def track(at_ms: int, user: str | None = "u-1", /, **fields: Any) -> Event:
    return event(f"t-{at_ms}", at_ms, "track", userId=user, event="Order Completed", **fields)


def public(made: Event) -> Event:
    return made.model_copy(update={"grant": PUBLIC})


@pytest.fixture
def matched(hub: Hub) -> Hub:
    """A portal with a unique property of contacts, by which they are known."""
    _add_property(hub, hasUniqueValue=True)
    hub.standin.grant(*SCOPES)
    hub.restart(match_property="customer_id", events="custom", deletes="archive")
    return hub


def _add_property(hub: Hub, **fields: object) -> None:
    entry = {"name": "customer_id", "hubspotDefined": False, **fields}
    hub.standin.portal.properties.live["customer_id"] = whole(entry)


def by_record(hub: Hub) -> dict[str, dict[str, str]]:
    """Return what HubSpot holds, by record id; what HubSpot adds is left out."""
    own = {"createdate", "lastmodifieddate", "hs_object_id"}
    return {
        each["id"]: {k: v for k, v in each["properties"].items() if k not in own and v}
        for each in hub.standin.state()["contacts"]
    }


def made(hub: Hub, **properties: str) -> str:
    return hub.standin.portal.contacts.create(properties).id


# ------------------------------------------------------------------------------------------- by the property


def test_a_contact_is_made_by_its_property_with_its_address(matched: Hub) -> None:
    assert matched.deliver(identify(user="u-1", email=KIM, city="Odense")) == [Delivered("501")]

    assert by_record(matched) == {"501": {"customer_id": "u-1", "email": KIM, "city": "Odense"}}
    assert matched.new_calls()[UPSERT] == 1


@pytest.mark.parametrize(
    ("settings", "traits"),
    [
        ({}, {"customer_id": "c-7"}),
        ({}, {"Customer Id": " c-7 "}),
        ({"traits": {"crm.key": "customer_id"}}, {"crm": {"key": "c-7"}}),
    ],
)
def test_a_trait_that_sets_the_property_goes_before_the_user_id(
    matched: Hub, settings: Mapping[str, object], traits: Mapping[str, object]
) -> None:
    matched.restart(match_property="customer_id", **settings)

    matched.deliver(identify(100, "u-1", email=KIM, **traits))
    matched.deliver(identify(200, "u-1", city="Odense"))

    assert by_record(matched) == {"501": {"customer_id": "c-7", "email": KIM, "city": "Odense"}}


def test_in_one_batch_events_of_a_user_with_and_without_the_value_are_one_contact(matched: Hub) -> None:
    matched.deliver(
        identify(100, "u-1", city="Odense"),
        identify(200, "u-1", email=KIM, customer_id="c-7"),
        identify(300, "u-1", company="Acme"),
    )

    assert by_record(matched) == {
        "501": {"customer_id": "c-7", "email": KIM, "city": "Odense", "company": "Acme"}
    }
    assert matched.new_calls()[UPSERT] == 1


def test_people_without_an_address_are_contacts_too(matched: Hub) -> None:
    assert matched.deliver(identify(100, "u-1", firstname="Kim"), identify(100, "u-2", lastname="Ek")) == [
        Delivered("501"),
        Delivered("502"),
    ]
    assert matched.deliver(identify(200, "u-1", firstname="Kim")) == [Skipped("unchanged")]


def test_an_event_without_a_value_goes_by_the_remembered_person_then_by_the_address(matched: Hub) -> None:
    matched.deliver(event("m-1", 100, userId="u-1", anonymousId="a-1", traits={"email": KIM}))
    matched.deliver(event("m-2", 200, anonymousId="a-1", traits={"city": "Odense"}))
    matched.deliver(event("m-3", 300, anonymousId="a-2", traits={"email": KIM, "company": "Acme"}))
    matched.deliver(event("m-4", 400, anonymousId="a-3", traits={"email": BO}))

    assert by_record(matched) == {
        "501": {"customer_id": "u-1", "email": KIM, "city": "Odense", "company": "Acme"},
        "502": {"email": BO},
    }


def test_a_contact_that_the_portal_has_is_found_by_its_value(matched: Hub) -> None:
    record = made(matched, customer_id="u-1", email="old@example.com")

    assert matched.deliver(identify(user="u-1", city="Odense")) == [Delivered(record)]
    assert by_record(matched) == {
        record: {"customer_id": "u-1", "email": "old@example.com", "city": "Odense"}
    }


def test_an_address_is_sent_when_the_person_says_another_one_and_never_again(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.standin.portal.contacts.replace(
        matched.standin.portal.contacts.live["501"], {"customer_id": "u-1", "email": "hand@example.com"}
    )
    matched.clock.now += 2 * 86_400_000
    matched.deliver(identify(200, "u-1", email=KIM, city="Odense"))
    assert by_record(matched)["501"]["email"] == "hand@example.com"

    matched.deliver(identify(300, "u-1", email="new@example.com"))
    assert by_record(matched)["501"]["email"] == "new@example.com"
    # An older word does not bring the former address back.
    matched.deliver(identify(250, "u-1", email=KIM))
    assert by_record(matched)["501"]["email"] == "new@example.com"


def test_a_known_person_costs_no_more_calls_than_by_address(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.new_calls()

    matched.deliver(identify(200, "u-1", email=KIM, city="Odense"))
    assert matched.new_calls() == {UPDATE: 1}
    assert matched.deliver(identify(300, "u-1", email=KIM, city="Odense")) == [Skipped("unchanged")]
    assert matched.new_calls() == {}


def test_a_contact_that_is_gone_is_made_again_with_its_address(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))
    matched.standin.portal.contacts.archive("501")

    assert matched.deliver(identify(200, "u-1", email=KIM, city="Odense")) == [Delivered("502")]
    assert by_record(matched) == {"502": {"customer_id": "u-1", "email": KIM, "city": "Odense"}}


@pytest.mark.parametrize("value", ["x" * 257, "", "   ", None, {"a": 1}])
def test_what_is_no_value_names_nobody(matched: Hub, value: object) -> None:
    matched.deliver(event("m-1", 100, anonymousId="a-1", traits={"customer_id": value, "email": KIM}))

    assert [each.get("email") for each in by_record(matched).values()] == [KIM]


# ------------------------------------------------------------------------------------------------- conflicts


def test_a_contact_of_the_address_without_a_value_is_the_same_person(matched: Hub) -> None:
    record = made(matched, email=KIM, company="Acme")

    assert matched.deliver(identify(100, "u-1", email=KIM, city="Odense")) == [Delivered(record)]
    assert by_record(matched) == {
        record: {"customer_id": "u-1", "email": KIM, "company": "Acme", "city": "Odense"}
    }
    matched.new_calls()
    assert matched.deliver(identify(200, "u-1", email=KIM, city="Odense")) == [Skipped("unchanged")]
    assert matched.new_calls() == {}


@pytest.mark.parametrize("count", [1, 3])
def test_the_address_of_another_persons_contact_is_left_out(matched: Hub, count: int) -> None:
    record = made(matched, customer_id="u-9", email=KIM)

    others = [identify(100 + n, f"u-1{n}", email=f"p{n}@example.com") for n in range(count - 1)]
    *_, report = matched.reports(*others, identify(100, "u-1", email=KIM, firstname="Kim"))

    assert isinstance(report.outcome, Delivered)
    assert report.dropped == {"email": "email_of_another_contact"}
    held = by_record(matched)
    assert held.pop(record) == {"customer_id": "u-9", "email": KIM}
    assert {"customer_id": "u-1", "firstname": "Kim"} in held.values()
    # It is not tried again with each event.
    matched.new_calls()
    assert matched.deliver(identify(200, "u-1", email=KIM, firstname="Kim")) == [Skipped("unchanged")]
    matched.deliver(identify(300, "u-1", email=KIM, city="Aarhus"))
    assert matched.new_calls() == {UPDATE: 1}
    # And whoever comes with the address alone is the one who has it.
    assert matched.deliver(event("m-9", 400, anonymousId="a-9", traits={"email": KIM, "city": "Ribe"})) == [
        Delivered(record)
    ]


def test_a_known_contact_keeps_its_address_where_the_new_one_is_anothers(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM), identify(100, "u-2", email=BO))

    (report,) = matched.reports(identify(200, "u-1", email=BO, city="Odense"))

    assert (report.outcome, report.dropped) == (Delivered("501"), {"email": "email_of_another_contact"})
    assert by_record(matched)["501"] == {"customer_id": "u-1", "email": KIM, "city": "Odense"}
    assert by_record(matched)["502"] == {"customer_id": "u-2", "email": BO}


def test_while_it_cannot_be_read_whose_the_address_is_the_event_waits(matched: Hub) -> None:
    made(matched, customer_id="u-9", email=KIM)
    matched.standin.faults.add([Fault(path="batch/read", status=503)])

    assert matched.deliver(identify(100, "u-1", email=KIM, firstname="Kim")) == [Deferred("status_503")]
    assert matched.deliver(identify(100, "u-1", email=KIM, firstname="Kim")) == [Delivered("502")]


def test_people_known_by_address_before_the_setting_become_known_by_the_property(matched: Hub) -> None:
    matched.restart(events="custom")
    matched.deliver(identify(100, "u-1", email=KIM, city="Odense"))
    matched.restart(match_property="customer_id", events="custom")

    matched.deliver(identify(200, "u-1", email=KIM, company="Acme"))
    matched.deliver(identify(300, "u-1", email=KIM, company="Acme"))

    assert by_record(matched) == {
        "501": {"customer_id": "u-1", "email": KIM, "city": "Odense", "company": "Acme"}
    }


def test_of_two_who_claim_one_address_the_newer_one_has_the_contact(matched: Hub) -> None:
    record = made(matched, email=KIM)

    outcomes = matched.deliver(
        identify(200, "u-1", email=KIM, firstname="Kim"), identify(100, "u-2", email=KIM, firstname="Bo")
    )

    assert outcomes == [Delivered(record), Delivered("502")]
    assert by_record(matched) == {
        record: {"customer_id": "u-1", "email": KIM, "firstname": "Kim"},
        "502": {"customer_id": "u-2", "firstname": "Bo"},
    }


@pytest.fixture
def known_by_address(matched: Hub) -> Hub:
    """Kim's contact was made before contacts were known by the property."""
    matched.restart(events="custom")
    matched.deliver(identify(100, "u-1", email=KIM, city="Odense"))
    matched.restart(match_property="customer_id", events="custom", deletes="archive")
    matched.new_calls()
    return matched


@pytest.mark.parametrize("traits", [{"firstname": "Kim"}, {"firstname": "Kim", "email": BO}], ids=str)
def test_who_was_known_by_address_gets_the_value_also_by_an_event_without_it(
    known_by_address: Hub, traits: Mapping[str, str]
) -> None:
    assert known_by_address.deliver(identify(200, "u-1", **traits)) == [Delivered("501")]
    assert by_record(known_by_address) == {
        "501": {"customer_id": "u-1", "email": KIM, "city": "Odense", **traits}
    }
    # What is older is stale still, and nothing is asked again.
    assert known_by_address.new_calls() == {READ: 1, UPDATE: 1}
    assert known_by_address.deliver(identify(50, "u-1", city="Ribe")) == [Skipped("stale")]
    assert known_by_address.new_calls() == {}


def test_an_older_event_sets_nothing_of_who_was_known_by_address(known_by_address: Hub) -> None:
    (report,) = known_by_address.reports(identify(50, "u-1", city="Ribe", company="Acme"))

    assert (report.outcome, report.dropped) == (Delivered("501"), {"city": "stale"})


def test_a_record_that_has_got_another_value_meanwhile_is_somebody_elses(known_by_address: Hub) -> None:
    contacts = known_by_address.standin.portal.contacts
    contacts.replace(contacts.live["501"], {"customer_id": "u-9", "email": KIM})

    assert known_by_address.deliver(identify(200, "u-1", firstname="Kim")) == [Delivered("502")]
    assert by_record(known_by_address)["501"] == {"customer_id": "u-9", "email": KIM}


def test_while_the_former_record_cannot_be_read_the_event_waits(known_by_address: Hub) -> None:
    known_by_address.standin.faults.add([Fault(path="batch/read", status=503)])

    assert known_by_address.deliver(identify(200, "u-1", firstname="Kim")) == [Deferred("status_503")]


def test_tracks_and_groups_of_who_was_known_by_address_need_nothing_more(known_by_address: Hub) -> None:
    website = {"website": "https://acme-demo.com"}
    assert known_by_address.deliver(
        track(200), event("g-1", 200, "group", userId="u-1", groupId="g", traits=website)
    ) == [Delivered("501"), Delivered("9001")]

    assert READ not in known_by_address.new_calls()
    assert list(known_by_address.standin.portal.associations.of(CONTACTS, "501")) == ["9001"]
    assert known_by_address.deliver(event("d-1", 300, "delete", userId="u-1")) == [Delivered("501")]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_property_that_is_not_unique_or_not_there_lets_all_wait_with_a_reason(
    hub: Hub, *, is_there: bool
) -> None:
    if is_there:
        _add_property(hub)
    hub.restart(match_property="customer_id")
    hub.new_calls()

    outcomes = hub.deliver(*(identify(100, f"u-{n}", email=f"p{n}@example.com") for n in range(100)))

    (why,) = set(outcomes)
    reason = "match_property_not_unique" if is_there else "match_property_missing"
    assert isinstance(why, Deferred)
    assert why.reason == f"{reason}: customer_id"
    assert sum(hub.new_calls().values()) <= 3
    assert by_record(hub) == {}
    hub.standin.portal.properties.live.pop("customer_id", None)
    _add_property(hub, hasUniqueValue=True)
    hub.clock.now += 3_600_000
    assert hub.deliver(identify(200, "u-1", email=KIM)) == [Delivered("501")]


# ------------------------------------------------------------------------------------------------ public keys


def test_a_public_key_may_not_name_a_contact_by_the_property_or_a_record(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))

    outcomes = matched.deliver(
        public(identify(200, "u-1", city="A")),
        public(identify(201, None, customer_id="u-1", city="B")),
        public(identify(202, None, hs_object_id="501", city="C")),
    )

    assert outcomes == [Skipped("unconfirmed"), Skipped("no_email"), Skipped("no_email")]
    assert by_record(matched) == {"501": {"customer_id": "u-1", "email": KIM}}


def test_a_public_key_never_sets_the_property(matched: Hub) -> None:
    (report,) = matched.reports(public(identify(100, "u-1", email=BO, customer_id="u-7")))

    assert by_record(matched) == {"501": {"email": BO}}
    assert report.dropped == {"customer_id": "unconfirmed"}


def test_a_public_keys_track_of_a_user_id_is_sent_and_sets_nothing(matched: Hub) -> None:
    record = made(matched, customer_id="u-1", email=KIM)

    (report,) = matched.reports(public(track(200, context={"traits": {"city": "A"}})))

    assert report.outcome == Delivered(record)
    assert report.dropped == {"city": "unconfirmed"}
    assert by_record(matched)[record] == {"customer_id": "u-1", "email": KIM}


# ------------------------------------------------------------------------------------------------- record ids

NAMES: list[dict[str, Any]] = [
    {"traits": {"hs_object_id": "{}"}},
    {"traits": {"hsObjectId": "{}"}},
    {"context": {"traits": {"hs_object_id": "{}"}}},
    {"context": {"externalIds": [{"type": "hubspot_id", "id": "{}", "collection": "users"}]}},
    {"context": {"externalIds": [{"type": "hs_object_id", "id": "{}"}]}},
]


def _with(fields: Any, record: str) -> Any:
    if isinstance(fields, dict):
        return {name: _with(value, record) for name, value in fields.items()}
    if isinstance(fields, list):
        return [_with(each, record) for each in fields]
    return record if fields == "{}" else fields


@pytest.mark.parametrize("fields", NAMES, ids=str)
@pytest.mark.parametrize("settings", [{}, {"match_property": "customer_id"}], ids=str)
def test_an_identify_names_its_contact_by_record(
    matched: Hub, fields: dict[str, Any], settings: dict[str, Any]
) -> None:
    matched.restart(create_properties=True, **settings)
    record = made(matched, email=KIM)
    raw = {"userId": "u-1", **_with(fields, record)}
    raw["traits"] = {**raw.get("traits", {}), "city": "Odense"}

    (report,) = matched.reports(event("m-1", 100, **raw))
    assert (report.outcome, dict(report.dropped)) == (Delivered(record), {})
    # Its ids are that contact's from now on.
    matched.deliver(identify(200, "u-1", company="Acme"))

    assert by_record(matched) == {record: {"email": KIM, "city": "Odense", "company": "Acme"}}
    assert "hsobjectid" not in matched.standin.portal.properties.live


def test_an_address_beside_a_record_id_changes_the_address_once(hub: Hub) -> None:
    record = made(hub, email=KIM)

    hub.deliver(identify(100, "u-1", hs_object_id=int(record), email=BO))
    assert by_record(hub) == {record: {"email": BO}}
    hub.standin.portal.contacts.replace(hub.standin.portal.contacts.live[record], {"email": KIM})
    hub.deliver(identify(200, "u-1", hs_object_id=record, email=BO, city="Odense"))
    assert by_record(hub) == {record: {"email": KIM, "city": "Odense"}}


@pytest.mark.parametrize("value", ["", "12a", "-5", "1.5", 1.5, True, None, "9" * 30, ["501"]])
def test_what_is_no_record_id_names_no_record(hub: Hub, value: object) -> None:
    (report,) = hub.reports(identify(100, "u-1", hs_object_id=value, email=KIM))

    assert report.outcome == Delivered("501")
    assert report.dropped == {"hs_object_id": "invalid_record_id"}


def test_where_the_record_is_gone_the_address_counts(hub: Hub) -> None:
    outcomes = hub.deliver(
        identify(100, "u-1", hs_object_id="77", email=KIM, city="Odense"),
        identify(100, "u-2", hs_object_id="78", city="Odense"),
    )

    assert outcomes == [Delivered("501"), Skipped("contact_unknown")]
    assert by_record(hub) == {"501": {"email": KIM, "city": "Odense"}}
    assert hub.deliver(identify(200, "u-1", company="Acme")) == [Delivered("501")]
    assert hub.deliver(identify(200, "u-2", company="Acme")) == [Skipped("no_email")]


def test_a_track_with_nothing_but_a_record_id_is_sent_by_it_and_moves_nothing(matched: Hub) -> None:
    matched.restart(events="custom", create_event_definitions=True)
    matched.deliver(identify(100, "u-1", email=KIM))
    record = made(matched, email=BO)

    assert matched.deliver(track(200, None, properties={"hs_object_id": record})) == [Delivered(record)]
    assert matched.deliver(track(201, properties={"hsObjectId": record})) == [Delivered(record)]
    assert matched.deliver(identify(300, "u-1", city="Odense")) == [Delivered("501")]

    sent = matched.standin.portal.occurrences
    assert [(each.object_id, each.email) for each in sent] == [(record, ""), (record, "")]
    assert all("object" not in name for each in sent for name in each.properties)
    assert by_record(matched)[record] == {"email": BO}


def test_a_group_links_the_contact_of_a_record_id(hub: Hub) -> None:
    record = made(hub, email=KIM)
    fields = {"groupId": "g-1", "traits": {"website": "https://www.acme-demo.com"}}

    outcomes = hub.deliver(
        event("g-1", 100, "group", context={"traits": {"hs_object_id": record}}, **fields),
        event("g-2", 100, "group", context={"traits": {"hs_object_id": "99"}}, **fields),
    )

    assert all(isinstance(each, Delivered) for each in outcomes)
    assert list(hub.standin.portal.associations.of(CONTACTS, record)) == ["9001"]


# ----------------------------------------------------------------------------------------------------- tracks


def test_a_track_with_nothing_but_a_user_id_is_sent_by_the_record_that_has_it(matched: Hub) -> None:
    records = [made(matched, customer_id=f"u-{n}") for n in range(3)]
    matched.deliver()
    matched.new_calls()

    outcomes = matched.deliver(*(track(200 + n, f"u-{n % 3}") for n in range(9)), track(300, "u-9"))

    assert outcomes == [*(Delivered(records[n % 3]) for n in range(9)), Skipped("no_person")]
    assert matched.new_calls()[READ] == 1
    # It is remembered.
    assert matched.deliver(track(400, "u-1")) == [Delivered(records[1])]
    assert matched.new_calls() == {SEND: 1}
    assert len(by_record(matched)) == 3


def test_a_track_of_a_value_that_nobody_has_goes_by_its_address(matched: Hub) -> None:
    (outcome,) = matched.deliver(track(200, "u-9", context={"traits": {"email": KIM}}))

    assert isinstance(outcome, Delivered)
    assert [each.email for each in matched.standin.portal.occurrences] == [KIM]


def test_a_track_does_not_go_to_the_address_of_a_contact_with_another_value(matched: Hub) -> None:
    other, nobodys = made(matched, customer_id="u-1", email=KIM), made(matched, email=BO)

    outcomes = matched.deliver(
        track(200, "u-9", context={"traits": {"email": KIM}}),
        track(201, "u-8", context={"traits": {"email": BO}}),
    )

    assert outcomes == [Skipped("no_person"), Delivered(nobodys)]
    assert other not in {each.contact_id for each in matched.standin.portal.occurrences}


def test_what_a_user_id_says_by_itself_gives_way_to_what_an_identify_tells(matched: Hub) -> None:
    matched.deliver(track(300))
    # It happened before, and comes later.
    matched.deliver(identify(100, "u-1", customer_id="c-7", email=KIM))

    assert matched.deliver(track(400)) == [Delivered("501")]
    assert matched.deliver(identify(500, "u-1", city="Odense")) == [Delivered("501")]


def test_a_track_whose_contact_waits_to_be_written_waits_with_it(matched: Hub) -> None:
    matched.standin.faults.add([Fault(path="batch/upsert", status=503)])

    outcomes = matched.deliver(identify(100, "u-1", email=KIM), track(200))

    assert outcomes == [Deferred("status_503"), Deferred("status_503")]


def test_a_track_with_traits_makes_the_contact_of_its_value(matched: Hub) -> None:
    assert matched.deliver(track(200, context={"traits": {"firstName": "Kim"}})) == [Delivered("501")]
    assert by_record(matched) == {"501": {"customer_id": "u-1", "firstname": "Kim"}}


def test_where_no_contact_may_be_made_a_track_makes_none(hub: Hub) -> None:
    hub.standin.grant(*SCOPES)
    hub.restart(events="custom", create_contacts=False)
    record = made(hub, email=BO)

    outcomes = hub.deliver(
        track(200, None, properties={"email": KIM}), track(201, None, properties={"email": BO})
    )

    assert outcomes == [Skipped("contact_unknown"), Delivered(record)]
    assert by_record(hub).keys() == {record}
    assert hub.new_calls()[READ] == 1


def test_a_public_key_that_may_make_no_contact_makes_none_by_a_track(hub: Hub) -> None:
    hub.standin.grant(*SCOPES)
    hub.restart(events="custom")
    one = track(200, None, properties={"email": KIM})

    assert hub.deliver(one.model_copy(update={"grant": Grant("k", creates_contacts=False)})) == [
        Skipped("contact_unknown")
    ]
    assert by_record(hub) == {}


def test_a_legacy_event_of_a_known_person_makes_no_second_contact(hub: Hub) -> None:
    hub.standin.portal.tier = "enterprise"
    hub.restart(events="legacy")
    hub.deliver(identify(100, "u-1", email=KIM))
    contacts = hub.standin.portal.contacts
    contacts.replace(contacts.live["501"], {"email": BO})

    hub.deliver(track(200))

    assert by_record(hub) == {"501": {"email": BO}}
    assert [each.contact_id for each in hub.standin.portal.legacy_events.received] == ["501"]


def test_a_legacy_event_goes_to_the_address_of_the_record_that_has_the_value(matched: Hub) -> None:
    matched.standin.portal.tier = "enterprise"
    matched.restart(events="legacy", match_property="customer_id")
    record = made(matched, customer_id="u-1", email=KIM)
    made(matched, customer_id="u-2")

    outcomes = matched.deliver(track(200), track(201, "u-2"), track(202, "u-3"))

    assert outcomes == [Delivered(""), Skipped("no_email"), Skipped("no_person")]
    assert [each.contact_id for each in matched.standin.portal.legacy_events.received] == [record]


# ------------------------------------------------------------------------------------- deletions and the rest


@pytest.mark.parametrize("is_known", [True, False])
def test_a_deletion_by_user_id_takes_the_contact_that_has_it(matched: Hub, *, is_known: bool) -> None:
    record = made(matched, customer_id="u-1", email=KIM)
    if is_known:
        matched.deliver(identify(100, "u-1", email=KIM))

    assert matched.deliver(event("d-1", 200, "delete", userId="u-1")) == [Delivered(record)]
    assert by_record(matched) == {}
    # Nothing older brings the person back, by no name.
    older = event("m-0", 150, anonymousId="a-1", traits={"email": KIM})
    expected = Skipped("person_deleted") if is_known else Delivered("502")
    assert matched.deliver(identify(150, "u-1", email=KIM), older) == [Skipped("person_deleted"), expected]


def test_where_no_contact_may_be_made_those_that_are_there_are_updated(matched: Hub) -> None:
    matched.restart(match_property="customer_id", create_contacts=False)
    by_value, by_address = made(matched, customer_id="u-1"), made(matched, email=BO)
    other = made(matched, customer_id="u-8", email=KIM)

    outcomes = matched.deliver(
        identify(100, "u-1", city="Odense"),
        identify(100, "u-2", email=BO),
        identify(100, "u-3", email=KIM),
        identify(100, "u-4"),
    )

    assert outcomes == [
        Delivered(by_value),
        Delivered(by_address),
        Skipped("contact_unknown"),
        Skipped("contact_unknown"),
    ]
    assert by_record(matched) == {
        by_value: {"customer_id": "u-1", "city": "Odense"},
        by_address: {"customer_id": "u-2", "email": BO},
        other: {"customer_id": "u-8", "email": KIM},
    }


def test_an_alias_leads_a_further_id_to_the_contact(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))

    assert matched.deliver(event("a-1", 200, "alias", userId="n-1", previousId="u-1")) == [
        Skipped("alias_remembered")
    ]
    matched.deliver(identify(300, "n-1", city="Odense"))
    assert by_record(matched) == {"501": {"customer_id": "u-1", "email": KIM, "city": "Odense"}}


def test_a_group_links_the_contact_that_is_known_by_its_property(matched: Hub) -> None:
    matched.deliver(identify(100, "u-1", email=KIM))

    matched.deliver(
        event("g-1", 200, "group", userId="u-1", groupId="g", traits={"website": "https://acme-demo.com"})
    )
    assert list(matched.standin.portal.associations.of(CONTACTS, "501")) == ["9001"]


def test_without_the_setting_nothing_is_asked_or_sent_otherwise(hub: Hub) -> None:
    _add_property(hub, hasUniqueValue=True)
    hub.deliver(identify(100, "u-1", email=KIM, customer_id="c-1"))
    assert hub.new_calls() == {PROPERTIES: 1, UPSERT: 1}
    hub.deliver(identify(200, "u-1", city="Odense", customer_id="c-1"))
    assert hub.new_calls() == {UPDATE: 1}
    assert by_record(hub) == {"501": {"email": KIM, "customer_id": "c-1", "city": "Odense"}}
