"""When an event that is still open has waited for long enough."""

import pytest

from relay.core.expiry import EXPIRES_AFTER_MS, KEPT_FOR_MS, expired, sent_at
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped

NOW_MS = 1_793_527_200_000
HOUR_MS = 3_600_000


def test_an_event_that_is_open_after_13_days_is_rejected_with_what_it_waited_for() -> None:
    outcome = Deferred("missing_scope: crm.x", log_message="This app lacks scopes")

    found = expired(outcome, EXPIRES_AFTER_MS)

    assert isinstance(found, Rejected)
    assert (found.reason, found.message) == (
        "expired: 13_days",
        "It has waited for 13 days: missing_scope: crm.x This app lacks scopes",
    )
    assert found.log_message == found.message
    assert expired(outcome, EXPIRES_AFTER_MS - 1) is outcome


@pytest.mark.parametrize("outcome", [Delivered("501"), Skipped("no_email"), Rejected("refused")])
def test_what_has_ended_has_ended(outcome: Outcome) -> None:
    assert expired(outcome, 2 * EXPIRES_AFTER_MS) is outcome


@pytest.mark.parametrize("reason", ["portal_busy", "no_time"])
def test_an_event_that_nobody_has_looked_at_does_not_end_for_that(reason: str) -> None:
    assert expired(Deferred(reason), 2 * EXPIRES_AFTER_MS) == Deferred(reason)


@pytest.mark.parametrize(
    ("ago_ms", "is_known"),
    [
        (0, True),
        (KEPT_FOR_MS, True),
        (KEPT_FOR_MS + HOUR_MS, True),
        (KEPT_FOR_MS + HOUR_MS + 1, False),
        (-HOUR_MS, True),
        (-HOUR_MS - 1, False),
        (NOW_MS, False),
    ],
)
def test_a_time_that_cannot_be_sqs_s_is_not_known(ago_ms: int, is_known: bool) -> None:  # noqa: FBT001 - a table's
    assert sent_at(NOW_MS - ago_ms, NOW_MS) == (NOW_MS - ago_ms if is_known else 0)
