"""What may be meant by a name or a value that HubSpot does not have."""

import pytest

from cli.hints import Hints, hints_for, nearest
from cli.standin.portal import Portal


@pytest.fixture(scope="module")
def hints() -> Hints:
    return hints_for(Portal())


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Frist Name", "firstname"),
        ("job-titel", "jobtitle"),
        ("address.contry", "country"),
        ("Favourite Colors", "favourite_colours"),
        ("shoe size", ""),
        ("", ""),
        # HubSpot computes it, so that it is no help.
        ("hs_object_idd", ""),
    ],
)
def test_a_trait_without_a_property_is_told_the_nearest_that_can_be_set(
    hints: Hints, name: str, near: str
) -> None:
    said = hints.of("identify", name, "unknown_property")

    assert said == (f"HubSpot has `{near}`, which may be meant." if near else "")


def test_a_label_that_people_see_leads_to_its_property() -> None:
    portal = Portal()
    portal.add_property("x_9", label="Loyalty programme")

    assert "`x_9`" in hints_for(portal).of("identify", "Loyalty program", "unknown_property")


def test_a_groups_traits_are_compared_with_the_properties_of_companies(hints: Hints) -> None:
    assert "`numberofemployees`" in hints.of("group", "number of employes", "unknown_property")
    assert hints.of("identify", "number of employes", "unknown_property") != hints.of(
        "group", "number of employes", "unknown_property"
    )


def test_options_are_listed_also_for_one_of_several(hints: Hints) -> None:
    tier, interests = (
        hints.of("identify", name, "no_such_option") for name in ("subscription_tier", "interests[1]")
    )

    assert tier.startswith("It has ")
    assert interests.startswith("It has ")
    assert tier != interests
    assert " more." in hints.of("group", "industry", "no_such_option")


def test_options_are_listed_for_a_label_as_well() -> None:
    portal = Portal()
    options = [{"label": "Gold", "value": "au"}]
    portal.add_property("x_9", label="Tier", type="enumeration", fieldType="select", options=options)

    assert hints_for(portal).of("identify", "Tier", "no_such_option") == "It has au."


@pytest.mark.parametrize("reason", ["no_value", "stale", "refused_invalid_option"])
def test_other_reasons_need_no_hint(hints: Hints, reason: str) -> None:
    assert hints.of("identify", "plan", reason) == ""


def test_options_of_what_hubspot_does_not_have_are_not_listed(hints: Hints) -> None:
    assert hints.of("identify", "no such thing", "no_such_option") == ""


def test_the_nearest_does_not_mind_case_and_separators() -> None:
    assert nearest("PLAN TIER", ["plan_tier", "plan"]) == "plan_tier"
    assert nearest("plan", []) == ""
