"""Bad requests of webhooks."""

import gzip
from collections.abc import Sequence
from typing import Any

from refusals.table import (
    BATCH,
    DELETE,
    HEADER_SECRET,
    IDENTIFY,
    LATER,
    MANY,
    MANY_KEYS,
    NOT_JSON,
    TRACK,
    Refusal,
    basic,
    refusal,
)

from cli.samples import SIGNING_SECRET, WRITE_KEY, signature

SIGNED = {"x-signature": signature(IDENTIFY)}
SECRET = {"authorization": f"Bearer {HEADER_SECRET}"}
HINT = "No usable event. In the webhook's mapping, set Data to $. to send whole Segment events."
CHECK_URL = "There is no such destination. Check the webhook's URL."


def _webhook(*said: Any, **more: Any) -> Refusal:
    return refusal({"path": "/webhook/default", "body": IDENTIFY, "headers": SIGNED}, said, more)


def _in(*said: Any, **more: Any) -> Refusal:
    """A body that nobody takes, of a sender who may send."""
    return _webhook(*said, headers=SECRET, **more)


def _usable(what: str, body: bytes, rejected: Sequence[str], message: str = HINT) -> Refusal:
    return _in(what, 400, "no_usable_event", message, body, rejected=rejected)


_NOTHING = (404, "no_such_path", "There is nothing here. Check the URL.")
_USE_POST = (404, "no_such_method", "Use POST here.")
PATHS = [
    _webhook("nothing at all", *_NOTHING, path="/", over_http=True),
    _webhook("a webhook of no destination", *_NOTHING, path="/webhook"),
    _webhook("a path too long", *_NOTHING, path="/webhook/default/x"),
    _webhook("GET", *_USE_POST, method="GET", over_http=True),
    _webhook("DELETE", *_USE_POST, method="DELETE"),
    _webhook("HEAD", *_USE_POST, method="HEAD"),
    _webhook("a preflight, where no page sends", *_USE_POST, method="OPTIONS"),
    _webhook(
        "an unknown destination",
        404,
        "unknown_destination",
        CHECK_URL,
        path="/webhook/nowhere",
        over_http=True,
    ),
    _webhook("a destination in capitals", 404, "unknown_destination", CHECK_URL, path="/webhook/Default"),
    _webhook(
        "an address for a destination",
        404,
        "unknown_destination",
        CHECK_URL,
        path="/webhook/kim%40example.org",
    ),
    _webhook("a name too long", 404, "unknown_destination", CHECK_URL, path="/webhook/" + "a" * 64),
]
_NO_CREDENTIAL = (401, "missing_credential", "Neither a signature nor a secret header was sent.")
_WRONG_SIGNATURE = (
    401,
    "invalid_signature",
    "The signature does not match the body under any signing secret.",
)
_WANTS_HEADER = (
    401,
    "header_required",
    "This destination wants its secret header, whatever is signed: Authorization: Bearer …",
)
_NO_SECRET = (
    "Destination {0!r} has no secret yet, so nobody is let in. "
    "Store one in SSM as a SecureString named …/{0}/"
)
CREDENTIALS = [
    _webhook("no credential", *_NO_CREDENTIAL, headers={}, over_http=True),
    _webhook("another bearer token", *_NO_CREDENTIAL, headers={"authorization": "Bearer wrong"}),
    _webhook("the secret without a scheme", *_NO_CREDENTIAL, headers={"authorization": HEADER_SECRET}),
    _webhook("the secret as a user name", *_NO_CREDENTIAL, headers=basic(f"{HEADER_SECRET}:")),
    _webhook(
        "the signing secret as a key", *_NO_CREDENTIAL, headers={"x-api-key": SIGNING_SECRET}, over_http=True
    ),
    _webhook("the beginning of a key", *_NO_CREDENTIAL, headers={"x-api-key": HEADER_SECRET[:-1]}),
    _webhook("more than a key", *_NO_CREDENTIAL, headers={"x-api-key": f"{HEADER_SECRET}1"}),
    _webhook("a write key", *_NO_CREDENTIAL, headers=basic(f"{WRITE_KEY}:")),
    _webhook(
        "another secret's signature",
        *_WRONG_SIGNATURE,
        headers={"x-signature": signature(IDENTIFY, "wrong")},
        over_http=True,
    ),
    _webhook("an empty signature", *_WRONG_SIGNATURE, headers={"x-signature": ""}),
    _webhook(
        "the beginning of a signature", *_WRONG_SIGNATURE, headers={"x-signature": signature(IDENTIFY)[:-1]}
    ),
    _webhook(
        "a signature with its kind", *_WRONG_SIGNATURE, headers={"x-signature": f"sha1={signature(IDENTIFY)}"}
    ),
    _webhook("another body than signed", *_WRONG_SIGNATURE, body=IDENTIFY + b"\n"),
    _webhook("nothing, signed as something", *_WRONG_SIGNATURE, body=b""),
    _webhook(
        "a batch, signed by its second event",
        *_WRONG_SIGNATURE,
        BATCH,
        {"x-signature": signature(TRACK)},
        over_http=True,
    ),
    _webhook(
        "a whole batch, signed by its first event",
        *_WRONG_SIGNATURE,
        BATCH,
        {"x-segment-signature": signature(BATCH)},
    ),
    _webhook(
        "a wrong signature of all beside a good one",
        *_WRONG_SIGNATURE,
        headers={**SIGNED, "x-segment-signature": "0"},
    ),
    _webhook("a signature where the header is wanted", *_WANTS_HEADER, path="/webhook/strict"),
    _webhook("nothing where the header is wanted", *_WANTS_HEADER, headers={}, path="/webhook/strict"),
    _webhook(
        "a destination without secrets",
        401,
        "no_secret_configured",
        _NO_SECRET.format("new") + "signing-secret or …/header-secret.",
        path="/webhook/new",
    ),
    _webhook(
        "one without the secret that it wants",
        401,
        "no_secret_configured",
        _NO_SECRET.format("strict-new") + "header-secret.",
        path="/webhook/strict-new",
    ),
]
BODIES = [
    _in("nothing", 400, "invalid_json", NOT_JSON, b""),
    _webhook(
        "no JSON, but signed",
        400,
        "invalid_json",
        NOT_JSON,
        b"{nonsense",
        {"x-signature": signature(b"{nonsense")},
        over_http=True,
    ),
    _in("a form", 400, "invalid_json", NOT_JSON, b"type=identify&userId=u-1"),
    _in("a batch cut short", 400, "invalid_json", NOT_JSON, BATCH[:-1]),
    _in("two documents", 400, "invalid_json", NOT_JSON, IDENTIFY + IDENTIFY),
    _in("a comma too many", 400, "invalid_json", NOT_JSON, b"[" + IDENTIFY + b",]"),
    _in("UTF-16", 400, "invalid_json", NOT_JSON, IDENTIFY.decode().encode("utf-16")),
    _in("an abyss", 400, "too_deep", "The body is nested too deeply.", b'{"a":' * 100_000),
    _in("no base64", 400, "unreadable_body", "The body is not valid base64.", "not base64!", is_base64=True),
    _in(
        "half of a gzip", 400, "unreadable_body", "The gzip body is cut short.", gzip.compress(IDENTIFY)[:-9]
    ),
    _in("no gzip", 400, "unreadable_body", "The body is not valid gzip.", b"\x1f\x8bplain"),
    _in(
        "a gzip of many",
        400,
        "unreadable_body",
        "The gzip body has too many members.",
        gzip.compress(b"") * 17,
    ),
    _in(
        "gzip as text",
        400,
        "unreadable_body",
        "The gzip body was taken for text on its way: send it as application/octet-stream.",
        "\x1f\ufffd\x08",
    ),
    _in(
        "a bomb",
        413,
        "unreadable_body",
        "The body is larger than 6291456 bytes.",
        gzip.compress(b" " * 6_291_457, 1),
    ),
    _in("too many bytes", 413, "unreadable_body", "The body is larger than 6291456 bytes.", b" " * 6_291_457),
    _in("too many events", 413, "too_many_events", "Send at most 4000 events at once.", b"[" + MANY + b"]"),
    _in(
        "too many values",
        413,
        "too_many_values",
        "The body holds over 1000000 values.",
        b"[" + b"0," * 1_000_001 + b"0]",
    ),
    _webhook(
        "too many values, of whoever it is",
        413,
        "too_many_values",
        "The body holds over 1000000 values.",
        b"[" + b"0," * 1_000_001 + b"0]",
        {"x-signature": "0"},
    ),
    _in(
        "an object with another batch", 400, "no_batch", "The body has no list named batch.", b'{"batch":{}}'
    ),
]
EVENTS = [
    _usable("no events", b"[]", []),
    _usable("no object", b"null", ["not_an_object"]),
    _usable("texts", b'["identify","track"]', ["not_an_object"] * 2),
    _usable("traits alone", b'{"email":"kim@example.org"}', ["missing_type"]),
    _usable("no type", b'{"type":null}', ["missing_type"]),
    _usable("another type", b'{"type":"purchase"}', ["unknown_type"]),
    _usable("a type in capitals", b'{"type":"Identify"}', ["unknown_type"]),
    _usable("a list of types", b'{"type":["identify"]}', ["unknown_type"]),
    _usable("an event too large", b'{"type":"track","x":"' + b"x" * 500_000 + b'"}', ["too_large"]),
    _usable("an event too deep", b'[{"type":"track","x":' + b"[" * 101 + b"]" * 101 + b"}]", ["too_deep"]),
    _usable(
        "an event of too many values",
        b'{"type":"track","x":[' + b"0," * 9_997 + b"0]}",
        ["too_many_values"],
    ),
    _usable(
        "an object of too many keys",
        b'[{"json":{"type":"track","x":{' + MANY_KEYS + b"}}}]",
        ["too_many_keys"],
    ),
    _usable("a wrapper of nothing", b'[{"json":null}]', ["not_an_object"]),
    _webhook(
        *("deletions, of which only the first is signed", 400, "no_usable_event", HINT),
        *(b"[" + DELETE + b"," + DELETE + b"]", {"x-signature": signature(DELETE)}),
        rejected=["delete_not_allowed"] * 2,
        over_http=True,
    ),
]
TROUBLE = [
    _webhook(
        "settings that nobody can read",
        503,
        "invalid_settings",
        f"The settings of 'broken' are not valid: mend them in SSM. {LATER}",
        path="/webhook/broken",
        retry_after="5",
    ),
    _webhook(
        "SSM out of reach",
        503,
        "secrets_unavailable",
        f"The secrets could not be read. {LATER}",
        state="ssm down",
        retry_after="5",
    ),
    _webhook(
        "SQS out of reach",
        503,
        "queue_unavailable",
        "The events could not be stored. Please send them again.",
        state="queue down",
        retry_after="5",
    ),
    _webhook(
        *(
            "too many events a second",
            429,
            "too_many_requests",
            "Over the 100 events a second of this destination. Try again later.",
        ),
        headers=SECRET,
        path="/webhook/limited",
        state="busy",
        retry_after="2",
    ),
]
WEBHOOK = [*PATHS, *CREDENTIALS, *BODIES, *EVENTS, *TROUBLE]
