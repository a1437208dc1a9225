"""What is used of HubSpot's limits, read from the buckets that the senders share."""

from dataclasses import replace

from cli.console.gauges import accounts_of, gauge_of
from relay.core.accounts import Account, Usage, bucket_key
from relay.core.bucket import Bucket, Family, Learned, Want, take
from relay.settings import Destination

NOW_MS = 1_793_527_200_000
(ACCOUNT,) = accounts_of({"default": Destination(hub_id=7, plan="professional")}, {})


def test_destinations_with_one_access_token_are_one_account_whatever_their_settings_say() -> None:
    settings = {
        "us": Destination(hub_id=7),
        "eu": Destination(hub_id=7, region="eu"),
        "other-app": Destination(hub_id=7, app="second"),
        "wrong": Destination(hub_id=9),
        "unused": Destination(hub_id=8),
    }
    seven = Account(7, "SANDBOX")
    usages = {name: Usage("h-1", seven) for name in ("us", "eu", "wrong")}

    found = accounts_of(settings, usages | {"other-app": Usage("h-2", seven)})

    assert [(each.hub_id, each.kind, each.key, each.destinations, each.is_wrong) for each in found] == [
        (7, "SANDBOX", bucket_key("h-1"), ("eu", "us", "wrong"), True),
        (7, "SANDBOX", bucket_key("h-2"), ("other-app",), False),
        (8, "", "", ("unused",), False),
    ]


def test_tokens_that_are_lent_are_used_until_they_come_back() -> None:
    bucket = Bucket(day_ends_at_ms=NOW_MS + 1000)
    taken = take(bucket, Want(Family.BURST, 12), ACCOUNT.limits, NOW_MS)

    told = gauge_of(ACCOUNT, taken.bucket, NOW_MS)

    assert told["windows"]["burst"] == {"used": 12, "limit": 190}
    assert told["windows"]["search"] == {"used": 0, "limit": 5}
    assert told["day"] == {"used": 12, "limit": 625_000, "ends_at_ms": NOW_MS + 1000}
    assert gauge_of(ACCOUNT, taken.bucket, taken.free_at_ms)["windows"]["burst"]["used"] == 0


def test_what_hubspot_has_said_of_its_limits_counts() -> None:
    bucket = Bucket(learned=Learned(burst=250, day=2_000_000))

    told = gauge_of(ACCOUNT, bucket, NOW_MS)

    assert (told["windows"]["burst"]["limit"], told["day"]["limit"]) == (250, 2_000_000)


def test_yesterdays_calls_are_not_todays() -> None:
    bucket = Bucket(used_today=400, day_ends_at_ms=NOW_MS)

    assert gauge_of(ACCOUNT, bucket, NOW_MS - 1)["day"]["used"] == 400
    assert gauge_of(ACCOUNT, bucket, NOW_MS)["day"]["used"] == 0


def test_a_portal_that_wants_to_be_left_alone_says_until_when() -> None:
    window = Bucket().window(Family.BURST)
    bucket = Bucket().with_window(Family.BURST, replace(window, blocked_until_ms=NOW_MS + 5))

    assert gauge_of(ACCOUNT, bucket, NOW_MS)["blocked_until_ms"] == NOW_MS + 5
    assert gauge_of(ACCOUNT, bucket, NOW_MS + 5)["blocked_until_ms"] == 0
