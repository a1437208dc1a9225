"""Updates by record id, and the stage that only goes forward."""

from typing import Any

import pytest

from cli.standin import batches, singles
from cli.standin.calls import Call
from cli.standin.portal import Portal


@pytest.fixture
def portal() -> Portal:
    """A portal with contact 501."""
    portal = Portal()
    create(portal, "kim@example.org")
    return portal


def create(portal: Portal, email: str) -> None:
    singles.create(portal, Call(body={"properties": {"email": email}}))


def update(portal: Portal, *inputs: dict[str, Any]) -> tuple[int, Any]:
    return batches.update(portal, Call("2026-09", body={"inputs": list(inputs)}))


def set_stage(portal: Portal, stage: str) -> str:
    """Write a stage to contact 501 and return the one that the answer shows."""
    entry = {"id": "501", "properties": {"lifecyclestage": stage}}
    status, answer = update(portal, entry)
    assert status == 200
    shown: str = answer["results"][0]["properties"].get("lifecyclestage", "")
    return shown


def test_an_update_shows_no_new(portal: Portal) -> None:
    entry = {"id": "501", "objectWriteTraceId": "0", "properties": {"plan": "team"}}

    status, answer = update(portal, entry)

    (result,) = answer["results"]
    assert (status, result["id"], result["properties"]["plan"]) == (200, "501", "team")
    assert (result["objectWriteTraceId"], "new" in result) == ("0", False)


@pytest.mark.parametrize(
    ("tells", "told"), [("whole", {"plan", "email"}), ("sent", {"plan"}), ("nothing", set())]
)
def test_how_much_an_update_tells_is_a_switch(portal: Portal, tells: str, told: set[str]) -> None:
    portal.update_tells = tells  # type: ignore[assignment] # as in the table

    _, answer = update(portal, {"id": "501", "properties": {"plan": "team"}})

    (result,) = answer["results"]
    assert {"plan", "email"} & result["properties"].keys() == told
    assert result["properties"]["hs_object_id"] == "501"


@pytest.mark.parametrize("needs", [True, False])
def test_a_contact_without_a_name_is_refused_or_not(portal: Portal, *, needs: bool) -> None:
    portal.needs_a_name = needs

    status, _ = singles.create(portal, Call(body={"properties": {"plan": "team"}}))

    assert (status == 201) is not needs


@pytest.mark.parametrize("trace", [[], ["objectWriteTraceId"]])
def test_unknown_ids_are_named_in_one_error_and_the_others_written(portal: Portal, trace: list[str]) -> None:
    create(portal, "bo@example.org")
    inputs = [
        {"id": key, "properties": {"plan": "team"}, **dict.fromkeys(trace, key)}
        for key in ("900", "501", "901", "502")
    ]

    status, answer = update(portal, *inputs)

    assert (status, answer["numErrors"]) == (207, 1)
    assert {result["id"] for result in answer["results"]} == {"501", "502"}
    (error,) = answer["errors"]
    assert (error["category"], error["context"]) == ("OBJECT_NOT_FOUND", {"ids": ["900", "901"]})
    assert error["message"] == (
        "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    )


@pytest.mark.parametrize("id_property", ["email", "hs_object_id"])
def test_an_update_takes_no_id_property(portal: Portal, id_property: str) -> None:
    status, answer = update(portal, {"id": "501", "idProperty": id_property, "properties": {"plan": "x"}})

    assert status == 400
    expected = f"Unable to perform update/upsert by non-unique 0-1 property {id_property}"
    assert answer["message"] == expected


@pytest.mark.parametrize("id_property", [{}, {"idProperty": "phone"}])
def test_an_upsert_needs_email_as_its_id_property(portal: Portal, id_property: dict[str, str]) -> None:
    body = {"inputs": [{"id": "kim@example.org", "properties": {}, **id_property}]}

    status, _ = batches.upsert(portal, Call(body=body))

    assert status == 400


def test_the_same_id_twice_costs_the_whole_batch(portal: Portal) -> None:
    entry = {"id": "501", "properties": {"plan": "team"}}

    status, answer = update(
        portal, {**entry, "objectWriteTraceId": "0"}, {**entry, "objectWriteTraceId": "1"}
    )

    assert (status, answer["context"]) == (400, {"ids": ["501"]})
    assert answer["message"] == "Duplicate IDs found in batch input: [501]. IDs must be unique"


def test_nothing_to_update_is_refused_alone_and_in_a_batch(portal: Portal) -> None:
    one = singles.patch(portal, Call(key="501", body={"properties": {}}))
    batch = update(portal, {"id": "501", "objectWriteTraceId": "0", "properties": {}})

    for status, answer in (one, batch):
        assert status == 400
        assert answer["message"] == "No properties found to update, please provide at least one."


@pytest.mark.parametrize("act", [batches.upsert, batches.update])
def test_a_body_without_inputs_is_complete_with_nothing_done(portal: Portal, act: Any) -> None:
    status, answer = act(portal, Call(body={"id": "501", "properties": {"plan": "team"}}))

    assert (status, answer["status"], answer["results"]) == (200, "COMPLETE", [])
    assert "plan" not in portal.contacts.live["501"].properties


@pytest.mark.parametrize(
    "inputs", ["text", [7], [{"id": "501"}], [{"properties": {}}], [{"id": 501, "properties": {"plan": "x"}}]]
)
def test_inputs_of_another_shape_are_refused(portal: Portal, inputs: object) -> None:
    status, answer = batches.update(portal, Call(body={"inputs": inputs}))

    assert (status, "category" in answer) == (400, False)
    assert answer["message"].startswith("Invalid input JSON on line 1, column 1: ")


def test_a_bad_value_in_an_update_is_refused_as_in_an_upsert(portal: Portal) -> None:
    entry = {"id": "501", "properties": {"score": "many"}}
    alone, _ = update(portal, entry)
    traced, answer = update(portal, {**entry, "objectWriteTraceId": "0"})
    single, _ = singles.patch(portal, Call(key="501", body={"properties": {"score": "many"}}))

    assert (alone, traced, single) == (400, 207, 400)
    assert answer["errors"][0]["errors"][0]["code"] == "INVALID_INTEGER"


def test_one_contact_is_patched_by_id_or_by_address(portal: Portal) -> None:
    body = {"properties": {"plan": "team"}}

    by_id, _ = singles.patch(portal, Call(key="501", body=body))
    by_email, answer = singles.patch(
        portal, Call(key="Kim@example.org", query={"idProperty": "email"}, body=body)
    )
    unknown, _ = singles.patch(portal, Call(key="900", body=body))

    assert (by_id, by_email, unknown) == (200, 200, 404)
    assert (answer["id"], "new" in answer) == ("501", False)


@pytest.mark.parametrize(
    ("stages", "shown"),
    [
        (["lead", "customer"], "customer"),
        (["customer", "lead"], "customer"),
        (["customer", "customer"], "customer"),
        (["other", "customer"], "other"),
        (["customer", "", "lead"], "lead"),
        (["customer", ""], ""),
    ],
)
def test_a_stage_goes_forward_only_unless_it_is_cleared_first(
    portal: Portal, stages: list[str], shown: str
) -> None:
    assert [set_stage(portal, stage) for stage in stages][-1] == shown


def test_a_stage_of_the_portals_own_has_its_place_among_the_others(portal: Portal) -> None:
    stages = {"lead": "Lead", "4711": "Trial", "customer": "Customer"}
    portal.add_property("lifecyclestage", type="enumeration", options=stages)

    assert [set_stage(portal, stage) for stage in ("4711", "lead", "customer")] == [
        "4711",
        "4711",
        "customer",
    ]


def test_with_a_backward_stage_the_rest_is_written(portal: Portal) -> None:
    set_stage(portal, "customer")

    update(portal, {"id": "501", "properties": {"lifecyclestage": "lead", "plan": "team"}})

    held = portal.contacts.live["501"].properties
    assert (held["lifecyclestage"], held["plan"]) == ("customer", "team")
