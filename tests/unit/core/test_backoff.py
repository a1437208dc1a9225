"""How long a deferred record stays hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.backoff import MAX_VISIBILITY_TIMEOUT_S, visibility_timeout_s


@pytest.mark.parametrize(
    ("receive_count", "expected"), [(0, 5), (1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (1000, 900)]
)
def test_the_delay_doubles_with_each_receipt_up_to_a_quarter_of_an_hour(
    receive_count: int, expected: int
) -> None:
    assert visibility_timeout_s(receive_count, base_s=5, wait_ms=0, jitter=0.5) == expected


@pytest.mark.parametrize(("wait_ms", "expected"), [(0, 5), (5_001, 6), (60_000, 60), (86_400_000, 900)])
def test_it_is_at_least_what_hubspot_asks_for_within_the_quarter_of_an_hour(
    wait_ms: int, expected: int
) -> None:
    assert visibility_timeout_s(1, base_s=5, wait_ms=wait_ms, jitter=0.5) == expected


def test_records_that_failed_together_do_not_come_back_together() -> None:
    delays = [visibility_timeout_s(4, base_s=5, wait_ms=0, jitter=n / 10) for n in range(10)]

    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (30, 48)


@given(
    st.integers(0, 10_000),
    st.floats(0.1, 900),
    st.integers(0, 10**9),
    st.floats(0, 1, exclude_max=True),
)
def test_it_is_always_something_that_sqs_takes(
    count: int, base_s: float, wait_ms: int, jitter: float
) -> None:
    delay_s = visibility_timeout_s(count, base_s=base_s, wait_ms=wait_ms, jitter=jitter)

    assert 1 <= delay_s <= MAX_VISIBILITY_TIMEOUT_S
