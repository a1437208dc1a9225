"""A track as HubSpot's custom event: what is sent, in which form, and why the rest is not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.core.event_definitions import MAX_PROPERTIES, Definition
from relay.core.occurrences import Occurrence, Prepared, custom_event, money_of, prepare, values_of
from relay.core.schema import Property

PLANS = {"gold": "gold", "silver": "silver"}
KNOWN = {
    name: Property(name, kind, field_type, options=PLANS if kind == "enumeration" else {})
    for name, kind, field_type in (
        ("item", "string", "text"),
        ("order_total", "number", "number"),
        ("is_gift", "bool", "booleancheckbox"),
        ("shipped_on", "date", "date"),
        ("paid_at", "datetime", "date"),
        ("plan", "enumeration", "select"),
        ("plans", "enumeration", "checkbox"),
        ("hs_page_url", "string", "text"),
        ("page_referrer", "string", "text"),
        ("cart_items_count", "number", "number"),
        ("cart", "string", "text"),
        ("url_of_page", "string", "text"),
        ("linked_file", "string", "text"),
        ("Odd", "string", "text"),
        ("sealed", "string", "text"),
    )
}
DEFINITION = Definition("pe7654321_bought_item", "bought_item", "Bought Item", KNOWN)


def bought(**properties: Any) -> Occurrence:
    return Occurrence(0, "Bought Item", "m-1", 1_793_527_200_123, properties, email="kim@example.org")


def prepared(**properties: Any) -> Prepared:
    return prepare(bought(**properties), DEFINITION)


def test_an_event_is_told_as_hubspot_documents_it() -> None:
    occurrence = bought(item="shoe", order_total=20.5)

    event = custom_event(occurrence, DEFINITION, prepare(occurrence, DEFINITION))

    assert event.as_json == {
        "eventName": "pe7654321_bought_item",
        "uuid": "m-1",
        "occurredAt": "2026-11-01T10:00:00.123Z",
        "email": "kim@example.org",
        "properties": {"item": "shoe", "order_total": "20.5"},
    }


def test_properties_can_be_taken_out_of_an_event() -> None:
    occurrence = bought(item="shoe", order_total=20.5)
    event = custom_event(occurrence, DEFINITION, prepare(occurrence, DEFINITION))

    assert event.without({"item", "gone"}).properties == {"order_total": "20.5"}
    assert event.without({"item"}).key == event.key


@pytest.mark.parametrize(
    ("who", "person"),
    [
        pytest.param({"object_id": "501", "email": "k@x.org", "utk": "t"}, {"objectId": "501"}, id="record"),
        pytest.param({"email": "k@x.org", "utk": "t"}, {"email": "k@x.org"}, id="S24-email"),
        pytest.param({"utk": "t"}, {"utk": "t"}, id="visitor"),
        pytest.param({}, {}, id="nobody"),
    ],
)
def test_the_person_is_named_by_what_hubspot_knows_best(who: dict[str, Any], person: dict[str, str]) -> None:
    assert Occurrence(0, "Bought Item", "m-1", 0, {}, **who).person == person


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-(10**16), "0001-01-01T00:00:00.000Z"),
        (10**16, "9999-12-31T23:59:59.000Z"),
    ],
)
def test_any_moment_has_a_form(at_ms: int, text: str) -> None:
    occurrence = Occurrence(0, "Bought Item", "m-1", at_ms, {})

    assert custom_event(occurrence, DEFINITION, Prepared()).occurred_at == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        pytest.param("item", "02134", "02134", id="W28-zip"),
        pytest.param("item", "1e3", "1e3", id="W28-exponent"),
        pytest.param("item", "1234567890123456", "1234567890123456", id="W28-long-number"),
        pytest.param("item", "2024-01-08", "2024-01-08", id="W29-date-in-a-text"),
        pytest.param("item", [1, {"a": None}], '[1,{"a":null}]', id="list"),
        pytest.param("item", False, "false", id="boolean-as-text"),
        pytest.param("order_total", 20.5, "20.5", id="S30-number"),
        pytest.param("order_total", "0", "0", id="number-as-text"),
        pytest.param("order_total", 0, "0", id="zero"),
        pytest.param("is_gift", "yes", "true", id="boolean"),
        pytest.param("shipped_on", "2026-11-01T10:00:00Z", "1793491200000", id="date"),
        pytest.param("paid_at", "2026-11-01T10:00:00Z", "1793527200000", id="moment"),
        pytest.param("plan", "Gold", "gold", id="option"),
        pytest.param("plans", ["gold", "silver"], "gold;silver", id="options"),
        pytest.param("plans", ";gold", "gold", id="nothing-to-add-to"),
        pytest.param("item", "\ufeff shoe\u00a0\u200b", "shoe", id="blanks-around-text"),
        pytest.param("item", " " + "x" * 256, "x" * 256, id="longest-text-among-blanks"),
        pytest.param("plan", "\uff27old\u00a0", "gold", id="option-in-another-form"),
        pytest.param("plans", ["gold", None, " "], "gold", id="blanks-among-options"),
        pytest.param("item", "x" * 256, "x" * 256, id="longest-text"),
        pytest.param("hs_page_url", "x" * 1024, "x" * 1024, id="longest-url"),
        pytest.param("page_referrer", "x" * 1024, "x" * 1024, id="longest-referrer"),
        pytest.param("url_of_page", "x" * 1024, "x" * 1024, id="url-within-the-name"),
        pytest.param("linked_file", "x" * 1024, "x" * 1024, id="longest-link"),
        pytest.param("Odd", "x", "x", id="HubSpot's-own-name"),
    ],
)
def test_a_value_takes_the_form_that_the_definition_declares(name: str, value: Any, text: str) -> None:
    found = prepared(**{name: value})

    assert (found.properties, found.left_out) == ({name: text}, {})


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        pytest.param("item", None, "no_value", id="W28-null"),
        pytest.param("order_total", [], "no_value", id="W28-empty-list"),
        pytest.param("item", "  ", "no_value", id="blank"),
        pytest.param("item", "\u200b\u00a0", "no_value", id="invisible"),
        pytest.param("item", [None, " "], "no_value", id="list-of-nothing"),
        pytest.param("order_total", float("nan"), "no_value", id="no-number"),
        pytest.param("order_total", [7], "not_a_number", id="W28-list"),
        pytest.param("order_total", "0x10", "not_a_number", id="W28-hexadecimal"),
        pytest.param("is_gift", "maybe", "not_a_boolean", id="W29-maybe"),
        pytest.param("plan", "bronze", "no_such_option", id="option"),
        pytest.param("item", "x" * 257, "too_long", id="text"),
        pytest.param("hs_page_url", "x" * 1025, "too_long", id="url"),
        pytest.param("linked_file", "x" * 1025, "too_long", id="link"),
        pytest.param("size", 39, "unknown_event_property", id="unknown"),
        pytest.param("email", "kim@example.org", "reserved_property", id="S24-address"),
        pytest.param("E-Mail", "kim@example.org", "reserved_property", id="S24-address-otherwise"),
    ],
)
def test_what_cannot_be_sent_is_left_out_for_a_reason(name: str, value: Any, reason: str) -> None:
    found = prepared(**{name: value, "plans": "gold"})

    assert (found.properties, found.left_out) == ({"plans": "gold"}, {name: reason})


def test_only_what_the_definition_lacks_is_unknown() -> None:
    found = prepared(
        size=39, colour=None, email="kim@example.org", order_total="x", shoe={"Last Name": "Oxford"}
    )

    assert found.unknown == {"size": 39, "shoe_last_name": "Oxford"}
    assert found.left_out["shoe.Last Name"] == "unknown_event_property"


def test_options_that_hubspot_does_not_have_do_not_cost_the_others() -> None:
    found = prepared(plans=["gold", "bronze"])

    assert (found.properties, found.left_out) == ({"plans": "gold"}, {"plans[1]": "no_such_option"})


@pytest.mark.parametrize(
    ("properties", "sent"),
    [
        ({"Order Total": 5}, {"order_total": "5"}),
        ({"order": {"total": 5}}, {"order_total": "5"}),
        # HubSpot has a property for the whole.
        ({"cart": {"items": {"count": 5}}}, {"cart": '{"items":{"count":5}}'}),
        ({"cart_items": {"Count": 5}}, {"cart_items_count": "5"}),
    ],
)
def test_names_are_written_as_those_of_traits_are(properties: Any, sent: dict[str, str]) -> None:
    assert prepared(**properties) == Prepared(sent)


def test_of_several_for_one_property_the_one_of_its_very_name_counts_then_the_first_by_the_alphabet() -> None:
    found = prepared(**{"Item": "c", "item": "b", "ITEM": "a", " item": "b"})

    assert found.properties == {"item": "b"}
    assert found.left_out == {"Item": "superseded", "ITEM": "superseded"}
    assert prepared(item=None, Item="c").properties == {"item": "c"}
    assert prepared(order_total="x", Order_Total=5).properties == {"order_total": "5"}


def test_no_more_properties_are_sent_than_hubspot_takes() -> None:
    names = [f"p{n:02}" for n in range(MAX_PROPERTIES + 2)]
    many = Definition("pe1_many", "many", "", {name: Property(name, "string") for name in names})
    occurrence = bought(**dict.fromkeys(reversed(names), "x"))

    found = prepare(occurrence, many)

    assert list(found.properties) == names[:MAX_PROPERTIES]
    assert found.left_out == dict.fromkeys(names[MAX_PROPERTIES:], "too_many_properties")


def test_without_a_definition_every_value_is_one_for_a_new_property() -> None:
    values = values_of(
        bought(item="shoe", order={"Total": 5}, gift=None, tags=["a"], email="kim@example.org")
    )

    assert values == {"item": "shoe", "order_total": 5, "tags": ["a"]}


def test_a_name_in_a_report_is_text_of_a_bearable_length() -> None:
    found = prepared(**{"\ud800": 1, "k" * 300: 1})

    assert found.left_out == {
        "\\ud800": "unknown_event_property",
        "k" * 200 + "…": "unknown_event_property",
    }


@pytest.mark.parametrize(
    ("name", "properties", "money"),
    [
        pytest.param("Bought Item", {"value": 20.5}, "", id="S30-value-is-no-revenue"),
        pytest.param("Bought Item", {"revenue": 20.5}, "20.5", id="S30-revenue"),
        pytest.param("Bought Item", {"revenue": "$1,234.50"}, "1234.5", id="dollars"),
        pytest.param("Bought Item", {"revenue": "39.95"}, "39.95", id="text"),
        pytest.param("Bought Item", {"Revenue": 5}, "5", id="other-spelling"),
        pytest.param("Bought Item", {"Revenue": 5, "revenue": 7}, "7", id="its-very-name"),
        pytest.param("Bought Item", {"revenue": -5}, "-5", id="refund"),
        pytest.param("Bought Item", {"revenue": "39,95"}, "", id="other-comma"),
        pytest.param("Bought Item", {"revenue": True}, "", id="boolean"),
        pytest.param("Bought Item", {"revenue": 0}, "", id="nothing"),
        pytest.param("Bought Item", {"total": 5}, "", id="total-of-no-order"),
        pytest.param("Order Completed", {"total": 5}, "5", id="order"),
        pytest.param("Completed Order", {"total": "$5"}, "5", id="order-of-old"),
        pytest.param("order_completed", {"total": 5, "revenue": 0}, "5", id="order-without-revenue"),
        pytest.param("Order Completed", {"total": 5, "revenue": 4}, "4", id="revenue-first"),
        pytest.param("Order Completed", {}, "", id="neither"),
    ],
)
def test_the_amount_is_the_revenue_or_an_orders_total(name: str, properties: Any, money: str) -> None:
    assert money_of(name, properties) == money


TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(categories=["Cs", "Nd", "Zs", "Cc"]), max_size=6),
    st.sampled_from(
        ["", ";gold", "gold;x", "true", "-0.50", "x" * 300, "y" * 1_025, "2026-11-01", "1793527200"]
    ),
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([10**4000, 1_793_527_200, 1e308, 5e-324]))
NAMES = st.one_of(st.sampled_from([*KNOWN, "Item", "ORDER TOTAL", "email", "revenue", "total"]), TEXTS)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(NAMES, JSON, max_size=8)


@settings(max_examples=200, deadline=None)
@given(PROPERTIES, TEXTS, st.integers())
def test_whatever_happened_is_told_in_values_that_hubspot_takes(
    properties: dict[str, Any], uuid: str, at_ms: int
) -> None:
    occurrence = Occurrence(0, "Order Completed", uuid, at_ms, properties, email=uuid)

    found = prepare(occurrence, DEFINITION)

    for name, text in found.properties.items():
        assert is_valid(text, KNOWN[name]), (name, text)
    event = custom_event(occurrence, DEFINITION, found)
    # What has no UTF-8 form raises here.
    "".join((event.uuid, *event.person.values(), *found.properties.values(), *found.left_out)).encode()
    shuffled = Occurrence(0, "Order Completed", uuid, at_ms, dict(reversed(properties.items())))
    assert prepare(shuffled, DEFINITION).properties == found.properties
    money_of("Order Completed", properties)


@settings(max_examples=200, deadline=None)
@given(PROPERTIES)
def test_every_property_is_sent_or_noted(properties: dict[str, Any]) -> None:
    for name, value in properties.items():
        found = prepare(bought(**{name: value}), DEFINITION)
        assert found.properties or found.left_out, name
        assert all(found.left_out.values())


@pytest.mark.parametrize("levels", [7, 1_000, 100_000])
def test_no_nesting_makes_it_raise(levels: int) -> None:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]} if levels % 2 else {"a": value}

    assert prepared(item=value, shoe=value).left_out


def is_valid(text: str, known: Property) -> bool:
    """Whether HubSpot takes a text for a property, by its own guide and not by our code."""
    bare = text.removeprefix("-")
    match known.type:
        case "number":
            whole, _, fraction = bare.partition(".")
            return len(text) <= 256 and whole.isdigit() and (fraction.isdigit() or fraction == "")
        case "bool":
            return text in ("true", "false")
        case "date" | "datetime":
            return bare.isdigit() and (known.type == "datetime" or int(text) % 86_400_000 == 0)
        case "enumeration":
            return set(text.split(";")) <= set(PLANS)
        case _:
            long = ("hs_page_url", "page_referrer", "url_of_page", "linked_file")
            return 0 < len(text) <= (1_024 if known.name in long else 256)
