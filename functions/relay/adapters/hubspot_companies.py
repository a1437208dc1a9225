"""HubSpot's API for companies, and for the links of contacts to them: one method a call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer
from relay.core.bucket import Family
from relay.core.groups import DOMAIN
from relay.core.paths import known_path
from relay.core.planning import Batch, Input
from relay.core.searching import Search, body_of
from relay.core.versions import Versions
from relay.labels import NO_LABELS, PRIMARY, Label, Labelled, Pair

_PRIMARY = Label("HUBSPOT_DEFINED", PRIMARY)


@dataclass(frozen=True, slots=True)
class HubSpotCompanies:
    """The companies of the portal that `calls` reach, in these `versions` of the API."""

    calls: Calls
    versions: Versions

    def write_companies(self, batch: Batch, deadline_ms: int) -> Answer:
        """Write the companies of one batch, each input with its trace id.

        Known records are updated. By `domain` HubSpot finds no company to update, so these are made; by
        another property, which has to be unique, they are made or updated.
        """
        by = batch.inputs[0].ref.id_property
        verb = "update" if batch.is_update else "create" if by == DOMAIN else "upsert"
        body = {"inputs": [_NAMED[verb](entry) | _written(entry) for entry in batch.inputs]}
        path = f"/crm/objects/{self.versions.companies}/companies/batch/{verb}"
        return known_path(self.calls.make(Request("POST", path, body), deadline_ms), "companies")

    def search_companies(self, search: Search, after: str, deadline_ms: int) -> Answer:
        """Return one page of the companies that any term of `search` means, the oldest first."""
        path = f"/crm/objects/{self.versions.companies}/companies/search"
        asked = Request("POST", path, body_of(search, after), Family.SEARCH)
        return known_path(self.calls.make(asked, deadline_ms), "companies")

    def associate(
        self, pairs: Sequence[Pair], deadline_ms: int, *, primary: bool, labels: Labelled = NO_LABELS
    ) -> Answer:
        """Associate up to 2,000 pairs of a contact and a company.

        With `primary`, as its primary company; then a pair keeps none but these `labels`.
        """
        types = {pair: [_PRIMARY, *labels.get(pair, ())] if primary else [] for pair in pairs}
        inputs = [
            {
                "from": {"id": contact},
                "to": {"id": company},
                **({"types": [_type(each) for each in own]} if own else {}),
            }
            for (contact, company), own in types.items()
        ]
        return self._associations("create" if primary else "associate/default", inputs, deadline_ms)

    def read_associations(self, contacts: Mapping[str, str], deadline_ms: int) -> Answer:
        """Read the companies of up to 1,000 contacts, each from a place on; "" is the first."""
        inputs = [{"id": each, **({"after": after} if after else {})} for each, after in contacts.items()]
        return self._associations("read", inputs, deadline_ms)

    def _associations(self, verb: str, inputs: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        path = f"/crm/associations/{self.versions.associations}/contacts/companies/batch/{verb}"
        asked = Request("POST", path, {"inputs": inputs}, Family.ASSOCIATIONS)
        return known_path(self.calls.make(asked, deadline_ms), "associations")


def _type(label: Label) -> Mapping[str, object]:
    return {"associationCategory": label.category, "associationTypeId": label.type_id}


def _written(entry: Input) -> dict[str, object]:
    return {"objectWriteTraceId": entry.trace_id, "properties": dict(entry.properties)}


_NAMED: Mapping[str, Callable[[Input], dict[str, object]]] = {
    "update": lambda entry: {"id": entry.record_id},
    # The links are made apart, for contacts that may come later.
    "create": lambda _: {"associations": []},
    "upsert": lambda entry: {"idProperty": entry.ref.id_property, "id": entry.ref.id},
}
