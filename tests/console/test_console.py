"""The console in a real browser, against the whole relay on this machine."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from console.driving import Drive, person

from cli import samples
from cli.embedded.deployment import ROOT
from cli.local import LocalRelay

pytestmark = pytest.mark.stack
KNOWN = "sample-identify-1"
SKIPPED = "sample-batch-3"
PICTURES = {name: ROOT / "docs" / f"console-{name}.png" for name in ("desktop", "phone", "dark")}
MAX_PICTURE_BYTES = 200_000


@pytest.mark.usefixtures("rejected")
def test_the_documentation_has_its_pictures(drive: Drive, tmp_path: Path) -> None:
    """First, so that they show the samples.

    Taken anew where one is missing, or with RELAY_PICTURES=1; else CI would change them each time.
    """
    is_wanted = bool(os.environ.get("RELAY_PICTURES")) or not all(map(Path.exists, PICTURES.values()))
    files = PICTURES if is_wanted else {name: tmp_path / path.name for name, path in PICTURES.items()}

    drive("pictures", id=KNOWN, files={name: str(path) for name, path in files.items()})

    assert all(1_000 < path.stat().st_size < MAX_PICTURE_BYTES for path in files.values())


def test_the_page_shows_what_became_of_the_samples(drive: Drive) -> None:
    expected = {
        message_id: text.partition(":")[0] for message_id, text in samples.expected().outcomes.items()
    }

    # Of an event with several lines, the newest counts; they come first.
    seen = dict(reversed(drive("flow", ids=list(expected))))

    assert {message_id: seen.get(message_id) for message_id in expected} == expected


def test_events_are_found_by_outcome_by_message_id_and_by_what_was_left_out(drive: Drive) -> None:
    without = {message_id for message_id, names in samples.expected().dropped.items() if "shoe size" in names}

    found = drive("filter", skipped=SKIPPED, property="Shoe size")

    assert [SKIPPED, "skipped"] in found["skipped"]
    assert {outcome for _, outcome in found["skipped"]} == {"skipped"}
    assert len(found["skipped"]) < len(found["all"])
    assert found["one"] == [[SKIPPED, "skipped"]]
    assert {message_id for message_id, _ in found["without"]} == without


def test_an_event_tells_its_reason_in_words_and_what_to_do(drive: Drive) -> None:
    found = drive("details", id=KNOWN)

    assert "shoe size unknown_property HubSpot has no such property" in found["text"]
    assert "Create the property in HubSpot" in found["text"]
    assert [message_id for message_id, _ in found["shown"]] == [KNOWN]


def test_a_paused_view_keeps_what_comes_meanwhile(drive: Drive) -> None:
    drive("hold", known=KNOWN, event=person("held"))


def test_an_event_that_is_tried_is_explained_and_not_sent(drive: Drive, relay: LocalRelay) -> None:
    assert relay.standin
    before = relay.standin.state()["count"]

    found = drive("explanation")

    mistakes = found["mistakes"]
    assert "frist_name unknown_property" in mistakes
    assert "HubSpot has firstname, which may be meant." in mistakes
    assert "invalid_email" in mistakes
    assert "type_not_supported" in mistakes
    assert "Analytical Engines" in found["group"]
    assert "/crm/objects/2026-09/companies/search" in found["group"]
    assert relay.standin.state()["count"] == before


def test_what_is_no_event_is_said_to_be_none(drive: Drive) -> None:
    drive("nonsense")


def test_an_event_is_sent_only_after_a_question_and_shows_up(drive: Drive, relay: LocalRelay) -> None:
    event = person("sent", firstname="Kim")

    assert drive("sending", event=event)[0] == ["sent-1", "delivered"]

    assert (
        relay.contacts(["sent@example.org"], ["email", "firstname"])["sent@example.org"]["firstname"] == "Kim"
    )


def test_a_reject_is_shown_in_hubspots_words_and_sent_again(
    drive: Drive, relay: LocalRelay, rejected: Mapping[str, Any]
) -> None:
    assert relay.standin
    address = rejected["traits"]["email"]
    relay.standin.portal.contacts.blocked.discard(address)

    drive("replay", id=rejected["messageId"], words=f"Email address {address} is invalid")

    assert address in relay.contacts([address], ["email"])


def test_a_replay_that_goes_on_is_found_again_and_can_be_stopped(drive: Drive) -> None:
    drive("stop")


def test_delivery_is_paused_and_resumed(drive: Drive) -> None:
    drive("pausing")


def test_limits_queues_and_calls_are_those_of_the_relay(drive: Drive, relay: LocalRelay) -> None:
    found = drive("calls")

    assert relay.standin
    counted = relay.standin.report()["call_count"]
    assert "Portal 7654321" in found["limits"]
    assert "250,000" in found["limits"]
    # Explanations read the properties past the bucket.
    assert 0 < int(found["day"]) <= counted
    assert "POST" in found["table"]


def test_all_of_it_can_be_used_by_keyboard(drive: Drive) -> None:
    drive("keyboard", known=KNOWN)


def test_it_is_dark_where_that_is_preferred(drive: Drive) -> None:
    found = drive("look")

    assert found["light"] == "rgb(245, 246, 248)"
    assert found["dark"] == "rgb(14, 18, 23)"


@pytest.mark.usefixtures("rejected")
def test_nothing_is_wider_than_a_phone(drive: Drive) -> None:
    widths = drive("width", known=KNOWN)

    assert widths == {tab: [360, []] for tab in widths}


@pytest.mark.usefixtures("rejected")
def test_it_is_accessible_in_light_on_a_desktop_and_dark_on_a_phone(drive: Drive) -> None:
    assert drive("accessibility", known=KNOWN) == []


def test_what_an_event_says_is_never_taken_for_html(drive: Drive) -> None:
    evil = "<img src=x onerror='window.hacked=1'><b><i>"

    hacked, elements = drive("hostile", event={**person("evil"), "messageId": evil})

    assert (hacked, elements) == (None, 0)


def test_without_the_key_nothing_is_shown(drive: Drive) -> None:
    drive("stranger")


def test_the_key_does_not_stay_in_the_address_and_outlives_a_reload(drive: Drive) -> None:
    drive("address", known=KNOWN)


def test_an_outage_is_told_and_taken_back(drive: Drive) -> None:
    drive("outage", known=KNOWN)
