"""Bodies as API Gateway hands them over."""

import base64
import gzip

import pytest

from relay.core.bodies import MAX_BODY_BYTES, BadBody, raw_bytes

TEXT = '{"name":"søren"}'


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("body", "is_base64", "encoding"),
    [
        (TEXT, False, ""),
        (TEXT, False, "identity"),
        (b64(TEXT.encode()), True, ""),
        (b64(gzip.compress(TEXT.encode())), True, "gzip"),
        (b64(gzip.compress(TEXT.encode())), True, " GZIP "),
    ],
)
def test_the_senders_bytes_come_back(body: str, is_base64: bool, encoding: str) -> None:  # noqa: FBT001 - a table
    assert raw_bytes(body, is_base64=is_base64, content_encoding=encoding) == TEXT.encode()


@pytest.mark.parametrize(
    ("body", "encoding", "message"),
    [
        ("not base64!", "", "The body is not valid base64."),
        (b64(b"plain"), "gzip", "The body is not valid gzip."),
        (b64(gzip.compress(b"x" * 1000)[:-9]), "gzip", "The gzip body is cut short."),
    ],
)
def test_a_broken_encoding_is_named(body: str, encoding: str, message: str) -> None:
    assert raw_bytes(body, is_base64=True, content_encoding=encoding) == BadBody(message)


def test_a_gzip_bomb_is_stopped_at_the_cap() -> None:
    bomb = b64(gzip.compress(b" " * (MAX_BODY_BYTES + 1)))

    found = raw_bytes(bomb, is_base64=True, content_encoding="gzip")

    assert isinstance(found, BadBody)
    assert found.too_large


def test_a_plain_body_has_the_same_cap() -> None:
    assert isinstance(raw_bytes(" " * MAX_BODY_BYTES, is_base64=False, content_encoding=""), bytes)
    assert isinstance(raw_bytes(" " * (MAX_BODY_BYTES + 1), is_base64=False, content_encoding=""), BadBody)


def test_a_lone_surrogate_in_the_handed_over_text_does_not_crash() -> None:
    assert raw_bytes("\ud800", is_base64=False, content_encoding="") == b"\xed\xa0\x80"
