"""What a newer schema makes of a value that had no form, or that HubSpot refused."""

import pytest

from relay.core.second_looks import is_doubtful, is_of_the_form, newly, of_the_form, told_anew


@pytest.mark.parametrize(
    ("reason", "is_one"),
    [
        ("refused_invalid_option", True),
        ("refused_invalid_owner_id", True),
        ("refused_property_doesnt_exist", True),
        ("refused_read_only_value", True),
        ("refused_conflicting_unique_value", False),
        ("refused_duplicate_value", False),
        ("refused_missing_required_property", False),
        ("refused", False),
        ("stale", False),
    ],
)
def test_a_refusal_is_of_the_form_unless_it_speaks_of_other_records_or_has_no_code(
    reason: str, *, is_one: bool
) -> None:
    assert is_of_the_form(reason) is is_one
    assert of_the_form({"plan": reason}) == ({"plan"} if is_one else set())


def test_a_trait_is_in_doubt_whose_property_may_have_changed() -> None:
    assert is_doubtful({"a": "stale", "b": "no_such_option"})
    assert not is_doubtful({"a": "stale", "b": "no_value", "c": "too_long"})


def test_news_is_what_was_refused_and_what_there_was_not_before() -> None:
    before = {"email": "kim@example.org", "plan": "yes", "city": "Odense"}
    now = {"email": "kim@example.org", "plan": "yes", "city": "Odense", "shoe": "39"}

    assert newly(before, now, ["plan"], "email") == {"plan": "yes", "shoe": "39"}
    assert newly(before, before, [], "email") == {}


def test_what_was_sent_after_all_is_not_told_as_left_out() -> None:
    told = {"plan": "refused_invalid_option", "Hat": "unknown_property", "born": "not_a_date"}
    before = {"Hat": "unknown_property", "born": "not_a_date"}
    now = {"born": "not_a_date", "tags[1]": "no_such_option", "plan": "no_such_option"}

    assert told_anew(told, before, now, ["plan"]) == {
        "born": "not_a_date",
        "tags[1]": "no_such_option",
        "plan": "no_such_option",
    }
    # What is not sent either keeps HubSpot's own word.
    assert told_anew(told, before, now, [])["plan"] == "refused_invalid_option"
