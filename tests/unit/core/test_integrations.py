"""What an event says of destinations, in whatever spelling."""

import pytest

from relay.core.integrations import is_integrated, read_integrations


@pytest.mark.parametrize(
    "name",
    [
        "HubSpot",
        "Hubspot",
        "HUBSPOT",
        "hub-spot",
        "Hub Spot",
        "HubSpot (Classic)",
        "HubSpot Cloud Mode (Actions)",
        "hubspot_cloud_mode_actions",
        "actions-hubspot-cloud",
        "HS",
        "\uff28ubSpot",
    ],
)
@pytest.mark.parametrize(
    "choice",
    [
        *(False, "false", "False", " off ", "no", "0", 0, "disable", "deny", "opt-out", "opted_out"),
        *({"enabled": False}, {"enabled": "disabled"}, '{"enabled": false}', '"false"'),
    ],
)
def test_an_opt_out_holds_in_any_spelling(name: str, choice: object) -> None:
    assert not is_integrated([{name: choice}], "explicit")
    assert is_integrated([{name: choice}], "ignore")


@pytest.mark.parametrize("name", ["HubSpot Web (Actions)", "Chubspot", "HSM"])
def test_another_destination_is_no_opt_out(name: str) -> None:
    assert is_integrated([{name: False}], "explicit")


@pytest.mark.parametrize(
    "choice", [True, "true", 1, {}, {"x": 1}, {"enabled": True}, {"enabled": None}, [], "yes"]
)
def test_what_is_on_may_be_said_in_many_ways(choice: object) -> None:
    assert is_integrated([{"all": "false", "hubspot": choice}], "all")


@pytest.mark.parametrize("choice", [None, "", " "])
def test_nothing_says_nothing(choice: object) -> None:
    assert is_integrated([{"HubSpot": choice}], "explicit")
    assert not is_integrated([{"ALL": 0, "HubSpot": choice}], "all")


def test_the_first_place_that_says_something_counts() -> None:
    assert not is_integrated([{}, {"HubSpot": False}, {"HubSpot": True}], "explicit")
    assert is_integrated([{"hubspot": True}, {"HubSpot": False}], "explicit")
    assert is_integrated([{"All": True}, {"All": False}], "all")
    assert is_integrated([{"All": False}, {"webhooks": True}], "all")
    assert not is_integrated([{"All": False}, {"webhooks": False}], "all")


@pytest.mark.parametrize(
    "text",
    [
        "{'HubSpot': False}",
        '{"HubSpot"=>false}',
        "{:hubspot => false}",
        "{All=true, HubSpot=false}",
        "HubSpot=off&All=on",
        "hubspot: no",
        "{'HubSpot Cloud Mode (Actions)': 'false'}",
    ],
)
def test_an_opt_out_holds_in_text_that_is_no_json(text: str) -> None:
    found = read_integrations(text)

    assert not found.is_whole
    assert not is_integrated([found.value], "explicit")


@pytest.mark.parametrize(
    "text", ["{'HubSpot': True, 'All': False}", "{'Amplitude': False}", "HubSpot", ["HubSpot"]]
)
def test_text_that_says_no_opt_out_is_none(text: object) -> None:
    found = read_integrations(text)

    assert not found.is_whole
    assert is_integrated([found.value], "all")


def test_text_that_is_no_json_is_looked_at_as_far_as_anybody_needs() -> None:
    assert is_integrated([read_integrations("x " * 2_000 + "hubspot: no").value], "explicit")


def test_one_word_is_said_of_all_destinations() -> None:
    assert not is_integrated([False], "all")
    assert not is_integrated(["false"], "all")
    assert is_integrated([True], "all")
    assert read_integrations("true").is_whole


def test_the_parts_of_a_list_count_together() -> None:
    found = read_integrations([{"All": True}, "{'HubSpot': False}"])

    assert found == ({"All": True, "HubSpot": "False"}, False)


@pytest.mark.parametrize("value", [0, 0.0, "0", "off", " No "])
def test_a_word_that_switches_off_alone_means_all_destinations(value: object) -> None:
    assert read_integrations(value) == ({"All": False}, True)
