"""Small things that many tests need, with only what matters to each spelled out."""

from collections.abc import Mapping

from relay.core.answers import Reply
from relay.core.events import Event, parse
from relay.core.mapping import ObjectRef, UpsertObject
from relay.core.planning import Batch, Change, Input


def identify(**changes: object) -> dict[str, object]:
    """Return an identify as Segment sends it."""
    return {"type": "identify", "messageId": "m-1", "userId": "u-1", "traits": {}} | changes


def event(received_at_ms: int = 1_000, /, **changes: object) -> Event:
    """Return a parsed identify."""
    parsed = parse(identify(**changes), received_at_ms=received_at_ms, fallback_id="r-1-0")
    assert isinstance(parsed, Event)
    return parsed


def change(source: int, address: str, at_ms: int = 0, **properties: str) -> Change:
    """Return what an event at a time wants of a contact."""
    intent = UpsertObject(ObjectRef("contacts", "email", address), properties)
    return Change(source, (at_ms, at_ms, f"m-{source}"), intent)


def batch(*emails: str) -> Batch:
    """Return a batch with a contact for each address, its trace ids counting from 0."""
    inputs = [
        Input(str(n), ObjectRef("contacts", "email", email), {"email": email}, (n,))
        for n, email in enumerate(emails)
    ]
    return Batch(tuple(inputs))


def written(trace_id: str, object_id: str) -> dict[str, object]:
    """Return one result of an upsert."""
    return {"id": object_id, "new": False, "objectWriteTraceId": trace_id, "properties": {}}


def reply(status_code: int, /, **body: object) -> Reply:
    """Return an answer with a JSON body, as HubSpot writes it."""
    return refusal(status_code, body) if status_code >= 400 else Reply(status_code, body)


def refusal(status_code: int, body: Mapping[str, object] | None = None) -> Reply:
    """Return a refusal of HubSpot's, whatever else it says."""
    return Reply(status_code, {"status": "error", **(body or {})})
