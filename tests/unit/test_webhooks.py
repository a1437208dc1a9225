"""Webhooks of Segment, with fakes for the ports of ingest."""

import base64
import gzip
import hmac
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from intakes import FakeParameters, FakeQueue, front_door

from cli.samples import signature
from relay.core.envelopes import Envelope
from relay.core.events import Event, parse
from relay.core.signatures import Cover, covered
from relay.intake import Answer, Request

SECRETS = {"settings": "{}", "signing-secret": "old-secret\nnew-secret\n", "header-secret": "header-secret-1"}
IDENTIFY = b'{"type":"identify","messageId":"m-1","traits":{"email":"kim@example.org"}}'
BATCH = b'[{"type":"identify","messageId":"m-1"},{"type":"track","messageId":"m-2"},{"type":"nonsense"},7]'


def request(
    body: bytes = IDENTIFY, headers: Mapping[str, str] | None = None, *, destination: str = "default"
) -> Request:
    signed = {"x-signature": signature(body, "new-secret")}
    path = f"/webhook/{destination}"
    return Request("POST", path, signed if headers is None else headers, body.decode("utf-8", "replace"))


def receive(asked: Request, queue: FakeQueue | None = None, known: FakeParameters | None = None) -> Answer:
    door = front_door(known or FakeParameters({"default": SECRETS}), queue or FakeQueue())
    return door.receive(asked, received_at_ms=1_000)


def known(rotated: Mapping[str, str] | None = None, **parameters: str) -> FakeParameters:
    values = {name.replace("_", "-"): value for name, value in parameters.items()}
    return FakeParameters({"default": values}, {"default": rotated} if rotated else None)


def code(answer: Answer) -> object:
    return answer.body.get("code")


def rejected_of(answer: Answer) -> list[Mapping[str, object]]:
    found = answer.body["rejected"]
    assert isinstance(found, list)
    return found


def test_a_signed_event_is_stored_untouched_and_accepted() -> None:
    queue = FakeQueue()

    answer = receive(request(), queue)

    assert answer.status == 200
    assert answer.body == {"success": True, "accepted": 1, "rejected": []}
    assert answer.destination == "default"
    assert queue.envelopes == [Envelope("default", 1_000, (json.loads(IDENTIFY),))]
    assert queue.lanes == ["default"]


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


@pytest.mark.parametrize("wrapped", [b'{"json": %b}', b'{ "json":%b}', b'{"json":\n%b }', b'{"json":%b }'])
def test_a_wrapper_is_taken_off_however_it_is_spaced(wrapped: bytes) -> None:
    queue = FakeQueue()
    headers = {"x-api-key": "header-secret-1"}

    assert receive(request(b"[" + wrapped % IDENTIFY + b"]", headers), queue).status == 200
    assert queue.envelopes[0].events == (json.loads(IDENTIFY),)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"json": ' + IDENTIFY + b"}]",
        b'[{ "json" :' + IDENTIFY + b"}]",
        b'[{"json":' + IDENTIFY + b" }]",
        b'[{"json":7,"json":' + IDENTIFY + b"}]",
        b'[{"json":' + IDENTIFY + b',"json":' + IDENTIFY + b"}]",
        b'[{"j\\u0073on":' + IDENTIFY + b"}]",
    ],
)
def test_the_wrapper_may_be_written_as_json_allows(body: bytes) -> None:
    queue = FakeQueue()

    assert receive(request(body, {"x-api-key": "header-secret-1"}), queue).status == 200
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
    secrets = known(signing_secret="old-secret", rotated={"signing-secret": "new-secret"})

    assert receive(request(), known=secrets).status == 200
    assert secrets.reads == [("default", False), ("default", True)]


def test_the_body_of_somebody_unknown_is_worked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def looked(raw: bytes, signature: str, secrets: list[str]) -> Cover:
        looks.append(signature)
        return covered(raw, signature, secrets)

    monkeypatch.setattr("relay.webhooks.covered", looked)

    assert receive(request(headers={"x-signature": "0" * 40})).status == 401
    assert looks == ["0" * 40]


def test_a_good_signature_costs_one_look_at_the_secrets() -> None:
    secrets = FakeParameters({"default": SECRETS})

    receive(request(), known=secrets)

    assert secrets.reads == [("default", False)]


@pytest.mark.parametrize("values", [{"settings": "{}"}, {"settings": "{}", "signing-secret": " \n"}])
def test_a_destination_without_a_secret_lets_nobody_in_and_says_how_to_set_one(
    values: Mapping[str, str],
) -> None:
    answer = receive(request(), known=FakeParameters({"default": values}))

    assert (answer.status, code(answer)) == (401, "no_secret_configured")
    assert "default/signing-secret" in str(answer.body["message"])


@pytest.mark.parametrize(
    ("destination", "logged"),
    [("elsewhere", "elsewhere"), ("UPPER", ""), ("-a", ""), ("a" * 64, ""), ("kim@example.org", "")],
)
def test_an_unknown_destination_is_not_found_and_only_the_name_of_one_is_logged(
    destination: str, logged: str
) -> None:
    answer = receive(request(destination=destination))

    assert (answer.status, answer.destination) == (404, logged)


def test_secrets_out_of_reach_ask_for_another_try_and_never_say_unauthorised() -> None:
    assert receive(request(), known=FakeParameters(None)).status == 503


def test_secrets_that_go_out_of_reach_during_the_second_look_ask_for_another_try() -> None:
    class GoneOnSecondLook(FakeParameters):
        def read(
            self, destination: str, *, fresh: bool = False, is_named: bool = False
        ) -> Mapping[str, str] | None:
            return None if fresh else super().read(destination, is_named=is_named)

    assert receive(request(headers={}), known=GoneOnSecondLook({"default": SECRETS})).status == 503


def test_events_that_could_not_be_stored_are_not_accepted() -> None:
    assert receive(request(), FakeQueue(stores=False)).status == 503


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[1", "invalid_signature"),
        (b"", "invalid_signature"),
        (b"{nonsense", "invalid_json"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"email":"kim@example.org"}', "no_usable_event"),
        (b'{"type":["identify"]}', "no_usable_event"),
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
    "body", [base64.b64encode(IDENTIFY), base64.b64encode(gzip.compress(IDENTIFY, mtime=0))]
)
def test_base64_and_gzip_are_undone_before_the_signature_is_checked(body: bytes) -> None:
    headers = {"x-signature": signature(IDENTIFY, "new-secret")}

    assert receive(Request("POST", "/webhook/default", headers, body.decode(), is_base64=True)).status == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [("not base64!", 400), (base64.b64encode(gzip.compress(b" " * 7_000_000, mtime=0)).decode(), 413)],
)
def test_a_body_that_cannot_be_read_is_refused_before_anything_else(body: str, expected: int) -> None:
    asked = Request("POST", "/webhook/default", {}, body, is_base64=True)
    secrets = FakeParameters({"default": SECRETS})

    assert receive(asked, known=secrets).status == expected
    assert secrets.reads == []


@pytest.mark.parametrize(
    "text",
    [
        "\\ud800",
        "\\uffff",
        "\\ufffe",
        "\\u0000",
        "1e400",
        "-1e400",
        "NaN",
        "1.0",
        "1e-07",
        "-0",
        "123456789012345678901234567890",
        "9" * 5_000,
    ],
)
def test_odd_but_legal_content_neither_crashes_nor_spoils_a_message(text: str) -> None:
    value = f'"{text}"' if text.startswith("\\") else text
    queue = FakeQueue()

    answer = receive(
        request(f'{{"type":"identify","messageId":"m-1","traits":{{"x":{value}}}}}'.encode()), queue
    )

    assert answer.status == 200
    assert queue.bodies[0].isascii()
    assert len(queue.envelopes) == 1
    assert text in queue.bodies[0]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-segment-signature": signature(BATCH)}, 401),
        ({"x-segment-signature": hmac.new(b"new-secret", BATCH, "sha1").hexdigest()}, 200),
        # What vouches for the first event alone is no signature of the whole.
        ({"x-segment-signature": signature(BATCH, "new-secret")}, 401),
    ],
)
def test_a_signature_of_the_whole_body_covers_all_events(headers: Mapping[str, str], expected: int) -> None:
    assert receive(request(BATCH, headers)).status == expected


@pytest.mark.parametrize("destination", ["default/", "/default//"])
def test_slashes_too_many_do_not_matter(destination: str) -> None:
    assert receive(request(destination=destination)).status == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_other_methods_of_segments_webhooks_do_the_same(method: str) -> None:
    assert receive(replace(request(), method=method)).status == 200


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"segment:{password}".encode()).decode()


def test_the_secret_may_be_the_password_of_a_url() -> None:
    assert receive(request(headers={"authorization": basic("header-secret-1")})).status == 200
    assert receive(request(headers={"authorization": basic("new-secret")})).status == 401


STRICT = {**SECRETS, "settings": '{"require_header":true}'}


@pytest.mark.parametrize(
    ("headers", "values", "expected"),
    [
        (None, STRICT, "header_required"),
        ({}, STRICT, "header_required"),
        (None, {**STRICT, "settings": '{"hub_id":1,"more":{"require_header":true}}'}, "header_required"),
        (None, {**STRICT, "header-secret": ""}, "no_secret_configured"),
        ({"x-api-key": "header-secret-1"}, STRICT, None),
        ({"x-api-key": "header-secret-1", "x-signature": "0" * 40}, STRICT, None),
        (None, {**SECRETS, "settings": "{"}, "invalid_settings"),
        (None, {**SECRETS, "settings": "[]"}, "invalid_settings"),
        (None, {**SECRETS, "settings": '{"require_header":"yes"}'}, "invalid_settings"),
        (None, {**SECRETS, "settings": '{"ingest_limit":-1}'}, "invalid_settings"),
        (None, {**SECRETS, "settings": '{"ingest_limit":"many"}'}, "invalid_settings"),
        (None, {"signing-secret": "new-secret"}, None),
    ],
)
def test_a_destination_may_want_its_header_whatever_is_signed(
    headers: Mapping[str, str] | None, values: Mapping[str, str], expected: str | None
) -> None:
    answer = receive(request(BATCH, headers), known=FakeParameters({"default": values}))

    assert code(answer) == expected
    assert answer.status == {None: 200, "invalid_settings": 503}.get(expected, 401)


DELETE = b'{"type":"delete","userId":"u-1","timestamp":"2026-11-01T08:00:00.000Z"}'


@pytest.mark.parametrize(
    ("body", "headers", "reasons"),
    [
        (DELETE, None, []),
        (b"[" + DELETE + b"]", None, []),
        (b"[" + IDENTIFY + b"," + DELETE + b"]", None, ["delete_not_allowed"]),
        (b"[" + IDENTIFY + b"," + DELETE + b"]", {"x-api-key": "header-secret-1"}, []),
    ],
)
def test_a_deletion_that_nothing_vouches_for_is_not_taken(
    body: bytes, headers: Mapping[str, str] | None, reasons: list[str]
) -> None:
    answer = receive(request(body, headers))

    assert answer.status == 200
    assert [each["reason"] for each in rejected_of(answer)] == reasons


@pytest.mark.parametrize("body", [b'{"audienceName":"Power users","x":1}', b'{"externalId":"Power users"}'])
def test_an_audience_is_made_of_the_name_that_segment_gives_it(body: bytes) -> None:
    queue = FakeQueue()

    answer = receive(request(body, {"authorization": basic("header-secret-1")}), queue)

    assert answer.body == {"success": True, "externalId": "Power users"}
    assert queue.bodies == []


@pytest.mark.parametrize("more", [b'"type":"identify",', b""])
def test_an_audience_is_no_event_and_no_first_of_a_batch(more: bytes) -> None:
    named = b"{" + more + b'"externalId":"Power users"}'
    # As the first of a batch it is not vouched for as an audience's request is; an event never is one.
    body, headers = (named, {"x-api-key": "header-secret-1"}) if more else (b"[" + named + b"]", None)

    assert "externalId" not in receive(request(body, headers)).body


@pytest.mark.parametrize("event", [IDENTIFY, b"[" + IDENTIFY + b"]", b'[{"json":' + IDENTIFY + b"}]"])
@pytest.mark.parametrize("name", [b"writeKey", b"write_key", b"writekey", b"WriteKey", b"WRITE-KEY"])
def test_a_write_key_goes_no_further(event: bytes, name: bytes) -> None:
    queue = FakeQueue()
    body = event.replace(b'"traits"', b'"' + name + b'":"a-secret-key","traits"')

    assert receive(request(body, {"x-api-key": "header-secret-1"}), queue).status == 200
    assert queue.events == [json.loads(IDENTIFY)]
    assert "a-secret-key" not in "".join(queue.bodies)


def test_a_batch_of_the_tracking_api_is_taken_as_one() -> None:
    queue = FakeQueue()
    body = b'{"batch":[' + IDENTIFY + b'],"context":{"library":{"name":"x"}}}'

    assert receive(request(body), queue).body["accepted"] == 1
    assert queue.envelopes[0].events[0]["context"] == {"library": {"name": "x"}}


def test_an_event_without_an_id_gets_one_that_stays_with_it() -> None:
    queue = FakeQueue()

    receive(request(b'[{"type":"identify"},{"type":"identify","messageId":" "}]'), queue)

    assert [event["messageId"] for event in queue.events] == ["relay-1", "relay-2"]


@pytest.mark.parametrize(
    ("number", "is_id"),
    [
        ("7", True),
        ("7.5", True),
        (str(2**1024 - 1), True),
        (str(2**1024), False),
        ("-" + "9" * 400, False),
        ("1e400", False),
        ("NaN", False),
        ("true", False),
    ],
)
def test_a_number_is_an_id_as_long_as_it_is_one_for_the_sender(number: str, is_id: bool) -> None:  # noqa: FBT001 - a table
    queue = FakeQueue()

    receive(request(b'{"type":"identify","messageId":%s}' % number.encode()), queue)

    read = parse(queue.events[0], received_at_ms=1, fallback_id="none")
    assert isinstance(read, Event)
    assert read.message_id == (number if is_id else "relay-1")


def test_events_travel_to_the_letter_as_they_came() -> None:
    events = '{"type": "identify", "messageId": "m", "traits": {"a": 1.0, "b": 1e-07, "ø": "\\ud800"}}'
    queue = FakeQueue()

    receive(request(f"[{events} , {events} ]".encode()), queue)

    (body,) = queue.bodies
    load = zlib.decompress(base64.b64decode(json.loads(body)["zlib"]))
    assert load.decode() == '{"events":[' + f"{events},{events}" + "]}"


def test_more_events_than_segment_sends_at_once_are_too_many() -> None:
    most = b"[" + b",".join([IDENTIFY] * 4_000) + b"]"
    more = b"[" + b",".join([IDENTIFY] * 4_001) + b"]"

    assert receive(request(most)).body["accepted"] == 4_000
    assert (code(receive(request(more))), receive(request(more)).status) == ("too_many_events", 413)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/webhook/default"), ("POST", "/webhook"), ("POST", "/")]
)
def test_what_is_nowhere_is_answered_in_the_same_shape(method: str, path: str) -> None:
    answer = receive(Request(method, path, {}))

    assert answer.status == 404
    assert answer.body.keys() == {"success", "code", "message"}


def test_a_destination_over_its_limit_asks_to_wait() -> None:
    limited = FakeParameters({"default": {**SECRETS, "settings": '{"ingest_limit":100}'}})
    queue = FakeQueue()
    door = front_door(limited, queue, waits_ms=[0, 1_200])

    taken, refused = (door.receive(request(BATCH), received_at_ms=1_000) for _ in range(2))

    assert (taken.status, refused.status) == (200, 429)
    assert refused.headers["retry-after"] == "2"
    assert len(queue.lanes) == 1
