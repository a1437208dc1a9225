"""HubSpot's API for custom events and their definitions: one method a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, urlencode

from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer, NoReply, Reply
from relay.core.occurrences import CustomEvent
from relay.core.paths import UNKNOWN_PATH, event_paths, is_unknown, known_path
from relay.core.versions import Versions

# HubSpot documents no largest page for definitions; its other lists have this one.
PAGE = 100
_TAKEN = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT})


@dataclass(frozen=True, slots=True)
class HubSpotEvents:
    """The portal that `calls` reach, in these `versions` of the API.

    `working` holds the path below which HubSpot has taken events last, if it has taken any.
    """

    calls: Calls
    versions: Versions
    working: list[str] = field(default_factory=list)

    def definitions(self, after: str, deadline_ms: int) -> Answer:
        """Read a page of definitions with their properties: the first, or the one that begins `after`."""
        asked = {"limit": PAGE, "includeProperties": "true"} | ({"after": after} if after else {})
        answer = self.calls.make(Request("GET", f"{self._definitions}?{urlencode(asked)}"), deadline_ms)
        return known_path(answer, "event_definitions")

    def create_definition(self, body: Mapping[str, object], deadline_ms: int) -> Answer:
        """Create a definition."""
        answer = self.calls.make(Request("POST", self._definitions, body), deadline_ms)
        return known_path(answer, "event_definitions")

    def add_property(self, qualified_name: str, body: Mapping[str, object], deadline_ms: int) -> Answer:
        """Give a definition one more property."""
        path = f"{self._definitions}/{quote(qualified_name, safe='')}/property"
        return self.calls.make(Request("POST", path, body), deadline_ms)

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        """Send up to 500 events, below another documented path where HubSpot does not have the first.

        HubSpot exempts this call from its limits, so it takes no token.
        """
        body = {"inputs": [event.as_json for event in events]}
        answer: Answer = NoReply(f"{UNKNOWN_PATH}: events")
        for path in dict.fromkeys([*self.working, *event_paths(self.versions.events)]):
            answer = self.calls.make(Request("POST", f"{path}/send/batch", body, None), deadline_ms)
            if isinstance(answer, Reply) and answer.status in _TAKEN:
                self.working[:] = [path]
            if not is_unknown(answer):
                break
        return known_path(answer, "events")

    @property
    def _definitions(self) -> str:
        return f"/events/{self.versions.event_definitions}/event-definitions"
