"""Messages and settings of 0.1.0 are read by this release, and 0.1.0 could read what this release writes."""

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import pytest
from old_data import MESSAGES, message, parameters

from relay.core.envelopes import Envelope, pack, unpack
from relay.core.outcomes import Rejected
from relay.settings import parse_destination

REFUSED = Rejected("refused", "Property values were not valid", "VALIDATION_ERROR", "c-1")
REJECTIONS = {
    "rejected": (Rejected("no_definition", "There are 500 of them", "VALIDATION_ERROR", "c-1"),),
    "rejected-batch": (REFUSED, Rejected("malformed_event", "unusable: traits")),
}
MESSAGE_IDS = {
    "identify": ["old-1"],
    "batch": ["old-1", "old-2", "old-3"],
    "tracks": ["old-4", "old-5"],
    "rejected": ["old-4"],
    "rejected-batch": ["old-1", "old-2"],
}


def read(name: str) -> Envelope:
    letter = unpack(message(name))
    assert isinstance(letter, Envelope)
    return letter


def load(body: str) -> dict[str, Any]:
    """Return all that a body says, whatever of it is compressed."""
    content: dict[str, Any] = json.loads(body)
    packed = content.pop("zlib", None)
    return content | (json.loads(zlib.decompress(base64.b64decode(packed))) if packed else {})


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read(name: str) -> None:
    letter = read(name)

    assert (letter.destination, letter.received_at_ms) == ("default", 1_793_520_005_000)
    assert [event["messageId"] for event in letter.events] == MESSAGE_IDS[name]
    assert letter.rejections == REJECTIONS.get(name, ())


def test_its_events_are_as_they_came() -> None:
    assert read("identify").events == (
        {
            "type": "identify",
            "messageId": "old-1",
            "timestamp": "2026-11-01T08:00:00.000Z",
            "userId": "u-1",
            "anonymousId": "a-1",
            "traits": {"email": "kim@example.org", "firstname": "Kim", "city": "Århus"},
        },
    )


def test_a_single_event_is_written_as_it_was_to_the_byte() -> None:
    assert pack(read("identify")) == [message("identify")]


@pytest.mark.parametrize("name", ["batch", "tracks"])
def test_several_events_are_written_as_they_were(name: str) -> None:
    """The compressed bytes may differ from one zlib to the next."""
    (body,) = pack(read(name))

    assert list(json.loads(body)) == list(json.loads(message(name)))
    assert load(body) == load(message(name))


@pytest.mark.parametrize("name", REJECTIONS)
def test_what_is_written_of_rejections_holds_all_that_it_held(name: str) -> None:
    """An older reader passes over keys that it does not know, but not within a rejection."""
    (body,) = pack(read(name))

    assert load(body).items() >= load(message(name)).items()


def test_keys_that_a_later_release_may_add_are_passed_over() -> None:
    content = json.loads(message("rejected")) | {"later": [1]}
    content["rejections"][0]["later"] = "more"

    assert unpack(json.dumps(content)) == read("rejected")


@pytest.mark.parametrize("name", MESSAGES)
def test_its_events_are_tried_for_the_first_time(name: str) -> None:
    assert read(name).tries == 0


@pytest.mark.parametrize("name", MESSAGES)
def test_what_goes_back_of_it_is_read_by_an_older_sender_as_if_it_were_new(name: str) -> None:
    """It passes over the count, and begins with the shortest delay again."""
    (body,) = pack(replace(read(name), tries=3))
    content = json.loads(body)

    assert content.pop("tries") == 3
    assert unpack(json.dumps(content)) == read(name)


def test_settings_keep_their_meaning() -> None:
    plain = parse_destination(parameters()["/relay/default/settings"])
    full = parse_destination(parameters()["/relay/full/settings"])

    assert (plain.hub_id, plain.policy.events.mode, plain.policy.deletes) == (7654321, "custom", "archive")
    assert plain.policy.groups.links_context
    assert (full.app, full.tracking_url, full.api_version) == (
        "crm-app",
        "https://track.example.com",
        "2026-03",
    )
    assert (full.limits.burst, full.limits.day, full.limits.associations, full.limits.search) == (
        50,
        90_000,
        40,
        3,
    )
    assert full.policy.rules.traits == {"plan.tier": "plan_tier", "secret": None}
    assert full.policy.rules.views == {"page": "Viewed Page"}
    assert (full.policy.resend_after_ms, full.policy.email_change) == (3_600_000, "update")
    assert (full.policy.events.mode, full.policy.events.pending_ms) == ("legacy", 600_000)
    assert (full.policy.groups.key, full.policy.groups.associate) == ("segment_group_id", "primary")
