"""Segment's signatures, with the vectors that its own code has produced."""

import hashlib
import hmac
import json

import pytest

from relay.core.signatures import is_signed, signed_slices

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
    assert is_signed(body.encode(), SIGNATURE, [SECRET])


@pytest.mark.parametrize("signature", [SIGNATURE.upper(), f" {SIGNATURE}\t"])
def test_letter_case_and_blanks_of_the_header_do_not_matter(signature: str) -> None:
    assert is_signed(SINGLE.encode(), signature, [SECRET])


@pytest.mark.parametrize("secrets", [[SECRET, "new"], ["new", SECRET]])
def test_any_of_several_secrets_will_do(secrets: list[str]) -> None:
    assert is_signed(SINGLE.encode(), SIGNATURE, secrets)


@pytest.mark.parametrize("signature", ["", "0" * 40, SIGNATURE[:-1], SIGNATURE + "0", "ø", "\ud800"])
def test_any_other_signature_is_refused(signature: str) -> None:
    assert not is_signed(SINGLE.encode(), signature, [SECRET])


@pytest.mark.parametrize("secrets", [[], ["wrong"], [""]])
def test_a_wrong_secret_is_refused(secrets: list[str]) -> None:
    assert not is_signed(SINGLE.encode(), SIGNATURE, secrets)


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
    assert not is_signed(body.encode(), SIGNATURE, [SECRET])


def test_a_number_that_python_would_print_differently_is_verified_as_it_came() -> None:
    first = '{"a":1.0,"b":1e-07,"c":12345678901234567890,"d":-0,"e":"\\ud800"}'
    signature = hmac.new(SECRET.encode(), first.encode(), hashlib.sha1).hexdigest()

    assert is_signed(f"[{first}]".encode(), signature, [SECRET])


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
def test_a_body_without_an_event_has_nothing_to_be_signed(raw: bytes) -> None:
    assert signed_slices(raw) == ()
    assert not is_signed(raw, SIGNATURE, [SECRET])


def test_an_object_is_signed_as_a_whole_even_if_it_is_broken() -> None:
    assert signed_slices(b"{nonsense") == (b"{nonsense",)
