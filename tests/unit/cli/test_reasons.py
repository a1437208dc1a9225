"""Every reason that the code gives is put into words."""

import re
from pathlib import Path

import pytest

from cli import reasons, reference
from cli.reasons import Words, words_for, words_for_dropped
from relay.core.answers import ACCESS_TOKEN_REFUSED, MISSING_SCOPE, REFUSED_ALIKE
from relay.core.bucket import BLOCKED, DAY_SPENT, WINDOW_FULL
from relay.core.outcomes import Deferred
from relay.core.profiles import RESTING
from relay.core.troubles import waits_for

FUNCTIONS = Path(reference.__file__).parents[1] / "functions"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FUNCTIONS.rglob("*.py")))


def literals(pattern: str) -> set[str]:
    """Return the reasons; what follows one that is only begun is a status."""
    found = re.findall(rf'{pattern}\(\s*f?"(\w+)', SOURCE)
    return {f"{reason}status_500" if reason.endswith("_") else reason for reason in found}


@pytest.mark.parametrize(
    ("outcome", "pattern"),
    [("skipped", "Skipped"), ("deferred", "Deferred"), ("deferred", "NoReply"), ("rejected", "Rejected")],
)
def test_every_reason_that_stands_in_the_code_has_words(outcome: str, pattern: str) -> None:
    found = literals(pattern)

    assert found
    assert {reason for reason in found if not words_for(outcome, reason).meaning} == set()


@pytest.mark.parametrize(
    "reason",
    [
        WINDOW_FULL,
        BLOCKED,
        DAY_SPENT,
        REFUSED_ALIKE,
        RESTING,
        ACCESS_TOKEN_REFUSED.reason,
        f"{MISSING_SCOPE}: crm.objects.contacts.read",
        "company_may_be_coming",
        "company_creation_unknown",
        "bucket_unavailable: ThrottlingException",
    ],
)
def test_reasons_of_waiting_that_stand_elsewhere_have_words_too(reason: str) -> None:
    assert words_for("deferred", reason).meaning


# Which reasons a person has to do something about, and which pass by themselves or by HubSpot's side. A new
# one belongs into one of these: `relay retry` releases the former within a minute.
OF_PERSONS = {
    "access_token_refused",
    "account_unknown",
    "forbidden",
    "invalid_settings",
    "match_property_missing",
    "match_property_not_unique",
    "missing_scope",
    "missing_tier",
    "no_access_token",
    "no_settings",
    "not_sendable",
    "refused_alike",
    "unknown_path",
    "wrong_account",
}
OF_PORTALS = {"day_spent", "not_hubspot"}
PASSING = {
    "blocked",
    "bucket_unavailable",
    "company_creation_unknown",
    "company_may_be_coming",
    "conflict",
    "definition_not_made_yet",
    "definition_not_ready",
    "definitions",
    "definitions_outdated",
    "deletion_pending",
    "in_bad_company",
    "labels_unread",
    "lease_unavailable",
    "memory_unavailable",
    "missing_outcome",
    "no_answer",
    "no_time",
    "not_found",
    "not_linked",
    "not_read",
    "not_sent",
    "parameters_unavailable",
    "person_pending",
    "portal_busy",
    "properties_not_listed",
    "property_not_ready",
    "reject_not_stored",
    "resting",
    "schema",
    "search_unreadable",
    "stage_not_restored",
    "status",
    "too_many_labels",
    "too_many_refusals",
    "twins_disagree",
    "window_full",
}


def test_of_every_reason_it_is_said_for_whom_events_wait() -> None:
    expected = [(OF_PERSONS, "person"), (OF_PORTALS, "portal"), (PASSING, "")]

    # The code gives no reason that has no words, and those are sorted here.
    assert set(reasons.DEFERRED) == OF_PERSONS | OF_PORTALS | PASSING
    for words, waits in expected:
        assert {word: waits_for(Deferred(word)) for word in words} == dict.fromkeys(words, waits)
        assert {waits_for(Deferred(f"{word}: more")) for word in words} == {waits}


def test_every_reason_of_the_gate_has_words_and_a_remedy() -> None:
    gate = (FUNCTIONS / "relay" / "core" / "admission.py").read_text(encoding="utf-8")
    given = set(re.findall(r'return "(\w+)"|else "(\w+)"', gate))
    found = {word for pair in given for word in pair if word}

    assert {"missing_type", "unknown_type", "not_an_object"} < found
    assert {reason for reason in found if not words_for("refused", reason).remedy} == set()


def test_every_reason_in_words_is_one_that_the_code_gives() -> None:
    families = {"status", "schema", "definitions"}
    words = {*reasons.DEFERRED, *reasons.REJECTED, *reasons.REFUSED} - families - {"received_too_often"}

    assert {word for word in words if not re.search(rf'"{word}\b', SOURCE)} == set()


@pytest.mark.parametrize(
    ("outcome", "reason", "like"),
    [
        ("deferred", "status_503", "status"),
        ("deferred", "schema_status_500", "schema"),
        ("deferred", "definitions_status_500", "definitions"),
        ("deferred", "no_answer: ReadTimeout", "no_answer"),
        ("deferred", "invalid_settings: hub: no such setting", "invalid_settings"),
        ("deferred", "missing_scope: crm.objects.contacts.write", "missing_scope"),
        ("deferred", "refused_alike", "refused_alike"),
        ("rejected", "missing_scope", "missing_scope"),
    ],
)
def test_what_follows_a_reason_does_not_matter(outcome: str, reason: str, like: str) -> None:
    table = reasons.DEFERRED if outcome == "deferred" else reasons.REJECTED

    assert words_for(outcome, reason) == table[like]


def test_a_dropped_traits_reason_has_words_whatever_code_follows() -> None:
    assert words_for_dropped("refused_invalid_option").meaning.startswith("HubSpot has refused the value")
    assert words_for_dropped("duplicate_companies: 3").remedy == "Merge them in HubSpot."
    assert {word for word in reference.DROPPED if not words_for_dropped(word).meaning} == set()


def test_what_nobody_has_put_into_words_has_none() -> None:
    assert words_for("deferred", "of_a_newer_relay") == Words("")
    assert words_for("delivered", "") == Words("")
    assert words_for_dropped("of_a_newer_relay") == Words("")


def test_advice_is_given_only_for_reasons_that_there_are() -> None:
    assert reasons._ADVICE.keys() <= reference.SKIPPED.keys()  # noqa: SLF001 - its table
    assert reasons._MENDING.keys() <= reference.DROPPED.keys()  # noqa: SLF001 - its table
