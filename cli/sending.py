"""Posting events to a relay as Segment does: signed, with the secret header, in requests of its size."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from cli.parameters import output, parameters_of
from cli.stack import RunningStack, StackError
from relay.core.fields import in_our_names
from relay.core.signatures import WHOLE_BODY_HEADER

# Segment's largest batch by default, and well below what API Gateway and Lambda take.
MAX_EVENTS = 1_000
MAX_BYTES = 3_000_000
TIMEOUT_S = 30
_SECRETS = ("signing-secret", "header-secret")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the relay has said to one request; `first` is the place of the request's first event."""

    status: int
    body: Mapping[str, Any]
    events: int
    first: int

    @property
    def accepted(self) -> int:
        """How many events it has taken."""
        found = self.body.get("accepted")
        return found if isinstance(found, int) else 0

    @property
    def rejected(self) -> Sequence[Mapping[str, Any]]:
        """Which events it has not taken, by their places among all, and why."""
        found = self.body.get("rejected")
        return [
            {"index": self.first + each["index"], "reason": each["reason"]}
            for each in (found if isinstance(found, list) else ())
        ]

    @property
    def message(self) -> str:
        """Why it has taken nothing, in its words."""
        return str(self.body.get("message") or self.body.get("code") or "no words")


@dataclass(frozen=True, slots=True)
class Door:
    """Where events of a destination are posted, and the secrets that open it; these are never shown."""

    url: str
    secrets: Mapping[str, str]

    def post(self, http: httpx.Client, events: Sequence[object]) -> Iterator[Answer]:
        """Post events, in as many requests as they need; yield each answer."""
        first = 0
        for portion in portions(events):
            content = portion[0] if len(portion) == 1 else portion
            # The bytes that are signed are those that are sent.
            body = json.dumps(content, separators=(",", ":")).encode()
            response = http.post(self.url, content=body, headers=self._headers(body))
            yield Answer(response.status_code, _parsed(response), len(portion), first)
            first += len(portion)

    def _headers(self, body: bytes) -> Mapping[str, str]:
        signing, header = (self.secrets.get(name, "") for name in _SECRETS)
        headers = {"content-type": "application/json"}
        if signing:
            # The other signature of Segment's vouches for the first event of a batch only.
            headers[WHOLE_BODY_HEADER] = hmac.new(signing.encode(), body, hashlib.sha1).hexdigest()
        if header:
            headers["x-api-key"] = header
        return headers


def door_of(stack: RunningStack, destination: str) -> Door:
    """Find the webhook of a destination, and read its secrets.

    Raises:
        StackError: it has none, and so lets nobody in.
    """
    values = parameters_of(stack, destination, *_SECRETS)
    # Of several secrets, one a line, any will do.
    lines = {name: text.strip().splitlines() for name, text in values.items()}
    secrets = {name: found[0].strip() for name, found in lines.items() if found}
    if not secrets:
        raise StackError(f"Destination {destination!r} of {stack.name} has no secret, so it lets nobody in.")
    return Door(f"{output(stack, 'WebhookUrl').rpartition('/')[0]}/{destination}", secrets)


def posted(door: Door, events: Sequence[object], *, is_local: bool) -> list[Answer]:
    """Post events through a door; return each answer.

    Raises:
        StackError: it cannot be reached.
    """
    try:
        # What is on this machine is not reached through a proxy.
        with httpx.Client(timeout=TIMEOUT_S, trust_env=not is_local) as http:
            return list(door.post(http, events))
    except httpx.HTTPError as error:
        raise StackError(f"{door.url} cannot be reached: {error}. Some events may have been taken.") from None


def accepted_ids(events: Sequence[object], answers: Sequence[Answer]) -> frozenset[str]:
    """Return the message ids of those events that the relay has taken."""
    refused = {each["index"] for answer in answers for each in answer.rejected}
    refused |= {
        answer.first + n
        for answer in answers
        if answer.status != httpx.codes.OK
        for n in range(answer.events)
    }
    return frozenset(found for n, found in enumerate(ids_of(events)) if found and n not in refused)


def with_ids(events: Sequence[object]) -> list[object]:
    """Give each event a messageId that has none, as Segment's API does."""
    return [_with_id(event) for event in events]


def ids_of(events: Sequence[object]) -> list[str]:
    """Return the message id of each event, in their order; "" for what is no event."""
    return [str(event.get("messageId") or "") if isinstance(event, dict) else "" for event in events]


def portions(events: Sequence[object]) -> Iterator[list[object]]:
    """Cut events into requests of a size that the relay takes."""
    portion: list[object] = []
    size = 0
    for event in events:
        length = len(json.dumps(event))
        if portion and (len(portion) == MAX_EVENTS or size + length > MAX_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(event)
        size += length
    if portion:
        yield portion


def _with_id(event: object) -> object:
    if not isinstance(event, dict) or event.get("messageId"):
        return event
    given = in_our_names(event).event.get("messageId")
    return {**event, "messageId": given or f"relay-{uuid.uuid4()}"}


def _parsed(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
