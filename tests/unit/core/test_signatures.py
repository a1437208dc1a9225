"""Segment's signatures, with the vectors that its own code has produced."""

import hashlib
import hmac
import json

import pytest

from relay.core import signatures
from relay.core.signatures import MAX_FIRST_CHARS, Cover, covered

SECRET = "topsecret-1"
SIGNATURE = "c4cb03e08e8abc0c3c4129599cd2a015784bfbe6"
SINGLE = (
    '{"type":"identify","userId":"u-77","messageId":"msg-a","traits":{"email":"søren@example.dk","score":2.5},'
    '"timestamp":"2026-11-01T08:00:00.000Z"}'
)
SECOND = (
    '{"type":"track","userId":"u-78","event":"Trial Started","messageId":"msg-b","properties":{"seats":5},'
    '"timestamp":"2026-11-01T08:00:01.000Z"}'
)
BATCH = f"[{SINGLE},{SECOND}]"
EXTENSIBLE = f'[{{"json":{SINGLE}}},{{"json":{SECOND}}}]'


@pytest.mark.parametrize("body", [SINGLE, BATCH, EXTENSIBLE, f" \n[ \t{SINGLE} , {SECOND}]"])
def test_what_segment_has_signed_is_accepted(body: str) -> None:
    assert covered(body.encode(), SIGNATURE, [SECRET]) is not Cover.NOTHING


@pytest.mark.parametrize("signature", [SIGNATURE.upper(), f" {SIGNATURE}\t"])
def test_letter_case_and_blanks_of_the_header_do_not_matter(signature: str) -> None:
    assert covered(SINGLE.encode(), signature, [SECRET]) is not Cover.NOTHING


@pytest.mark.parametrize("secrets", [[SECRET, "new"], ["new", SECRET]])
def test_any_of_several_secrets_will_do(secrets: list[str]) -> None:
    assert covered(SINGLE.encode(), SIGNATURE, secrets) is not Cover.NOTHING


@pytest.mark.parametrize("signature", ["", "0" * 40, SIGNATURE[:-1], SIGNATURE + "0", "ø", "\ud800"])
def test_any_other_signature_is_refused(signature: str) -> None:
    assert covered(SINGLE.encode(), signature, [SECRET]) is Cover.NOTHING


@pytest.mark.parametrize("secrets", [[], ["wrong"], [""]])
def test_a_wrong_secret_is_refused(secrets: list[str]) -> None:
    assert covered(SINGLE.encode(), SIGNATURE, secrets) is Cover.NOTHING


@pytest.mark.parametrize(
    "body",
    [
        SINGLE + " ",
        SINGLE.replace("2.5", "2.50"),
        json.dumps(json.loads(SINGLE)),
        f"[{SECOND},{SINGLE}]",
        f'[{{"json":{SINGLE},"more":1}}]',
    ],
)
def test_other_bytes_than_those_signed_are_refused(body: str) -> None:
    assert covered(body.encode(), SIGNATURE, [SECRET]) is Cover.NOTHING


def test_a_number_that_python_would_print_differently_is_verified_as_it_came() -> None:
    first = '{"a":1.0,"b":1e-07,"c":12345678901234567890,"d":-0,"e":"\\ud800"}'
    signature = hmac.new(SECRET.encode(), first.encode(), hashlib.sha1).hexdigest()

    assert covered(f"[{first}]".encode(), signature, [SECRET]) is not Cover.NOTHING


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"[]",
        b"[",
        b"[,",
        b'"text"',
        b"7",
        b"\xff\xfe",
        b"[\xff]",
        b"[" * 100_000,
        b'[{"a":' * 50_000,
    ],
)
def test_a_body_without_an_event_is_not_what_was_signed(raw: bytes) -> None:
    assert covered(raw, SIGNATURE, [SECRET]) is Cover.NOTHING


def signed(message: str) -> str:
    return hmac.new(SECRET.encode(), message.encode(), hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    ("body", "message", "cover"),
    [
        (SINGLE, SINGLE, Cover.WHOLE),
        (BATCH, SINGLE, Cover.FIRST),
        (BATCH, BATCH, Cover.WHOLE),
        (BATCH, SECOND, Cover.NOTHING),
        (EXTENSIBLE, SINGLE, Cover.FIRST),
        (EXTENSIBLE, f'{{"json":{SINGLE}}}', Cover.FIRST),
        (EXTENSIBLE, SECOND, Cover.NOTHING),
        ("{nonsense", "{nonsense", Cover.WHOLE),
        ("[]", "[]", Cover.WHOLE),
    ],
)
def test_it_is_told_what_of_a_body_a_signature_vouches_for(body: str, message: str, cover: Cover) -> None:
    assert covered(body.encode(), signed(message), [SECRET]) is cover


def test_a_number_too_long_for_python_is_no_hindrance() -> None:
    first = '{"n":' + "9" * 5_000 + "}"

    assert covered(f"[{first},{SECOND}]".encode(), signed(first), [SECRET]) is Cover.FIRST


def _first(size: int) -> bytes:
    return b'{"pad":"%s"}' % (b"x" * (size - len(b'{"pad":""}')))


@pytest.mark.parametrize(
    ("size", "expected"), [(MAX_FIRST_CHARS, Cover.FIRST), (MAX_FIRST_CHARS + 1, Cover.NOTHING)]
)
def test_a_first_event_is_looked_for_up_to_a_bound(size: int, expected: Cover) -> None:
    first = _first(size)
    signature = hmac.new(b"secret", first, hashlib.sha1).hexdigest()

    assert covered(b"[" + first + b',{"type":"track"}]', signature, ["secret"]) is expected


def test_of_a_body_without_a_signature_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "value_at", None)

    assert covered(b"[" + b"[" * 10 + b"]" * 10 + b"]", " ", ["secret"]) is Cover.NOTHING
