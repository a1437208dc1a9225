"""Segment's webhook signature as Node computes it, over what other languages would write differently."""

import json
import uuid
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from clients.clients import TIMEOUT_S, run_node

from cli.local import LocalRelay
from cli.samples import SIGNING_SECRET
from relay.core.signatures import is_signed


@dataclass(frozen=True, slots=True)
class Signed:
    """A body, the bytes of it that `signature` covers, and what it is to show."""

    name: str
    body: bytes
    first: bytes
    signature: str

    @property
    def events(self) -> Sequence[dict[str, Any]]:
        """The events without their wrappers."""
        content = json.loads(self.body)
        events = content if isinstance(content, list) else [content]
        return [event.get("json", event) for event in events]

    def changed_at(self, position: int) -> bytes:
        """Return the body with another bit at a position of the signed bytes."""
        at = self.body.index(self.first) + position
        return self.body[:at] + bytes([self.body[at] ^ 1]) + self.body[at + 1 :]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Signed]:
    plan = {"secret": SIGNING_SECRET, "key": f"k{uuid.uuid4().hex[:12]}"}
    printed = run_node("signatures.mjs", plan, tmp_path_factory.mktemp("signatures"))
    return [
        Signed(each["name"], b64decode(each["body"]), b64decode(each["first"]), each["signature"])
        for each in printed
    ]


def test_what_node_has_signed_is_verified(signed: Sequence[Signed]) -> None:
    assert [each.name for each in signed if not is_signed(each.body, each.signature, [SIGNING_SECRET])] == []


def test_what_is_changed_by_one_bit_anywhere_is_refused(signed: Sequence[Signed]) -> None:
    taken = [
        (each.name, position)
        for each in signed
        for position in range(len(each.first))
        if is_signed(each.changed_at(position), each.signature, [SIGNING_SECRET])
    ]

    assert taken == []


def test_a_verifier_that_writes_the_json_anew_would_refuse_some(signed: Sequence[Signed]) -> None:
    anew = {each.name: _written_anew(each.first) == each.first for each in signed}

    assert {name.partition(",")[0] for name, is_same in anew.items() if not is_same} == {
        "floats",
        "lone surrogates",
    }


@pytest.mark.stack
def test_the_relay_takes_and_settles_all_of_them(relay: LocalRelay, signed: Sequence[Signed]) -> None:
    answers = {each.name: post(relay, each.body, each.signature) for each in signed}
    refusals = {each.name: post(relay, each.changed_at(0), each.signature) for each in signed}

    assert {answer.status_code for answer in answers.values()} == {HTTPStatus.OK}
    assert [answers[each.name].json()["accepted"] for each in signed] == [len(each.events) for each in signed]
    assert {answer.status_code for answer in refusals.values()} == {HTTPStatus.UNAUTHORIZED}
    message_ids = frozenset(event["messageId"] for each in signed for event in each.events)
    lines = relay.journal.wait_for(message_ids, TIMEOUT_S)
    assert lines.keys() == message_ids
    assert {line.outcome for line in lines.values()} == {"delivered"}


def post(relay: LocalRelay, body: bytes, signature: str) -> httpx.Response:
    headers = {"content-type": "application/json", "x-signature": signature}
    return relay.http.post(relay.webhook_url, content=body, headers=headers)


def _written_anew(first: bytes) -> bytes:
    text = json.dumps(json.loads(first), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
