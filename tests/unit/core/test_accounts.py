"""Whose an access token is, by HubSpot's answers, and which token can be one."""

import pytest
from builders import refusal

from relay.core.accounts import (
    HALF_KNOWN_FOR_MS,
    KNOWN_FOR_MS,
    Account,
    KnownAccount,
    account_from_details,
    account_from_token_info,
    account_unknown,
    bucket_key,
    clean_token,
    token_hash,
    token_problem,
    why_untold,
    wrong_account,
)
from relay.core.answers import Answer, NoReply, Reply
from relay.core.outcomes import Deferred

DETAILS = {
    "portalId": 7654321,
    "accountType": "SANDBOX",
    "timeZone": "Europe/Berlin",
    "dataHostingLocation": "eu1",
    "uiDomain": "app-eu1.hubspot.com",
}
ACCOUNT = Account(7654321, "SANDBOX", "eu1", "Europe/Berlin")


@pytest.mark.parametrize("told", [7654321, "7654321", "007654321"])
def test_the_details_name_the_account_by_number_or_text(told: object) -> None:
    assert account_from_details(Reply(200, {**DETAILS, "portalId": told})) == ACCOUNT


@pytest.mark.parametrize(
    "told", [None, 0, -7, True, 7654321.0, "", "7e3", "²", "-7", "9" * 19, [7654321], {}]
)
def test_what_is_no_number_of_an_account_names_none(told: object) -> None:
    assert account_from_details(Reply(200, {**DETAILS, "portalId": told})) is None
    assert account_from_token_info(Reply(200, {"hubId": told})) is None


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, None),
        Reply(200, "<html>"),
        Reply(200, [DETAILS]),
        Reply(200, {"status": "success"}),
        Reply(403, DETAILS),
        Reply(204),
        NoReply("no_answer: ReadTimeout"),
    ],
)
def test_an_answer_of_another_form_names_no_account(answer: Answer) -> None:
    assert account_from_details(answer) is None
    assert account_from_token_info(answer) is None


@pytest.mark.parametrize("told", [None, 7, "x" * 65, "a\nb", ["Europe/Berlin"]])
def test_what_is_no_word_is_not_told(told: object) -> None:
    body = {"portalId": 7, "accountType": told, "timeZone": told, "dataHostingLocation": told}

    assert account_from_details(Reply(200, body)) == Account(7)


def test_what_a_token_is_names_its_account() -> None:
    assert account_from_token_info(Reply(200, {"hubId": 7654321, "scopes": []})) == Account(7654321)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (NoReply("window_full", 500), Deferred("window_full", 500)),
        (Reply(401), Deferred("access_token_refused")),
        (Reply(423), Deferred("status_423")),
        (Reply(429, headers={"retry-after": "3"}), Deferred("status_429", 3_000)),
        (Reply(477), Deferred("status_477")),
        (Reply(408), Deferred("status_408")),
        (Reply(500), Deferred("status_500")),
        (Reply(524), Deferred("status_524")),
        *((Reply(status), None) for status in (200, 204)),
        *((refusal(status), None) for status in (400, 403, 404, 410)),
        (Reply(403, is_unreadable=True), Deferred("not_hubspot: status_403")),
    ],
)
def test_an_answer_that_passes_is_waited_out_and_one_that_lasts_is_not(
    answer: Answer, reason: Deferred | None
) -> None:
    assert why_untold(answer) == reason


def test_the_reason_tells_how_hubspot_has_answered() -> None:
    assert account_unknown(Reply(403), Reply(404)) == Deferred(
        "account_unknown: HubSpot does not tell whose the access token is (status 403, 404)"
    )


def test_a_token_of_the_account_that_the_settings_say_is_right() -> None:
    assert wrong_account(ACCOUNT, 7654321) is None
    assert wrong_account(ACCOUNT, 42) == Deferred(
        "wrong_account: the access token is of portal 7654321, hub_id says 42"
    )


@pytest.mark.parametrize(
    ("time_zone", "known_for_ms"), [("Europe/Berlin", KNOWN_FOR_MS), ("", HALF_KNOWN_FOR_MS)]
)
def test_an_account_is_asked_about_again_after_a_while_and_sooner_where_it_is_half_known(
    time_zone: str, known_for_ms: int
) -> None:
    known = KnownAccount(Account(7, time_zone=time_zone), 1_000)

    assert known.is_current(1_000 + known_for_ms - 1)
    assert not known.is_current(1_000 + known_for_ms)


def test_no_destination_is_named_like_an_account() -> None:
    assert ACCOUNT.key == "@7654321"


@pytest.mark.parametrize(
    "stored",
    [
        "pat-na1-1",
        " pat-na1-1",
        "pat-na1-1\n",
        "\r\npat-na1-1\r\n",
        "\ufeff pat-na1-1\u200b\t",
        "pat-na1-1\x00",
    ],
)
def test_what_a_file_has_put_around_a_token_is_taken_off(stored: str) -> None:
    assert clean_token(stored) == "pat-na1-1"
    assert token_problem(clean_token(stored)) == ""


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("pat na1", "blanks or line ends inside"),
        ("pat\r\nX: 1", "blanks or line ends inside"),
        ("pat\u00a0na1", "blanks or line ends inside"),
        ("pat-nä1", "no HTTP header"),
        ("pat\x7fna1", "no HTTP header"),
        ("pat\x00na1", "no HTTP header"),
        ("pat\u200bna1", "no HTTP header"),
        ("pat\ud800", "no HTTP header"),
    ],
)
def test_a_token_that_no_header_can_carry_has_a_problem_in_words_that_do_not_show_it(
    token: str, words: str
) -> None:
    assert words in token_problem(token)
    assert "pat" not in token_problem(token)


def test_a_token_is_remembered_by_a_hash_that_is_its_own() -> None:
    hashes = {token_hash(token) for token in ("pat-1", "pat-2", "pat-\ud800")}

    assert {len(each) for each in hashes} == {32}
    assert len(hashes) == 3
    assert bucket_key(token_hash("pat-1")) == f"bucket#token#{token_hash('pat-1')}"
