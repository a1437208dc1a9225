"""Keys as people write them, names as HubSpot has them."""

import pytest

from relay.core.names import MAX_NAME_CHARS, property_name, squashed


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("yoLO", "yolo", id="S15-keys-lower-cased"),
        pytest.param("gogurt is life", "gogurt_is_life", id="S16-spaces-become-underscores"),
        pytest.param("a\tb  c", "a_b__c", id="S16-each-white-space"),
        pytest.param(" plan ", "plan", id="outer-white-space"),
        pytest.param("plan.tier-2", "plan_tier_2", id="other-characters"),
        pytest.param("größe", "gr__e", id="other-letters"),
        pytest.param("x\ud800", "x_", id="lone-surrogate"),
        pytest.param("٣", "_", id="other-digits"),
        pytest.param("", "", id="empty"),
        pytest.param("K" * 100_000, "k" * MAX_NAME_CHARS, id="very-long"),
    ],
)
def test_a_key_means_the_property_of_its_normal_form(key: str, name: str) -> None:
    assert property_name(key) == name


@pytest.mark.parametrize("key", ["First Name", "first_name", "FIRSTNAME", "first-name", " firstName\n"])
def test_case_and_separators_do_not_count(key: str) -> None:
    assert squashed(key) == "firstname"


def test_dots_lead_into_objects() -> None:
    assert squashed("Plan Info.Tier_Name") == "planinfo.tiername"
