"""How much of an invocation is kept for its end."""

import pytest

from relay.core.endings import last_try_ms, wrap_up_ms


@pytest.mark.parametrize(
    ("total_ms", "records", "wrap_up", "last_try"),
    [
        # The template's time-out, with a record and with the largest batch.
        (120_000, 1, 6_001, 3_500),
        (120_000, 10_000, 16_000, 3_500),
        (900_000, 10_000, 16_000, 3_500),
        # A short time-out leaves time for HubSpot.
        (60_000, 10_000, 9_000, 2_000),
        (8_000, 10_000, 3_800, 1_500),
        (8_000, 1, 3_001, 1_500),
    ],
)
def test_more_is_kept_where_more_may_go_back(
    total_ms: int, records: int, wrap_up: int, last_try: int
) -> None:
    assert (wrap_up_ms(total_ms, records), last_try_ms(total_ms)) == (wrap_up, last_try)
    assert last_try < wrap_up
