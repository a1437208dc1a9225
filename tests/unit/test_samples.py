"""The sample files stay what `cli.samples` makes of Segment's bodies."""

import json
from pathlib import Path

import pytest

from cli import samples
from relay.core.envelopes import unpack
from relay.core.signatures import Cover, covered

FILES = dict(samples.lambda_events())


def test_every_sample_has_a_lambda_event_for_each_function_and_there_are_no_others() -> None:
    found = {path for folder in ("ingest", "sender") for path in (samples.EVENTS / folder).glob("*.json")}

    assert found == set(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_file_is_what_the_bodies_make(path: Path) -> None:
    on_disk = json.loads(path.read_text(encoding="utf-8"))
    made = FILES[path]

    assert _readable(on_disk) == _readable(made)


def test_every_body_is_signed_as_segment_signs() -> None:
    for body in samples.bodies().values():
        assert covered(body, samples.signature(body), [samples.SIGNING_SECRET]) is not Cover.NOTHING


def test_every_event_of_the_samples_has_an_expected_outcome() -> None:
    contents = [json.loads(body) for body in samples.bodies().values()]
    events = [
        event for content in contents for event in (content if isinstance(content, list) else [content])
    ]

    assert {event["messageId"] for event in events} == set(samples.expected().outcomes)


@pytest.mark.parametrize(
    ("message_id", "user_id", "traits"),
    [
        (
            "classic-1-identify",
            "user1234",
            {"email": "petergibbon@email.com", "firstname": "Peter", "lastname": "Gibbon"},
        ),
        ("classic-6-date-by-user-id", "user-6", {"offerDate": "2026-11-01T09:15:00.000Z"}),
    ],
)
def test_the_examples_of_segments_page_stand_word_for_word(
    message_id: str, user_id: str, traits: dict[str, object]
) -> None:
    events = json.loads(samples.bodies()["classic-identify"])
    (found,) = [event for event in events if event["messageId"] == message_id]

    assert (found["type"], found["userId"], found["traits"]) == ("identify", user_id, traits)


def test_the_samples_of_a_batch_stand_in_the_order_of_time_by_their_ids_too() -> None:
    """A clock that is behind makes them all of one time, and then the message id decides."""
    for name in ("classic-identify", "classic-engage"):
        events = json.loads(samples.bodies()[name])
        assert events == sorted(events, key=lambda event: event["timestamp"])
        assert events == sorted(events, key=lambda event: event["messageId"])


def _readable(event: object) -> object:
    """Unpack envelopes: zlib promises the same content, not the same bytes, on every machine."""
    if not isinstance(event, dict) or "Records" not in event:
        return event
    return [unpack(record["body"]) for record in event["Records"]]
