"""The properties API: the properties of an object type and their groups, to be listed, created and archived.

Sources: HubSpot's properties guide and its OpenAPI file of the properties API; that an archived name comes
back was measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Refusal, Result, batch_answer, invalid_json, now
from cli.standin.calls import Call
from cli.standin.definitions import Definition, missing_fields, refusal_of
from cli.standin.object_types import CONTACTS, ObjectType
from cli.standin.schema import first_properties, whole

MAX_INPUTS = 100
# What HubSpot's limits API shows for a paid portal; a free one has about ten.
CUSTOM_LIMIT = 1000
_SENSITIVITIES = ("non_sensitive", "sensitive", "highly_sensitive")


@dataclass
class Properties:
    """Properties by name, in the shape of the API; at most `custom_limit` may be the portal's own."""

    object_type: ObjectType = CONTACTS
    live: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    archived: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    custom_limit: int = CUSTOM_LIMIT

    def __post_init__(self) -> None:
        self.live |= first_properties(self.object_type)
        name, label = self.object_type.group, f"{self.object_type.singular.capitalize()} information"
        self.groups[name] = {"name": name, "label": label, "displayOrder": -1, "archived": False}

    def list(self, call: Call) -> Result:
        """List properties of one sensitivity: sensitive ones only if asked for, and then alone."""
        sensitivity = call.query.get("dataSensitivity", _SENSITIVITIES[0])
        if sensitivity not in _SENSITIVITIES:
            return Refusal(f"Invalid dataSensitivity {sensitivity}").whole()
        found = [entry for entry in self._shelf(call).values() if entry["dataSensitivity"] == sensitivity]
        return HTTPStatus.OK, {"results": found}

    def get(self, call: Call) -> Result:
        """Return one property; a sensitive one only if asked for as such."""
        found = self._shelf(call).get(call.key)
        wanted = call.query.get("dataSensitivity", _SENSITIVITIES[0])
        if found is None or found["dataSensitivity"] != wanted:
            return _no_property(call.key).whole()
        return HTTPStatus.OK, found

    def create(self, call: Call) -> Result:
        """Create one property; 409 if there is one of that name, back again if it was archived."""
        missing = missing_fields(call.body)
        if missing:
            return _not_set(missing)
        created = self._create(call.body)
        return created.whole() if isinstance(created, Refusal) else (HTTPStatus.CREATED, created)

    def create_batch(self, call: Call) -> Result:
        """Create up to a hundred properties: 201, or 207 when some are refused."""
        definitions = call.body.get("inputs", [])
        if not all(isinstance(definition, Mapping) for definition in definitions):
            return invalid_json("Cannot construct instance of `PropertyCreate`")
        if len(definitions) > MAX_INPUTS:
            return Refusal(f"The maximum number of inputs supported in a batch is {MAX_INPUTS}").whole()
        missing = [name for definition in definitions for name in missing_fields(definition)]
        if missing:
            return _not_set(missing)
        created = [self._create(definition) for definition in definitions]
        errors = [each.item() for each in created if isinstance(each, Refusal)]
        results = [each for each in created if not isinstance(each, Refusal)]
        return batch_answer(results, errors, HTTPStatus.CREATED)

    def archive(self, call: Call) -> Result:
        """Archive a property; HubSpot's own ones stay."""
        name = call.key
        found = self.live.get(name)
        if found is None:
            return _no_property(name).whole()
        if not found["modificationMetadata"]["archivable"]:
            return Refusal(f'Property "{name}" cannot be archived').whole()
        self.archived[name] = {**self.live.pop(name), "archived": True, "archivedAt": now()}
        return HTTPStatus.NO_CONTENT, None

    def list_groups(self) -> Result:
        """List the groups that properties stand in."""
        return HTTPStatus.OK, {"results": list(self.groups.values())}

    def create_group(self, call: Call) -> Result:
        """Create a group; 409 if there is one of that name."""
        missing = missing_fields(call.body, ("name", "label"))
        if missing:
            return _not_set(missing)
        name = call.body["name"]
        if name in self.groups:
            message = f'A property group named "{name}" already exists.'
            return Refusal(message, "OBJECT_ALREADY_EXISTS", HTTPStatus.CONFLICT).whole()
        order = {"displayOrder": call.body.get("displayOrder", -1)}
        self.groups[name] = {"name": name, "label": call.body["label"], **order, "archived": False}
        return HTTPStatus.CREATED, self.groups[name]

    def _shelf(self, call: Call) -> Mapping[str, Mapping[str, Any]]:
        return self.archived if call.query.get("archived", "").lower() == "true" else self.live

    def _create(self, definition: Definition) -> Mapping[str, Any] | Refusal:
        name = definition["name"]
        if name in self.live:
            return _exists(name)
        refusal = refusal_of(definition, self.groups)
        if refusal:
            return refusal
        if sum(not entry["hubspotDefined"] for entry in self.live.values()) >= self.custom_limit:
            return Refusal(f"The limit of {self.custom_limit} custom properties is reached")
        at = now()
        # The name of an archived property brings that one back, as it was.
        before = self.archived.pop(name, None)
        fresh = {**definition, "hubspotDefined": False, "createdAt": at, "updatedAt": at}
        self.live[name] = {**before, "archived": False} if before else whole(fresh, definition["groupName"])
        return self.live[name]


def _exists(name: str) -> Refusal:
    message = f'A property named "{name}" already exists.'
    sub_category = "Properties.PROPERTY_WITH_NAME_EXISTS"
    return Refusal(message, "OBJECT_ALREADY_EXISTS", HTTPStatus.CONFLICT, sub_category=sub_category)


def _no_property(name: str) -> Refusal:
    return Refusal(f'Property "{name}" does not exist', "OBJECT_NOT_FOUND", HTTPStatus.NOT_FOUND)


def _not_set(missing: object) -> Result:
    return invalid_json(f"Some required fields were not set: {missing}")
