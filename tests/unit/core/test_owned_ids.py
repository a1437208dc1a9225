"""Events without the ids that nobody owns."""

import pytest
from builders import event

from relay.core.outcomes import Delivered, Skipped
from relay.core.owned_ids import (
    CONTEXT_GROUP,
    PLACEHOLDER,
    all_placeholders,
    outcome_without,
    placeholders_in,
    without,
)
from relay.core.placeholders import IdRules

IDS = {"userId": "undefined", "anonymousId": "null", "previousId": "0", "groupId": "[object Object]"}
RULES = IdRules()


def test_each_field_with_an_id_that_names_nobody_is_found() -> None:
    assert placeholders_in(event(**IDS), RULES) == list(IDS)
    assert placeholders_in(event(**dict.fromkeys(IDS, "u-1")), RULES) == []
    assert placeholders_in(event(**dict.fromkeys(IDS)), RULES) == []
    assert placeholders_in(event(**dict.fromkeys(IDS, False)), RULES) == list(IDS)


@pytest.mark.parametrize(("given", "expected"), [("null", True), ({}, True), ("g-1", False), (None, False)])
def test_the_group_of_the_context_counts_where_it_is_read(given: object, *, expected: bool) -> None:
    found = event(context={"groupId": given})

    assert placeholders_in(found, RULES) == []
    assert placeholders_in(found, RULES, reads_context=True) == [CONTEXT_GROUP] * expected


def test_only_those_events_are_named_that_have_one() -> None:
    events = [event(), event(userId="nil"), event(groupId="nil")]

    assert all_placeholders(events, RULES, reads_context=False) == {1: ["userId"], 2: ["groupId"]}


def test_an_event_loses_those_ids_and_nothing_else() -> None:
    given = event(**IDS, context={"groupId": "null", "ip": "::1"}, traits={"plan": "team"})

    found = without(given, [*IDS, CONTEXT_GROUP])

    assert (found.user_id, found.anonymous_id, found.previous_id, found.group_id) == (None,) * 4
    assert (found.context, found.traits) == ({"ip": "::1"}, {"plan": "team"})
    assert (found.message_id, found.order) == (given.message_id, given.order)
    assert without(given, ["userId"]).context == given.context
    assert without(given, ["userId"]).anonymous_id == "null"
    assert without(given, []) is given


@pytest.mark.parametrize(
    ("kind", "names", "reason", "is_for_want"),
    [
        ("identify", ["userId"], "no_email", True),
        ("identify", ["anonymousId"], "no_email", True),
        ("identify", ["groupId"], "no_email", False),
        ("identify", ["userId"], "invalid_email", False),
        ("identify", ["userId"], "contact_unknown", False),
        ("track", ["userId"], "no_person", True),
        ("track", ["userId"], "no_event_name", False),
        ("delete", ["userId"], "contact_unknown", True),
        ("delete", ["userId"], "deletes_off", False),
        ("alias", ["userId"], "alias_incomplete", True),
        ("alias", ["previousId"], "alias_incomplete", True),
        ("alias", ["anonymousId"], "alias_incomplete", False),
        ("group", ["groupId"], "no_group_id", True),
        ("group", ["userId"], "no_group_id", False),
        ("group", ["groupId"], "no_website", False),
    ],
)
def test_an_event_is_skipped_for_its_placeholder_only_if_that_is_what_it_lacks(
    kind: str, names: list[str], reason: str, *, is_for_want: bool
) -> None:
    found = outcome_without(event(type=kind, userId=None), names, Skipped(reason))

    assert found == Skipped(PLACEHOLDER if is_for_want else reason)


def test_a_deletion_by_another_id_is_one_of_somebody_unknown() -> None:
    found = event(type="delete", userId=None, anonymousId="a-1")

    assert outcome_without(found, ["userId"], Skipped("contact_unknown")) == Skipped("contact_unknown")


def test_a_known_users_event_lacks_no_anonymous_id() -> None:
    assert outcome_without(event(), ["anonymousId"], Skipped("no_email")) == Skipped("no_email")


def test_what_is_not_skipped_stays_as_it_is() -> None:
    assert outcome_without(event(), ["userId"], Delivered("501")) == Delivered("501")


def test_rules_are_words_in_any_form_and_blank_ones_are_none() -> None:
    rules = IdRules.of([" Test-User ", "", '"x"'], ["Guest", " "])

    assert rules == IdRules(frozenset({"test-user", "x"}), frozenset({"guest"}))
    assert rules.is_placeholder("TEST-USER")
    assert not rules.is_placeholder("guest")
