"""HubSpot's words: what a person reads, and what a log may hold."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.standin.forms import FORMS, Asked, answer_in_form
from relay.core.refusals import read_refusal
from relay.core.wording import MAX_LOG_CHARS, MAX_MESSAGE_CHARS, Sent, words_for_log, words_of

ADDRESS, VALUE = "kim.larsen@example.org", "Gold Rush 1849"
SENT = {"email": ADDRESS, "city": "Odense", "plan": VALUE}
INPUT = {"id": ADDRESS, "objectWriteTraceId": "0", "properties": SENT}
NAMED = [name for name, form in FORMS.items() if form.kind in ("property", "required")]


def sent(values: dict[str, str] | None = None) -> Sent:
    found = SENT if values is None else values
    return Sent(frozenset(found), tuple(found.values()))


def log(error: dict[str, Any], values: dict[str, str] | None = None) -> str:
    return words_for_log(read_refusal(error), sent(values))


def body(form: str, entry: dict[str, Any] | None = None) -> dict[str, Any]:
    found = answer_in_form(form, Asked([entry or INPUT], "plan")).body
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("form", NAMED)
def test_the_words_name_the_property_or_the_rule_and_not_only_that_something_is_wrong(form: str) -> None:
    name = "jobtitle" if FORMS[form].kind == "required" else "plan"
    refusal = read_refusal(body(form))

    for words in (words_of(refusal), words_for_log(refusal, sent())):
        assert re.search(rf"\b{name}\b", words)
        assert words not in (
            name,
            "The property values provided are invalid",
            "Property values were not valid",
        )


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.kind != "page"])
def test_a_log_holds_no_value_no_address_and_no_id(form: str) -> None:
    words = log(body(form))

    assert words.isascii()
    assert len(words) <= MAX_LOG_CHARS
    for secret in (
        ADDRESS,
        VALUE,
        "Gold",
        "Rush",
        "1849",
        "kim",
        "900502",
        "900501",
        "7654321",
        'value: "a"',
    ):
        assert secret not in words


TEXTS = st.text(st.characters(exclude_characters="*"), min_size=1, max_size=40)


@given(st.sampled_from([name for name in FORMS if FORMS[name].kind in ("property", "conflict")]), TEXTS)
@example("no_option", "the allowed options")
@example("unique_in_a_sentence", "x} on 501. 502 already has that value")
@example("number", "a valid")
@example("unique_with_a_code", "used by")
@example("no_option", "東京")
@example("no_option", '"quoted" and more')
def test_no_value_stands_whole_in_a_log_whatever_it_is(form: str, value: str) -> None:
    entry = {**INPUT, "properties": {"email": ADDRESS, "plan": value}}

    words = log(body(form, entry), {"email": ADDRESS, "plan": value})

    told = value.strip()
    names = {"email", "plan"}
    # Signs alone, such as a full stop, tell nothing.
    if re.search(r"\w", told) and told.isascii() and told.isprintable() and told not in names:
        assert not re.search(rf"(?<!\w){re.escape(told)}(?!\w)", words.replace("***", " "))
    assert ADDRESS not in words


@pytest.mark.parametrize(
    ("message", "values", "expected"),
    [
        # A value that is a common word takes that word from the sentence, and no name.
        ("A value for plan must be given", {"plan": "must"}, "A value for plan *** be given"),
        ("plan is plan", {"plan": "plan"}, "plan is plan"),
        # Words of a value, whatever is left of it.
        ("Gold is cut short", {"plan": VALUE}, "*** is cut short"),
        ("the rush was too much", {"plan": VALUE}, "the *** was too much"),
        # The value comes first, unless it is a name.
        ("blue sky was not a valid long", {}, "*** was not a valid long"),
        ('Property "plan" was not a valid one', {"plan": "x"}, 'Property "plan" was not a valid one'),
        # Somebody else's.
        ('"Bo Holm" has it already', {}, "*** has it already"),
        ("“Bo Holm” has it", {}, "*** has it"),
        ("`plan` of bo@example.net", {"plan": "x"}, "`plan` of ***"),
        ("Email address bo holm is invalid", {}, "Email address *** is invalid"),
        ("call +45 12 34 56 78 or 20123456", {}, "call *** or ***"),
        ("born 1984-02-29", {}, "born ***"),
        ("Existing ID: 77", {}, "Existing ID: ***"),
        ("see https://app.hubspot.com/contacts/1/77?email=x now", {}, "see *** now"),
        # What says what to do.
        (
            '"READ_ONLY_VALUE" of crm.objects.contacts.write',
            {},
            '"READ_ONLY_VALUE" of crm.objects.contacts.write',
        ),
        (
            "a limit of 1000 properties, 65,536 characters",
            {},
            "a limit of 1000 properties, 65,536 characters",
        ),
        ("it hasn't got what isn't there", {}, "it hasn't got what isn't there"),
        ("Ünzulässig", {}, "\\xdcnzul\\xe4ssig"),
        ("a lone \ud800, a \x00", {}, "a lone  , a  "),
    ],
)
def test_what_a_log_keeps_of_a_sentence(message: str, values: dict[str, str], expected: str) -> None:
    assert log({"message": message}, values) == expected


def test_what_hubspot_calls_a_property_is_one_unless_somebody_has_told_it() -> None:
    error = {"message": "no", "context": {"propertyName": ["birth_date", "Bo Holm", "odense"]}}

    assert log(error, {"city": "odense"}) == "birth_date, ***: no"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "Too many contacts", "errors": [{"message": "no room"}]}, "Too many contacts; no room"),
        ({"message": "no room at all", "errors": [{"message": "no room at all"}]}, "no room at all"),
        ({"message": "Invalid input", "errors": [{"code": "A_B"}, {"code": "A_B"}]}, "A_B"),
        ({"message": "no", "subCategory": "crm.A_B"}, "no (crm.A_B)"),
        ({"message": "Bad request", "errors": [{"message": "no", "code": "A_B"}]}, "no (A_B)"),
        ({"message": "no", "subCategory": "kim@example.org"}, "no"),
        ({"errors": [{"message": f"{n}"} for n in range(9)]}, "0; 1; 2; 3; 4"),
        ({}, ""),
    ],
)
def test_what_a_person_reads(error: dict[str, Any], expected: str) -> None:
    assert words_of(read_refusal(error)) == expected


def test_words_are_bounded() -> None:
    long = read_refusal({"message": "x " * 3_000_000})

    assert len(words_of(long)) <= MAX_MESSAGE_CHARS
    assert len(words_for_log(long)) <= MAX_LOG_CHARS


@pytest.mark.parametrize(
    "message",
    [
        "No contact bo.holm%40acme.test here",
        "Not taken: «Bo Holm»",
        "Not taken: \u2018Bo Holm\u2019",
        "Not taken: &quot;Bo Holm&quot;",
        "Not taken: &#39;Bo Holm&#39;",
        "PropertyValueCoordinates{propertyName=plan, value = Bo Holm} on 501.",
        "propertyName=plan, value=Bo Holm",
    ],
)
def test_what_nobody_has_sent_is_kept_out_of_a_log_however_it_is_quoted(message: str) -> None:
    assert not re.search(r"(?i)bo\b|holm|acme", log({"message": message}))


@pytest.mark.parametrize(
    "said",
    ["the token pat-eu1-0a1b2c3d-4e5f-6789-abcd-ef0123456789 has expired", "Bearer CKn9-x.y_z is invalid"],
)
def test_words_for_the_log_hold_no_access_token(said: str) -> None:
    found = words_for_log(read_refusal({"message": said}))

    assert "***" in found
    assert "0a1b" not in found
    assert "CKn9" not in found
