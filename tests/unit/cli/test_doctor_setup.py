"""What the doctor says of a stack, of settings and of secrets."""

import json
from collections.abc import Mapping

import pytest

from cli.doctor.facts import Parameters
from cli.doctor.findings import Finding, State, worst
from cli.doctor.setup import OUTPUTS, secrets_findings, settings_finding, stack_finding, token_stored

SECRET = "s" * 32
KEY = "k" * 16


def parameters(
    values: Mapping[str, str], types: Mapping[str, str] | None = None, destination: str = "shop"
) -> Parameters:
    return Parameters(destination, f"/relay/{destination}", values, types or {})


def secrets_of(values: Mapping[str, str], types: Mapping[str, str] | None = None) -> list[Finding]:
    return list(secrets_findings(parameters(values, types)))


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        ("CREATE_COMPLETE", State.OK, "with all its outputs"),
        ("UPDATE_COMPLETE", State.OK, "with all its outputs"),
        ("UPDATE_IN_PROGRESS", State.WARNING, "changes just now"),
        ("UPDATE_ROLLBACK_COMPLETE", State.WARNING, "the version before it runs"),
        ("UPDATE_ROLLBACK_FAILED", State.ERROR, "has not succeeded"),
        ("ROLLBACK_COMPLETE", State.ERROR, "has not succeeded"),
    ],
)
def test_the_state_of_the_stack_is_told(status: str, state: State, words: str) -> None:
    found = stack_finding(status, dict.fromkeys(OUTPUTS, "x"))

    assert (found.state, words in found.text) == (state, True)


def test_an_output_that_is_missing_is_named() -> None:
    found = stack_finding("UPDATE_COMPLETE", dict.fromkeys(OUTPUTS - {"BucketTableName"}, "x"))

    assert (found.state, found.names) == (State.ERROR, ("BucketTableName",))
    assert "sam deploy" in found.remedy


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "no parameter /relay/shop/settings"),
        ({"settings": '{"hub_id": 1, "plann": "free"}'}, "did you mean plan?"),
        ({"settings": '{"hub_id": 0}'}, "hub_id"),
        ({"settings": "{"}, "JSON"),
    ],
)
def test_settings_that_cannot_be_used_are_told_in_the_words_of_the_model(
    values: Mapping[str, str], words: str
) -> None:
    found = settings_finding(parameters(values))

    assert (found.state, words in found.text) == (State.ERROR, True)
    assert "relay connect shop" in found.remedy
    assert "Deploy" in settings_finding(parameters(values, destination="default")).remedy


def test_valid_settings_are_told_with_their_size() -> None:
    found = settings_finding(parameters({"settings": '{"hub_id": 1, "plan": "enterprise"}'}))

    assert found.state is State.OK
    assert "35 of 4096 bytes" in found.text
    assert "events auto" in found.text


@pytest.mark.parametrize(
    ("token", "kind", "state", "words"),
    [
        ("pat-na1-1", "SecureString", State.OK, "encrypted"),
        ("pat-na1-1", "String", State.WARNING, "in clear"),
        (" pat-na1-1\r\n", "SecureString", State.OK, "encrypted"),
        ("pat na1", "SecureString", State.ERROR, "blanks"),
        ("pat-na1\npat-na1", "SecureString", State.ERROR, "line ends"),
        ("pät", "SecureString", State.ERROR, "no HTTP header"),
        ("0b1c2d3e-1111-2222-3333-444455556666", "SecureString", State.ERROR, "hapikey"),
    ],
)
def test_a_token_that_could_be_none_is_told_without_being_shown(
    token: str, kind: str, state: State, words: str
) -> None:
    found = token_stored(parameters({"access-token": token}, {"access-token": kind}))

    assert (found.state, words in found.text) == (state, True)
    assert token.strip() not in found.text + found.remedy


def test_a_token_that_is_missing_is_named_with_its_parameter() -> None:
    found = token_stored(parameters({}))

    assert found.state is State.ERROR
    assert "/relay/shop/access-token" in found.text
    assert "relay connect shop" in found.remedy


def test_without_a_secret_nobody_is_let_in() -> None:
    (found,) = secrets_of({"signing-secret": " \n"})

    assert (found.check, found.state) == ("secrets", State.ERROR)
    assert "nobody is let in" in found.text


@pytest.mark.parametrize(
    ("values", "kind", "state", "words"),
    [
        ({"signing-secret": SECRET}, "SecureString", State.OK, "encrypted"),
        ({"header-secret": SECRET}, "SecureString", State.OK, "encrypted"),
        ({"header-secret": f"{SECRET}\n{SECRET}2"}, "SecureString", State.WARNING, "rotation is under way"),
        ({"header-secret": "short"}, "SecureString", State.WARNING, "can be guessed"),
        ({"header-secret": SECRET}, "String", State.WARNING, "in clear"),
    ],
)
def test_each_secret_is_judged_and_never_shown(
    values: Mapping[str, str], kind: str, state: State, words: str
) -> None:
    (name,) = values
    (found,) = secrets_of(values, {name: kind})

    assert (found.check, found.state) == (name.replace("-", " "), state)
    assert words in found.text
    assert not any(line in found.text + found.remedy for line in values[name].splitlines())


def test_a_write_key_of_the_destination_lets_somebody_in() -> None:
    keys = {KEY: {"destination": "shop", "origins": ["*"]}, "x" * 20: {"destination": "other"}}
    (found,) = secrets_of({"write-keys": json.dumps(keys)})

    assert (found.state, found.text) == (State.OK, "1 of 2 lead to this destination, 1 of them public.")


def test_a_write_key_of_servers_is_not_counted_as_public() -> None:
    (found,) = secrets_of({"write-keys": json.dumps({KEY: {"destination": "shop"}})})

    assert (found.state, found.text) == (State.OK, "1 of 1 lead to this destination.")


def test_write_keys_of_others_only_let_nobody_in() -> None:
    found = secrets_of({"write-keys": json.dumps({KEY: {"destination": "other"}})})

    assert worst(found) is State.ERROR


def test_write_keys_in_clear_are_a_warning() -> None:
    keys = json.dumps({KEY: {"destination": "shop"}})

    (found,) = secrets_of({"write-keys": keys}, {"write-keys": "String"})

    assert (found.check, found.state) == ("write keys", State.WARNING)


def test_write_keys_that_cannot_be_read_are_an_error_that_names_no_key() -> None:
    found = secrets_of({"write-keys": json.dumps({KEY: {"destinatoin": "shop"}}), "header-secret": SECRET})

    assert (found[0].check, found[0].state) == ("write keys", State.ERROR)
    assert KEY not in found[0].text
    assert "entry 1" in found[0].text


def test_a_signature_alone_lets_nobody_in_where_the_header_is_required() -> None:
    values = {"settings": '{"hub_id": 1, "require_header": true}', "signing-secret": SECRET}

    (found, _) = secrets_of(values)

    assert (found.check, found.state) == ("secrets", State.ERROR)
    assert "--new-header-secret" in found.remedy
    assert worst(secrets_of({**values, "header-secret": SECRET})) is State.OK
