"""HubSpot's API for contacts and properties: one method a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer, NoReply, Reply, content
from relay.core.definitions import GROUP_DEFINITION
from relay.core.paths import known_path
from relay.core.planning import Batch
from relay.core.versions import Versions


@dataclass(frozen=True, slots=True)
class HubSpotClient:
    """The portal that `calls` reach, in these `versions` of the API."""

    calls: Calls
    versions: Versions
    reads_sensitive: bool = False

    def properties(self, object_type: str, deadline_ms: int) -> Answer:
        """Read the property list; if wanted, with the sensitive ones, which HubSpot lists apart."""
        path = f"/crm/properties/{self.versions.properties}/{object_type}"
        answer = known_path(self._call("GET", path, None, deadline_ms), "properties")
        listed = _results(answer)
        if not self.reads_sensitive or listed is None:
            return answer
        further = self._call("GET", f"{path}?dataSensitivity=sensitive", None, deadline_ms)
        sensitive = _results(further)
        # Half a list would drop traits whose properties are there.
        return further if sensitive is None else Reply(HTTPStatus.OK, {"results": [*listed, *sensitive]})

    def create_properties(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        """Create contact properties; and their group, if there is none yet."""
        path = f"/crm/properties/{self.versions.properties}/contacts"
        # A group that exists is answered with 409, which is as good; a missing scope shows below as well.
        group = self._call("POST", f"{path}/groups", GROUP_DEFINITION, deadline_ms)
        if isinstance(group, NoReply):
            return group
        body = {"inputs": list(definitions)}
        return known_path(self._call("POST", f"{path}/batch/create", body, deadline_ms), "properties")

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        """Create or update the contacts of one batch, each input with its trace id.

        With trace ids one bad input costs itself (207); without them it costs the whole batch
        (HubSpot's error handling page, multi-status errors). An update names records by HubSpot's own id, and
        then HubSpot wants no `idProperty`.
        """
        by = {} if batch.is_update else {"idProperty": batch.inputs[0].ref.id_property}
        inputs = [
            {
                **by,
                "id": entry.record_id or entry.ref.id,
                "objectWriteTraceId": entry.trace_id,
                "properties": dict(entry.properties),
            }
            for entry in batch.inputs
        ]
        verb = "update" if batch.is_update else "upsert"
        return self._batch(verb, {"inputs": inputs}, deadline_ms)

    def read_contacts(
        self,
        ids: Sequence[str],
        deadline_ms: int,
        *,
        id_property: str = "email",
        properties: Sequence[str] = (),
    ) -> Answer:
        """Read up to a hundred contacts by a unique property, with that, all their addresses, and more."""
        # HubSpot's own ids are named by no property.
        by = {} if id_property == "hs_object_id" else {"idProperty": id_property}
        body = {
            **by,
            "inputs": [{"id": each} for each in ids],
            "properties": list(dict.fromkeys(["email", "hs_additional_emails", *by.values(), *properties])),
            "propertiesWithHistory": [],
        }
        return self._batch("read", body, deadline_ms)

    def delete_contact(self, record_id: str, deadline_ms: int, *, for_good: bool) -> Answer:
        """Archive a contact, or delete it for good; by its record, which no address is mistaken for."""
        path = f"/crm/objects/{self.versions.contacts}/contacts"
        if for_good:
            return self._call("POST", f"{path}/gdpr-delete", {"objectId": record_id}, deadline_ms)
        return self._call("DELETE", f"{path}/{quote(record_id, safe='')}", None, deadline_ms)

    def _batch(self, verb: str, body: object, deadline_ms: int) -> Answer:
        path = f"/crm/objects/{self.versions.contacts}/contacts/batch/{verb}"
        return known_path(self._call("POST", path, body, deadline_ms), "contacts")

    def _call(self, method: str, path: str, body: object, deadline_ms: int) -> Answer:
        return self.calls.make(Request(method, path, body), deadline_ms)


def _results(answer: Answer) -> Sequence[object] | None:
    """Return the list that an answer holds, None if it holds none."""
    results = content(answer).get("results")
    return results if isinstance(results, list) else None
