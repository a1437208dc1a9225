"""Bad requests of the Tracking API."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from refusals.table import (
    BROKEN_KEY,
    DELETE,
    ELSEWHERE,
    IDENTIFY,
    LATER,
    LIMITED_KEY,
    MANY,
    MANY_KEYS,
    NOT_JSON,
    NOWHERE_KEY,
    PAGE,
    PAGE_KEY,
    TRACK,
    TRACKS_KEY,
    Refusal,
    basic,
    refusal,
)

from cli.samples import WRITE_KEY

_BATCH = json.dumps({"batch": [json.loads(TRACK)]}).encode()
_SERVER = basic(f"{WRITE_KEY}:")


def _call(*said: Any, **more: Any) -> Refusal:
    return refusal({"path": "/v1/batch", "body": _BATCH, "headers": _SERVER}, said, more)


_NOTHING = (404, "no_such_path", "There is nothing here. Check the URL.")
_POST = (404, "no_such_method", "Use POST here.")
_SETTINGS = f"/v1/projects/{WRITE_KEY}/settings"
CALLS = [
    _call("no call", *_NOTHING, path="/v1"),
    _call("a call that Segment does not know", *_NOTHING, path="/v1/merge", over_http=True),
    _call("another version", *_NOTHING, path="/v2/track"),
    _call("a path too long", *_NOTHING, path="/v1/track/x"),
    _call("a beacon of one event", *_NOTHING, path="/beacon/v1/track"),
    _call("settings of no key", *_NOTHING, path="/v1/projects//settings", method="GET"),
    _call("GET", *_POST, path="/v1/track", method="GET", over_http=True),
    _call("PUT", *_POST, method="PUT"),
    _call("measurements by GET", *_POST, path="/v1/m", method="GET"),
    _call("settings by POST", 404, "no_such_method", "Use GET here.", path=_SETTINGS),
]
_NO_KEY = (
    401,
    "missing_write_key",
    "Send a write key: as the user name of Basic credentials, or in the body.",
)
_UNKNOWN = (401, "unknown_write_key", "There is no such write key. Write keys are kept in SSM.")
WRITE_KEYS = [
    _call("no key", *_NO_KEY, headers={}, over_http=True),
    _call("a broken Basic header", *_NO_KEY, headers={"authorization": "Basic !!!"}),
    _call("an empty user name", *_NO_KEY, headers=basic(":password")),
    _call("a token alone", *_NO_KEY, headers={"authorization": "Bearer a.jwt.token"}),
    _call("a number for a key", *_NO_KEY, b'{"writeKey":7,"batch":[]}', {}),
    _call(
        "a key in the second event", *_NO_KEY, b'{"batch":[{},{"writeKey":"%s"}]}' % WRITE_KEY.encode(), {}
    ),
    _call("an unknown key", *_UNKNOWN, headers=basic("nobodys-write-key:"), over_http=True),
    _call(
        "an unknown key beside a good one in the body",
        *_UNKNOWN,
        b'{"writeKey":"%s","batch":[]}' % WRITE_KEY.encode(),
        basic("nobodys-write-key:"),
    ),
    _call("an unknown key in the body", *_UNKNOWN, b'{"writeKey":"nobodys-write-key","batch":[]}', {}),
    _call(
        "an unknown key in the query",
        *_UNKNOWN,
        headers={},
        path="/beacon/v1/batch",
        query={"writeKey": "nobody"},
        over_http=True,
    ),
    _call("the beginning of a key", *_UNKNOWN, headers=basic(f"{WRITE_KEY[:-1]}:")),
    _call("a key in capitals", *_UNKNOWN, headers=basic(f"{WRITE_KEY.upper()}:")),
    _call(
        "settings of an unknown key",
        404,
        *_UNKNOWN[1:],
        path="/v1/projects/nobodys-key/settings",
        method="GET",
        over_http=True,
    ),
]
_ORIGIN = (
    403,
    "origin_not_allowed",
    "This write key lets no browser send from this origin: name it in its origins.",
)


def _from(origin: str, key: str = PAGE_KEY) -> Mapping[str, str]:
    return {**basic(f"{key}:"), "origin": origin}


ORIGINS = [
    _call("a server's key on a page", *_ORIGIN, headers=_from(PAGE, WRITE_KEY), origin=PAGE, over_http=True),
    _call("a page's key on another page", *_ORIGIN, headers=_from(ELSEWHERE), origin=ELSEWHERE),
    _call("the same, where no page is open", *_ORIGIN, headers=_from(ELSEWHERE), state="closed"),
    _call("a page that only begins so", *_ORIGIN, headers=_from(f"{PAGE}.evil.example"), state="closed"),
    _call("a page without TLS", *_ORIGIN, headers=_from(PAGE.replace("https", "http")), state="closed"),
    _call("a page of another port", *_ORIGIN, headers=_from(f"{PAGE}:8443"), state="closed"),
    _call("a page without an origin", *_ORIGIN, headers=_from("null"), state="closed"),
    _call(
        "a preflight of another page", *_ORIGIN, headers=_from(ELSEWHERE), state="closed", method="OPTIONS"
    ),
    _call("a preflight of no page", *_ORIGIN, method="OPTIONS", over_http=True),
    _call(
        "a page that may read why",
        *_UNKNOWN,
        headers=_from(PAGE, "nobodys-write-key"),
        state="closed",
        origin=PAGE,
    ),
]
_SHARED = {"context": {"x": "x" * 3_000}, "batch": [{}] * 4_000}
_NO_EVENT = (400, "no_usable_event", "No usable event.")
_TOO_LARGE_FOR_ALL = (413, "unreadable_body", "The body is larger than 2097152 bytes.")
CALL_BODIES = [
    _call("nothing", 400, "invalid_json", NOT_JSON, b"", over_http=True),
    _call("no JSON", 400, "invalid_json", NOT_JSON, b"{nonsense"),
    _call("a list", 400, "not_an_object", "The body is not a JSON object.", b"[]", over_http=True),
    _call("a list, and no key", 400, "not_an_object", "The body is not a JSON object.", b"[]", {}),
    _call("a text", 400, "not_an_object", "The body is not a JSON object.", b'"track"', path="/v1/track"),
    _call("no batch", 400, "no_batch", "The body has no list named batch.", TRACK),
    _call("an object for a batch", 400, "no_batch", "The body has no list named batch.", b'{"batch":{}}'),
    _call("an abyss", 400, "too_deep", "The body is nested too deeply.", b'{"batch":' + b"[" * 100_000),
    _call(
        "a context too deep",
        400,
        "too_deep",
        "The body is nested too deeply.",
        b'{"batch":[],"context":{"a":' + b"[" * 150 + b"]" * 150 + b"}}",
    ),
    _call(
        "half of a gzip", 400, "unreadable_body", "The gzip body is cut short.", gzip.compress(_BATCH)[:-9]
    ),
    _call(
        "a bomb",
        413,
        "unreadable_body",
        "The body is larger than 6291456 bytes.",
        gzip.compress(b" " * 6_291_457, 1),
    ),
    _call("a bomb of nobody known", *_TOO_LARGE_FOR_ALL, gzip.compress(b" " * 2_097_153, 1), {}),
    _call("too much for a page", *_TOO_LARGE_FOR_ALL, " " * 2_097_153, headers=_from(PAGE), origin=PAGE),
    _call(
        "too many events",
        413,
        "too_many_events",
        "Send at most 4000 events at once.",
        b'{"batch":[' + MANY + b"]}",
    ),
    _call(
        "too many values",
        413,
        "too_many_values",
        "The body holds over 1000000 values.",
        b'{"batch":[' + b"0," * 1_000_001 + b"0]}",
    ),
    _call(
        "too large a context",
        413,
        "too_much_shared",
        "The batch's context and integrations are too large for so many events. Send fewer at once.",
        json.dumps(_SHARED).encode(),
    ),
    _call("an empty batch", *_NO_EVENT, b'{"batch":[]}', rejected=[]),
    _call("no events", *_NO_EVENT, b'{"batch":[7,null]}', rejected=["not_an_object"] * 2),
    _call(
        "a deletion",
        *_NO_EVENT,
        b'{"batch":[' + DELETE + b"]}",
        rejected=["delete_not_allowed"],
        over_http=True,
    ),
    _call(
        "types that the key may not send",
        *_NO_EVENT,
        b'{"batch":[' + IDENTIFY + b"," + DELETE + b"]}",
        basic(TRACKS_KEY),
        rejected=["type_not_allowed", "delete_not_allowed"],
    ),
    _call(
        "no type and another",
        *_NO_EVENT,
        b'{"batch":[{},{"type":"purchase"}]}',
        rejected=["missing_type", "unknown_type"],
    ),
    _call(
        "an event too deep",
        *_NO_EVENT,
        b'{"x":' + b"[" * 101 + b"]" * 101 + b"}",
        path="/v1/t",
        rejected=["too_deep"],
    ),
    _call(
        "an event of too many values with what its batch says for all",
        *_NO_EVENT,
        b'{"batch":[{"type":"track","x":[' + b"0," * 9_899 + b'0]}],"context":{"y":[' + b"0," * 99 + b"0]}}",
        rejected=["too_many_values"],
    ),
    _call(
        "an event of too many keys",
        *_NO_EVENT,
        b"{" + MANY_KEYS + b"}",
        path="/v1/i",
        rejected=["too_many_keys"],
    ),
    _call(
        "an event too large",
        *_NO_EVENT,
        b'{"x":"' + b"x" * 500_000 + b'"}',
        path="/v1/track",
        rejected=["too_large"],
    ),
]
_PAGE_WAITS = {"headers": _from(PAGE), "origin": PAGE, "retry_after": "5"}
CALL_TROUBLE = [
    _call(
        "SSM out of reach",
        503,
        "secrets_unavailable",
        f"The secrets could not be read. {LATER}",
        state="ssm down",
        retry_after="5",
    ),
    _call(
        "settings, and SSM out of reach",
        503,
        "secrets_unavailable",
        f"The secrets could not be read. {LATER}",
        path=_SETTINGS,
        method="GET",
        state="ssm down",
        retry_after="5",
    ),
    _call(
        "write keys that nobody can read",
        503,
        "invalid_write_keys",
        f"The write keys in SSM are not valid (not JSON). {LATER}",
        state="bad keys",
        retry_after="5",
    ),
    _call(
        "SQS out of reach",
        503,
        "queue_unavailable",
        "The events could not be stored. Please send them again.",
        state="queue down",
        **_PAGE_WAITS,
    ),
    _call(
        "a key of no destination",
        503,
        "unknown_destination",
        f"The write key's destination 'nowhere' is not set up yet. {LATER}",
        headers=basic(NOWHERE_KEY),
        retry_after="5",
    ),
    _call(
        "a key of broken settings",
        503,
        "invalid_settings",
        f"The settings of 'broken' are not valid: mend them in SSM. {LATER}",
        headers=basic(BROKEN_KEY),
        retry_after="5",
    ),
    _call(
        "too many events a second",
        429,
        "too_many_requests",
        "Over the 100 events a second of this destination. Try again later.",
        headers=basic(LIMITED_KEY),
        state="busy",
        retry_after="2",
    ),
    _call(
        "too many events a second of a page's key",
        429,
        "too_many_requests",
        "Over the 100 events a second of this write key. Try again later.",
        headers=_from(PAGE),
        origin=PAGE,
        state="busy",
        retry_after="2",
    ),
]
TRACKING_API = [*CALLS, *WRITE_KEYS, *ORIGINS, *CALL_BODIES, *CALL_TROUBLE]
