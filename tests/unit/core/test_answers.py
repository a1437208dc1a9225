"""What HubSpot's answers mean for each input."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from builders import batch, refusal, reply, written
from hypothesis import given
from hypothesis import strategies as st

from relay.core.answers import (
    MAX_MESSAGE_CHARS,
    Answer,
    Confirmed,
    NoReply,
    Repair,
    Reply,
    Split,
    Verdict,
    may_be_written,
    read_batch,
    retry_after_ms,
)
from relay.core.envelopes import Envelope, pack, unpack
from relay.core.outcomes import Deferred, Rejected
from relay.core.planning import Batch

TWO = batch("kim@example.org", "bo@example.org")
ONE = batch("kim@example.org")


def verdicts(answer: Answer) -> list[Verdict]:
    """Read an answer to a batch of two."""
    found = read_batch(TWO, answer)
    assert not isinstance(found, Split)
    assert set(found) == {"0", "1"}
    return [found["0"], found["1"]]


def invalid(**context: list[str]) -> dict[str, object]:
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": "Property values were not valid",
        "correlationId": "c-1",
        "context": context,
    }


REFUSED = Rejected("refused", "Property values were not valid", "VALIDATION_ERROR", "c-1")


@pytest.mark.parametrize("status", [200, 201, 207])
def test_results_are_matched_by_trace_id_and_not_by_place(status: int) -> None:
    answer = reply(status, results=[written("1", "502"), written("0", "501")])

    assert verdicts(answer) == [Confirmed("501"), Confirmed("502")]


def test_in_a_mixed_answer_each_input_has_its_own_fate() -> None:
    answer = reply(207, results=[written("1", "502")], errors=[invalid(objectWriteTraceId=["0"])])

    assert verdicts(answer) == [REFUSED, Confirmed("502")]


def test_an_error_without_a_correlation_id_has_that_of_the_answer() -> None:
    error = {"category": "VALIDATION_ERROR", "context": {"objectWriteTraceId": ["0"]}}
    answer = Reply(207, {"errors": [error]}, {"x-hubspot-correlation-id": "c-9"})

    assert verdicts(answer)[0] == Rejected("refused", category="VALIDATION_ERROR", correlation_id="c-9")


def test_one_error_may_speak_of_several_inputs() -> None:
    answer = reply(207, results=[], errors=[invalid(objectWriteTraceId=["0", "1"])])

    assert verdicts(answer) == [REFUSED, REFUSED]


def test_an_error_that_names_only_the_object_is_matched_by_its_id() -> None:
    answer = reply(207, results=[written("1", "502")], errors=[invalid(ids=["KIM@example.org"])])

    assert verdicts(answer) == [REFUSED, Confirmed("502")]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"status": "COMPLETE", "results": []},
        {"results": None, "errors": None},
        {
            "results": [
                7,
                None,
                {"id": "501"},
                {"objectWriteTraceId": "0"},
                {"objectWriteTraceId": "0", "id": "\ud800"},
                {"objectWriteTraceId": "0", "id": 9**99},
                {"objectWriteTraceId": True, "id": "501"},
            ]
        },
        {
            "errors": [
                7,
                {"context": 7},
                {"context": {"objectWriteTraceId": ["9"]}},
                {"context": {"ids": [7]}},
            ]
        },
    ],
)
def test_an_input_without_a_word_of_its_own_is_not_delivered(body: object) -> None:
    assert verdicts(Reply(200, body)) == [Deferred("missing_outcome")] * 2


def test_hubspot_tells_what_the_contact_is_now_and_whether_it_is_new() -> None:
    result = {**written("0", "501"), "new": True, "properties": {"plan": "team", "score": None}}

    assert verdicts(reply(200, results=[result]))[0] == Confirmed("501", {"plan": "team"}, is_new=True)


@pytest.mark.parametrize(
    ("conflict", "verdict"),
    [
        ({"context": {"existingId": ["501"]}}, Repair(Deferred("conflict"), existing_id="501")),
        (
            {"message": "Contact already exists. Existing ID: 501"},
            Repair(Deferred("conflict"), existing_id="501"),
        ),
        ({"message": "Contact already exists."}, Deferred("conflict")),
    ],
)
def test_a_contact_that_exists_already_is_to_be_updated(
    conflict: dict[str, Any], verdict: Repair | Deferred
) -> None:
    context = {"objectWriteTraceId": ["0"], **conflict.get("context", {})}
    error = {**conflict, "category": "CONFLICT", "context": context}

    assert verdicts(reply(207, results=[written("1", "502")], errors=[error])) == [verdict, Confirmed("502")]
    assert read_batch(ONE, reply(409, **error)) == {"0": verdict}


def test_a_record_that_is_gone_is_to_be_written_by_its_address() -> None:
    batch = Batch(tuple(entry.of_record(f"50{n}") for n, entry in enumerate(TWO.inputs)))
    error = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["501"]}}

    found = read_batch(batch, reply(207, results=[written("0", "500")], errors=[error]))

    assert found == {"0": Confirmed("500"), "1": Repair(Deferred("not_found"), is_gone=True)}


def named(name: str, code: str) -> dict[str, object]:
    return {"message": "…", "code": code, "context": {"propertyName": [name]}}


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [named("plan", "INVALID_OPTION"), named("plan", "INVALID_OPTION")]},
        {"message": 'Property values were not valid: [{"error":"INVALID_OPTION","name":"plan"}]'},
    ],
)
def test_an_input_is_sent_again_without_the_properties_that_are_refused(body: dict[str, Any]) -> None:
    error = {**body, "category": "VALIDATION_ERROR", "context": {"objectWriteTraceId": ["0"]}}
    with_plan = Batch((replace(TWO.inputs[0], properties={"plan": "team"}), TWO.inputs[1]))

    found = read_batch(with_plan, reply(207, results=[written("1", "502")], errors=[error]))

    assert isinstance(found, Mapping)
    assert isinstance(verdict := found["0"], Repair)
    assert verdict.left_out == {"plan": "refused_invalid_option"}
    assert isinstance(verdict.otherwise, Rejected)


def test_without_its_address_an_input_is_nobodys() -> None:
    error = {**invalid(objectWriteTraceId=["0"]), "errors": [named("email", "INVALID_EMAIL")]}

    said = Rejected("refused", "email: … (INVALID_EMAIL)", "VALIDATION_ERROR", "c-1")
    assert verdicts(reply(207, results=[written("1", "502")], errors=[error])) == [said, Confirmed("502")]


@pytest.mark.parametrize("code", ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"])
def test_a_property_that_nobody_can_have_costs_the_batch_nothing_else(code: str) -> None:
    with_plan = Batch((replace(TWO.inputs[0], properties={"plan": "team"}), TWO.inputs[1]))
    answer = reply(400, **{**invalid(), "errors": [named("plan", code)]})

    assert read_batch(with_plan, answer) == {
        "0": Repair(replace(REFUSED, message=f"plan: … ({code})"), {"plan": f"refused_{code.lower()}"}),
        "1": Repair(Deferred("in_bad_company")),
    }


def test_a_value_that_is_refused_for_somebody_in_the_batch_is_looked_for_by_halving() -> None:
    with_plan = Batch(tuple(replace(entry, properties={"plan": "x"}) for entry in TWO.inputs))
    answer = reply(400, **{**invalid(), "errors": [named("plan", "INVALID_OPTION")]})

    assert read_batch(with_plan, answer) == Split()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("no_answer: ReadTimeout", True),
        ("missing_outcome", True),
        ("status_502", True),
        ("window_full", False),
    ],
)
def test_some_answers_leave_open_whether_anything_was_written(reason: str, *, expected: bool) -> None:
    assert may_be_written(Deferred(reason)) is expected


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_a_batch_that_is_refused_as_a_whole_is_split(status: int) -> None:
    assert read_batch(TWO, reply(status, **invalid())) == Split()


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_single_input_that_is_refused_is_rejected_in_hubspots_words(status: int) -> None:
    assert read_batch(ONE, reply(status, **invalid())) == {"0": REFUSED}


def test_a_single_input_in_conflict_is_tried_again() -> None:
    assert read_batch(ONE, reply(409)) == {"0": Deferred("conflict")}


def test_a_refusal_without_words_is_rejected_all_the_same() -> None:
    assert read_batch(ONE, refusal(400)) == {"0": Rejected("refused")}


FOREIGN: dict[str, dict[str, Any]] = {
    "page": {"is_unreadable": True},
    "page by its type": {"headers": {"content-type": "text/html; charset=utf-8"}},
    "text": {"body": "Forbidden"},
    "list": {"body": [{"status": "error"}]},
    "foreign JSON": {"body": {"message": "Forbidden"}},
    "a number for a status": {"body": {"status": 403, "error": "Forbidden"}},
}


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 413, 422, 429, 502])
@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_what_hubspot_has_not_written_says_nothing(status: int, foreign: dict[str, Any]) -> None:
    answer = Reply(status, **foreign)
    if status in (429, 502) and isinstance(answer.body, dict):
        # Whoever says so: it is to be waited out, and nothing else follows.
        assert verdicts(answer) == [Deferred(f"status_{status}")] * 2
        return

    assert verdicts(answer) == [Deferred(f"not_hubspot: status_{status}")] * 2
    assert read_batch(ONE, answer) == {"0": Deferred(f"not_hubspot: status_{status}")}


@pytest.mark.parametrize("body", ["<html>", [], 7])
def test_a_page_that_says_ok_confirms_nothing(body: object) -> None:
    (first, _) = verdicts(Reply(200, body))

    assert first == Deferred("not_hubspot: status_200")
    assert isinstance(first, Deferred)
    assert may_be_written(first)


@pytest.mark.parametrize("status", [302, 400, 403, 404, 413])
def test_nothing_at_all_is_no_word_of_hubspots(status: int) -> None:
    assert verdicts(Reply(status)) == [Deferred(f"not_hubspot: status_{status}")] * 2


def test_a_header_of_hubspots_vouches_for_json_and_for_no_page() -> None:
    headers = {"x-hubspot-correlation-id": "c-7"}

    assert read_batch(ONE, Reply(400, {"message": "no"}, headers)) == {
        "0": Rejected("refused", "no", correlation_id="c-7")
    }
    assert read_batch(ONE, Reply(400, None, headers, is_unreadable=True)) == {
        "0": Deferred("not_hubspot: status_400")
    }


def test_a_long_message_is_cut() -> None:
    found = read_batch(ONE, reply(400, message="x" * 10_000))

    assert found == {"0": Rejected("refused", "x" * MAX_MESSAGE_CHARS)}


@pytest.mark.parametrize("told", [{"category": "MISSING_SCOPES"}, {"subCategory": "x.MISSING_SCOPES"}])
def test_what_needs_a_scope_that_is_missing_waits(told: dict[str, Any]) -> None:
    found = verdicts(reply(403, **told, message="needs more", correlationId="c-2"))

    assert found == [Deferred("missing_scope: HubSpot does not say which")] * 2
    assert isinstance(found[0], Deferred)
    assert found[0].log_message.startswith("needs more")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("This account is not active", "forbidden"),
        ("The user has lost permissions", "forbidden"),
        ("It needs an Enterprise subscription", "missing_tier"),
    ],
)
def test_a_403_that_names_no_scope_waits_with_hubspots_words(message: str, reason: str) -> None:
    (found, _) = verdicts(reply(403, message=message, category="BANNED"))

    assert found == Deferred(reason)
    assert isinstance(found, Deferred)
    assert found.log_message == message


@pytest.mark.parametrize(
    "error",
    [
        {"errors": [{"context": {"requiredGranularScopes": ["crm.objects.contacts.write"]}}]},
        {"context": {"requiredScopes": "crm.objects.contacts.write"}},
        {"errors": [{"message": "These scopes are required: crm.objects.contacts.write."}]},
        {"subCategory": "needs the scope [crm.objects.contacts.write]", "context": {"missingScopes": 7}},
    ][:3],
)
def test_a_scope_that_is_missing_is_named(error: dict[str, Any]) -> None:
    (first, _) = verdicts(reply(403, message="No.", **error))

    assert first == Deferred("missing_scope: crm.objects.contacts.write")


@pytest.mark.parametrize("status", [408, 423, 425, 429, 477, 500, 502, 503, 504, 521, 524])
def test_what_is_not_the_events_fault_is_tried_again(status: int) -> None:
    assert verdicts(Reply(status)) == [Deferred(f"status_{status}")] * 2


def test_a_refused_access_token_has_a_reason_that_an_alarm_can_look_for() -> None:
    assert verdicts(Reply(401)) == [Deferred("access_token_refused")] * 2


def test_hubspot_may_say_how_long_to_stay_away() -> None:
    assert verdicts(Reply(477, headers={"retry-after": "120"})) == [Deferred("status_477", 120_000)] * 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7_000),
        (" 7 ", 7_000),
        ("", 0),
        ("0", 0),
        ("-1", 0),
        ("1.5", 2_000),
        ("2.0", 2_000),
        ("7.", 7_000),
        (".5", 0),
        ("007", 7_000),
        ("0x10", 0),
        ("1e3", 0),
        ("1e400", 0),
        ("NaN", 0),
        ("Infinity", 0),
        ("1_000", 0),
        ("²", 0),
        ("\u0667", 0),
        ("\uff17", 0),
        ("7, 9", 9_000),
        ("7,", 7_000),
        (", , ,", 0),
        ("soon", 0),
        ("900", 900_000),
        ("901", 900_000),
        ("9" * 9, 900_000),
        ("9" * 5_000, 900_000),
        ("9" * 100_000 + "x", 0),
        ("0" * 5_000 + "7", 7_000),
        ("8," * 100_000, 8_000),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_not_at_all_and_up_to_a_quarter_of_an_hour(
    value: str, expected: int
) -> None:
    assert retry_after_ms(Reply(429, headers={"retry-after": value})) == expected


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30_000),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0),
        ("Wed, 21 Oct 9999 07:28:00 GMT", 900_000),
        ("Wed, 99 Oct 2026 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2026 07:28:30 GMT" + " " * 90, 30_000),
    ],
)
def test_a_date_counts_from_that_of_the_answer(until: str, expected: int) -> None:
    headers = {"retry-after": until, "date": "Wed, 21 Oct 2026 07:28:00 GMT"}

    assert retry_after_ms(Reply(503, headers=headers)) == expected
    assert retry_after_ms(Reply(503, headers=headers | {"date": "today"})) == 0


def test_a_portal_that_moves_may_take_a_day() -> None:
    assert retry_after_ms(Reply(477, headers={"retry-after": "86400"})) == 86_400_000
    assert retry_after_ms(Reply(477, headers={"retry-after": "9" * 5_000})) == 86_400_000


def test_without_an_answer_nothing_is_delivered() -> None:
    assert verdicts(NoReply("no_answer: ReadTimeout", 100)) == [Deferred("no_answer: ReadTimeout", 100)] * 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["0", "1", "CONFLICT"]),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["results", "errors", "context", "objectWriteTraceId", "ids", "id", "category", "message"]
            ),
            children,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.sampled_from([200, 207, 400, 403, 409, 500]), JSON)
def test_no_answer_whatsoever_is_an_exception_or_loses_an_input(status: int, body: Any) -> None:
    found = read_batch(TWO, Reply(status, body))

    assert isinstance(found, Split) or set(found) == {"0", "1"}


def deep(levels: int) -> dict[str, Any]:
    """Return a refusal whose details have details."""
    body: dict[str, Any] = {"message": "deepest"}
    for _ in range(levels):
        body = {"message": "no", "errors": [body]}
    return body


ODD: dict[str, dict[str, Any]] = {
    "lone surrogates and NUL": {
        "message": "\ud800 \x00 \udfff",
        "category": "\ud800",
        "correlationId": "\ud801",
    },
    "five megabytes": {"message": "plan " * 1_000_000},
    "JSON that is too deep": {"message": "not valid: [{" + "[" * 100_000},
    "JSON that is cut": {"message": 'not valid: [{"name": "plan", "error'},
    "deep details": deep(500),
    "a hundred thousand details": {"errors": [{"message": f"{n}"} for n in range(100_000)]},
    "an object for a list": {"errors": {"message": "no", "context": "plan"}},
    "numbers for texts": {"message": 7, "category": 7, "correlationId": 10**50, "errors": 7, "context": [7]},
    "numbers for names": {"context": {"propertyName": [1, None, True, float("nan"), 10**500]}},
}


@pytest.mark.parametrize("status", [207, 400, 403, 409, 500])
@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_text_that_hubspot_holds_never_raises_and_can_be_logged_and_packed(
    status: int, body: dict[str, Any]
) -> None:
    answer = Reply(status, {"status": "error", **body, "results": [{"id": body, "properties": body}]})

    for found in (read_batch(ONE, answer), read_batch(TWO, answer)):
        for verdict in [] if isinstance(found, Split) else found.values():
            outcome = verdict.otherwise if isinstance(verdict, Repair) else verdict
            assert isinstance(outcome, Deferred | Rejected)
            assert outcome.log_message.isascii()
            assert len(outcome.log_message) <= 300
            if isinstance(outcome, Rejected):
                assert f"{outcome.category}{outcome.correlation_id}".isascii()
                assert len(outcome.message) <= MAX_MESSAGE_CHARS
                letter = Envelope("default", 0, ({"type": "identify"},), (outcome,))
                assert unpack(pack(letter)[0]) == letter


@pytest.mark.parametrize("status", [403, 404, 500])
def test_words_of_what_is_waited_out_hold_nothing_that_was_sent(status: int) -> None:
    said = {"status": "error", "category": "X", "message": "Contact Kim Larsen of Odense is locked"}
    entry = replace(ONE.inputs[0], properties={"firstname": "Kim Larsen", "city": "Odense"})

    read = read_batch(Batch((entry,)), Reply(status, said))

    assert not isinstance(read, Split)
    found = read[entry.trace_id]
    assert isinstance(found, Deferred)
    assert found.log_message == "Contact *** of *** is locked"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_json_of_a_network_is_not_hubspots(status: int) -> None:
    said = {"success": False, "errors": [{"code": 1020, "message": "Access denied"}]}

    assert read_batch(ONE, Reply(status, said)) == {"0": Deferred(f"not_hubspot: status_{status}")}
    assert read_batch(ONE, Reply(400, {**said, "category": "VALIDATION_ERROR"})) != {
        "0": Deferred("not_hubspot: status_400")
    }
