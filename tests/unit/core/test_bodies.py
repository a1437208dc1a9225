"""Bodies as API Gateway hands them over."""

import base64
import gzip

import pytest

from relay.core.bodies import MAX_BODY_BYTES, MAX_PUBLIC_BODY_BYTES, BadBody, raw_bytes

TEXT = '{"name":"søren"}'
GZIP = gzip.compress(TEXT.encode(), mtime=0)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        (TEXT, False),
        (b64(TEXT.encode()), True),
        (b64(GZIP), True),
        (GZIP.decode("latin-1"), False),
        (b64(gzip.compress(TEXT[:5].encode(), mtime=0) + gzip.compress(TEXT[5:].encode(), mtime=0)), True),
    ],
)
def test_the_senders_bytes_come_back(body: str, is_base64: bool) -> None:  # noqa: FBT001 - a table
    assert raw_bytes(body, is_base64=is_base64) == TEXT.encode()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("not base64!", "The body is not valid base64."),
        ("søren", "The body is not valid base64."),
        (b64(b"\x1f\x8bplain"), "The body is not valid gzip."),
        (b64(b"\x1f\x8b"), "The gzip body is cut short."),
        (b64(gzip.compress(b"x" * 1000, mtime=0)[:-9]), "The gzip body is cut short."),
        ("\x1f\x8b\u20ac", "The body is not valid base64."),
        (b64(GZIP + b"more"), "The body is not valid gzip."),
        (b64(gzip.compress(b"", mtime=0) * 17), "The gzip body has too many members."),
    ],
)
def test_a_broken_encoding_is_named(body: str, message: str) -> None:
    assert raw_bytes(body, is_base64=True) == BadBody(message)


def test_what_only_begins_like_a_gzip_body_that_was_read_as_text_is_called_that() -> None:
    assert raw_bytes("\x1f\x8bplain\u20ac", is_base64=False) == BadBody("The body is not valid gzip.")


def test_a_gzip_body_that_was_read_as_text_cannot_be_restored_and_says_so() -> None:
    found = raw_bytes(GZIP.decode("utf-8", "replace"), is_base64=False)

    assert isinstance(found, BadBody)
    assert "application/octet-stream" in found.message


@pytest.mark.parametrize("sizes", [(MAX_BODY_BYTES + 1,), (MAX_BODY_BYTES, 1), (1, MAX_BODY_BYTES)])
def test_a_gzip_bomb_is_stopped_at_the_cap(sizes: tuple[int, ...]) -> None:
    bomb = b64(b"".join(gzip.compress(b" " * size) for size in sizes))

    found = raw_bytes(bomb, is_base64=True)

    assert isinstance(found, BadBody)
    assert found.too_large


def test_a_plain_body_has_the_same_cap() -> None:
    assert isinstance(raw_bytes(" " * MAX_BODY_BYTES, is_base64=False), bytes)
    assert isinstance(raw_bytes(" " * (MAX_BODY_BYTES + 1), is_base64=False), BadBody)
    assert raw_bytes(b64(gzip.compress(b" " * MAX_BODY_BYTES)), is_base64=True) == b" " * MAX_BODY_BYTES


def test_a_lone_surrogate_in_the_handed_over_text_does_not_crash() -> None:
    assert raw_bytes("\ud800", is_base64=False) == b"\xed\xa0\x80"


@pytest.mark.parametrize("at_most", [0, 10, MAX_PUBLIC_BODY_BYTES])
def test_a_caller_may_set_a_lower_cap(at_most: int) -> None:
    text, more = " " * at_most, " " * (at_most + 1)
    ways = [(text, more, False)] + [
        (b64(shaped(text.encode())), b64(shaped(more.encode())), True) for shaped in (bytes, gzip.compress)
    ]

    for good, bad, is_base64 in ways:
        assert raw_bytes(good, is_base64=is_base64, at_most=at_most) == text.encode()
        found = raw_bytes(bad, is_base64=is_base64, at_most=at_most)
        assert found == BadBody(f"The body is larger than {at_most} bytes.", too_large=True)
