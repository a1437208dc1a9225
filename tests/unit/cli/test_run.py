"""What the user can choose, and how samples are judged."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from cli import samples
from cli.journal import Line
from cli.local import Options
from cli.run import HUBSPOT, UsageError, differences, options_from, run
from cli.show import contacts_table, events_table
from cli.standin.server import ACCESS_TOKEN


def test_without_a_choice_there_is_a_stand_in_behind_port_3000() -> None:
    options = options_from({})

    assert (options.port, options.hubspot_url, options.access_token) == (3000, "", ACCESS_TOKEN)


@pytest.mark.parametrize(
    ("environ", "url", "token"),
    [
        ({"HUBSPOT_ACCESS_TOKEN": "pat-1"}, HUBSPOT, "pat-1"),
        ({"HUBSPOT_BASE_URL": "http://127.0.0.1:1/"}, "http://127.0.0.1:1", ACCESS_TOKEN),
        (
            {"HUBSPOT_BASE_URL": "http://127.0.0.1:1", "HUBSPOT_ACCESS_TOKEN": "pat-1"},
            "http://127.0.0.1:1",
            "pat-1",
        ),
    ],
)
def test_a_token_means_the_real_hubspot_and_a_url_any_other(
    environ: Mapping[str, str], url: str, token: str
) -> None:
    options = options_from(environ)

    assert (options.hubspot_url, options.access_token) == (url, token)


def test_port_tracking_host_and_settings_can_be_chosen(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"hub_id": 1, "plan": "enterprise"}', encoding="utf-8")

    options = options_from(
        {"RELAY_PORT": "4000", "HUBSPOT_TRACK_URL": "http://127.0.0.1:2/", "RELAY_SETTINGS": str(file)}
    )

    assert (options.port, options.track_url) == (4000, "http://127.0.0.1:2")
    assert options.settings == {"hub_id": 1, "plan": "enterprise"}


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"RELAY_PORT": "http"}, "RELAY_PORT must be a number"),
        ({"RELAY_SETTINGS": "nowhere.json"}, "nowhere.json: .*No such file"),
    ],
)
def test_a_choice_that_cannot_be_used_is_explained(environ: Mapping[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        options_from(environ)


def test_settings_that_the_sender_would_refuse_are_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"hub_id": 1, "plann": "free"}', encoding="utf-8")

    with pytest.raises(UsageError, match="did you mean plan"):
        options_from({"RELAY_SETTINGS": str(file)})


def real_hubspot(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> list[str]:
    """Let the real HubSpot answer; return the addresses that were asked."""
    asked: list[str] = []

    def get(url: str, **_: object) -> httpx.Response:
        asked.append(url)
        return answer

    monkeypatch.setattr(httpx, "get", get)
    return asked


@pytest.mark.parametrize(
    ("status", "message"),
    [(200, "Nothing was started"), (401, "does not accept HUBSPOT_ACCESS_TOKEN: it answered 401")],
)
def test_the_real_hubspot_is_never_used_without_a_yes(
    monkeypatch: pytest.MonkeyPatch, status: int, message: str
) -> None:
    asked = real_hubspot(monkeypatch, httpx.Response(status, json={"portalId": 42}))
    screen = io.StringIO()
    options = replace(Options(), hubspot_url=HUBSPOT, access_token="pat-1")

    with pytest.raises(UsageError, match=message):
        run(options, Console(file=screen), with_samples=True, assume_yes=False)

    assert asked == [f"{HUBSPOT}/account-info/2026-09/details"]
    assert ("portal 42" in screen.getvalue()) == (status == 200)
    assert "pat-1" not in screen.getvalue()


def lines() -> dict[str, Line]:
    wanted = samples.expected()
    return {
        key: Line(key, "identify", outcome, "501", wanted.dropped.get(key, {}))
        for key, outcome in wanted.outcomes.items()
    }


def test_samples_that_ended_as_expected_are_no_difference() -> None:
    assert differences(lines(), samples.expected().contacts) == []


def test_every_kind_of_difference_is_named() -> None:
    found = {
        **lines(),
        "sample-identify-1": Line("sample-identify-1", "identify", "rejected: refused", "", {}),
    }

    assert [text.partition(":")[0] for text in differences(found, {})] == [
        "outcomes",
        "dropped traits",
        "contacts",
    ]


def test_tables_show_outcomes_and_properties() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=160)

    console.print(events_table(lines()), contacts_table(samples.expected().contacts))

    shown = screen.getvalue()
    assert "skipped: no_email" in shown
    assert "shoe size (unknown_property)" in shown
    assert "city = Århus" in shown
    assert json.dumps("team").strip('"') in shown
