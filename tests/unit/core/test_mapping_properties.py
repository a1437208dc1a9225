"""Whatever JSON arrives, mapping keeps its promises."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from builders import event
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.core.addresses import address_of
from relay.core.coercion import is_blank, tidied
from relay.core.mapping import Mapped, intents_for
from relay.core.routes import route_of
from relay.core.rules import Rules
from relay.core.schema import Property, Schema
from relay.core.traits import Sorted, sort_traits

OPTIONS = {"gold": "gold", "1": "1", "true": "true", "label": "gold"}
SCHEMA = Schema(
    {
        name: Property(name, kind, field_type, name != "sealed", OPTIONS if name in ("one", "many") else {})
        for name, kind, field_type in (
            ("text", "string", "text"),
            ("amount", "number", "number"),
            ("flag", "bool", "booleancheckbox"),
            ("day", "date", "date"),
            ("moment", "datetime", "date"),
            ("one", "enumeration", "select"),
            ("many", "enumeration", "checkbox"),
            ("free", "enumeration", "select"),
            ("tel", "phone_number", "phonenumber"),
            ("sealed", "string", "text"),
            ("text_amount", "number", "number"),
            ("firstname", "string", "text"),
            ("lastname", "string", "text"),
            ("phone", "string", "text"),
            ("address", "string", "text"),
            ("city", "string", "text"),
            ("lifecyclestage", "enumeration", "radio"),
            ("email", "string", "text"),
            ("id", "number", "number"),
        )
    }
)
KEYS = [
    *SCHEMA.properties,
    "Text",
    "AMOUNT",
    "name",
    "phones",
    "Lifecycle Stage",
    "nope",
    "Many",
    "first_name",
]
RULES = [
    Rules(),
    Rules(clear_nulls=True, lifecyclestage="never"),
    Rules({"text.amount": "amount", "nope": "text", "text.secret": None, "tel": "email", "city": "missing"}),
]
TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(categories=["Cs", "Nd", "Zs", "Cc"]), max_size=6),
    st.sampled_from(
        [
            "",
            "gold",
            "gold;1;x",
            ";gold",
            "true",
            "02134",
            "-0.50",
            "1e3",
            "9" * 500,
            "Kim Larsen",
            "x" * 65_537,
            "2026-11-01",
            "0000-00-00",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+23:59",
            "1793527200",
            " ",
            "\u00a0\u200b",
            "\ufeffgold\u00a0",
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers(-10, 10),
    st.integers(),
    st.floats(),
    st.sampled_from([10**4000, -(10**400), 1_793_527_200, 1_793_527_200_000.5, 1e308, 5e-324]),
)
KEY = st.one_of(st.sampled_from(KEYS), TEXTS)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEY, inner, max_size=4)),
    max_leaves=12,
)
TRAITS = st.dictionaries(KEY, JSON, max_size=8)


@settings(max_examples=150, deadline=None)
@given(TRAITS, st.sampled_from(RULES))
def test_every_trait_is_either_sent_or_left_out_for_a_reason(traits: dict[str, Any], rules: Rules) -> None:
    found = sort_traits(traits, SCHEMA, rules)

    assert not found.sent & found.dropped.keys()
    assert all(found.dropped.values())
    for path in leaves((), traits):
        assert is_settled(path, found), path


@settings(max_examples=150, deadline=None)
@given(TRAITS, st.sampled_from(RULES))
def test_whatever_is_sent_is_valid_and_the_same_every_time(traits: dict[str, Any], rules: Rules) -> None:
    found = sort_traits(traits, SCHEMA, rules)

    for name, text in found.properties.items():
        known = SCHEMA.properties[name]
        assert known.is_writable
        assert text == "" or is_valid(text, known), (name, text)
        assert text == tidied(text)
    # What has no UTF-8 form raises here.
    "".join((*found.properties.values(), *found.dropped, *found.unknown)).encode()
    assert outcome(sort_traits(traits, SCHEMA, rules)) == outcome(found)
    assert outcome(sort_traits(dict(reversed(traits.items())), SCHEMA, rules)) == outcome(found)


@settings(max_examples=150, deadline=None)
@given(TRAITS, st.sampled_from(RULES))
def test_only_what_is_empty_clears_and_what_is_blank_only_where_that_is_wanted(
    traits: dict[str, Any], rules: Rules
) -> None:
    found = sort_traits(traits, SCHEMA, rules)
    cleared = {name for name, text in found.properties.items() if not text}

    assert not cleared or any(map(is_blank if rules.clear_nulls else is_empty_text, values_in(traits)))


@settings(max_examples=100, deadline=None)
@given(TRAITS, TRAITS, JSON, JSON)
def test_no_event_makes_mapping_raise(
    traits: dict[str, Any], in_context: dict[str, Any], identifier: Any, fuzz: Any
) -> None:
    found = event(
        traits=traits,
        userId=identifier,
        anonymousId=identifier,
        previousId=fuzz,
        messageId=fuzz,
        timestamp=fuzz,
        email=fuzz,
        integrations=fuzz,
        context={"traits": in_context, "consent": fuzz},
    )
    mapped = intents_for(found, SCHEMA, Rules(consent=("ads",)), "kim@example.org")

    assert mapped == intents_for(found, SCHEMA, Rules(consent=("ads",)), "kim@example.org")
    if isinstance(mapped, Mapped):
        assert mapped.intent.properties["email"] == mapped.intent.ref.id
        assert mapped.intent.ref.id == (address_of(found) or "kim@example.org")


@pytest.mark.parametrize("levels", [7, 1_000, 100_000])
def test_no_nesting_makes_mapping_raise(levels: int) -> None:
    lists: Any = 1
    objects: Any = 1
    for _ in range(levels):
        lists, objects = [lists], {"a": objects}

    found = sort_traits({"text": lists, "tel": objects}, SCHEMA, Rules({"tel.b": None}))

    assert found.sent | found.dropped.keys() >= {"text", "tel"}


def test_no_key_is_too_long() -> None:
    found = sort_traits({"k" * 100_000: 1, "e_" * 50_000: {"mail" * 9_000: 1}}, SCHEMA, Rules())

    assert [len(trait) for trait in found.dropped] == [201, 201]


def values_in(value: Any) -> Iterator[Any]:
    """Yield all values, and the values in them."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values_in(part)


def is_empty_text(value: Any) -> bool:
    return bool(value == "")


def leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    """Yield the paths of a value's parts that have no further parts."""
    if isinstance(value, dict) and value and len(path) < 6:
        for key, part in value.items():
            yield from leaves((*path, key), part)
    elif path:
        yield path


def is_settled(path: tuple[str, ...], found: Sorted) -> bool:
    """Whether a trait, the nearest object around it, or an item of the list that it is has an end."""
    names = [route_of(path[:length], SCHEMA).trait for length in range(len(path), 0, -1)]
    ended = found.sent | found.dropped.keys()
    items = (f"{names[0]}.", f"{names[0]}[")
    return any(name in ended for name in names) or any(name.startswith(items) for name in ended)


def outcome(found: Sorted) -> tuple[Mapping[str, str], set[str], Mapping[str, str]]:
    return found.properties, found.sent, found.dropped


def is_valid(text: str, known: Property) -> bool:
    """Whether HubSpot takes a text for a property, by its own guide and not by our code."""
    bare = text.removeprefix("-")
    match known.type:
        case "number":
            whole, _, fraction = bare.partition(".")
            return whole.isascii() and whole.isdigit() and (fraction.isdigit() or fraction == "")
        case "bool":
            return text in ("true", "false")
        case "date":
            return bare.isdigit() and int(text) % 86_400_000 == 0
        case "datetime":
            return bare.isdigit()
        case "enumeration" if known.options:
            parts = text.removeprefix(";").split(";")
            return set(parts) <= set(known.options.values()) and (known.is_multiple or len(parts) == 1)
        case _:
            return 0 < len(text) <= 65_536
