"""HubSpot's API for custom events and their definitions: one method a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer
from relay.core.occurrences import CustomEvent

# HubSpot documents no largest page for definitions; its other lists have this one.
PAGE = 100


@dataclass(frozen=True, slots=True)
class HubSpotEvents:
    """The portal that `calls` reach, in one `version` of the API."""

    calls: Calls
    version: str

    def definitions(self, after: str, deadline_ms: int) -> Answer:
        """Read a page of definitions with their properties: the first, or the one that begins `after`."""
        asked = {"limit": PAGE, "includeProperties": "true"} | ({"after": after} if after else {})
        return self.calls.make(Request("GET", f"{self._definitions}?{urlencode(asked)}"), deadline_ms)

    def create_definition(self, body: Mapping[str, object], deadline_ms: int) -> Answer:
        """Create a definition."""
        return self.calls.make(Request("POST", self._definitions, body), deadline_ms)

    def add_property(self, qualified_name: str, body: Mapping[str, object], deadline_ms: int) -> Answer:
        """Give a definition one more property."""
        path = f"{self._definitions}/{quote(qualified_name, safe='')}/property"
        return self.calls.make(Request("POST", path, body), deadline_ms)

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        """Send up to 500 events. HubSpot exempts this call from its limits, so it takes no token."""
        body = {"inputs": [event.as_json for event in events]}
        return self.calls.make(Request("POST", f"/events/{self.version}/send/batch", body, None), deadline_ms)

    @property
    def _definitions(self) -> str:
        return f"/events/{self.version}/event-definitions"
