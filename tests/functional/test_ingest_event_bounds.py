"""What one event may hold: at each bound it is taken, above it is named, and its neighbours are taken."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from intakes import FakeParameters, FakeQueue, front_door
from refusals.table import DESTINATIONS, HEADER_SECRET, KEYS, basic

from cli.samples import WRITE_KEY
from ingest import app
from relay.core.documents import MAX_EVENT_VALUES, MAX_LEVELS, MAX_OBJECT_KEYS, has_too_many_values

USUAL = {"type": "track", "messageId": "usual", "event": "Trial Started", "properties": {"plan": "team"}}
SECRET = {"authorization": f"Bearer {HEADER_SECRET}"}


def event_with(part: object) -> Mapping[str, Any]:
    return {"type": "track", "messageId": "odd", "x": part}


def values(too_many: int) -> Mapping[str, Any]:
    # The event itself, its three fields, and what is in the list.
    return event_with([0] * (MAX_EVENT_VALUES - 4 + too_many))


def keys(too_many: int) -> Mapping[str, Any]:
    return event_with([{f"k{n}": n for n in range(MAX_OBJECT_KEYS + too_many)}])


def own_keys(too_many: int) -> Mapping[str, Any]:
    return {
        "type": "track",
        "messageId": "odd",
        **{f"k{n}": n for n in range(MAX_OBJECT_KEYS - 2 + too_many)},
    }


def levels(too_many: int) -> Mapping[str, Any]:
    part: object = 0
    for n in range(MAX_LEVELS - 1 + too_many):
        part = [part] if n % 2 else {"a": part}
    return event_with(part)


def texts(too_many: int) -> Mapping[str, Any]:
    """Return an event with many values in texts that the sender may read as JSON."""
    # The event itself and its six fields are values; each text has as many besides as its list.
    text = json.dumps([0] * 3_000)
    last = json.dumps([0] * (MAX_EVENT_VALUES - 7 - 3 * 3_000 + too_many))
    return {"type": "track", "messageId": "odd", "a": text, "b": text, "c": f" {text}", "d": last}


def as_array(events: list[Any]) -> bytes:
    return json.dumps(events).encode()


def as_compact_array(events: list[Any]) -> bytes:
    return json.dumps(events, separators=(",", ":")).encode()


def wrapped(events: list[Any]) -> bytes:
    return json.dumps([{"json": event} for event in events]).encode()


def wrapped_compactly(events: list[Any]) -> bytes:
    return json.dumps([{"json": event} for event in events], separators=(",", ":")).encode()


def as_batch(events: list[Any]) -> bytes:
    return json.dumps({"batch": events}).encode()


WEBHOOKS = [
    pytest.param("/webhook/default", SECRET, write, id=f"webhook {write.__name__}")
    for write in (as_array, as_compact_array, wrapped, wrapped_compactly, as_batch)
]
LIBRARIES = [
    pytest.param(path, basic(f"{WRITE_KEY}:"), as_batch, id=path)
    for path in ("/v1/batch", "/v1/import", "/v1/b", "/beacon/v1/batch")
]
EXCESSES = [
    (values, "too_many_values"),
    (texts, "too_many_values"),
    (keys, "too_many_keys"),
    (own_keys, "too_many_keys"),
    (levels, "too_deep"),
]


def post(
    path: str, headers: Mapping[str, str], body: bytes, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, Any, FakeQueue]:
    queue = FakeQueue()
    parameters = FakeParameters({**DESTINATIONS, "": {"write-keys": json.dumps(KEYS)}})
    monkeypatch.setattr(app, "front_door", lambda: front_door(parameters, queue))
    event = {
        "requestContext": {"http": {"method": "POST"}},
        "rawPath": path,
        "headers": headers,
        "body": base64.b64encode(gzip.compress(body)).decode(),
        "isBase64Encoded": True,
    }
    answer: Any = app.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"]), queue


@pytest.mark.parametrize(("excessive", "reason"), EXCESSES)
@pytest.mark.parametrize(("path", "headers", "write"), [*WEBHOOKS, *LIBRARIES])
def test_an_event_above_a_bound_costs_only_itself(  # noqa: PLR0913, PLR0917 - the table's cells
    path: str,
    headers: Mapping[str, str],
    write: Callable[[list[Any]], bytes],
    excessive: Callable[[int], Mapping[str, Any]],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = write([USUAL, excessive(1), {**USUAL, "messageId": "later"}])

    status, answer, queue = post(path, headers, body, monkeypatch)

    assert (status, answer["accepted"]) == (200, 2)
    assert answer["rejected"] == [{"index": 1, "reason": reason}]
    assert [event["messageId"] for event in queue.events] == ["usual", "later"]


@pytest.mark.parametrize(("excessive", "_reason"), EXCESSES)
@pytest.mark.parametrize(("path", "headers", "write"), [*WEBHOOKS, *LIBRARIES])
def test_an_event_at_a_bound_is_taken(
    path: str,
    headers: Mapping[str, str],
    write: Callable[[list[Any]], bytes],
    excessive: Callable[[int], Mapping[str, Any]],
    _reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status, answer, queue = post(path, headers, write([USUAL, excessive(0)]), monkeypatch)

    assert (status, answer["rejected"]) == (200, [])
    assert [event["messageId"] for event in queue.events] == ["usual", "odd"]


@pytest.mark.parametrize(("excessive", "reason"), EXCESSES)
@pytest.mark.parametrize(
    ("path", "headers"), [("/webhook/default", SECRET), ("/v1/track", basic(f"{WRITE_KEY}:"))]
)
def test_one_that_comes_alone_is_refused(
    path: str,
    headers: Mapping[str, str],
    excessive: Callable[[int], Mapping[str, Any]],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status, answer, queue = post(path, headers, json.dumps(excessive(1)).encode(), monkeypatch)

    assert (status, answer["code"]) == (400, "no_usable_event")
    assert answer["rejected"] == [{"index": 0, "reason": reason}]
    assert queue.bodies == []


def test_what_a_batch_says_for_all_counts_in_each_event(monkeypatch: pytest.MonkeyPatch) -> None:
    # The context and its list are two more values, and then come those in it.
    full = event_with([0] * (MAX_EVENT_VALUES - 4 - 12))
    for shared, rejected in ((10, []), (11, [{"index": 1, "reason": "too_many_values"}])):
        body = json.dumps({"batch": [USUAL, full], "context": {"y": [0] * shared}}).encode()

        status, answer, _ = post("/v1/batch", basic(f"{WRITE_KEY}:"), body, monkeypatch)

        assert (status, answer["rejected"]) == (200, rejected)


def test_a_long_text_with_many_commas_is_one_value(monkeypatch: pytest.MonkeyPatch) -> None:
    # Beyond what is read of a text, it is text: a log, a program, an article.
    for text in ("well, " * 20_000, json.dumps([0] * 20_000)):
        status, answer, _ = post(
            "/webhook/default", SECRET, json.dumps(event_with(text)).encode(), monkeypatch
        )

        assert (status, answer.get("rejected")) == (200, [])


def test_marks_that_are_written_as_escapes_count(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = "[0" + r"\u002c0" * 9_999 + "]"
    body = r'{"type":"track","messageId":"odd","a":"%s","b":"%s"}' % (hidden, hidden)  # noqa: UP031 - braces

    status, answer, _ = post("/webhook/default", SECRET, body.encode(), monkeypatch)

    assert (status, answer["rejected"][0]["reason"]) == (400, "too_many_values")


def test_the_largest_body_of_such_events_is_bounded_as_a_whole() -> None:
    assert not has_too_many_values(b"," * 1_000_000)
    assert has_too_many_values(b"," * 1_000_001)
