"""Objects that were sent as something else."""

import json
from typing import Any

import pytest

from relay.core.objects import MAX_VALUES, Read, elements, read_object

DEEP = "[" * 150 + "]" * 150


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        (" \n{}\t", {}),
        (json.dumps(json.dumps({"a": 1})), {"a": 1}),
        (json.dumps(json.dumps(json.dumps({"a": 1}))), {"a": 1}),
        ([["a", 1], ["b", [2]]], {"a": 1, "b": [2]}),
        ([{"key": "a", "value": 1}, {"name": "b", "value": None}], {"a": 1, "b": None}),
        ([{"k": "a", "v": 1}], {"a": 1}),
        ('[["a", 1]]', {"a": 1}),
        ([{"a": 1}], {"a": 1}),
        ([{"a": 1}, '{"b": 2}'], {"a": 1, "b": 2}),
        ([{"name": "kim", "plan": "team"}], {"name": "kim", "plan": "team"}),
        ([{"key": 7, "value": 1}], {"key": 7, "value": 1}),
        (None, {}),
        ([], {}),
        ("", {}),
        ("  ", {}),
        ("null", {}),
        ("[]", {}),
    ],
)
def test_an_object_is_read_from_what_stands_for_it(value: object, expected: dict[str, Any]) -> None:
    assert read_object(value) == Read(expected)


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "{'a': 1}",
        "{broken",
        '{"a": 1} {"b": 2}',
        7,
        True,
        False,
        "7",
        [7],
        ["a", "b"],
        # Which of them is meant?
        [{"a": 1}, {"a": 2}],
        json.dumps(json.dumps(json.dumps(json.dumps({"a": 1})))),
        '{"a":' + DEEP + "}",
        "[" * 100_000,
        '{"a":[' + "0," * MAX_VALUES + "0]}",
    ],
)
def test_anything_else_is_not_read(value: object) -> None:
    assert read_object(value) == Read({}, is_whole=False)


@pytest.mark.parametrize("value", [[{"a": 1}, "x"], ["x", {"a": 1}], [["a", 1], 7, {"a": 1}]])
def test_of_a_list_what_can_be_read_is_read(value: object) -> None:
    assert read_object(value) == Read({"a": 1}, is_whole=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, {"a": 1}, '{"b": 1}', "x"], [1, {"a": 1}, {"b": 1}, "x"]),
        ('[{"a": 1}]', [{"a": 1}]),
        ({"a": 1}, [{"a": 1}]),
        ('{"a": 1}', [{"a": 1}]),
        (None, []),
        ("", []),
        ({}, []),
        ("x", None),
        (7, None),
    ],
)
def test_a_list_may_be_text_or_a_single_object(value: object, expected: list[object] | None) -> None:
    found = elements(value)

    assert (None if found is None else list(found)) == expected
