"""What zlib has packed, as far as there is room for it."""

import sys
import zlib

import pytest

from relay.core.budgets import Load
from relay.core.inflating import PIECE_BYTES, TooLarge, inflated, values_in

ANY = sys.maxsize


def test_what_fits_exactly_is_unpacked_and_one_byte_more_is_not() -> None:
    data = b"x" * (3 * PIECE_BYTES + 7)

    assert inflated(zlib.compress(data), Load(len(data), ANY, ANY)) == data
    assert isinstance(inflated(zlib.compress(data + b"x"), Load(len(data), ANY, ANY)), TooLarge)


def test_values_count_while_they_are_unpacked() -> None:
    data = b"[" + b"{}," * 9 + b"{}]"

    assert values_in(data) == values_in(data.decode()) == 20
    assert inflated(zlib.compress(data), Load(ANY, 20, ANY)) == data
    assert inflated(zlib.compress(data), Load(ANY, 19, ANY)) == TooLarge(Load(len(data), 20))


def test_of_a_bomb_no_more_than_a_piece_beyond_the_room_is_unpacked() -> None:
    bomb = zlib.compress(b"0," * 20_000_000, 9)

    found = inflated(bomb, Load(1_000_000, ANY, ANY))

    assert isinstance(found, TooLarge)
    assert 1_000_000 < found.seen.unpacked_bytes <= 1_000_000 + PIECE_BYTES


@pytest.mark.parametrize("missing", [1, 3, 8])
def test_what_is_cut_short_is_told_and_never_waited_for(missing: int) -> None:
    for data in (b"", b"{}", b"x" * PIECE_BYTES, b"x" * (PIECE_BYTES + 1)):
        with pytest.raises(ValueError, match="cut short"):
            inflated(zlib.compress(data)[:-missing], Load(ANY, ANY, ANY))


def test_nothing_is_what_nothing_was_packed_to() -> None:
    assert inflated(zlib.compress(b""), Load()) == b""
