"""What is let in, in the words that go to the queue."""

import json

import pytest

from relay.core.admission import Gate
from relay.core.documents import Written

GATE = Gate({"track"}, lambda: "new-id")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("identify", "type_not_allowed"),
        ("delete", "delete_not_allowed"),
        ("Track", "unknown_type"),
        (["track"], "unknown_type"),
        (None, "missing_type"),
    ],
)
def test_a_type_that_is_not_let_in_is_told_for_what_it_is(kind: object, reason: str) -> None:
    assert GATE.admit(Written({"type": kind})) == reason


@pytest.mark.parametrize(
    "text",
    ['{"json":{"type":"track","messageId":"m-1"}}', ' {\n"json" : {"type": "track", "messageId": "m-1"}}'],
)
def test_a_wrapper_is_taken_off_however_it_is_written(text: str) -> None:
    event = GATE.admit(Written(json.loads(text), text))

    assert isinstance(event, Written)
    assert event.value == {"type": "track", "messageId": "m-1"}
    assert json.loads(event.text) == event.value


def test_an_id_in_another_spelling_is_the_events_id() -> None:
    event = GATE.admit(Written({"type": "track", "message_id": "m-1"}, '{"type":"track","message_id":"m-1"}'))

    assert isinstance(event, Written)
    assert event.value == {"type": "track", "message_id": "m-1", "messageId": "m-1"}
    assert json.loads(event.text) == event.value


@pytest.mark.parametrize(
    "given", [{}, {"message_id": " "}, {"messageId": "\u200b"}, {"message_id": None}, {"message_id": [1]}]
)
def test_an_event_without_an_id_gets_one(given: dict[str, object]) -> None:
    event = GATE.admit(Written({"type": "track", **given}))

    assert isinstance(event, Written)
    assert event.value == {"type": "track", **given, "messageId": "new-id"}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ([0] * 9_997, "too_many_values"),
        ({str(n): n for n in range(5_001)}, "too_many_keys"),
        (json.loads("[" * 101 + "0" + "]" * 101), "too_deep"),
        ([json.dumps([0] * 6_000)] * 2, "too_many_values"),
    ],
)
def test_an_event_that_has_too_much_is_told_for_what_it_has(part: object, reason: str) -> None:
    event = {"type": "track", "messageId": "m-1", "x": part}
    for value in (event, {"json": event}):
        assert GATE.admit(Written(value, json.dumps(value))) == reason
        assert GATE.admit(Written(value)) == reason


@pytest.mark.parametrize("part", [[0] * 9_996, [[0]] * 4_000, json.dumps([0] * 20_000), {"a": [{}]}, "", "x"])
def test_an_event_that_has_less_is_let_in(part: object) -> None:
    event = {"type": "track", "messageId": "m-1", "x": part}

    for item in (Written(event, json.dumps(event)), Written(event)):
        admitted = GATE.admit(item)
        assert isinstance(admitted, Written)
        assert admitted.value == event
