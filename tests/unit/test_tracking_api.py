"""Segment's Tracking API, with fakes for the ports of ingest."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest
from intakes import FakeParameters, FakeQueue, front_door

from relay.core.bodies import MAX_BODY_BYTES, MAX_PUBLIC_BODY_BYTES
from relay.core.write_keys import fingerprint
from relay.intake import Answer, Request

KEY, OTHER, BROWSER, ANYWHERE = (
    "a-server-write-key",
    "another-write-key",
    "a-browser-write-key",
    "anywhere-write-key",
)
PAGE = "https://www.example.org"
WRITE_KEYS = {
    KEY: {"destination": "default"},
    OTHER: {"destination": "other"},
    BROWSER: {"destination": "default", "origins": [f"{PAGE}/"]},
    ANYWHERE: {"destination": "default", "origins": ["*"]},
}
PARAMETERS = {
    "": {"write-keys": json.dumps(WRITE_KEYS)},
    "default": {"settings": "{}"},
    "other": {"settings": "{}"},
}
RECEIVED_AT_MS = 1_793_527_200_000  # 2026-11-01T10:00:00Z
TRACK = {"type": "track", "event": "Trial Started", "messageId": "m-1", "userId": "u-1"}


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def post(
    path: str,
    body: object,
    headers: Mapping[str, str] | None = None,
    *,
    queue: FakeQueue | None = None,
    parameters: FakeParameters | None = None,
) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return ask("POST", path, headers, body=text, queue=queue, parameters=parameters)


def ask(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    queue: FakeQueue | None = None,
    parameters: FakeParameters | None = None,
    **more: Any,
) -> Answer:
    door = front_door(parameters or FakeParameters(PARAMETERS), queue or FakeQueue())
    asked = Request(method, path, basic(KEY) if headers is None else headers, **more)
    return door.receive(asked, received_at_ms=RECEIVED_AT_MS)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("identify", "identify"),
        ("i", "identify"),
        ("track", "track"),
        ("t", "track"),
        ("page", "page"),
        ("p", "page"),
        ("screen", "screen"),
        ("s", "screen"),
        ("group", "group"),
        ("g", "group"),
        ("alias", "alias"),
        ("a", "alias"),
    ],
)
@pytest.mark.parametrize("end", ["", "/"])
def test_the_path_says_of_which_type_an_event_is(path: str, kind: str, end: str) -> None:
    queue = FakeQueue()

    answer = post(f"/v1/{path}{end}", {"userId": "u-1", "messageId": "m-1"}, queue=queue)

    assert (answer.status, answer.body["success"], answer.destination) == (200, True, "default")
    assert queue.events == [{"userId": "u-1", "messageId": "m-1", "type": kind}]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import/", "/v1/b", "//v1//batch"])
def test_what_a_batch_says_counts_for_each_of_its_events(path: str) -> None:
    queue = FakeQueue()
    batch = [
        {**TRACK, "context": {"ip": "203.0.113.7"}},
        {**TRACK, "context": {"library": {"name": "own"}}, "integrations": {"HubSpot": True}},
        {**TRACK, "context": [], "integrations": None},
    ]
    shared = {"context": {"library": {"name": "go"}}, "integrations": {"All": False}}

    answer = post(path, {"batch": batch, **shared, "messageId": "of-the-batch"}, queue=queue)

    assert answer.body["accepted"] == 3
    assert [(event["context"], event["integrations"]) for event in queue.events] == [
        ({"library": {"name": "go"}, "ip": "203.0.113.7"}, {"All": False}),
        ({"library": {"name": "own"}}, {"All": False, "HubSpot": True}),
        ({"library": {"name": "go"}}, {"All": False}),
    ]


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (basic(KEY), {}, 200),
        ({"authorization": "Basic " + base64.b64encode(KEY.encode()).decode()}, {}, 200),
        ({"authorization": "basic " + base64.b64encode(f" {KEY} :x".encode()).decode()}, {}, 200),
        ({}, {"writeKey": KEY}, 200),
        ({"authorization": "Bearer a.jwt.token"}, {"writeKey": KEY}, 200),
        (basic(KEY), {"writeKey": "nobody-knows-this-key"}, 200),
        (basic("nobody-knows-this-key"), {"writeKey": KEY}, 401),
        ({"authorization": "Basic !!!"}, {}, 401),
        ({}, {"writeKey": 7}, 401),
        ({}, {"writeKey": "ø" * 20}, 401),
        ({}, {}, 401),
    ],
)
def test_only_a_known_write_key_lets_an_event_in(
    headers: Mapping[str, str], body: Mapping[str, object], expected: int
) -> None:
    queue = FakeQueue()

    answer = post("/v1/track", {**TRACK, **body}, headers, queue=queue)

    assert answer.status == expected
    assert queue.events == ([TRACK] if expected == 200 else [])
    assert KEY not in "".join(queue.bodies)


def test_the_key_of_a_batch_may_stand_in_its_events() -> None:
    queue = FakeQueue()

    assert post("/v1/b", {"batch": [{**TRACK, "writeKey": KEY}]}, {}, queue=queue).status == 200
    assert KEY not in "".join(queue.bodies)


@pytest.mark.parametrize("shared", [{"context": {"writeKey": KEY, "locale": "da"}}, {"write_key": KEY}])
def test_a_key_in_another_spelling_or_in_a_context_goes_no_further(shared: dict[str, Any]) -> None:
    queue = FakeQueue()
    batch = {"batch": [{**TRACK, "WriteKey": KEY}], "writeKey": KEY, **shared}

    assert post("/v1/batch", batch, {}, queue=queue).status == 200
    assert KEY not in "".join(queue.bodies)


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_notes_of_a_library_to_itself_go_no_further(path: str) -> None:
    queue, noted = FakeQueue(), {**TRACK, "_metadata": {"bundled": []}}

    assert post(path, noted if path == "/v1/track" else {"batch": [noted]}, queue=queue).status == 200
    assert queue.events == [TRACK]


def padded(size: int, **fields: object) -> str:
    """Return the body of a batch of one event, of so many bytes."""
    body = json.dumps({"batch": [TRACK], **fields, "pad": ""})
    return body.replace('"pad": ""', f'"pad": "{"x" * (size - len(body))}"')


@pytest.mark.parametrize(
    ("headers", "named", "most"),
    [
        (basic(KEY), {}, MAX_BODY_BYTES),
        (basic(BROWSER), {}, MAX_PUBLIC_BODY_BYTES),
        # Whoever names a key in the body alone has shown nothing before it is read.
        ({}, {"writeKey": KEY}, MAX_PUBLIC_BODY_BYTES),
        ({}, {"writeKey": BROWSER}, MAX_PUBLIC_BODY_BYTES),
    ],
)
def test_only_a_secret_beside_the_body_lets_a_large_one_be_read(
    headers: Mapping[str, str], named: Mapping[str, object], most: int
) -> None:
    assert post("/v1/batch", padded(most, **named), headers).status == 200

    answer = post("/v1/batch", padded(most + 1, **named), headers)
    assert (answer.status, answer.body["message"]) == (413, f"The body is larger than {most} bytes.")


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer a.jwt.token"}, basic("")])
def test_a_stranger_has_no_more_read_than_a_page(headers: Mapping[str, str]) -> None:
    bomb: dict[str, Any] = {
        "body": base64.b64encode(gzip.compress(b" " * (6 * 2**20))).decode(),
        "is_base64": True,
    }

    assert post("/v1/batch", padded(MAX_PUBLIC_BODY_BYTES + 1), headers).status == 413
    assert ask("POST", "/v1/batch", headers, **bomb).status == 413
    # And of a wrong key nothing at all.
    assert post("/v1/batch", "{", basic("nobody-knows-this-key")).status == 401


def test_what_is_over_a_keys_share_is_not_even_read() -> None:
    door = front_door(FakeParameters(PARAMETERS), FakeQueue())

    def asked(key: str, body: str, headers: Mapping[str, str] | None = None) -> Answer:
        request = Request("POST", "/v1/batch", basic(key) if headers is None else headers, body)
        return door.receive(request, received_at_ms=RECEIVED_AT_MS)

    most = json.dumps({"batch": [TRACK] * 4_000})
    assert asked(BROWSER, most).body["accepted"] == 4_000

    over = asked(BROWSER, "{nonsense")
    assert (over.status, over.body["code"], over.destination) == (429, "too_many_requests", "default")
    assert "Over the 100 events a second of this write key, the default." in str(over.body["message"])
    assert 1 <= int(over.headers["retry-after"]) <= 30
    assert asked("", json.dumps({"batch": [TRACK], "writeKey": BROWSER}), {}).status == 429
    # Neither other keys nor who has none, or a wrong one, are any the worse for it.
    assert [asked(key, most).status for key in (ANYWHERE, KEY, OTHER)] == [200, 200, 200]
    assert asked("nobody-knows-this-key", most).status == 401


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (basic("nobody-knows-this-key"), {}),
        ({}, {"writeKey": f"{BROWSER}x"}),
        ({**basic(BROWSER), "origin": "https://elsewhere.example"}, {}),
        ({}, {}),
    ],
)
def test_nobody_uses_up_the_share_of_a_key_that_they_do_not_have(
    headers: Mapping[str, str], body: Mapping[str, object]
) -> None:
    door = front_door(FakeParameters(PARAMETERS), FakeQueue())
    flood = Request("POST", "/v1/batch", headers, json.dumps({"batch": [TRACK] * 4_000, **body}))
    for _ in range(3):
        assert door.receive(flood, received_at_ms=RECEIVED_AT_MS).status in (401, 403)

    honest = Request("POST", "/v1/batch", basic(BROWSER), json.dumps({"batch": [TRACK]}))
    assert door.receive(honest, received_at_ms=RECEIVED_AT_MS).status == 200


def test_events_that_are_refused_use_up_no_share() -> None:
    door = front_door(FakeParameters(PARAMETERS), FakeQueue())
    bad = Request("POST", "/v1/batch", basic(BROWSER), json.dumps({"batch": [{"type": "nonsense"}] * 4_000}))
    for _ in range(3):
        assert door.receive(bad, received_at_ms=RECEIVED_AT_MS).status == 400

    good = Request("POST", "/v1/batch", basic(BROWSER), json.dumps({"batch": [TRACK]}))
    assert door.receive(good, received_at_ms=RECEIVED_AT_MS).status == 200


@pytest.mark.parametrize(
    ("key", "lane"),
    [(KEY, "default"), (OTHER, "other"), (BROWSER, f"default#{fingerprint(BROWSER)}")],
)
def test_a_public_key_has_a_lane_of_its_own_on_the_queue(key: str, lane: str) -> None:
    queue = FakeQueue()

    post("/v1/track", TRACK, basic(key), queue=queue)

    assert queue.lanes == [lane]


def test_a_key_leads_to_its_destination() -> None:
    queue = FakeQueue()

    post("/v1/track", TRACK, basic(OTHER), queue=queue)

    assert queue.lanes == ["other"]


def test_a_destination_that_a_key_names_is_no_guess() -> None:
    parameters = FakeParameters(PARAMETERS)

    post("/v1/track", TRACK, basic("nobodys-key-0123456789"), parameters=parameters)
    assert parameters.named == []
    post("/v1/track", TRACK, basic(OTHER), parameters=parameters)

    assert parameters.named == ["other"]


def test_a_key_that_is_newer_than_the_cache_is_noticed() -> None:
    parameters = FakeParameters({**PARAMETERS, "": {}}, rotated=PARAMETERS)

    assert post("/v1/track", TRACK, parameters=parameters).status == 200


def test_a_beacon_names_its_key_in_the_query() -> None:
    body = json.dumps({"batch": [TRACK]})

    assert ask("POST", "/beacon/v1/batch", {}, body=body, query={"writeKey": KEY}).status == 200


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (None, "secrets_unavailable"),
        ({**PARAMETERS, "": {"write-keys": "{"}}, "invalid_write_keys"),
        ({**PARAMETERS, "": {"write-keys": '{"short":{"destination":"default"}}'}}, "invalid_write_keys"),
        ({"": PARAMETERS[""]}, "unknown_destination"),
        ({**PARAMETERS, "default": {"settings": "{"}}, "invalid_settings"),
    ],
)
def test_trouble_of_ours_asks_the_library_to_come_back(
    parameters: Mapping[str, Mapping[str, str]] | None, code: str
) -> None:
    answer = post("/v1/track", TRACK, parameters=FakeParameters(parameters))

    assert (answer.status, answer.body["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) >= 1


def test_a_deletion_is_not_a_librarys_to_order() -> None:
    answer = post("/v1/batch", {"batch": [{"type": "delete", "userId": "u-1"}, TRACK]})

    assert answer.body["rejected"] == [{"index": 0, "reason": "delete_not_allowed"}]


def test_a_gzipped_body_is_taken_whatever_its_type_is_called() -> None:
    packed = base64.b64encode(gzip.compress(json.dumps({"batch": [TRACK]}).encode())).decode()
    headers = {**basic(KEY), "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}

    assert ask("POST", "/v1/batch", headers, body=packed, is_base64=True).status == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "invalid_json"),
        ("[]", 400, "not_an_object"),
        ("{}", 400, "no_batch"),
        ('{"batch":{}}', 400, "no_batch"),
        ('{"batch":[]}', 400, "no_usable_event"),
        ('{"batch":[7]}', 400, "no_usable_event"),
        ('{"batch":' + "[" * 100_000, 400, "too_deep"),
        (json.dumps({"batch": [{}] * 4_001}), 413, "too_many_events"),
        ('{"batch":[' + "0," * 1_000_001 + "0]}", 413, "too_many_values"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_for_good(body: str, status: int, code: str) -> None:
    answer = post("/v1/batch", body)

    assert (answer.status, answer.body["code"]) == (status, code)
    assert isinstance(answer.body["message"], str)


@pytest.mark.parametrize(
    ("shared", "events", "expected"),
    [
        ({"context": {"a": "x" * 2_000}}, 4_000, None),
        ({"context": {"a": "x" * 2_100}}, 4_000, "too_much_shared"),
        ({"context": {"a": "x" * 1_100}, "integrations": {"b": "x" * 1_000}}, 4_000, "too_much_shared"),
        ({"context": {"a": "x" * 2_100}}, 3_000, None),
        ({"context": "x" * 2_100}, 4_000, None),
    ],
)
def test_what_a_batch_says_for_all_may_not_fill_the_memory(
    shared: Mapping[str, object], events: int, expected: str | None
) -> None:
    answer = post("/v1/batch", {"batch": [{}] * events, **shared})

    assert answer.body["code"] == (expected or "no_usable_event")
    assert answer.status == (413 if expected else 400)


def test_what_a_batch_says_for_all_may_not_be_nested_too_deeply() -> None:
    deep: dict[str, object] = {}
    for _ in range(150):
        deep = {"a": deep}

    answer = post("/v1/batch", {"batch": [TRACK], "context": deep})

    assert (answer.status, answer.body["code"]) == (400, "too_deep")


@pytest.mark.parametrize(
    ("shared", "own", "expected"),
    [
        ('{"HubSpot": false}', None, {"HubSpot": False}),
        ('{"HubSpot": false}', {"All": True}, {"HubSpot": False, "All": True}),
        ({"HubSpot": False}, '{"All": true}', {"HubSpot": False, "All": True}),
        ({"HubSpot": False}, "{}", {"HubSpot": False}),
        (False, None, {"All": False}),
        ({"HubSpot": False}, "nonsense", [{"HubSpot": False}, "nonsense"]),
        ("nonsense", {"All": True}, ["nonsense", {"All": True}]),
        ("nonsense" * 1_000, None, ("nonsense" * 125)),
        ([7], None, [7]),
        ("{}", {"All": True}, {"All": True}),
    ],
)
def test_what_a_batch_says_of_destinations_is_not_lost(shared: object, own: object, expected: object) -> None:
    queue = FakeQueue()
    event = TRACK if own is None else {**TRACK, "integrations": own}

    post("/v1/batch", {"batch": [event], "integrations": shared}, queue=queue)

    assert queue.events[0]["integrations"] == expected


def test_what_a_batch_says_as_text_goes_into_each_event() -> None:
    queue = FakeQueue()

    post("/v1/batch", {"batch": [TRACK], "context": '{"consent": {"categoryPreferences": {}}}'}, queue=queue)

    assert queue.events[0]["context"] == {"consent": {"categoryPreferences": {}}}


@pytest.mark.parametrize("origin", ["https://søren.example", "https://a.example\r\nx-evil: 1", "\ud800", " "])
def test_what_is_no_origin_comes_back_in_no_header(origin: str) -> None:
    answer = post("/v1/t", TRACK, basic(ANYWHERE) | {"origin": origin})

    assert answer.headers == {}


def test_an_event_that_is_nested_too_deeply_costs_only_itself() -> None:
    deep: dict[str, object] = {}
    for _ in range(150):
        deep = {"a": deep}

    answer = post("/v1/batch", {"batch": [{**TRACK, "properties": deep}, TRACK]})

    assert (answer.body["accepted"], answer.body["rejected"]) == (1, [{"index": 0, "reason": "too_deep"}])


def test_an_event_with_too_many_keys_costs_only_itself() -> None:
    queue = FakeQueue()
    odd = {"type": "track", **{f"k{n}": n for n in range(5_000)}}

    answer = post("/v1/batch", {"batch": [odd, TRACK], **odd}, queue=queue)
    alone = post("/v1/track", odd, queue=queue)

    assert (answer.status, answer.body["rejected"]) == (200, [{"index": 0, "reason": "too_many_keys"}])
    assert (alone.status, alone.body["rejected"]) == (400, [{"index": 0, "reason": "too_many_keys"}])
    assert len(queue.events) == 1


def test_an_event_without_an_id_gets_one() -> None:
    queue = FakeQueue()

    post("/v1/track", {"event": "x", "userId": "u-1", "messageId": None}, queue=queue)

    assert queue.events[0]["messageId"] == "relay-1"


@pytest.mark.parametrize("body", ['{"series":[]}', "", "nonsense"])
def test_measurements_of_the_library_are_swallowed(body: str) -> None:
    queue = FakeQueue()

    assert post("/v1/m", body, {}, queue=queue).body == {"success": True}
    assert queue.bodies == []


def test_the_settings_name_where_to_send() -> None:
    headers = {"host": "relay.example.org", "x-forwarded-proto": "https", "origin": PAGE}

    answer = ask("GET", f"/v1/projects/{BROWSER}/settings", headers)

    assert answer.status == 200
    segment = answer.body["integrations"]["Segment.io"]  # type: ignore[index] # JSON-like
    assert (segment["apiKey"], segment["apiHost"], segment["protocol"]) == (
        BROWSER,
        "relay.example.org/v1",
        "https",
    )
    assert answer.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("key", ["nobody-knows-this-key", "%ff"])
def test_an_unknown_key_has_no_settings(key: str) -> None:
    answer = ask("GET", f"/v1/projects/{key}/settings", {})

    assert (answer.status, answer.body["code"]) == (404, "unknown_write_key")


@pytest.mark.parametrize(
    ("key", "origin", "expected"),
    [
        (KEY, None, 200),
        (KEY, PAGE, 403),
        (BROWSER, None, 200),
        (BROWSER, PAGE, 200),
        (BROWSER, PAGE.upper(), 200),
        (BROWSER, "https://www.example.org.evil.example", 403),
        (BROWSER, "null", 403),
        (ANYWHERE, "https://elsewhere.example", 200),
        (ANYWHERE, "null", 200),
    ],
)
def test_a_browser_may_send_from_where_its_key_says(key: str, origin: str | None, expected: int) -> None:
    answer = post("/v1/t", TRACK, basic(key) | ({"origin": origin} if origin else {}))

    assert answer.status == expected
    # One key is open to any page, so any page may read what it is told.
    assert answer.headers.get("access-control-allow-origin") == origin


def test_answers_to_pages_that_no_key_is_for_cannot_be_read_there() -> None:
    closed = {KEY: WRITE_KEYS[KEY], BROWSER: WRITE_KEYS[BROWSER]}
    parameters = FakeParameters({**PARAMETERS, "": {"write-keys": json.dumps(closed)}})
    elsewhere = {"origin": "https://elsewhere.example"}

    posted = post("/v1/t", TRACK, basic(BROWSER) | elsewhere, parameters=parameters)
    asked = ask("OPTIONS", "/v1/t", elsewhere, parameters=parameters)

    assert (posted.status, asked.status) == (403, 403)
    assert not any(name.startswith("access-control") for name in {**posted.headers, **asked.headers})


def test_a_preflight_is_answered_without_a_key() -> None:
    asked = {
        "origin": PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-own",
    }

    answer = ask("OPTIONS", "/v1/t", asked)

    assert answer.status == 200
    assert answer.headers == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "retry-after",
        "vary": "origin",
        "access-control-allow-methods": "POST, GET, OPTIONS",
        "access-control-allow-headers": "authorization,content-type,x-own",
        "access-control-max-age": "86400",
    }


@pytest.mark.parametrize("asked", ["", "a\r\nx-evil: 1", "x" * 2_000])
def test_a_preflight_for_no_proper_headers_is_told_the_usual_ones(asked: str) -> None:
    headers = {"origin": PAGE, "access-control-request-headers": asked}

    assert "x-retry-count" in ask("OPTIONS", "/v1/t", headers).headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # Clocks that agree are believed to the millisecond.
        ({"timestamp": "2026-11-01T09:59:59.123Z", "sentAt": "2026-11-01T09:59:58.000Z"}, None),
        # A clock that is an hour ahead, or a year behind, is corrected by what it said when it sent.
        (
            {"timestamp": "2026-11-01T10:59:59.123Z", "sentAt": "2026-11-01T11:00:00.000Z"},
            "2026-11-01T09:59:59.123Z",
        ),
        (
            {"originalTimestamp": "2025-11-01T09:59:59.123+00:00", "sentAt": "2025-11-01T10:00:00Z"},
            "2026-11-01T09:59:59.123Z",
        ),
        # Somebody has corrected it already.
        (
            {
                "timestamp": "2026-11-01T09:00:00Z",
                "originalTimestamp": "2025-11-01T09:00:00Z",
                "sentAt": "2025-11-01T10:00:00Z",
            },
            None,
        ),
        ({"timestamp": "2020-01-01T00:00:00Z"}, None),
        ({"timestamp": "2020-01-01T00:00:00Z", "sentAt": "nonsense"}, None),
        ({"timestamp": "nonsense", "sentAt": "2025-11-01T10:00:00Z"}, None),
        ({"sentAt": "2025-11-01T10:00:00Z"}, None),
        ({"timestamp": "9999-12-31T23:59:59Z", "sentAt": "1990-01-01T00:00:00Z"}, None),
    ],
)
def test_a_wrong_clock_is_corrected_by_when_it_says_that_it_sent(
    times: Mapping[str, str], expected: str | None
) -> None:
    queue = FakeQueue()

    post("/v1/track", {**TRACK, **times}, queue=queue)
    post("/v1/batch", {"batch": [{**TRACK, **times}], "sentAt": "2001-01-01"}, queue=queue)

    for event in queue.events[: 2 if "sentAt" in times else 1]:
        assert event.get("timestamp") == (expected or times.get("timestamp"))


def test_a_time_of_sending_that_cannot_be_read_gives_way_to_that_of_the_batch() -> None:
    queue = FakeQueue()
    event = {**TRACK, "timestamp": "2026-11-01T11:59:59.000:Z", "sentAt": "soon"}

    post("/v1/batch", {"batch": [event], "sentAt": "2026-11-01T12:00:00.000:Z"}, queue=queue)

    assert queue.events[0]["timestamp"] == "2026-11-01T09:59:59.000Z"


@pytest.mark.parametrize(
    ("event", "batch"),
    [
        ({"original_timestamp": "2026-11-01T11:59:59Z"}, {"sentAt": "2026-11-01T12:00:00Z"}),
        ({"timestamp": "2026-11-01T11:59:59Z", "sent_at": "2026-11-01T12:00:00Z"}, {}),
        ({"timestamp": "2026-11-01T11:59:59Z"}, {"sent_at": "2026-11-01T12:00:00Z"}),
    ],
)
def test_times_in_another_spelling_are_corrected_as_well(
    event: Mapping[str, str], batch: Mapping[str, str]
) -> None:
    queue = FakeQueue()

    post("/v1/batch", {"batch": [{**TRACK, **event}], **batch}, queue=queue)

    assert queue.events[0]["timestamp"] == "2026-11-01T09:59:59.000Z"


def test_the_time_of_sending_is_that_of_the_batch() -> None:
    queue = FakeQueue()
    event = {**TRACK, "timestamp": "2026-11-01T11:59:59.000Z"}

    post("/v1/batch", {"batch": [event], "sentAt": "2026-11-01T12:00:00.000Z"}, queue=queue)

    assert queue.events[0]["timestamp"] == "2026-11-01T09:59:59.000Z"
    assert queue.events[0]["originalTimestamp"] == event["timestamp"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/track", "no_such_method"),
        ("POST", f"/v1/projects/{KEY}/settings", "no_such_method"),
        ("POST", "/v1/merge", "no_such_path"),
        ("POST", "/v2/track", "no_such_path"),
        ("POST", "/v1", "no_such_path"),
        ("GET", "/", "no_such_path"),
        ("OPTIONS", "/webhook/default", "no_such_method"),
        ("OPTIONS", "/", "no_such_path"),
    ],
)
def test_what_is_nowhere_is_not_found(method: str, path: str, code: str) -> None:
    answer = ask(method, path)

    assert (answer.status, answer.body["code"]) == (404, code)


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (TRACK, basic(BROWSER) | {"origin": "https://elsewhere.example"}, "origin_not_allowed"),
        ("{nonsense", basic(KEY), "invalid_json"),
        ({"batch": 7}, basic(KEY), "no_batch"),
    ],
)
def test_a_refusal_says_for_the_log_whose_key_it_was_about(
    body: object, headers: Mapping[str, str], code: str
) -> None:
    answer = post("/v1/batch", body, headers)

    assert (answer.body["code"], answer.destination) == (code, "default")
    assert answer.key


def test_a_refusal_of_nobodys_key_names_nobody() -> None:
    answer = post("/v1/batch", {"batch": []}, basic("nobodys-write-key"))

    assert (answer.status, answer.destination, answer.key) == (401, "", "")
