"""Names that a person has thought of, and names that are data."""

import pytest

from relay.core.made_names import LOOKS_LIKE_DATA, by_persons, looks_like_data, not_to_be_made, with_reasons

DATA = (
    "user_12345",
    "user1234",
    "sku_99812",
    "exp_4821",
    "1700000000",
    "item-123456",
    "invoice#20931",
    "user:98765",
    "2026-11-30",
    "30_11_2026",
    "2026_11",
    "20261130",
    "2026w48",
    "week_48_2026",
    "report_nov_2026",
    "May 2026",
    "30th November 2026",
    "2026-11-30T10:00:00Z",
    "v1_2_3",
    "192.168.1.1",
    "+45 12 34 56 78",
    "order-8f3a",
    "order_8f3a2c",
    "a1b2",
    "cart_a1b2c3d4",
    "session_abc123def",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "507f1f77bcf86cd799439011",
    "d41d8cd98f00b204e9800998ecf8427e",
    "deadbeefdeadbeef",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "x7kq9z2m1p",
    "kim@example.org",
    "kim_example_com",
    "https://example.org/a",
    "www.example.org",
    "/products/shoes",
)
WORDS = (
    "plan",
    "plan.tier",
    "Order Completed",
    "Step 1 Completed",
    "address_2",
    "address2",
    "q1_revenue",
    "plan_2026",
    "plan_2024_q1",
    "fy2025",
    "revenue_2024",
    "last_30_days_sessions",
    "sessions_90d",
    "age_18_24",
    "top_100_list",
    "office_365_user",
    "utm_content_1",
    "ga4_client_id",
    "b2b",
    "b2b2c",
    "i18n",
    "l10n",
    "k8s_clusters",
    "oauth2",
    "mp3_player",
    "s3_bucket",
    "web3",
    "covid19",
    "sha256_hash",
    "2fa_enabled",
    "h1",
    "x86",
    "ipv4",
    "e164_phone",
    "decade",
    "feedback",
    "facade",
    "may_contact",
    "",
)


@pytest.mark.parametrize("name", DATA)
def test_ids_numbers_dates_hashes_and_addresses_are_data(name: str) -> None:
    assert looks_like_data(name)


@pytest.mark.parametrize("name", WORDS)
def test_words_are_words_with_small_numbers_and_years_too(name: str) -> None:
    assert not looks_like_data(name)


def test_of_traits_without_a_property_those_that_are_data_are_named_as_properties() -> None:
    dropped = {
        "kim@example.org": "unknown_property",
        "context.traits.user 12345": "unknown_property",
        "shoe": "unknown_property",
        "order_8f3a": "no_value",
        "\\u4e2d1234": "unknown_property",
    }

    assert not_to_be_made(dropped) == {"kim_example_org", "user_12345", "_u4e2d1234"}


def test_a_name_in_another_alphabet_is_not_judged_by_the_numbers_of_its_letters() -> None:
    assert not_to_be_made({"na\\xefve_caf\\xe9": "unknown_property"}) == frozenset()


def test_what_was_not_made_is_told_by_the_trait_that_it_was_for() -> None:
    dropped = {
        "Shoe Size": "unknown_property",
        "context.traits.hat": "unknown_property",
        "plan": "unknown_property",
        "born": "not_a_date",
        "coupon": "unknown_event_property",
    }
    not_made = {"shoe_size": "a", "hat": "b", "tier": "c", "born": "d", "coupon": "e"}

    assert with_reasons(dropped, not_made, {"plan": "tier"}) == {
        "Shoe Size": "a",
        "context.traits.hat": "b",
        "plan": "c",
        "born": "not_a_date",
        "coupon": "e",
    }
    assert with_reasons(dropped, {}, {}) == dropped


def test_a_blocked_trait_is_told_as_it_was() -> None:
    assert with_reasons({"ssn": "blocked"}, {"ssn": LOOKS_LIKE_DATA}, {"ssn": None}) == {"ssn": "blocked"}


def test_what_the_settings_name_a_person_has_named() -> None:
    traits, taken = {"a": "user_12345", "b": None}, {"Order": {"total": "order_2026_11"}}

    assert by_persons(traits, taken) == {"user_12345", "order_2026_11"}
