"""What a track asks of its contact, and the name that it goes by."""

import pytest
from builders import event

from relay.core.addresses import address_of, stated_address_of
from relay.core.outcomes import Skipped
from relay.core.resolution import Resolved
from relay.core.rules import Rules
from relay.core.schema import Property, Schema
from relay.core.tracks import contact_part, name_of

SCHEMA = Schema(
    {
        name: Property(name, kind)
        for name, kind in {
            "email": "string",
            "firstname": "string",
            "plan": "string",
            "last_order_value": "number",
            "id": "string",
        }.items()
    }
)
KIM = "kim@example.org"
RULES = Rules(
    properties_to_contact={"Order Completed": {"total": "last_order_value", "cart.coupon": "plan"}},
    views={"page": "Page Viewed"},
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "track", "event": "Bought Item"}, "Bought Item"),
        ({"type": "track", "event": "000000001625"}, "000000001625"),
        ({"type": "track"}, Skipped("no_event_name")),
        ({"type": "track", "event": 7}, Skipped("no_event_name")),
        ({"type": "track", "name": "Bought Item"}, Skipped("no_event_name")),
        ({"type": "page", "name": "Pricing"}, "Page Viewed"),
        ({"type": "screen", "name": "Home"}, Skipped("type_not_supported")),
        ({"type": "track", "event": "x", "integrations": {"HubSpot": False}}, Skipped("integrations")),
    ],
    ids=["S25", "S26", "no name", "no text", "not its name", "page by a rule", "screen", "integrations"],
)
def test_a_track_goes_by_its_name_and_a_page_by_that_of_a_rule(
    fields: dict[str, object], expected: str | Skipped
) -> None:
    assert name_of(event(**fields), RULES) == expected


@pytest.mark.parametrize(
    ("fields", "sent", "dropped"),
    [
        (
            {"context": {"traits": {"firstname": "Peter", "email": KIM}}},
            {"firstname": "Peter", "id": "u-1"},
            {},
        ),
        (
            {"context": {"traits": {"shoe": 39}}},
            {"id": "u-1"},
            {"context.traits.shoe": "unknown_property"},
        ),
        (
            {"event": "Order Completed", "properties": {"total": "20.5", "cart": {"coupon": "x"}}},
            {"last_order_value": "20.5", "plan": "x"},
            {},
        ),
        ({"event": "Order Completed", "properties": {"cart.coupon": "y"}}, {"plan": "y"}, {}),
        (
            {"event": "Order Completed", "properties": {"total": "much", "cart": 7}},
            {},
            {"last_order_value": "not_a_number"},
        ),
        ({"event": "Other", "properties": {"total": 7}}, {}, {}),
    ],
    ids=["S28", "unknown", "rule", "flat path", "unfit", "no rule"],
)
def test_a_track_sets_contact_properties_by_its_users_traits_and_by_rules(
    fields: dict[str, object], sent: dict[str, str], dropped: dict[str, str]
) -> None:
    track = event(**{"type": "track", "event": "Bought Item"} | fields)
    name = name_of(track, RULES)
    assert isinstance(name, str)

    found = contact_part(track, name, Resolved(KIM, KIM), SCHEMA, RULES)

    assert found.intent.properties == {"email": KIM, **sent}
    assert found.dropped == dropped


@pytest.mark.parametrize(
    ("fields", "stated", "own"),
    [
        ({"properties": {"email": "Peter@Example.com"}}, "peter@example.com", "peter@example.com"),
        (
            {"context": {"traits": {"email": KIM}}, "properties": {"email": "peter@example.com"}},
            KIM,
            KIM,
        ),
        ({"userId": KIM}, None, KIM),
        ({"userId": KIM, "email": "peter@example.com"}, "peter@example.com", KIM),
        ({}, None, None),
    ],
    ids=["S24", "context first", "user id", "email", "none"],
)
def test_the_address_of_a_track(fields: dict[str, object], stated: str | None, own: str | None) -> None:
    track = event(**{"type": "track", "event": "x"} | fields)

    assert (stated_address_of(track), address_of(track)) == (stated, own)
