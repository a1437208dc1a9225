"""Batches of events, and HubSpot's answers to them in whatever words."""

import json
from collections.abc import Mapping

import pytest
from builders import refusal, reply
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.core.answers import NoReply, Reply, Split
from relay.core.event_batches import (
    MAX_BODY_BYTES,
    MAX_EVENTS,
    Repair,
    Verdict,
    batches_for,
    forbidden,
    read_events,
)
from relay.core.occurrences import CustomEvent, Key
from relay.core.outcomes import Deferred, Delivered, Rejected

NAME = "pe7_bought_item"
UNDEFINED = {"message": f"Event with fully qualified name {NAME} does not exist"}
SHOE = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["shoe"]}}


def happened(uuid: str, name: str = NAME, **properties: str) -> CustomEvent:
    return CustomEvent(name, uuid, "2026-11-01T10:00:00.000Z", {"objectId": f"5-{uuid}"}, properties)


def alone(answer: Reply) -> Verdict:
    """Return the verdict on an event that was sent alone."""
    read = read_events([happened("m-1", shoe="39", hat="7")], answer)
    assert isinstance(read, Mapping)
    return read[Key(NAME, "m-1")]


def together(answer: Reply, *events: CustomEvent) -> Mapping[str, Verdict] | Split:
    """Return verdicts by uuid."""
    read = read_events(events or (happened("m-1", shoe="39"), happened("m-2")), answer)
    return read if isinstance(read, Split) else {key.uuid: verdict for key, verdict in read.items()}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_hubspot_takes_is_delivered_to_the_person_it_is_about(status: int) -> None:
    assert together(Reply(status)) == {"m-1": Delivered("5-m-1"), "m-2": Delivered("5-m-2")}


def test_an_answer_that_can_have_no_body_is_no_page() -> None:
    assert alone(Reply(204, None, {"content-type": "text/html"})) == Delivered("5-m-1")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoReply("no_answer: ReadTimeout"), Deferred("no_answer: ReadTimeout")),
        (Reply(401), Deferred("access_token_refused")),
        (Reply(429, headers={"retry-after": "7"}), Deferred("status_429", 7_000)),
        (Reply(500), Deferred("status_500")),
        (refusal(404), Deferred("status_404")),
        (reply(404, message="resource not found"), Deferred("status_404")),
        (Reply(302), Deferred("not_hubspot: status_302")),
        (
            Reply(200, headers={"content-type": "text/html; charset=utf-8"}),
            Deferred("not_hubspot: status_200"),
        ),
    ],
)
def test_what_settles_nothing_is_waited_out(answer: Reply | NoReply, outcome: Deferred) -> None:
    assert read_events([happened("m-1"), happened("m-2")], answer) == {
        Key(NAME, "m-1"): outcome,
        Key(NAME, "m-2"): outcome,
    }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param({"message": "This needs an Enterprise subscription"}, "missing_tier", id="S22-plan"),
        pytest.param({"message": "No product access"}, "missing_tier", id="product"),
        pytest.param({"errors": [{"message": "wrong tier"}]}, "missing_tier", id="in-the-errors"),
        pytest.param({"message": "no scope"}, "missing_scope: HubSpot does not say which", id="S22-scope"),
        pytest.param(
            {"message": "Enterprise", "errors": [{"context": {"requiredScopes": ["a.b"]}}]},
            "missing_scope: a.b",
            id="scope-and-plan",
        ),
        pytest.param({}, "forbidden", id="no-words"),
    ],
)
def test_a_403_says_whether_the_scope_or_the_plan_is_missing(body: dict[str, object], reason: str) -> None:
    assert forbidden(refusal(403, body)).reason == reason
    assert alone(refusal(403, body)) == forbidden(refusal(403, body))


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 207])
def test_a_refusal_that_names_nothing_is_halved_down_to_one(status: int) -> None:
    answer = Reply(status, {"errors": [{"message": "out of luck"}]})

    assert isinstance(together(answer), Split)
    single = alone(answer)
    assert single == (Delivered("5-m-1") if status == 409 else Rejected("refused", "out of luck"))


@pytest.mark.parametrize(
    "body",
    [
        UNDEFINED,
        {"message": f'No event definition found for "{NAME}"'},
        {"errors": [{"message": "Unknown event", "context": {"eventName": [NAME]}}]},
        {"message": f"Event {NAME} not found", "category": "OBJECT_NOT_FOUND"},
        {"message": f"Unable to find event type with fullyQualifiedName {NAME}"},
        {"message": f"Could not find event {NAME} in this account"},
        {"message": f"The event definition {NAME} could not be found"},
        {"message": f"Event type {NAME} couldn't be resolved"},
        {"message": f"Event {NAME} has been archived"},
        {"message": f"The event {NAME} was deleted"},
        {"message": f"Invalid event name: {NAME}"},
        {"message": f"{NAME} is not a valid eventName"},
    ],
)
@pytest.mark.parametrize("status", [400, 404])
def test_an_event_that_hubspot_does_not_know_is_undefined(status: int, body: dict[str, object]) -> None:
    found = alone(refusal(status, body))

    assert isinstance(found, Repair)
    assert (found.is_undefined, found.otherwise.reason, found.left_out) == (True, "no_definition", {})
    assert found.otherwise.message == body.get("message", "Unknown event")


def test_of_a_batch_only_the_events_of_that_name_are_undefined() -> None:
    found = together(refusal(400, UNDEFINED), happened("m-1"), happened("m-2", "pe7_other"))

    assert isinstance(found, Mapping)
    assert list(found) == ["m-1"]
    assert isinstance(together(refusal(400, UNDEFINED), *(happened("m-3", f"pe7_{n}") for n in "ab")), Split)


@pytest.mark.parametrize(
    "message",
    [
        'The uuid "m-1" was used before',
        "Duplicate event m-1",
        "Event m-1 already exists",
        "An event with UUID: m-1. exists",
    ],
)
def test_a_repeated_uuid_is_one_that_hubspot_has(message: str) -> None:
    assert alone(reply(400, message=message)) == Delivered("5-m-1")
    assert together(reply(400, message=message)) == {"m-1": Delivered("5-m-1")}


def test_a_conflict_is_a_repeat() -> None:
    assert alone(refusal(409)) == Delivered("5-m-1")
    assert isinstance(together(refusal(409)), Split)


@pytest.mark.parametrize("message", ["Invalid uuid", "uuid is too long", "The uuid is required"])
def test_a_uuid_that_hubspot_does_not_like_is_none_that_it_has(message: str) -> None:
    assert alone(reply(400, message=message)) == Rejected("refused", message)


@pytest.mark.parametrize(
    ("body", "left_out"),
    [
        ({"errors": [SHOE]}, {"shoe": "refused_property_doesnt_exist"}),
        ({"message": 'Property "shoe" does not exist'}, {"shoe": "refused_property"}),
        (
            {"message": "Unknown properties: [shoe, hat]"},
            {"shoe": "refused_property", "hat": "refused_property"},
        ),
        ({"message": f"Property 'hat' does not exist for event {NAME}"}, {"hat": "refused_property"}),
        ({"message": 'Property "hat" is already taken'}, {"hat": "refused_property"}),
        ({"message": "Property shoe is odd"}, {"shoe": "refused_property"}),
        ({"message": 'The "shoe" is wrong'}, {"shoe": "refused_property"}),
        (
            {"message": 'Property values were not valid: [{"name":"shoe","error":"INVALID_LONG"}]'},
            {"shoe": "refused_invalid_long"},
        ),
    ],
)
def test_properties_that_are_named_are_left_out_of_an_event(
    body: dict[str, object], left_out: dict[str, str]
) -> None:
    found = alone(refusal(400, body))

    assert isinstance(found, Repair)
    assert (found.left_out, found.is_undefined, found.otherwise.reason) == (left_out, False, "refused")


@pytest.mark.parametrize(
    "message",
    ['Property "sock" does not exist', "Shoes are odd", "shoe and hat do not go together", f"{NAME} is bad"],
)
def test_what_names_no_property_of_the_event_is_a_refusal(message: str) -> None:
    assert alone(reply(400, message=message)) == Rejected("refused", message)


def test_an_unknown_property_is_left_out_of_all_events_of_a_kind_at_once() -> None:
    found = together(refusal(400, {"errors": [SHOE]}))

    assert isinstance(found, Mapping)
    assert list(found) == ["m-1"]
    assert isinstance(found["m-1"], Repair)


@pytest.mark.parametrize(
    ("detail", "other"),
    [(SHOE, "pe7_other"), ({**SHOE, "code": "INVALID_LONG"}, NAME)],
    ids=["other kinds may have it", "other values may be right"],
)
def test_a_property_that_may_be_right_elsewhere_is_looked_for_by_halves(
    detail: dict[str, object], other: str
) -> None:
    events = happened("m-1", shoe="39"), happened("m-2", other, shoe="40")

    assert isinstance(together(refusal(400, {"errors": [detail]}), *events), Split)


def test_an_event_may_be_called_after_a_property() -> None:
    event = happened("m-1", "pe7_property_viewed")
    read = read_events([event], reply(400, message="Event pe7_property_viewed does not exist"))

    assert isinstance(read, Mapping)
    assert isinstance(verdict := read[event.key], Repair)
    assert verdict.is_undefined


def test_batches_hold_as_many_events_as_hubspot_takes_those_of_a_kind_together() -> None:
    events = [happened(f"m-{n}", f"pe7_{n % 2}") for n in range(MAX_EVENTS + 2)]

    batches = batches_for(events)

    assert [len(batch) for batch in batches] == [MAX_EVENTS, 2]
    assert {event.event_name for event in batches[1]} == {"pe7_1"}
    assert batches_for([]) == []


def test_an_event_that_comes_twice_is_sent_once() -> None:
    other = happened("m-1", "pe7_other")

    assert batches_for([happened("m-1"), other, happened("m-1", shoe="39")]) == [[happened("m-1"), other]]


def test_no_body_is_larger_than_hubspot_surely_takes() -> None:
    large = {f"p{n}": "ü" * 256 for n in range(50)}
    events = [happened(f"m-{n}", **large) for n in range(100)]

    batches = batches_for(events)

    sizes = [len(json.dumps([event.as_json for event in batch])) for batch in batches]
    assert sum(map(len, batches)) == 100
    assert max(sizes) <= MAX_BODY_BYTES + 100
    assert len(sizes) > 1


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["message", "errors", "context", "code", "x"]), inner, max_size=4),
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([200, 207, 400, 403, 404, 409, 500]), JSON)
def test_no_answer_makes_it_raise_and_each_settles_something_or_halves(status: int, body: object) -> None:
    many = together(Reply(status, body))

    assert isinstance(many, Split) or many
    assert alone(Reply(status, body)) is not None
