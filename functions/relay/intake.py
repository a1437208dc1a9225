"""What every way in has in common: a request and its answer, and how events are sorted out and stored.

Answers are shaped for who calls: Segment and its libraries retry 429 and 5xx, never 400, 401, 403, 404 or
413, and take one status for a whole batch. So 200 is said only after SQS has confirmed every message, and bad
events among good ones are named in a 200 instead of failing their neighbours. Every error is an object with a
`code` and a `message`: older libraries take another one for a broken connection, and send everything again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from relay.core.admission import Gate
from relay.core.bodies import BadBody
from relay.core.documents import BadDocument, Written
from relay.core.envelopes import Envelope, lane_of, pack
from relay.core.intake_settings import IntakeSettings, read_intake_settings
from relay.core.write_keys import Source
from relay.shares import Shares, Wait

# As long as a flood or an outage may be over by then; Segment's libraries obey it, Segment itself does not.
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as API Gateway hands it over; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str = ""
    is_base64: bool = False
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `body` becomes JSON.

    For the log, `destination` is whose events it is about, and `key` the fingerprint of their write key.
    """

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Events of one request that may be let in, and what is known of the destination that they are for.

    `types` are the types that their sender may send. `source` is whose write key they came with, None for
    those of a webhook.
    """

    destination: str
    settings: IntakeSettings
    items: Sequence[Written]
    types: Collection[str]
    received_at_ms: int
    source: Source | None = None


class Parameters(Protocol):
    """A destination's `settings`, `signing-secret` and `header-secret`; the stack's `write-keys`."""

    def read(
        self, destination: str, *, fresh: bool = False, is_named: bool = False
    ) -> Mapping[str, str] | None:
        """Return the parameters that exist, none for an unknown destination; `fresh` bypasses the cache.

        The stack's own are those of the destination ""; `is_named` says that they name this one. None when
        the store is out of reach, or is not asked because strangers ask too much.
        """
        ...


class EventsQueue(Protocol):
    """Where accepted events are kept until they are delivered."""

    def send(self, bodies: Sequence[str], lane: str) -> bool:
        """Store every body, all of one lane; True only if each is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes the events of a request that has been authenticated, or says why not."""

    queue: EventsQueue
    shares: Shares
    new_id: Callable[[], str]

    def take(self, load: Load, hint: str = "No usable event.") -> Answer:
        """Store the usable events; `hint` is said where there is none."""
        events, rejected = self._sorted_out(load)
        if not events:
            return error(400, "no_usable_event", hint, rejected=rejected)
        envelope = _envelope(load, events)
        lane = lane_of(envelope)
        waiting = self.shares.take(len(events), lane, load.settings.ingest_limit, load.source)
        if waiting:
            return over_a_limit(waiting)
        if not self.queue.send(pack(envelope), lane):
            message = "The events could not be stored. Please send them again."
            return error(503, "queue_unavailable", message, retry_after_s=RETRY_AFTER_S)
        return Answer(200, {"success": True, "accepted": len(events), "rejected": rejected})

    def _sorted_out(self, load: Load) -> tuple[list[Written], list[dict[str, object]]]:
        gate = Gate(load.types, self.new_id)
        events: list[Written] = []
        rejected: list[dict[str, object]] = []
        for index, item in enumerate(load.items):
            event = gate.admit(item)
            if isinstance(event, str):
                rejected.append({"index": index, "reason": event})
            else:
                events.append(event)
        return events, rejected


def _envelope(load: Load, events: Sequence[Written]) -> Envelope:
    values = tuple(event.value for event in events if isinstance(event.value, dict))
    texts = tuple(event.text for event in events)
    grant = load.source.grant if load.source else None
    return Envelope(load.destination, load.received_at_ms, values, texts=texts, grant=grant)


def known_settings(known: Mapping[str, str], destination: str) -> IntakeSettings | Answer:
    """Return what a destination's settings say about who is let in, or that they cannot be used."""
    settings = read_intake_settings(known.get("settings", ""))
    if settings:
        return settings
    message = f"The settings of {destination!r} are not valid: mend them in SSM. Please try again."
    return error(503, "invalid_settings", message, retry_after_s=RETRY_AFTER_S)


def over_a_limit(waiting: Wait) -> Answer:
    """Return the answer to events that are too many for now."""
    share = waiting.share
    kind = "" if share.is_set else ", the default"
    message = f"Over the {share.limit} events a second of this {share.whose}{kind}. Try again later."
    return error(429, "too_many_requests", message, retry_after_s=-(-waiting.wait_ms // 1000))


def refused(bad: BadDocument) -> Answer:
    """Return the answer to a body that is not taken."""
    return error(413 if bad.too_large else 400, bad.code, bad.message)


def unreadable(bad: BadBody) -> Answer:
    """Return the answer to bytes that are no text."""
    return error(413 if bad.too_large else 400, "unreadable_body", bad.message)


def secrets_unavailable() -> Answer:
    """Return the answer while SSM is out of reach: never 401, after which nobody sends again."""
    message = "The secrets could not be read. Please try again."
    return error(503, "secrets_unavailable", message, retry_after_s=RETRY_AFTER_S)


def error(status: int, code: str, message: str, *, retry_after_s: int = 0, **more: object) -> Answer:
    """Return an error in the one shape that every caller understands."""
    headers = {"retry-after": str(retry_after_s)} if retry_after_s else {}
    return Answer(status, {"success": False, "code": code, "message": message, **more}, headers)
