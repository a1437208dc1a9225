"""Whether an event may pass at all, and how rules name traits."""

from typing import Any

import pytest
from builders import event

from relay.core.integrations import Integrations
from relay.core.rules import Rules, objection

ENGAGE = {"All": False, "Webhooks (Actions)": True}
ADS = ("ads",)


@pytest.mark.parametrize(
    ("mode", "integrations", "reason"),
    [
        pytest.param("explicit", {}, None, id="S63-says-nothing"),
        pytest.param("explicit", None, None, id="absent"),
        pytest.param("explicit", {"All": False}, None, id="all-off"),
        pytest.param("explicit", ENGAGE, None, id="S51-engage-and-replay"),
        pytest.param("explicit", {"HubSpot": False}, "integrations", id="S7-hubspot-off"),
        pytest.param("explicit", {"HubSpot Cloud Mode (Actions)": False}, "integrations", id="actions-off"),
        pytest.param("explicit", {"Hubspot Cloud Mode (actions)": False}, "integrations", id="old-name-off"),
        pytest.param(
            "explicit", {"HubSpot": True, "HubSpot Cloud Mode (Actions)": False}, None, id="one-of-two-off"
        ),
        pytest.param("explicit", {"hubspot": False}, "integrations", id="in-any-case"),
        pytest.param("explicit", {"Amplitude": False}, None, id="another-off"),
        pytest.param("explicit", {"HubSpot": None}, None, id="null-says-nothing"),
        pytest.param("all", {}, None, id="strict-says-nothing"),
        pytest.param("all", {"All": False}, "integrations", id="S7-strict-all-off"),
        pytest.param("all", {"All": False, "HubSpot": True}, None, id="strict-hubspot-on"),
        pytest.param("all", {"All": False, "HubSpot": {"x": 1}}, None, id="strict-options-count-as-on"),
        pytest.param("all", {"All": False, "HubSpot": {}}, None, id="strict-empty-options-count-as-on"),
        pytest.param("all", ENGAGE, None, id="strict-webhook-on"),
        pytest.param("all", {"All": False, "Amplitude": True}, "integrations", id="strict-another-on"),
        pytest.param("all", {"All": True, "HubSpot": False}, "integrations", id="S7-strict-hubspot-off"),
        pytest.param("ignore", {"All": False, "HubSpot": False}, None, id="ignored"),
    ],
)
def test_integrations_count_as_the_owner_wants(
    mode: Integrations, integrations: Any, reason: str | None
) -> None:
    assert objection(event(integrations=integrations), Rules(integrations=mode)) == reason


@pytest.mark.parametrize(
    ("categories", "consent", "reason"),
    [
        pytest.param((), {"categoryPreferences": {}}, None, id="no-category-needed"),
        pytest.param(ADS, None, None, id="no-consent"),
        pytest.param(ADS, {}, None, id="empty-consent-flows"),
        pytest.param(ADS, [], None, id="empty-consent-of-php-flows"),
        pytest.param(ADS, {"categoryPreferences": {}}, "no_consent", id="empty-preferences-refuse"),
        pytest.param(ADS, {"categoryPreferences": {"ads": True}}, None, id="agreed"),
        pytest.param(ADS, {"categoryPreferences": {"ads": False}}, "no_consent", id="refused"),
        pytest.param(ADS, {"categoryPreferences": {"other": True}}, "no_consent", id="missing-is-refused"),
        pytest.param(ADS, {"categoryPreferences": {"ads": "true"}}, "no_consent", id="only-true-agrees"),
        pytest.param(ADS, {"categoryPreferences": None}, "no_consent", id="null-preferences"),
        pytest.param(ADS, {"version": 2}, "no_consent", id="preferences-missing"),
        pytest.param(ADS, "granted", "no_consent", id="no-object"),
        pytest.param(
            ("ads", "crm"), {"categoryPreferences": {"ads": True}}, "no_consent", id="all-categories-needed"
        ),
    ],
)
def test_consent_is_asked_for_where_the_event_speaks_of_it(
    categories: tuple[str, ...], consent: Any, reason: str | None
) -> None:
    assert objection(event(context={"consent": consent}), Rules(consent=categories)) == reason


@pytest.mark.parametrize(
    "context",
    [
        {"consentManagement": {"allowedConsentIds": [], "deniedConsentIds": ["ads"]}},
        '{"consent": {"categoryPreferences": {"ads": false}}}',
        "what cannot be read may have refused",
    ],
)
def test_consent_is_refused_in_whatever_form(context: Any) -> None:
    assert objection(event(context=context), Rules(consent=ADS)) == "no_consent"
    assert objection(event(context=context), Rules()) is None


@pytest.mark.parametrize("name", ["integrations", "providers"])
def test_older_libraries_name_destinations_in_the_context(name: str) -> None:
    context = {name: {"HubSpot": False}}

    assert objection(event(context=context), Rules()) == "integrations"
    assert objection(event(context=context, integrations={"HubSpot": True}), Rules()) is None


def test_consent_comes_before_integrations() -> None:
    found = event(context={"consent": {"categoryPreferences": {}}}, integrations={"HubSpot": False})

    assert objection(found, Rules(consent=ADS)) == "no_consent"


def test_a_path_may_be_written_in_any_way_but_its_dots_count() -> None:
    rules = Rules({"Plan.Tier Name": "tier", "secret": None})

    assert rules.renamed == {"plan.tiername": "tier", "secret": None}
    assert (rules.has_blocks, Rules({"a": "b"}).has_blocks) == (True, False)
