"""The ingest handler, asked what nobody should ask it: it always answers, in shape, and stores what it says.

Python's own json, and a second reading of what Segment's servers do, say what has to be on the queue. More
examples: FUZZ_EXAMPLES=20000.
"""

import io
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from functional.odd_requests import (
    BATCHES,
    BROWSER,
    CALLS,
    HEADER,
    KEY,
    PARAMETERS,
    PERSON,
    SIGNING,
    Asked,
    anything,
    tracking_calls,
    webhooks,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intakes import FakeParameters, FakeQueue, front_door

from ingest import app
from relay.adapters.queue import MAX_BYTES, chunks
from relay.core.blanks import trimmed
from relay.core.envelopes import MAX_MESSAGE_BYTES, Envelope, Message, unpack
from relay.core.events import Malformed, parse

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
STATUSES = {200, 400, 401, 403, 404, 413, 429, 503}
# What SQS takes, of ASCII.
SENDABLE = re.compile(r"[\t\n\r\x20-\x7f]*")
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    queue: FakeQueue
    said: str


def ask(
    asked: Asked, *, waits_ms: Sequence[int] = (), stores: bool = True, is_ssm_up: bool = True
) -> Answered:
    queue, log = FakeQueue(stores=stores), io.StringIO()
    door = front_door(FakeParameters(PARAMETERS if is_ssm_up else None), queue, waits_ms)
    with (
        patch.object(app, "front_door", lambda: door),
        patch.object(app.logger.registered_handler, "stream", log),
    ):
        answer: Any = app.handler(asked.event, None)
    said = json.dumps(answer) + log.getvalue()
    assert len(log.getvalue().splitlines()) == 1
    return Answered(answer["statusCode"], answer["headers"], json.loads(answer["body"]), queue, said)


def check(asked: Asked, answered: Answered) -> None:
    """Check what holds of every answer."""
    assert answered.status in STATUSES
    assert isinstance(answered.body, dict)
    assert all(
        name.isascii() and value.isascii() and value.isprintable() for name, value in answered.headers.items()
    )
    if answered.status == 200:
        assert answered.body.get("success", "integrations" in answered.body) is True
    else:
        check_error(answered)
    check_privacy(asked, answered)
    check_queue(answered)


def check_error(answered: Answered) -> None:
    assert answered.body.keys() - {"rejected"} == {"success", "code", "message"}
    assert answered.body["success"] is False
    assert all(isinstance(answered.body[name], str) and answered.body[name] for name in ("code", "message"))
    assert ("rejected" in answered.body) == (answered.body["code"] == "no_usable_event")
    assert answered.status == 503 or not answered.queue.bodies
    assert (answered.status in {429, 503}) == ("retry-after" in answered.headers)


def check_privacy(asked: Asked, answered: Answered) -> None:
    # Segment asks for an audience's name back, a library is told the key that it has named.
    is_told = "externalId" in answered.body or "integrations" in answered.body
    private = [SIGNING, HEADER] + ([] if is_told else [PERSON, KEY, BROWSER])
    origin = json.dumps(answered.headers.get("access-control-allow-origin", "none"))
    # A page may read what it has asked for.
    said = answered.said.replace(origin, "")
    for secret in private:
        assert secret not in said
    for body in answered.queue.bodies:
        assert not any(secret in read_text(body) for secret in (SIGNING, HEADER, KEY, BROWSER)), asked


def read_text(body: str) -> str:
    letter = unpack(body)
    return body + (json.dumps(letter.events) if isinstance(letter, Envelope) else "")


def check_queue(answered: Answered) -> None:
    bodies = answered.queue.bodies
    for body in bodies:
        assert SENDABLE.fullmatch(body)
        letter = unpack(body)
        assert isinstance(letter, Envelope)
        assert len(body) <= MAX_MESSAGE_BYTES or len(letter.events) == 1
        for event in letter.events:
            found = parse(event, received_at_ms=letter.received_at_ms, fallback_id="none")
            # The sender finds an id that it knows for one.
            assert isinstance(found, Malformed) or found.message_id != "none"
            assert "writeKey" not in event
    parts = chunks([Message(body, "default") for body in bodies])
    assert all(sum(len(each.body) for each in part) <= MAX_BYTES and len(part) <= 10 for part in parts)


@given(webhooks())
@many
def test_a_webhook_takes_exactly_what_python_reads(asked: Asked) -> None:
    answered = ask(asked)

    check(asked, answered)
    assert (answered.status == 401) <= (not asked.is_let_in)
    assert (answered.status == 200) <= asked.is_let_in
    check_content(asked, answered)


@given(tracking_calls())
@many
def test_the_tracking_api_takes_exactly_what_python_reads(asked: Asked) -> None:
    answered = ask(asked)

    check(asked, answered)
    check_content(asked, answered)


@given(anything(), st.booleans())
@many
def test_whatever_is_asked_for_without_a_credential_stores_nothing(asked: Asked, is_ssm_up: bool) -> None:  # noqa: FBT001 - drawn
    answered = ask(asked, is_ssm_up=is_ssm_up)

    check(asked, answered)
    assert not answered.queue.bodies


@given(webhooks() | tracking_calls(), st.sampled_from((0, 1, 999, 60_000)))
@many
def test_what_cannot_be_stored_is_never_said_to_be(asked: Asked, wait_ms: int) -> None:
    answered = ask(asked, waits_ms=[wait_ms], stores=False)

    check(asked, answered)
    assert "accepted" not in answered.body


def check_content(asked: Asked, answered: Answered) -> None:
    """Compare what is on the queue with what Python's json says of the body."""
    if asked.raw is None:
        assert answered.status in {400, 401, 403, 413}
        return
    document = read(asked.raw)
    if "accepted" not in answered.body:
        # Python must have refused too what is called invalid.
        assert (answered.body.get("code") == "invalid_json") <= (document is None)
        return
    assert document is not None
    items = list(events_of(document[0], asked.parts))
    rejected = {entry["index"] for entry in answered.body["rejected"]}
    assert answered.body["accepted"] + len(rejected) == len(items)
    taken = [event for n, event in enumerate(items) if n not in rejected]
    expected = sorted(taken, key=lambda event: event.get("type") == "track")
    assert [comparable(event, asked) for event in answered.queue.events] == [
        comparable(event, asked) for event in expected
    ]


def read(raw: bytes) -> tuple[object] | None:
    try:
        return (json.loads(raw.decode("utf-8-sig", "surrogatepass").strip(" \t\r\n"), parse_int=whole),)
    except (ValueError, RecursionError):
        return None


def whole(digits: str) -> float:
    return int(digits) if len(digits) <= 400 else float(digits)


def events_of(document: object, parts: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a body as they should go to the queue; what is no event as an empty one."""
    items = document if isinstance(document, list) else [document]
    if parts[0] != "webhook":
        kind = CALLS.get(parts[-1], "") if parts[-1] not in BATCHES else ""
        yield from ([{**completed(document, {}), "type": kind}] if kind else of_batch(document))
    elif len(items) == 1 and isinstance(items[0], dict) and "type" not in items[0] and "batch" in items[0]:
        yield from of_batch(items[0])
    else:
        yield from (unwrapped(item) for item in items)


def of_batch(body: Any) -> Iterator[Mapping[str, Any]]:
    yield from (unwrapped(completed(item, body)) for item in body["batch"])


def completed(item: Any, body: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        return {}
    event = {name: value for name, value in item.items() if name not in {"writeKey", "_metadata"}}
    for name in ("context", "integrations"):
        own = item.get(name)
        own = {} if own is None or own == [] else own
        if isinstance(body.get(name), dict) and isinstance(own, dict):
            event[name] = {**body[name], **own}
    return event


def unwrapped(item: Any) -> Mapping[str, Any]:
    inner = item["json"] if isinstance(item, dict) and list(item) == ["json"] else item
    return inner if isinstance(inner, dict) else {}


def comparable(event: Mapping[str, Any], asked: Asked) -> str:
    # A clock that is wrong is corrected, which has tests of its own; what has no id is given one.
    left_out = {"writeKey"} | (set() if asked.parts[0] == "webhook" else {"timestamp", "originalTimestamp"})
    kept = {name: value for name, value in event.items() if name not in left_out}
    own_id = kept.pop("messageId", None)
    is_given = not is_id(own_id) or str(own_id).startswith("relay-")
    return json.dumps(bounded([kept, None if is_given else own_id]))


def is_id(value: object) -> bool:
    if isinstance(value, str):
        return bool(trimmed(value))
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**1024


def bounded(value: Any) -> Any:
    """Let numbers of over 400 digits be infinite, as they become where Python refuses to read one."""
    if isinstance(value, dict):
        return {name: bounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [bounded(part) for part in value]
    is_huge = isinstance(value, int) and abs(value) >= 10**400
    return (math.inf if value > 0 else -math.inf) if is_huge else value
