"""Sending custom events: one or many, all of them or none.

Sources: HubSpot's OpenAPI file of the send API and its custom events guide. What becomes of a batch with
a bad item, of a property that is not defined and of a uuid that comes again is not documented: the first
costs the whole batch here, for the others the portal has switches.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.answers import Refusal, Result, invalid_json, time_of
from cli.standin.calls import Call
from cli.standin.dates import is_moment
from cli.standin.emails import is_email
from cli.standin.event_definitions import Definition, undefined
from cli.standin.object_types import CONTACTS
from cli.standin.objects import CrmObject
from cli.standin.occurrences import Occurrence
from cli.standin.portal import Portal
from cli.standin.validation import complaints, invalid_email, refusal_for
from cli.standin.writes import Written, write

MAX_INPUTS, MAX_PROPERTIES = 500, 50
MAX_VALUE, MAX_LONG_VALUE = 256, 1024
# A property may hold the longer ones if its name has one of these words in it (the guide to defining events).
_OF_LONG_VALUES = ("url", "referrer", "link")
_TEXTS = ("eventName", "email", "objectId", "utk", "uuid", "occurredAt")

Event: TypeAlias = Mapping[str, Any]


def send(portal: Portal, call: Call) -> Result:
    """Take one event."""
    return _take(portal, [call.body])


def send_batch(portal: Portal, call: Call) -> Result:
    """Take up to 500 events."""
    inputs = call.body.get("inputs")
    if not isinstance(inputs, list):
        return invalid_json("Some required fields were not set: [inputs]")
    if len(inputs) > MAX_INPUTS:
        return Refusal(f"The maximum number of inputs supported in a batch request is {MAX_INPUTS}").whole()
    return _take(portal, inputs)


def contact_of(portal: Portal, email: str) -> CrmObject | None:
    """Return the contact of an address, a new one if nobody has it; None if nobody may have it."""
    known = portal.contacts.by_email(email)
    if known or not is_email(email) or email.lower() in portal.contacts.blocked:
        return known
    outcome = write(portal, CONTACTS, None, {"email": email.lower()})
    return outcome.written if isinstance(outcome, Written) else None


def _take(portal: Portal, events: Sequence[Any]) -> Result:
    if not all(_is_readable(event) for event in events):
        return invalid_json("Cannot deserialize value of type `java.lang.String`")
    refusal = next((why for event in events for why in _refusals(portal, event)), None)
    if refusal:
        return refusal.whole()
    seen = {(each.event_name, each.uuid) for each in portal.occurrences if each.uuid}
    fresh: list[Event] = []
    again: list[Event] = []
    for event in events:
        key = (event["eventName"], event.get("uuid"))
        (again if key in seen else fresh).append(event)
        seen |= {key} if event.get("uuid") else set()
    if again and portal.repeated_uuid == "refused":
        return _repeated([event["uuid"] for event in again]).whole()
    portal.occurrences += [_occurrence(portal, event) for event in fresh]
    return HTTPStatus.NO_CONTENT, None


def _is_readable(event: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(event, Mapping) or not isinstance(event.get("properties"), Mapping):
        return False
    texts = [event[name] for name in _TEXTS if event.get(name) is not None]
    return "eventName" in event and all(
        isinstance(each, str) for each in [*texts, *event["properties"].values()]
    )


def _refusals(portal: Portal, event: Event) -> Iterator[Refusal]:
    """Yield why HubSpot would not take an event."""
    definition = portal.event_definitions.find(event["eventName"])
    if definition is None or definition["fullyQualifiedName"] != event["eventName"]:
        yield undefined(event["eventName"])
        return
    email, occurred_at = event.get("email"), event.get("occurredAt")
    if not any(event.get(name) for name in ("email", "objectId", "utk")):
        yield Refusal("One of email, objectId and utk must be given")
    if email and not is_email(email):
        yield refusal_for([invalid_email(email)])
    if occurred_at and not is_moment(occurred_at):
        yield Refusal(f"occurredAt {occurred_at} is no time")
    if refused := portal.rules.refusal_of_values([*event["properties"].values()]):
        yield refused
    yield from _refusals_of_values(event["properties"], definition, portal)


def _refusals_of_values(
    values: Mapping[str, str], definition: Definition, portal: Portal
) -> Iterator[Refusal]:
    if len(values) > MAX_PROPERTIES:
        yield Refusal(f"An event may have at most {MAX_PROPERTIES} properties")
    schema = {each["name"]: each for each in definition["properties"]}
    judged = values
    if portal.unknown_event_property == "ignored":
        judged = {name: value for name, value in values.items() if name in schema}
    found = complaints(judged, schema)
    if found:
        yield refusal_for(found)
    for name, value in judged.items():
        most = MAX_LONG_VALUE if any(word in name for word in _OF_LONG_VALUES) else MAX_VALUE
        if len(value) > most:
            yield Refusal(f"The value of {name} may have at most {most} characters")


def _repeated(uuids: Sequence[str]) -> Refusal:
    message = f"Events with these uuids were sent before: [{', '.join(uuids)}]"
    return Refusal(message, "CONFLICT", HTTPStatus.CONFLICT, context={"uuid": uuids})


def _occurrence(portal: Portal, event: Event) -> Occurrence:
    """Return what is kept of an event, with its contact: by id before e-mail, by e-mail even a new one."""
    object_id, email = event.get("objectId") or "", (event.get("email") or "").lower()
    definition = portal.event_definitions.find(event["eventName"]) or {}
    contact = portal.contacts.live.get(object_id)
    if not object_id and email and definition["primaryObject"] == "CONTACT":
        contact = contact_of(portal, email)
    defined = {each["name"] for each in definition["properties"]}
    return Occurrence(
        event_name=event["eventName"],
        contact_id=contact.id if contact else "",
        object_id=object_id,
        email=email,
        utk=event.get("utk") or "",
        occurred_at=event.get("occurredAt") or time_of(portal.clock.now_ms()),
        uuid=event.get("uuid") or "",
        properties={name: value for name, value in event["properties"].items() if name in defined},
    )
