"""Which properties may be written, and how values are written."""

import json
from typing import Any

import pytest

from relay.core.coercion import to_text
from relay.core.schema import Property, parse_schema


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"name": "plan", "type": "string"}, Property("plan", "string", is_writable=True)),
        (
            {
                "name": "plan",
                "type": "string",
                "calculated": False,
                "modificationMetadata": {"readOnlyValue": False},
            },
            Property("plan", "string", is_writable=True),
        ),
        (
            {"name": "hs_x", "type": "number", "modificationMetadata": {"readOnlyValue": True}},
            Property("hs_x", "number", is_writable=False),
        ),
        (
            {"name": "sum", "type": "number", "calculated": True, "modificationMetadata": None},
            Property("sum", "number", is_writable=False),
        ),
    ],
)
def test_a_property_is_writable_unless_hubspot_says_otherwise(
    entry: dict[str, Any], expected: Property
) -> None:
    assert parse_schema([entry]).find(expected.name) == expected


@pytest.mark.parametrize(
    "entry", [7, None, {}, {"name": "x"}, {"type": "string"}, {"name": 7, "type": "string"}]
)
def test_an_entry_that_is_no_property_is_passed_over(entry: object) -> None:
    assert not parse_schema([entry]).properties


def test_an_unknown_name_is_not_found() -> None:
    assert parse_schema([]).find("plan") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (False, "false"),
        ("", ""),
        ("02134", "02134"),
        ("søren 🎉", "søren 🎉"),
        ("a\ud800b", "a�b"),
        ("\ud83d\ude00", "😀"),
        (0, "0"),
        (-7, "-7"),
        (12345678901234567890123, "12345678901234567890123"),
        (2.0, "2"),
        (2.5, "2.5"),
        (1e-7, "1e-07"),
        (-0.0, "0"),
        (1e20, "100000000000000000000"),
        (1e300, "1e+300"),
        (["a", 1], '["a",1]'),
        ({"city": "Århus", "ok": True}, '{"city":"Århus","ok":true}'),
        ({"x": "\udfff"}, '{"x":"�"}'),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (json.loads("1e400"), None),
    ],
)
def test_a_value_is_written_as_hubspot_takes_it(value: object, expected: str | None) -> None:
    text = to_text(value)

    assert text == expected
    assert text is None or text.encode("utf-8").decode() == text
