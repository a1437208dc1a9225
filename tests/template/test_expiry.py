"""Nothing ends in a queue before the sender has ended it: the template's numbers fit to the code's."""

from cloudformation import RESOURCES

from relay.core.expiry import EXPIRES_AFTER_MS, KEPT_FOR_MS, MAX_RECEIVES

DAY_MS = 86_400_000


def test_what_waits_is_rejected_a_day_before_sqs_drops_it() -> None:
    kept_ms = {
        1000 * RESOURCES[name]["Properties"]["MessageRetentionPeriod"]
        for name in ("EventsQueue", "RejectsQueue")
    }

    assert kept_ms == {KEPT_FOR_MS}
    assert EXPIRES_AFTER_MS == KEPT_FOR_MS - DAY_MS


def test_what_is_received_too_often_is_rejected_before_sqs_moves_it() -> None:
    redrive = RESOURCES["EventsQueue"]["Properties"]["RedrivePolicy"]

    assert redrive["maxReceiveCount"] - MAX_RECEIVES == 100
