"""Which definition an event means, and what is created where there is none."""

import json
from typing import Any

import pytest

from cli.standin.event_definitions import definition_of
from relay.core.event_definitions import (
    MAX_PROPERTIES,
    Definition,
    Definitions,
    EventRules,
    definition_body,
    definition_name,
    from_slim_definitions,
    parse_definition,
    parse_definitions,
    plainer,
    plainer_definition,
    property_bodies,
    slim_definitions,
)
from relay.core.schema import Property

ORDER = Definition("pe7_order_completed", "order_completed", "Order Completed")
LABELLED = Definition("pe7_ab12", "ab12", "Trial Started")
OTHER = Definition("pe7_order_done", "order_done", "Checkout: done")
ALL = Definitions((ORDER, LABELLED, OTHER))
NO_RULES = EventRules()


@pytest.mark.parametrize(
    ("event_name", "found"),
    [
        pytest.param("pe7_order_completed", ORDER, id="S26-id-of-an-event"),
        pytest.param("PE7_Order_Completed ", ORDER, id="S26-in-another-case"),
        pytest.param("Trial Started", LABELLED, id="S25-label"),
        pytest.param("trial  started", LABELLED, id="S25-label-in-another-case"),
        pytest.param("Order Completed", ORDER, id="S25-label-and-name"),
        pytest.param("Order-Done", OTHER, id="name"),
        pytest.param("TRIAL\u00a0Started\u200b", LABELLED, id="label-with-odd-blanks"),
        pytest.param("trial-started", LABELLED, id="label-in-other-spelling"),
        pytest.param("checkout done", OTHER, id="label-without-a-colon"),
        pytest.param("PE7_order-completed", ORDER, id="full-name-with-a-hyphen"),
        pytest.param("pe7_Order Completed", ORDER, id="full-name-with-a-blank"),
        pytest.param("pe7 Order  Completed", ORDER, id="full-name-with-blanks"),
        pytest.param("pe7OrderCompleted", ORDER, id="full-name-with-capitals-alone"),
        pytest.param("Pe7.OrderCompleted", ORDER, id="full-name-with-capitals"),
        pytest.param("orderDone", OTHER, id="name-with-a-capital"),
        pytest.param("pe8_order_completed", None, id="full-name-of-another-account"),
        pytest.param("pe7", None, id="no-full-name"),
        pytest.param("Orders Completed", None, id="plural"),
        pytest.param("Bought Item", None, id="S27-unknown"),
        pytest.param("注文", None, id="another-alphabet"),
        pytest.param("", None, id="none"),
    ],
)
def test_an_event_means_what_has_its_qualified_name_its_label_or_its_name(
    event_name: str, found: Definition | None
) -> None:
    assert ALL.find(event_name, NO_RULES) is found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("order_done", OTHER),
        ("pe7_order_done", OTHER),
        (" Order_Done", OTHER),
        ("PE7 order done", OTHER),
        ("Trial started", LABELLED),
        ("gone", None),
    ],
)
def test_a_rule_counts_before_all_else(wanted: str, found: Definition | None) -> None:
    assert ALL.find("Order Completed", EventRules({"order  completed": wanted})) is found


def test_of_two_with_one_label_the_first_by_the_alphabet_counts() -> None:
    twin = Definition("pe7_a", "a", "trial started")

    assert Definitions((LABELLED, twin)).find("Trial Started", NO_RULES) is Definitions(
        (twin, LABELLED)
    ).find("Trial Started", NO_RULES)


@pytest.mark.parametrize(
    ("event_name", "name"),
    [
        ("Order Completed", "order_completed"),
        (" Cart: 50% full ", "cart__50__full"),
        ("Done ✓", "done__"),
        ("x" * 50, "x" * 50),
        ("2FA Enabled", "event_2fa_enabled_b883a44d"),
        ("_private", "event_private_a64e20ac"),
        ("hs_own", "event_hs_own_f186860c"),
        ("Prénom", "event_pr_nom_3a17ebbc"),
        ("注文", "event_57cf8d1f"),
        ("購入", "event_04779288"),
        ("\ud800", "event_8b7233c9"),
        ("x" * 51, "event_" + "x" * 34 + "_157925b3"),
        ("", "event_00000000"),
    ],
)
def test_a_name_is_what_hubspot_allows_and_no_other_event_has(event_name: str, name: str) -> None:
    assert definition_name(event_name) == name


def test_what_is_spelt_as_in_hubspot_counts_before_what_is_spelt_alike() -> None:
    entries = [Definition("pe7_b", "b", "Order-Placed"), Definition("pe7_a", "a", "Order Placed")]

    assert Definitions(tuple(entries)).find("order-placed", NO_RULES) is entries[0]
    assert Definitions(tuple(entries)).find("order placed", NO_RULES) is entries[1]


ORDERED = definition_of(
    {
        "name": "order",
        "label": "Order",
        "includeDefaultProperties": False,
        "propertyDefinitions": [
            {"name": "total", "label": "Total", "type": "number"},
            {"name": "old", "label": "Old", "type": "string", "archived": True},
        ],
    },
    7,
)


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "Order"),
        ({"labels": {"singular": "Order", "plural": "Orders"}}, "Order"),
        ({"labels": None, "label": "Order"}, "Order"),
        ({"labels": {"singular": None, "plural": "Orders"}}, ""),
        ({"labels": {"singular": 7}, "label": 7}, ""),
    ],
)
def test_a_definition_is_read_with_its_label_and_its_properties(changes: dict[str, Any], label: str) -> None:
    found = parse_definition({**ORDERED, **changes})

    assert found
    assert (found.qualified_name, found.name, found.label) == ("pe7_order", "order", label)
    assert {name: each.type for name, each in found.properties.items()} == {"total": "number"}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"fullyQualifiedName": "PE7_Order"}, [Definition("pe7_order", "order")]),
        ({"fullyQualifiedName": "pe7_order", "archived": True}, []),
        ({"name": "order"}, []),
        ({"fullyQualifiedName": 7, "label": 7}, []),
        ({"fullyQualifiedName": "pe7_a", "properties": ["?"]}, [Definition("pe7_a", "a")]),
        ("order", []),
    ],
)
def test_what_cannot_be_sent_is_passed_over(entry: object, found: list[Definition]) -> None:
    assert parse_definitions([entry]) == found


@pytest.mark.parametrize("results", [None, {}, "x"])
def test_a_list_that_is_none_has_no_definitions(results: object) -> None:
    assert parse_definitions(results) == []


def test_a_definition_is_created_with_the_types_of_its_first_values() -> None:
    values: list[dict[str, Any]] = [{"total": None, "plan": "gold"}, {"total": 5, "plan": 7}]

    assert definition_body("Order Completed", NO_RULES, values) == {
        "name": "order_completed",
        "label": "Order Completed",
        "primaryObject": "CONTACT",
        "includeDefaultProperties": True,
        "propertyDefinitions": [
            {"name": "plan", "label": "Plan", "type": "string"},
            {"name": "total", "label": "Total", "type": "number"},
        ],
    }


@pytest.mark.parametrize(
    ("event_name", "rules", "name"),
    [
        ("Order Completed", EventRules({"Order Completed": "order_done"}), "order_done"),
        ("Order-Completed", NO_RULES, "order_completed"),
        ("注文", NO_RULES, definition_name("注文")),
    ],
    ids=["by rule", "its own", "letters of another alphabet"],
)
def test_a_name_comes_from_a_rule_or_else_from_the_events(
    event_name: str, rules: EventRules, name: str
) -> None:
    body = definition_body(event_name, rules, [])

    assert body is not None
    assert (body.get("name"), body["label"]) == (name, event_name)


@pytest.mark.parametrize(
    ("event_name", "rules"),
    [
        ("pe7_order", NO_RULES),
        ("Order", EventRules({"Order": "pe7_order"})),
        ("Order", EventRules({"Order": "2nd order"})),
        ("Order", EventRules({"Order": "x" * 51})),
        ("x" * 101, NO_RULES),
        (" ", NO_RULES),
    ],
)
def test_what_could_not_be_found_again_is_not_created(event_name: str, rules: EventRules) -> None:
    assert definition_body(event_name, rules, []) is None


@pytest.mark.parametrize(
    ("value", "kind", "plain"),
    [
        (True, "bool", "enumeration"),
        (5, "number", None),
        ("2026-11-01", "date", "datetime"),
        ("2026-11-01T10:00:00Z", "datetime", None),
        ("team", "string", None),
        (["a"], "string", None),
    ],
)
def test_each_type_has_one_that_hubspot_surely_takes(value: object, kind: str, plain: str | None) -> None:
    (body,) = property_bodies([{"x": value}])

    assert body["type"] == kind
    assert (plainer(body) or {}).get("type") == plain
    # A checkbox keeps its options.
    assert ("options" in body) == (kind == "bool")


def test_a_definition_in_plain_types_is_tried_only_where_it_differs() -> None:
    mixed = definition_body("Order", NO_RULES, [{"gift": True, "total": 5}]) or {}
    plain = plainer_definition(mixed) or {}

    assert [each["type"] for each in plain["propertyDefinitions"]] == ["enumeration", "number"]  # type: ignore[attr-defined] # JSON
    assert plainer_definition(plain) is None


def test_no_more_properties_are_created_than_hubspot_takes_and_none_with_a_longer_name() -> None:
    many = {"x" * 51: 1} | {f"p{n}": n for n in range(MAX_PROPERTIES + 1)}

    assert [each["name"] for each in property_bodies([many])] == [f"p{n}" for n in range(MAX_PROPERTIES)]


def test_hubspots_own_properties_take_no_room() -> None:
    own = {f"hs_{n}": Property(f"hs_{n}", "string") for n in range(60)}
    others = {f"p{n}": Property(f"p{n}", "string") for n in range(MAX_PROPERTIES)}

    assert Definition("pe7_a", "a", "", own).has_room
    assert not Definition("pe7_a", "a", "", others).has_room


def test_what_is_listed_counts_before_what_was_made() -> None:
    listed = Definition("pe7_a", "a", "", {"x": Property("x", "number")})

    both = listed.with_more({"x": Property("x", "string"), "y": Property("y", "string")})

    assert {name: each.type for name, each in both.properties.items()} == {"x": "number", "y": "string"}
    assert Definitions((listed, ORDER)).having(both) == Definitions((ORDER, both))


def test_definitions_are_kept_as_json_and_read_back() -> None:
    gift = Property("gift", "enumeration", "select", options={"yes": "true"})
    definitions = Definitions((ORDER, Definition("pe7_a", "a", "Ä", {"gift": gift})))

    assert from_slim_definitions(json.loads(json.dumps(slim_definitions(definitions)))) == definitions
