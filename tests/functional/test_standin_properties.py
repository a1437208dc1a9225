"""The stand-in's property list: reading it, its groups and scopes, and changing it while it runs."""

from collections.abc import Iterator

import pytest
from functional.standin_properties import DEFINITION, WRITE, call, listed

from cli.standin.server import StandIn


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in that lets its token create properties."""
    with StandIn() as standin:
        standin.grant(WRITE)
        yield standin


def test_sensitive_properties_are_listed_only_when_asked_for_and_then_alone(standin: StandIn) -> None:
    sensitive = listed(standin, "?dataSensitivity=sensitive")

    assert sensitive.keys() == {"medical_notes", "insurance_class"}
    assert not sensitive.keys() & listed(standin).keys()
    assert listed(standin) == listed(standin, "?dataSensitivity=non_sensitive&archived=false")
    assert listed(standin, "?dataSensitivity=highly_sensitive") == {}
    assert call(standin, "GET", "?dataSensitivity=secret").status_code == 400
    assert [entry["query"] for entry in standin.calls][:2] == ["dataSensitivity=sensitive", ""]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plan", 200),
        ("/plann", 404),
        ("/medical_notes", 404),
        ("/medical_notes?dataSensitivity=sensitive", 200),
        ("/plan?archived=true", 404),
    ],
)
def test_one_property_is_read_by_its_name(standin: StandIn, path: str, status: int) -> None:
    answer = call(standin, "GET", path)

    assert answer.status_code == status
    assert status == 200 or answer.json()["category"] == "OBJECT_NOT_FOUND"


def test_there_are_samples_of_every_type_with_labels_that_are_no_values(standin: StandIn) -> None:
    found = listed(standin)
    kinds = {name: (entry["type"], entry["fieldType"]) for name, entry in found.items()}

    assert kinds["subscription_tier"] == ("enumeration", "select")
    assert kinds["interests"] == ("enumeration", "checkbox")
    assert kinds["email_opened_30_days"] == ("bool", "booleancheckbox")
    assert kinds["renewal_date"] == ("date", "date")
    assert kinds["last_seen_at"] == ("datetime", "date")
    assert kinds["pricing_page_visits"] == ("number", "number")
    strings = ("custom_lifecycle_stage", "yolo", "gogurt_is_life", "gogurt", "favorite_color")
    assert {kinds[name] for name in strings} == {("string", "text")}
    assert {option["value"]: option["label"] for option in found["subscription_tier"]["options"]} == {
        "tier_1": "Basic",
        "tier_2": "Plus",
        "tier_3": "Premium",
    }
    assert [option["value"] for option in found["email_opened_30_days"]["options"]] == ["true", "false"]


def test_a_group_is_created_once_and_properties_can_stand_in_it(standin: StandIn) -> None:
    group = {"name": "segment", "label": "Segment", "displayOrder": -1}
    statuses = [call(standin, "POST", "/groups", group).status_code for _ in range(2)]

    created = call(standin, "POST", "", {**DEFINITION, "groupName": "segment"})

    assert (statuses, created.status_code) == ([201, 409], 201)
    groups = call(standin, "GET", "/groups").json()["results"]
    assert [entry["name"] for entry in groups] == ["contactinformation", "segment"]
    assert call(standin, "POST", "/groups", {"name": "nameless"}).status_code == 400


def test_an_archived_property_is_listed_apart_and_comes_back_by_its_name(standin: StandIn) -> None:
    call(standin, "POST", "", DEFINITION)

    archived = call(standin, "DELETE", "/shoe_size")

    assert (archived.status_code, "shoe_size" in listed(standin)) == (204, False)
    assert listed(standin, "?archived=true").keys() == {"shoe_size"}
    back = call(standin, "POST", "", {**DEFINITION, "label": "Another"})
    assert (back.status_code, back.json()["label"], back.json()["archived"]) == (201, "Shoe size", False)
    assert listed(standin, "?archived=true") == {}


@pytest.mark.parametrize(("name", "status"), [("email", 400), ("nowhere", 404)])
def test_not_every_property_can_be_archived(standin: StandIn, name: str, status: int) -> None:
    assert call(standin, "DELETE", f"/{name}").status_code == status


@pytest.mark.parametrize("path", ["", "/batch/create", "/groups"])
def test_creating_needs_a_scope_that_the_token_has_not_from_the_start(path: str) -> None:
    with StandIn() as standin:
        refused = call(standin, "POST", path, DEFINITION)
    with StandIn(scopes={WRITE}) as standin:
        taken = call(standin, "POST", path, DEFINITION)
        reading = call(standin, "GET")

    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert refused.json()["errors"][0]["context"]["requiredGranularScopes"] == [WRITE]
    assert taken.status_code == 201
    # The scope for writing does not let its owner read.
    assert reading.status_code == 403


def test_properties_come_and_go_while_it_runs(standin: StandIn) -> None:
    standin.portal.add_property("colour", type="enumeration", options={"c1": "Red", "c2": "Blue"})
    standin.portal.remove_property("plan")

    found = listed(standin)

    assert [option["label"] for option in found["colour"]["options"]] == ["Red", "Blue"]
    assert "plan" not in found


def test_the_list_can_be_blown_up_to_megabytes(standin: StandIn) -> None:
    standin.portal.add_properties(3)
    standin.portal.add_properties(1000, options=50)

    answer = call(standin, "GET")

    assert len(answer.content) > 5_000_000
    assert len(answer.json()["results"]) > 1200
    assert call(standin, "POST", "", DEFINITION).status_code == 201


def test_a_reset_brings_back_the_first_properties_scopes_and_switches(standin: StandIn) -> None:
    standin.portal.add_property("colour")
    standin.portal.remove_property("plan")
    standin.portal.further_email, standin.portal.custom_property_limit = "swap", 1
    standin.portal.unknown_property_fails_batch = True

    standin.reset()

    portal = standin.portal
    assert ("colour" in portal.properties.live, "plan" in portal.properties.live) == (False, True)
    assert (portal.further_email, portal.unknown_property_fails_batch) == ("keep", False)
    assert (portal.custom_property_limit, WRITE in standin.scopes) == (1000, False)
