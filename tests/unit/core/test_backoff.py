"""How long an event waits that is still open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.backoff import (
    LOOKED_AT_WITHIN_S,
    MAX_DELAY_FOR_PERSON_S,
    MAX_DELAY_S,
    delay_s,
    waits_for_person,
)
from relay.core.outcomes import Deferred
from relay.core.parking import MAX_PARKED_MS


@pytest.mark.parametrize(
    ("looks", "expected"), [(0, 5), (1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (1000, 900)]
)
def test_the_delay_doubles_with_each_look_up_to_a_quarter_of_an_hour(looks: int, expected: int) -> None:
    assert delay_s(looks, base_s=5, wait_ms=0, jitter=0.5) == expected


@pytest.mark.parametrize(("looks", "expected"), [(1, 5), (3, 20), (4, 40), (5, 40), (1000, 40)])
def test_looks_are_a_minute_apart_at_most_where_a_person_has_to_act(looks: int, expected: int) -> None:
    # Lambda may take up to 20 s to hand over a message.
    assert LOOKED_AT_WITHIN_S - MAX_DELAY_FOR_PERSON_S == 20
    assert delay_s(looks, base_s=5, wait_ms=0, jitter=0.5, for_person=True) == expected
    assert delay_s(looks, base_s=5, wait_ms=600_000, jitter=0.99, for_person=True) == 40


@pytest.mark.parametrize(("wait_ms", "expected"), [(0, 5), (5_001, 6), (60_000, 60), (86_400_000, 900)])
def test_it_is_at_least_what_hubspot_asks_for_within_the_quarter_of_an_hour(
    wait_ms: int, expected: int
) -> None:
    assert delay_s(1, base_s=5, wait_ms=wait_ms, jitter=0.5) == expected


def test_events_that_failed_together_do_not_come_back_together() -> None:
    delays = [delay_s(4, base_s=5, wait_ms=0, jitter=n / 10) for n in range(10)]

    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (30, 48)


@given(
    st.integers(-10, 10_000),
    st.floats(0.1, 900),
    st.integers(0, 10**9),
    st.floats(0, 1, exclude_max=True),
    st.booleans(),
)
def test_it_is_always_something_that_sqs_takes(
    looks: int,
    base_s: float,
    wait_ms: int,
    jitter: float,
    for_person: bool,  # noqa: FBT001 - given by hypothesis
) -> None:
    found = delay_s(looks, base_s=base_s, wait_ms=wait_ms, jitter=jitter, for_person=for_person)

    assert 1 <= found <= (MAX_DELAY_FOR_PERSON_S if for_person else MAX_DELAY_S)


def test_nothing_is_parked_for_longer_than_sqs_delays_a_message() -> None:
    assert MAX_PARKED_MS == MAX_DELAY_S * 1000


@pytest.mark.parametrize(
    "reason",
    [
        "access_token_refused",
        "no_access_token",
        "wrong_account: 7654399, not 7654321",
        "account_unknown",
        "missing_scope",
        "missing_scope: crm.objects.contacts.write",
        "missing_tier",
        "forbidden",
        "unknown_path: events",
        "no_settings",
        "invalid_settings: plan",
        "match_property_missing: customer_id",
    ],
)
def test_what_a_person_mends_waits_for_a_person(reason: str) -> None:
    assert waits_for_person(Deferred(reason))


@pytest.mark.parametrize(
    "reason", ["status_503", "day_spent", "refused_alike", "person_pending", "", "missing_scopes"]
)
def test_what_passes_by_itself_or_costs_a_dozen_calls_a_look_does_not(reason: str) -> None:
    assert not waits_for_person(Deferred(reason))
