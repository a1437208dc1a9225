"""Requests as nobody should send them: strategies for what the ingest handler may be asked."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

SIGNING, HEADER = "signing-secret-of-default", "header-secret-of-default"
KEY, BROWSER = "server-write-key-1", "browser-write-key"
# Stands in bodies, paths and headers; nothing that is said or logged may hold it.
PERSON = "kim.larsen@example.org"
PARAMETERS = {
    "": {
        "write-keys": json.dumps(
            {KEY: {"destination": "default"}, BROWSER: {"destination": "limited", "origins": ["*"]}}
        )
    },
    "default": {"settings": "{}", "signing-secret": SIGNING, "header-secret": HEADER},
    "strict": {"settings": '{"require_header":true}', "signing-secret": SIGNING, "header-secret": HEADER},
    "limited": {"settings": '{"ingest_limit":10}', "signing-secret": SIGNING},
    "broken": {"settings": "{", "signing-secret": SIGNING},
    "new": {"settings": "{}"},
}
TYPES = ("identify", "track", "page", "screen", "group", "alias")
CALLS = {**{kind: kind for kind in TYPES}, **{kind[0]: kind for kind in TYPES}}
BATCHES = ("batch", "import", "b")


@dataclass(frozen=True)
class Asked:
    """A request, and what is known of it: its bytes if they can be read, and whether it is let in."""

    event: Mapping[str, Any]
    raw: bytes | None
    is_let_in: bool

    @property
    def parts(self) -> Sequence[str]:
        return [part for part in str(self.event["rawPath"]).split("/") if part]


_DIGITS = (
    "9" * 10,
    "1" * 20,
    "-" + "9" * 309,
    "9" * 400,
    "9" * 401,
    "-" + "7" * 4_300,
    "8" * 4_301,
    "6" * 10_000,
)
_NUMBERS = ("0", "-0", "7", "1.0", "1e-07", "-1E400", "1e400", "NaN", "Infinity", "-Infinity", *_DIGITS)
_WORDS = (
    "",
    " ",
    "x",
    PERSON,
    "\ud800",
    "\udfff\ud800",
    "\ufffe\uffff",
    "\x7f",
    "ø",
    "2026-11-01T10:00:00Z",
    "😀",
)
_NAMES = (
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "event",
    "traits",
    "properties",
    "context",
    "json",
    "batch",
)
_MORE_NAMES = (
    "integrations",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "_metadata",
    "audienceName",
    PERSON,
    "",
)

_blank = st.sampled_from(("", "", "", " ", "\r\n\t "))
_blanks = st.tuples(_blank, _blank, _blank)
_characters = st.characters(exclude_categories=())
_texts = st.sampled_from(_WORDS) | st.text(_characters, max_size=8)
_strings = st.builds(json.dumps, _texts, ensure_ascii=st.booleans())
_leaves = st.sampled_from((*_NUMBERS, "null", "true", "false", "[]", "{}")) | _strings
_names = st.sampled_from((*_NAMES, *_MORE_NAMES)).map(json.dumps) | _strings


def _object(members: Sequence[tuple[str, str]], blanks: Sequence[str] = ("", "", "")) -> str:
    before, between, after = blanks
    inner = ",".join(f"{before}{name}{after}:{between}{value}{after}" for name, value in members)
    return f"{{{inner}}}"


def _array(items: Sequence[str], blanks: Sequence[str] = ("", "", "")) -> str:
    return "[" + ",".join(f"{blanks[0]}{item}{blanks[2]}" for item in items) + "]"


def _members(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(_names, values), max_size=4)


_values = st.recursive(
    _leaves,
    lambda inner: (
        st.builds(_object, _members(inner), _blanks) | st.builds(_array, st.lists(inner, max_size=3), _blanks)
    ),
    max_leaves=6,
)
_deep = st.builds(
    lambda opening, closing, levels: opening * levels + "0" + closing * levels,
    *(st.just('{"a":'), st.just("}")),
    st.sampled_from((98, 99, 100, 101, 300, 5_000)),
)
_kinds = st.tuples(st.just('"type"'), st.sampled_from((*TYPES, *TYPES, "delete", "nonsense")).map(json.dumps))
_ids = st.tuples(st.just('"messageId"'), _leaves)
_events = st.builds(
    lambda first, others, last, blanks: _object([*first, *others, *last], blanks),
    st.lists(_kinds, max_size=1),
    _members(_values | _deep),
    st.lists(_kinds | _ids, max_size=2),
    _blanks,
)
_wrapped = st.builds(
    lambda event, more, blanks: _object([('"json"', event), *more], blanks),
    _events,
    st.lists(st.tuples(st.just('"json"') | _names, _values), max_size=1),
    _blanks,
)
_items = _events | _events | _wrapped | _values | _deep
_arrays = st.builds(_array, st.lists(_items, max_size=5), _blanks)
_keys = st.lists(
    st.tuples(st.just('"writeKey"'), st.sampled_from((f'"{KEY}"', '"nobodys-write-key"', "7"))), max_size=1
)
_batches = st.builds(
    lambda keys, items, more, blanks: _object([*keys, ('"batch"', items), *more], blanks),
    _keys,
    _arrays,
    _members(_values),
    _blanks,
)
_singles = st.builds(
    lambda keys, event: _object([*keys, ('"x"', "0")])[:-1] + "," + event.lstrip("{"), _keys, _events
)
_documents = (
    _items | _arrays | _batches | st.builds(lambda blank, text: f"{blank}{text}{blank}", _blank, _items)
)


@st.composite
def _mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> bytes:
    raw = draw(texts).encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 3))):
        start, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 4))
        piece = draw(
            st.binary(max_size=3) | st.sampled_from((b'"', b"{", b"}", b"[", b",", b"\xef\xbb\xbf", b"\\u"))
        )
        raw = raw[:start] + piece + raw[start + length :]
    return raw


_bodies = _documents.map(lambda text: text.encode("utf-8", "surrogatepass")) | _mutated(_documents)
_any_bodies = _bodies | st.binary(max_size=30)
_BOMB = gzip.compress(b" " * 6_500_000, 1)


def _carried(raw: bytes, way: str, cut: int) -> tuple[str, bool, bytes | None]:
    """Return a body as API Gateway hands it over, whether it is base64, and what it means, if anything."""
    packed, half = gzip.compress(raw, 1), len(raw) // 2
    ways: Mapping[str, tuple[bytes, bytes | None]] = {
        "base64": (raw, raw),
        "gzip": (packed, raw),
        "members": (gzip.compress(raw[:half], 1) + gzip.compress(raw[half:], 1), raw),
        "cut": (packed[: max(2, len(packed) - 1 - cut)], None),
        "garbage": (packed + b"\x00" * (cut + 1), None),
        "bomb": (_BOMB + packed, None),
    }
    sent, means = ways.get(way, (raw, raw))
    if way == "text" and (text := _text_of(raw)) is not None:
        return text, False, raw
    if way in _GARBLED:
        return packed.decode(*_GARBLED[way]), False, raw if way == "latin" else None
    return "!" * (way == "broken") + base64.b64encode(sent).decode(), True, None if way == "broken" else means


def _text_of(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


# What API Gateway might make of gzip if it took it for text.
_GARBLED = {"latin": ("latin-1",), "replaced": ("utf-8", "replace")}
_WAYS = ("text", "text", "base64", "base64", "gzip", "members", "cut", "garbage", "bomb", "broken", *_GARBLED)
_ways = st.sampled_from(_WAYS)


def _signature(message: bytes, secret: str = SIGNING) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha1).hexdigest()


def first_slice(raw: bytes) -> bytes:
    """Return the bytes of the first element of an array, as facts of Segment's signatures say; or all."""
    try:
        text = raw.decode("utf-8").lstrip(" \t\r\n")
        start = len(text) - len(text[1:].lstrip(" \t\r\n"))
        end = json.JSONDecoder(parse_int=float).raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return raw
    return text[start:end].encode() if text.startswith("[") else raw


def _credentials(raw: bytes, way: str) -> tuple[dict[str, str], bool]:
    slice_ = first_slice(raw)
    inner = (
        slice_[8:-1] if slice_.startswith(b'{"json":') and raw.lstrip(b" \t\r\n").startswith(b"[") else slice_
    )
    return {
        "whole": ({"X-Signature": _signature(raw)}, True),
        "first": ({"x-signature": f" {_signature(slice_).upper()} "}, True),
        "inner": ({"X-SIGNATURE": _signature(inner)}, True),
        "segment": ({"X-Segment-Signature": _signature(raw)}, True),
        "header": ({"Authorization": f"Bearer {HEADER}"}, True),
        "api key": ({"X-Api-Key": HEADER}, True),
        "wrong": ({"x-signature": _signature(raw, "wrong")}, False),
        "odd": ({"x-signature": "ø\ud800", "authorization": f"Basic {PERSON}"}, False),
        "none": ({}, False),
    }[way]


_CREDENTIALS = ("whole", "first", "inner", "segment", "header", "header", "api key", "wrong", "odd", "none")
_odd_headers = st.dictionaries(
    st.sampled_from(
        ("Origin", "HOST", "user-agent", "X-Forwarded-For", "access-control-request-headers", "ÖRIGIN")
    )
    | st.text(max_size=5),
    st.sampled_from(("", "null", "https://www.example.org", PERSON, "x" * 9_000, "\r\nx: y")) | _texts,
    max_size=3,
)


def _request(
    method: str, path: str, headers: Mapping[str, str], carried: tuple[str, bool, bytes | None]
) -> dict[str, Any]:
    body, is_base64, _ = carried
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": dict(headers),
        "requestContext": {"http": {"method": method}},
        "body": body,
        "isBase64Encoded": is_base64,
    }


@st.composite
def webhooks(draw: st.DrawFn) -> Asked:
    """Requests of webhooks, most of them with a credential."""
    raw, way = draw(_bodies), draw(_ways)
    carried = _carried(raw, way, draw(st.integers(0, 9)))
    headers, is_let_in = _credentials(raw, draw(st.sampled_from(_CREDENTIALS)))
    odd = draw(_odd_headers)
    names = {name.lower() for name in headers}
    headers |= {name: value for name, value in odd.items() if name.lower() not in names}
    method = draw(st.sampled_from(("POST", "PUT", "PATCH")))
    path = draw(st.sampled_from(("/webhook/default", "/webhook/default/", "//webhook//default")))
    return Asked(_request(method, path, headers, carried), carried[2], is_let_in)


@st.composite
def tracking_calls(draw: st.DrawFn) -> Asked:
    """Requests of Segment's libraries, most of them with a write key."""
    raw = draw(
        (_batches | _singles | _documents).map(lambda text: text.encode("utf-8", "surrogatepass")) | _bodies
    )
    carried = _carried(raw, draw(_ways), draw(st.integers(0, 9)))
    user = draw(st.sampled_from((f"{KEY}:", KEY, f"{BROWSER}:x", "nobodys-write-key:", "")))
    headers = draw(_odd_headers) | (
        {"AUTHORIZATION": f"Basic {base64.b64encode(user.encode()).decode()}"} if user else {}
    )
    path = "/v1/" + draw(st.sampled_from((*CALLS, *BATCHES, "beacon"))) + draw(st.sampled_from(("", "/")))
    path = path.replace("/v1/beacon", "/beacon/v1/batch")
    query = (
        {"writeKey": draw(st.sampled_from((KEY, BROWSER, PERSON)))} if path.startswith("/beacon") else None
    )
    event = {**_request("POST", path, headers, carried), "queryStringParameters": query}
    return Asked(event, carried[2], is_let_in=True)


@st.composite
def anything(draw: st.DrawFn) -> Asked:
    """Requests of any method to any path, without a credential."""
    piece = st.sampled_from(
        ("v1", "webhook", "default", "projects", KEY, "settings", "beacon", "batch", "m", "%ff", PERSON)
    )
    path = "/" + "/".join(draw(st.lists(piece | st.text(max_size=6), max_size=5)))
    known = st.sampled_from(
        (
            *(f"/webhook/{name}" for name in (*PARAMETERS, PERSON, "%2e%2e", "elsewhere")),
            *(
                "/v1/t",
                "/v1/batch",
                "/v1/m",
                f"/v1/projects/{KEY}/settings",
                f"/v1/projects/{PERSON}/settings",
            ),
        )
    )
    carried = _carried(draw(_any_bodies), draw(_ways), draw(st.integers(0, 9)))
    method = draw(
        st.sampled_from(("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE")) | st.text(max_size=5)
    )
    headers = draw(_odd_headers)
    event = _request(method, draw(known | st.just(path)), headers, carried)
    event["queryStringParameters"] = draw(
        st.none() | st.dictionaries(st.text(max_size=4), _texts, max_size=2)
    )
    return Asked(event, carried[2], is_let_in=False)
