"""What an event says of consent, as Segment's and RudderStack's libraries say it."""

import pytest

from relay.core.consent import is_consented

ADS = ("ads",)
BOTH = ("ads", "crm")


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        (None, True),
        ("", True),
        ("{}", True),
        ({"categoryPreferences": {"ads": True}}, True),
        ({"categoryPreferences": '{"ads": true}'}, True),
        ('{"categoryPreferences": {"ads": true}}', True),
        ({"category_preferences": {"ads": True}}, True),
        ({"categoryPreference": {"ADS ": True}}, True),
        ({"categoryPreferences": [{"key": "ads", "value": True}]}, True),
        ('{"categoryPreferences": {"ads": false}}', False),
        ({"categoryPreferences": {"ads": True, "Ads": False}}, False),
        ({"categoryPreferences": {"ads": "true"}}, False),
        ({"categoryPreferences": {}}, False),
        ({"version": 2}, False),
        ("granted", False),
        ([7], False),
    ],
)
def test_segments_preferences_agree_or_not(consent: object, expected: object) -> None:
    assert is_consented({"consent": consent}, ADS) is expected


@pytest.mark.parametrize(
    ("management", "expected"),
    [
        ({}, True),
        (None, True),
        ({"allowedConsentIds": ["ads"], "deniedConsentIds": []}, True),
        ({"allowedConsentIds": ["Ads "]}, True),
        ({"allowedConsentIds": '["ads"]'}, True),
        ({"allowedConsentIds": "ads,crm"}, True),
        ({"allowedConsentIds": {"ads": True}}, True),
        ({"allowedConsentIds": [{"id": "ads"}]}, True),
        ('{"allowedConsentIds": ["ads"], "provider": "oneTrust"}', True),
        ({"deniedConsentIds": ["crm"]}, True),
        ({"deniedConsentIds": []}, True),
        ({"allowed_consent_ids": ["ads"], "denied_consent_ids": None}, True),
        ({"allowedConsentIds": [], "deniedConsentIds": ["ads"]}, False),
        ({"allowedConsentIds": ["ads"], "deniedConsentIds": ["ads"]}, False),
        ({"allowedConsentIds": ["crm"], "deniedConsentIds": []}, False),
        ({"allowedConsentIds": [], "deniedConsentIds": []}, False),
        ({"deniedConsentIds": "crm, ADS"}, False),
        ({"deniedConsentIds": '["ads"]'}, False),
        ({"deniedConsentIds": {"ads": True}}, False),
        ({"deniedConsentIds": {"ads": False}}, True),
        ({"deniedConsentIds": {"C0001": "ads"}}, False),
        ({"deniedConsentIds": {"C0001": "crm"}}, True),
        ({"deniedConsentIds": [{"name": "Ads"}]}, False),
        ({"deniedConsentIds": [{"id": "C0001", "name": "ads"}]}, False),
        ({"deniedConsentIds": [{"id": "C0001", "name": "crm"}]}, True),
        ({"deniedConsentIds": [{}]}, False),
        ({"deniedConsentIds": [["ads"]]}, False),
        ({"allowedConsentIds": {"C0001": "ads"}}, False),
        ({"allowedConsentIds": [{"name": "crm"}]}, False),
        ({"deniedConsentIds": 7}, False),
        ({"allowedConsentIds": 7, "deniedConsentIds": []}, False),
        ({"provider": "custom"}, False),
        ("nothing that can be read", False),
        (7, False),
    ],
)
def test_rudderstacks_lists_agree_or_not(management: object, expected: object) -> None:
    assert is_consented({"consentManagement": management}, ADS) is expected
    assert is_consented({"consent_management": management}, ADS) is expected
    assert is_consented({"consentManagement": management}, ())


@pytest.mark.parametrize(
    ("strategy", "expected"), [("or", True), ("ANY", True), ("and", False), (None, False), (7, False)]
)
def test_one_category_is_enough_where_the_event_says_so(strategy: object, expected: object) -> None:
    management = {"allowedConsentIds": ["ads"], "deniedConsentIds": ["crm"], "resolutionStrategy": strategy}

    assert is_consented({"consentManagement": management}, BOTH) is expected


def test_what_both_say_has_to_agree() -> None:
    yes, no = {"categoryPreferences": {"ads": True}}, {"deniedConsentIds": ["ads"]}

    assert not is_consented({"consent": yes, "consentManagement": no}, ADS)
    assert not is_consented(
        {"consent": {"categoryPreferences": {}}, "consentManagement": {"deniedConsentIds": []}}, ADS
    )
