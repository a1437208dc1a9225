"""The use case of ingest, with fakes for its ports."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cli.samples import signature
from relay.core.envelopes import Envelope, unpack
from relay.intake import Answer, Intake, Request

SECRETS = {"settings": "{}", "signing-secret": "old-secret\nnew-secret\n", "header-secret": "header-secret-1"}
IDENTIFY = b'{"type":"identify","messageId":"m-1","traits":{"email":"kim@example.org"}}'
BATCH = b'[{"type":"identify","messageId":"m-1"},{"type":"track","messageId":"m-2"},{"type":"nonsense"},7]'


@dataclass
class FakeSecrets:
    """Parameters by destination; `rotated` is what a fresh read finds, None is SSM out of reach."""

    known: Mapping[str, str] | None
    rotated: Mapping[str, str] | None = None
    reads: list[bool] = field(default_factory=list)

    def read(self, destination: str, *, fresh: bool = False) -> Mapping[str, str] | None:
        self.reads.append(fresh)
        if destination != "default":
            return {}
        return self.rotated if fresh and self.rotated is not None else self.known


@dataclass
class FakeQueue:
    stores: bool = True
    bodies: list[str] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str], destination: str) -> bool:
        self.bodies += bodies
        self.destinations.append(destination)
        return self.stores

    @property
    def envelopes(self) -> list[Envelope]:
        return [letter for body in self.bodies if isinstance(letter := unpack(body), Envelope)]


def request(
    body: bytes = IDENTIFY, headers: Mapping[str, str] | None = None, *, destination: str = "default"
) -> Request:
    signed = {"x-signature": signature(body, "new-secret")}
    return Request(
        destination, signed if headers is None else headers, body.decode("utf-8", "replace"), is_base64=False
    )


def receive(asked: Request, queue: FakeQueue | None = None, secrets: FakeSecrets | None = None) -> Answer:
    intake = Intake(secrets or FakeSecrets(SECRETS), queue or FakeQueue())
    return intake.receive(asked, received_at_ms=1_000)


def code(answer: Answer) -> object:
    return answer.body.get("code")


def test_a_signed_event_is_stored_untouched_and_accepted() -> None:
    queue = FakeQueue()

    answer = receive(request(), queue)

    assert answer == Answer(200, {"success": True, "accepted": 1, "rejected": []})
    assert queue.envelopes == [Envelope("default", 1_000, (json.loads(IDENTIFY),))]
    assert queue.destinations == ["default"]


def test_the_good_events_of_a_batch_are_taken_and_the_bad_ones_named() -> None:
    queue = FakeQueue()

    answer = receive(request(BATCH), queue)

    assert answer.status == 200
    assert answer.body["accepted"] == 2
    assert answer.body["rejected"] == [
        {"index": 2, "reason": "unknown_type"},
        {"index": 3, "reason": "not_an_object"},
    ]
    assert [event["messageId"] for envelope in queue.envelopes for event in envelope.events] == ["m-1", "m-2"]


def test_the_wrapper_of_the_extensible_webhook_is_taken_off() -> None:
    queue = FakeQueue()
    body = b'[{"json":' + IDENTIFY + b"}]"
    headers = {"x-signature": signature(IDENTIFY, "new-secret")}

    assert receive(request(body, headers), queue).status == 200
    assert queue.envelopes[0].events == (json.loads(IDENTIFY),)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-signature": signature(IDENTIFY, "old-secret")}, 200),
        ({"authorization": "Bearer header-secret-1"}, 200),
        ({"authorization": "bearer header-secret-1"}, 200),
        ({"x-api-key": "header-secret-1"}, 200),
        ({"x-api-key": "header-secret-1", "x-signature": "0" * 40}, 200),
        ({"authorization": "Basic header-secret-1"}, 401),
        ({"authorization": "Bearer new-secret"}, 401),
        ({"x-api-key": ""}, 401),
        ({"x-api-key": "ø"}, 401),
        ({"x-signature": ""}, 401),
        ({"x-signature": "ø"}, 401),
        ({}, 401),
    ],
)
def test_only_a_known_credential_lets_a_request_in(headers: Mapping[str, str], expected: int) -> None:
    queue = FakeQueue()

    answer = receive(request(headers=headers), queue)

    assert answer.status == expected
    assert bool(queue.bodies) == (expected == 200)


@pytest.mark.parametrize(
    ("headers", "expected"), [({"x-signature": "0" * 40}, "invalid_signature"), ({}, "missing_credential")]
)
def test_a_refusal_says_what_was_wrong(headers: Mapping[str, str], expected: str) -> None:
    assert code(receive(request(headers=headers))) == expected


def test_a_rotated_secret_is_noticed_by_the_first_request_signed_with_it() -> None:
    secrets = FakeSecrets({"signing-secret": "old-secret"}, rotated={"signing-secret": "new-secret"})

    assert receive(request(), secrets=secrets).status == 200
    assert secrets.reads == [False, True]


def test_a_good_signature_costs_one_look_at_the_secrets() -> None:
    secrets = FakeSecrets(SECRETS)

    receive(request(), secrets=secrets)

    assert secrets.reads == [False]


@pytest.mark.parametrize("known", [{"settings": "{}"}, {"settings": "{}", "signing-secret": " \n"}])
def test_a_destination_without_a_secret_lets_nobody_in_and_says_how_to_set_one(
    known: Mapping[str, str],
) -> None:
    answer = receive(request(), secrets=FakeSecrets(known))

    assert (answer.status, code(answer)) == (401, "no_secret_configured")
    assert "default/signing-secret" in str(answer.body["message"])


@pytest.mark.parametrize("destination", ["elsewhere", "", "UPPER", "a/b", "-a", "a" * 64])
def test_an_unknown_destination_is_not_found(destination: str) -> None:
    assert receive(request(destination=destination)).status == 404


def test_secrets_out_of_reach_ask_for_another_try_and_never_say_unauthorised() -> None:
    assert receive(request(), secrets=FakeSecrets(None)).status == 503


def test_secrets_that_go_out_of_reach_during_the_second_look_ask_for_another_try() -> None:
    class GoneOnSecondLook(FakeSecrets):
        def read(self, destination: str, *, fresh: bool = False) -> Mapping[str, str] | None:
            return None if fresh else super().read(destination)

    assert receive(request(headers={}), secrets=GoneOnSecondLook(SECRETS)).status == 503


def test_events_that_could_not_be_stored_are_not_accepted() -> None:
    assert receive(request(), FakeQueue(stores=False)).status == 503


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[1", "invalid_signature"),
        (b"", "invalid_signature"),
        (b"{nonsense", "invalid_json"),
        (b'{"a":' * 100_000, "invalid_json"),
        (b'{"email":"kim@example.org"}', "no_usable_event"),
        (b'{"type":["identify"]}', "no_usable_event"),
        (b'{"type":"identify","n":' + b"9" * 5_000 + b"}", "invalid_json"),
    ],
)
def test_a_body_that_holds_no_event_is_refused_with_a_reason(body: bytes, expected: str) -> None:
    answer = receive(
        request(body, {"x-signature": signature(body, "new-secret") if body[:1] == b"{" else "0"})
    )

    assert code(answer) == expected
    assert answer.status in {400, 401}


def test_a_mapping_that_is_not_the_whole_event_gets_the_hint() -> None:
    answer = receive(request(b'{"email":"kim@example.org"}'))

    assert "$." in str(answer.body["message"])
    assert answer.body["rejected"] == [{"index": 0, "reason": "missing_type"}]


def test_an_event_too_large_for_the_queue_is_named_and_its_neighbours_are_taken() -> None:
    huge = {"type": "identify", "traits": {"note": "x" * 600_000}}
    body = json.dumps([json.loads(IDENTIFY), huge]).encode()

    answer = receive(request(body))

    assert (answer.body["accepted"], answer.body["rejected"]) == (1, [{"index": 1, "reason": "too_large"}])


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(base64.b64encode(IDENTIFY), ""), (base64.b64encode(gzip.compress(IDENTIFY)), "gzip")],
)
def test_base64_and_gzip_are_undone_before_the_signature_is_checked(body: bytes, encoding: str) -> None:
    headers = {"x-signature": signature(IDENTIFY, "new-secret"), "content-encoding": encoding}

    assert receive(Request("default", headers, body.decode(), is_base64=True)).status == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [("not base64!", 400), (base64.b64encode(gzip.compress(b" " * 11_000_000)).decode(), 413)],
)
def test_a_body_that_cannot_be_read_is_refused_before_anything_else(body: str, expected: int) -> None:
    asked = Request("default", {"content-encoding": "gzip"}, body, is_base64=True)
    secrets = FakeSecrets(SECRETS)

    assert receive(asked, secrets=secrets).status == expected
    assert secrets.reads == []


@pytest.mark.parametrize(
    "text", ["\\ud800", "\\uffff", "\\u0000", "1e400", "NaN", "123456789012345678901234567890"]
)
def test_odd_but_legal_content_neither_crashes_nor_spoils_a_message(text: str) -> None:
    value = f'"{text}"' if text.startswith("\\") else text
    queue = FakeQueue()

    answer = receive(request(f'{{"type":"identify","traits":{{"x":{value}}}}}'.encode()), queue)

    assert answer.status == 200
    assert queue.bodies[0].isascii()
    assert len(queue.envelopes) == 1
