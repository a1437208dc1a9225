"""JSON from outside: within bounds, and as it was written."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.documents import (
    MAX_ELEMENTS,
    MAX_LEVELS,
    MAX_VALUES,
    BadDocument,
    Written,
    is_too_deep,
    loads,
    read_body,
    read_elements,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=10,
)
SPACE = st.text(" \t\r\n", max_size=3)
LONG = "9" * 5_000


@given(st.lists(st.tuples(SPACE, JSON, SPACE), max_size=5), st.booleans())
def test_elements_are_those_of_the_array_each_as_it_was_written(
    items: list[tuple[str, object, str]],
    is_ascii: bool,  # noqa: FBT001 - drawn
) -> None:
    texts = [json.dumps(value, ensure_ascii=is_ascii) for _, value, _ in items]
    array = ",".join(f"{left}{text}{right}" for (left, _, right), text in zip(items, texts, strict=True))
    raw = f"[{array}]".encode("utf-8", "surrogatepass")

    found = read_elements(raw)

    assert not isinstance(found, BadDocument)
    assert [written.text for written in found] == texts
    assert json.dumps([written.value for written in found]) == json.dumps([value for _, value, _ in items])


@given(st.binary(max_size=200) | st.text('[]{},:"0 \\u', max_size=200).map(str.encode))
def test_whatever_json_refuses_is_refused_and_nothing_else(raw: bytes) -> None:
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except ValueError:
        assert isinstance(read_body(raw), BadDocument)
        assert isinstance(read_elements(raw), BadDocument)
        return
    body, found = read_body(raw), read_elements(raw)
    assert isinstance(body, Written)
    assert not isinstance(found, BadDocument)
    assert body.value == value
    assert [each.value for each in found] == (value if isinstance(value, list) else [value])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid_json"),
        (b"[1,]", "invalid_json"),
        (b"[,1]", "invalid_json"),
        (b"[1 2]", "invalid_json"),
        (b"[1]x", "invalid_json"),
        (b"[]x", "invalid_json"),
        (b"[1", "invalid_json"),
        (b"[", "invalid_json"),
        (b"\xff", "invalid_json"),
        (b'["\x01"]', "invalid_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"[" + b"0," * MAX_VALUES + b"0]", "too_many_values"),
        (b"[" + b"0," * MAX_ELEMENTS + b"0]", "too_many_events"),
    ],
)
def test_a_body_is_refused_by_name(raw: bytes, code: str) -> None:
    found = read_elements(raw)

    assert isinstance(found, BadDocument)
    assert found.code == code


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_body(b"\xef\xbb\xbf{}") == Written({}, "{}")


@pytest.mark.parametrize("text", [LONG, f"-{LONG}", f"[{LONG},1]", f'{{"a":{LONG}}}'])
def test_a_number_that_python_refuses_to_read_is_infinite(text: str) -> None:
    found = json.dumps(loads(text))

    assert math.isinf(json.loads(found.strip('[]{}"a: ,1')))
    (element,) = read_elements(f"[{text}]".encode())  # type: ignore[misc] # it is a list
    assert element.text == text


def test_syntax_errors_beside_such_a_number_are_errors_all_the_same() -> None:
    for raw in (f"{LONG} x", f"[{LONG} x]"):
        assert isinstance(read_elements(raw.encode()), BadDocument)


@pytest.mark.parametrize("opening", ['{"a":', "["])
@pytest.mark.parametrize(("levels", "expected"), [(MAX_LEVELS, False), (MAX_LEVELS + 1, True)])
def test_a_hundred_levels_are_enough(opening: str, levels: int, expected: bool) -> None:  # noqa: FBT001 - a table
    closing = "}" if opening.startswith("{") else "]"
    text = opening * levels + "0" + closing * levels

    assert is_too_deep(Written(json.loads(text), text)) is expected
    assert is_too_deep(Written(json.loads(text))) is expected


def test_many_brackets_side_by_side_are_not_deep() -> None:
    text = json.dumps([[]] * 500)

    assert not is_too_deep(Written(json.loads(text), text))
