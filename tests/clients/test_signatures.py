"""Segment's webhook signatures as Node computes them, over what other languages would write differently."""

import json
import uuid
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from clients.clients import TIMEOUT_S, run_node

from cli.local import LocalRelay
from cli.samples import SIGNING_SECRET
from relay.core.signatures import Cover, covered


@dataclass(frozen=True, slots=True)
class Post:
    """A request of Segment's: its body, and the bytes of it that the signature in `header` covers."""

    name: str
    header: str
    body: bytes
    signed: bytes
    signature: str

    @classmethod
    def from_json(cls, printed: Mapping[str, str]) -> "Post":
        body, signed = (b64decode(printed[name]) for name in ("body", "signed"))
        return cls(printed["name"], printed["header"], body, signed, printed["signature"])

    @property
    def events(self) -> Sequence[dict[str, Any]]:
        """The events without their wrappers."""
        content = json.loads(self.body)
        events = content if isinstance(content, list) else [content]
        return [event.get("json", event) for event in events]

    @property
    def cover(self) -> Cover:
        """What the signature vouches for."""
        return Cover.WHOLE if self.signed == self.body else Cover.FIRST

    def changed_at(self, position: int) -> bytes:
        """Return the body with another bit at a position of the signed bytes."""
        at = self.body.index(self.signed) + position
        return self.body[:at] + bytes([self.body[at] ^ 1]) + self.body[at + 1 :]


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Post]:
    plan = {"secret": SIGNING_SECRET, "key": f"k{uuid.uuid4().hex[:12]}"}
    printed = run_node("signatures.mjs", plan, tmp_path_factory.mktemp("signatures"))
    return [Post.from_json(each) for each in printed]


def test_what_node_has_signed_is_verified(posts: Sequence[Post]) -> None:
    verified = {post.name: covered(post.body, post.signature, [SIGNING_SECRET]) for post in posts}

    assert verified == {post.name: post.cover for post in posts}


def test_what_is_changed_by_one_bit_anywhere_is_refused(posts: Sequence[Post]) -> None:
    taken = [
        (post.name, position)
        for post in posts
        for position in range(len(post.signed))
        if covered(post.changed_at(position), post.signature, [SIGNING_SECRET]) is not Cover.NOTHING
    ]

    assert taken == []


def test_a_verifier_that_writes_the_json_anew_would_refuse_some(posts: Sequence[Post]) -> None:
    differ = {post.name.partition(",")[0] for post in posts if written_anew(post.signed) != post.signed}

    assert differ == {"floats", "lone surrogates"}


@pytest.mark.stack
def test_the_relay_takes_and_settles_all_of_them(relay: LocalRelay, posts: Sequence[Post]) -> None:
    answers = [sent(relay, post, post.body) for post in posts]
    refusals = [sent(relay, post, post.changed_at(0)) for post in posts]

    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    assert [answer.json()["accepted"] for answer in answers] == [len(post.events) for post in posts]
    assert {answer.status_code for answer in refusals} == {HTTPStatus.UNAUTHORIZED}
    message_ids = frozenset(event["messageId"] for post in posts for event in post.events)
    lines = relay.journal.wait_for(message_ids, TIMEOUT_S)
    assert lines.keys() == message_ids
    assert {line.outcome for line in lines.values()} == {"delivered"}


def sent(relay: LocalRelay, post: Post, body: bytes) -> httpx.Response:
    """Send a body under the signature of a post."""
    headers = {"content-type": "application/json", post.header: post.signature}
    return relay.http.post(relay.webhook_url, content=body, headers=headers)


def written_anew(text: bytes) -> bytes:
    """Return the JSON as Python writes what it has read."""
    anew = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    return anew.encode("utf-8", "surrogatepass")
