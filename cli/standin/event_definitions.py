"""The event definitions API: which custom events an account knows, to be listed, created and deleted.

Sources: HubSpot's OpenAPI file of the event definitions API and its custom events guide. An event that is not
defined is a 400, as others recorded it; how many a page holds by itself is not documented.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.account import HUB_ID
from cli.standin.answers import Refusal, Result, invalid_json, now
from cli.standin.calls import Call
from cli.standin.event_rules import (
    missing_in,
    missing_in_property,
    name_from,
    properties_of,
    property_of,
    troubles_of,
    troubles_of_property,
)

LIMIT = 500
_PREFIX = re.compile(r"^pe\d+_")
_SAMPLE: Mapping[str, Any] = {
    "label": "Order Completed",
    "name": "order_completed",
    "description": "An order went through",
    "includeDefaultProperties": True,
    "propertyDefinitions": [
        {"name": "order_total", "label": "Order total", "type": "number"},
        {"name": "coupon", "label": "Coupon", "type": "string"},
        {
            "name": "plan",
            "label": "Plan",
            "type": "enumeration",
            "options": {"gold": "Gold", "team": "Team plan"},
        },
    ],
}

Definition: TypeAlias = Mapping[str, Any]


@dataclass
class EventDefinitions:
    """The definitions by name, in the shape of the API; one is there from the start.

    `limit` is how many there may be. A name in `deleted` cannot be used again. `hub_id` stands in full names.
    """

    live: dict[str, Definition] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    limit: int = LIMIT
    hub_id: int = HUB_ID
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(7001))

    def __post_init__(self) -> None:
        self.define(_SAMPLE)

    def find(self, name: str) -> Definition | None:
        """Return a definition by its name, with or without `pe….` in front."""
        found = self.live.get(_PREFIX.sub("", name, count=1))
        return found if found and name in (found["name"], found["fullyQualifiedName"]) else None

    def list(self, call: Call) -> Result:
        """List definitions in pages, with their properties if they are asked for."""
        query = call.query
        limit, after = query.get("limit", "100"), query.get("after", "0")
        if not (limit.isdecimal() and after.isdecimal() and 0 < int(limit) <= LIMIT):
            return Refusal("limit and after must be numbers").whole()
        text = query.get("searchString", "").lower()
        found = [
            each
            for each in self.live.values()
            if text in f"{each['name']}\n{each['labels']['singular']}".lower()
        ]
        end = int(after) + int(limit)
        hidden: dict[str, Any] = {} if query.get("includeProperties") == "true" else {"properties": []}
        results = [{**each, **hidden} for each in found[int(after) : end]]
        return HTTPStatus.OK, page_of(results, len(found), str(end) if end < len(found) else "")

    def get(self, call: Call) -> Result:
        """Return one definition."""
        found = self.find(call.key)
        return (HTTPStatus.OK, found) if found else undefined(call.key).whole()

    def create(self, call: Call) -> Result:
        """Define an event; 409 if there is one of that name."""
        egg = call.body
        if not all(isinstance(each, Mapping) for each in egg.get("propertyDefinitions") or ()):
            return invalid_json("Cannot deserialize value of type `ExternalBehavioralEventPropertyCreate`")
        missing = missing_in(egg)
        if missing:
            return invalid_json(f"Some required fields were not set: {missing}")
        name = egg.get("name") or name_from(egg["label"])
        if name in self.live:
            return _exists(f"Event {self.live[name]['fullyQualifiedName']} already exists.")
        trouble = next(troubles_of(egg, name), self._no_room_for(name))
        return Refusal(trouble).whole() if trouble else (HTTPStatus.CREATED, self.define(egg))

    def add_property(self, call: Call) -> Result:
        """Give a definition one more property; 409 if there is one of that name."""
        found, body = self.find(call.key), call.body
        missing = missing_in_property(body)
        if found is None:
            return undefined(call.key).whole()
        if missing:
            return invalid_json(f"Some required fields were not set: {missing}")
        if any(each["name"] == body["name"] for each in found["properties"]):
            return _exists(f"Property {body['name']} of {found['fullyQualifiedName']} already exists.")
        trouble = next(troubles_of_property(body), None)
        if trouble:
            return Refusal(trouble).whole()
        added = property_of(body)
        more = {"properties": [*found["properties"], added], "updatedAt": now()}
        self.live[found["name"]] = {**found, **more}
        return HTTPStatus.CREATED, added

    def delete(self, call: Call) -> Result:
        """Delete a definition; its name is spent."""
        found = self.find(call.key)
        if found is None:
            return undefined(call.key).whole()
        del self.live[found["name"]]
        self.deleted.add(found["name"])
        return HTTPStatus.NO_CONTENT, None

    def define(self, egg: Mapping[str, Any]) -> Definition:
        """Add a definition without a look at the rules; options may be values with their labels."""
        made = definition_of(egg, self.hub_id, next(self._ids))
        self.live[made["name"]] = made
        return made

    def _no_room_for(self, name: str) -> str | None:
        if name in self.deleted:
            return f"The name {name} belonged to an event that was deleted and cannot be used again"
        full = len(self.live) >= self.limit
        return f"The limit of {self.limit} event definitions is reached" if full else None


def definition_of(egg: Mapping[str, Any], hub_id: int = HUB_ID, number: int = 7001) -> Definition:
    """Return the definition that HubSpot makes of a creation's body, as it tells and lists it."""
    name, at = egg.get("name") or name_from(egg["label"]), now()
    return {
        "id": str(number),
        "name": name,
        "fullyQualifiedName": f"pe{hub_id}_{name}",
        "labels": {"singular": egg["label"], "plural": None},
        "description": egg.get("description", ""),
        "objectTypeId": f"6-{number}",
        "primaryObject": egg.get("primaryObject", "CONTACT"),
        "trackingType": "MANUAL",
        "archived": False,
        "associations": [],
        "properties": properties_of(egg),
        "createdAt": at,
        "updatedAt": at,
    }


def page_of(results: Sequence[Definition], total: int, after: str = "") -> Mapping[str, Any]:
    """Return a page of HubSpot's list; the next one begins `after`, "" if there is none."""
    paging = {"paging": {"next": {"after": after}}} if after else {}
    return {"total": total, "results": list(results), **paging}


def undefined(name: str) -> Refusal:
    """Return the refusal of an event that is not defined."""
    return Refusal(f"Event with fully qualified name {name} does not exist")


def _exists(message: str) -> Result:
    return Refusal(message, "OBJECT_ALREADY_EXISTS", HTTPStatus.CONFLICT).whole()
