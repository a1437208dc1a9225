"""The forms in which people have events."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.event_files import EventsError, parse_events, read_events

NOW_MS = 1_793_527_200_000
EVENT: dict[str, Any] = {"type": "identify", "traits": {"email": "kim@example.org"}}


@pytest.mark.parametrize(
    "content",
    [
        EVENT,
        [EVENT],
        {"batch": [EVENT]},
        {"batch": [EVENT], "writeKey": "a key"},
        {"json": EVENT},
        [{"json": EVENT}],
    ],
)
def test_an_event_is_found_in_every_form(content: object) -> None:
    assert parse_events(json.dumps(content).encode(), "a file", NOW_MS) == [EVENT]


def test_what_a_batch_says_for_all_is_added_to_each() -> None:
    batch = {"batch": [EVENT, 7], "context": {"ip": "203.0.113.7"}}

    assert parse_events(json.dumps(batch).encode(), "a file", NOW_MS) == [
        {**EVENT, "context": {"ip": "203.0.113.7"}},
        7,
    ]


def test_what_has_a_type_is_an_event_whatever_else_it_has() -> None:
    track = {"type": "track", "event": "Brewed", "batch": [1]}

    assert parse_events(json.dumps(track).encode(), "a file", NOW_MS) == [track]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "a file is no JSON"),
        (b"", "a file is no JSON"),
        (b"\xff", "a file is no JSON"),
        (b"[" * 200_000, "a file is no JSON"),
        (b"[]", "a file holds no event."),
        (b'{"batch": []}', "a file holds no event."),
        (b'{"batch": 7}', "no list named batch"),
    ],
)
def test_what_holds_no_events_is_said(raw: bytes, words: str) -> None:
    with pytest.raises(EventsError, match=words):
        parse_events(raw, "a file", NOW_MS)


def test_a_file_or_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.dumps(EVENT).encode()
    file = tmp_path / "event.json"
    file.write_bytes(raw)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))

    assert read_events(str(file), NOW_MS) == read_events("-", NOW_MS) == [EVENT]
    with pytest.raises(EventsError, match="No such file"):
        read_events(str(tmp_path / "other.json"), NOW_MS)
