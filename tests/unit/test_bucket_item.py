"""A bucket as an item: nothing is lost on the way, and it never outgrows one write unit."""

from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.bucket_item import from_item, pack, to_item, unpack
from relay.core.bucket import Bucket, Family, Learned, Window

NOW = 1_700_000_000_000
TIMES = st.lists(st.integers(NOW + 1, NOW + 100_000), max_size=300).map(sorted).map(tuple)
NUMBERS = st.integers(0, 2**53)


@given(times=TIMES)
def test_times_are_read_back_as_they_were_written(times: tuple[int, ...]) -> None:
    assert tuple(unpack(pack(times, NOW), NOW)) == times


@given(
    burst=TIMES, search=TIMES, associations=TIMES, until=NUMBERS, ends=NUMBERS, used=NUMBERS, zone=st.text()
)
def test_a_bucket_is_read_back_as_it_was_written(**drawn: object) -> None:
    windows = {family: Window(drawn[family], drawn["until"]) for family in Family}  # type: ignore[arg-type] # drawn as such
    bucket = Bucket(7, "nonce", windows, 5, drawn["ends"], drawn["used"], Learned(1, 2, str(drawn["zone"])))  # type: ignore[arg-type] # as above

    assert from_item(to_item(bucket, NOW)) == bucket


def test_what_came_back_before_is_not_written() -> None:
    bucket = Bucket(windows={Family.BURST: Window((NOW - 1, NOW, NOW + 1))})

    assert from_item(to_item(bucket, NOW)).window(Family.BURST).free_at_ms == (NOW + 1,)


def test_no_item_is_an_empty_bucket() -> None:
    assert from_item({}) == Bucket()


def test_the_largest_limits_fit_in_one_write_unit() -> None:
    # The longest that tokens can be spread: over the time for which one is lent, and no two alike.
    times = tuple(NOW + 1 + n * 22_200 // 250 for n in range(250))
    windows = {
        Family.BURST: Window(times, NOW),
        Family.ASSOCIATIONS: Window(times, NOW),
        Family.SEARCH: Window(times[:5], NOW),
    }
    learned = Learned(250, 2_000_000, "America/Argentina/ComodRivadavia")
    bucket = Bucket(10**9, "0123456789abcdef", windows, NOW, NOW, 10**6, learned)

    item = to_item(bucket, NOW) | {"pk": {"S": "bucket#999999999999999#" + "x" * 32}}

    assert sum(len(name) + size(next(iter(value.items()))) for name, value in item.items()) < 1024


def size(value: tuple[str, object]) -> int:
    """Return the bytes that DynamoDB counts for a value (its developer guide, item sizes and formats)."""
    match value:
        case ("N", str(digits)):
            return (len(digits.strip("0")) + 1) // 2 + 1
        case ("S", str(text)):
            return len(text.encode())
        case ("B", bytes(data)):
            return len(data)
        case _:
            raise AssertionError(value)
