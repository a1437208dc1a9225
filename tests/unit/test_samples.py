"""The sample files stay what `cli.samples` makes of Segment's bodies."""

import json
from pathlib import Path

import pytest

from cli import samples
from relay.core.envelopes import unpack
from relay.core.signatures import is_signed

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
        assert is_signed(body, samples.signature(body), [samples.SIGNING_SECRET])


def test_every_event_of_the_samples_has_an_expected_outcome() -> None:
    contents = [json.loads(body) for body in samples.bodies().values()]
    events = [
        event for content in contents for event in (content if isinstance(content, list) else [content])
    ]

    assert {event["messageId"] for event in events} == set(samples.expected().outcomes)


def _readable(event: object) -> object:
    """Unpack envelopes: zlib promises the same content, not the same bytes, on every machine."""
    if not isinstance(event, dict) or "Records" not in event:
        return event
    return [unpack(record["body"]) for record in event["Records"]]
