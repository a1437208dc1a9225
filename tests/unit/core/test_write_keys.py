"""The parameter of write keys."""

import json

import pytest

from relay.core.grants import Grant
from relay.core.tracking import TYPES
from relay.core.write_keys import (
    PUBLIC_EVENTS_A_SECOND,
    SERVER_EVENTS_A_SECOND,
    InvalidWriteKeys,
    Source,
    basic_credentials,
    find,
    fingerprint,
    read_write_keys,
)

KEY = "0123456789abcdef"
PAGES = ["https://a.example"]


def source(**options: object) -> Source:
    """Return what is read of one key with these options."""
    found = read_write_keys(json.dumps({KEY: {"destination": "default", **options}}))
    assert not isinstance(found, InvalidWriteKeys), found.problem
    return found[KEY]


def problem(**options: object) -> str:
    """Return what is wrong with one key with these options."""
    found = read_write_keys(json.dumps({KEY: {"destination": "default", **options}}))
    assert isinstance(found, InvalidWriteKeys)
    assert KEY not in found.problem
    return found.problem.removeprefix("entry 1: ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"short":{"destination":"default"}}', "entry 1: a write key has"),
        (f'{{"{KEY}:":{{"destination":"default"}}}}', "entry 1: a write key has"),
        (f'{{"{KEY}":"default"}}', "entry 1: write"),
        (f'{{"{KEY}":{{"destination":"default","origin":[]}}}}', "entry 1: write"),
        (f'{{"{KEY}":{{}}}}', "entry 1: destination"),
        (f'{{"{KEY}":{{"destination":"UPPER"}}}}', "entry 1: destination"),
        (f'{{"{KEY}":{{"destination":"default","origins":"*"}}}}', "entry 1: origins"),
        (f'{{"{KEY}":{{"destination":"default","origins":[1]}}}}', "entry 1: origins"),
    ],
)
def test_what_is_wrong_is_said_without_a_key_in_it(text: str, problem: str) -> None:
    found = read_write_keys(text)

    assert isinstance(found, InvalidWriteKeys)
    assert found.problem.startswith(problem)
    assert KEY not in found.problem


def test_keys_lead_to_their_sources() -> None:
    found = read_write_keys(f'{{"{KEY}":{{"destination":"default","origins":["https://A.example/"]}}}}')

    assert not isinstance(found, InvalidWriteKeys)
    known = find(found, KEY)
    assert known is not None
    assert (known.destination, known.origins) == ("default", frozenset({"https://a.example"}))
    assert find(found, KEY[:-1]) is None
    assert find(found, "\ud800") is None


@pytest.mark.parametrize(
    ("options", "is_public"),
    [
        ({}, False),
        ({"public": False}, False),
        ({"public": False, "origins": []}, False),
        ({"public": True}, True),
        ({"origins": PAGES}, True),
        ({"origins": PAGES, "public": True}, True),
        # Somebody thinks of browsers, and has not named a page yet.
        ({"origins": []}, True),
    ],
)
def test_a_key_is_public_if_it_says_so_or_names_origins(
    options: dict[str, object],
    is_public: bool,  # noqa: FBT001 - a table's cell
) -> None:
    found = source(**options)

    assert (found.grant is not None) is is_public
    assert found.events_a_second is None
    default = PUBLIC_EVENTS_A_SECOND if is_public else SERVER_EVENTS_A_SECOND
    assert found.default_events_a_second == default
    assert found.types == frozenset(TYPES)


def test_a_public_key_grants_little_unless_more_is_said() -> None:
    assert source(public=True).grant == Grant(fingerprint(KEY))
    assert source(public=True, may_change_email=True, create_contacts=False, traits=["Plan"]).grant == Grant(
        fingerprint(KEY), may_change_email=True, creates_contacts=False, traits=frozenset({"Plan"})
    )
    assert source(public=True, traits=[]).grant == Grant(fingerprint(KEY), traits=frozenset())


@pytest.mark.parametrize("options", [{}, {"origins": PAGES}])
def test_types_and_a_number_a_second_are_for_keys_of_servers_too(options: dict[str, object]) -> None:
    found = source(types=["track", "page", "track"], events_a_second=7, **options)

    assert (found.types, found.events_a_second) == (frozenset({"track", "page"}), 7)
    assert source(events_a_second=0, **options).events_a_second == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"public": "yes"}, "public: neither true nor false"),
        ({"public": None}, "public: neither"),
        ({"public": False, "origins": PAGES}, "public: a key with origins"),
        ({"types": []}, "types: not a list of identify, track"),
        ({"types": "track"}, "types: not"),
        ({"types": ["track", "delete"]}, "types: not"),
        ({"types": [["track"]]}, "types: not"),
        ({"events_a_second": -1}, "events_a_second: not a whole number"),
        ({"events_a_second": True}, "events_a_second: not"),
        ({"events_a_second": 1.5}, "events_a_second: not"),
        ({"events_a_second": "7"}, "events_a_second: not"),
        ({"public": True, "may_change_email": 1}, "may_change_email: neither"),
        ({"public": True, "create_contacts": "no"}, "create_contacts: neither"),
        ({"public": True, "traits": "plan"}, "traits: not a list"),
        ({"public": True, "traits": ["plan", 7]}, "traits: not"),
        ({"public": True, "traits": ["plan", " - "]}, "traits: not"),
        ({"may_change_email": False}, "may_change_email: only for a public key"),
        ({"create_contacts": False}, "create_contacts: only for a public key"),
        ({"traits": ["plan"]}, "traits: only for a public key"),
        ({"public": False, "traits": ["plan"]}, "traits: only for a public key"),
        ({"trait": ["plan"]}, 'write {"destination": …} and, if wanted, origins, public, types'),
    ],
)
def test_options_that_cannot_be_meant_are_refused_in_words(options: dict[str, object], words: str) -> None:
    assert problem(**options).startswith(words)


def test_a_key_that_stands_where_an_option_should_is_not_told() -> None:
    found = read_write_keys(json.dumps({"default-destination": {KEY: {"destination": "default"}}}))

    assert isinstance(found, InvalidWriteKeys)
    assert KEY not in found.problem


def test_a_fingerprint_tells_keys_apart_and_not_what_they_are() -> None:
    assert (len(fingerprint(KEY)), KEY in fingerprint(KEY)) == (12, False)
    assert fingerprint(KEY) == source().key == fingerprint(KEY)
    assert fingerprint(KEY) != fingerprint(KEY[::-1])


def test_what_0_2_0_has_stored_goes_on_working() -> None:
    keys = {KEY: {"destination": "default"}, "k" * 32: {"destination": "shop", "origins": ["*"]}}

    found = read_write_keys(json.dumps(keys))

    assert not isinstance(found, InvalidWriteKeys)
    assert {key: (each.destination, each.allows("https://x.example")) for key, each in found.items()} == {
        KEY: ("default", False),
        "k" * 32: ("shop", True),
    }


def test_nothing_is_nobodys_key() -> None:
    assert read_write_keys("") == {}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic YTpi", ("a", "b")),
        ("basic  YTpi ", ("a", "b")),
        ("Basic YQ==", ("a", "")),
        ("Basic Og==", ("", "")),
        ("Basic YTpiOmM=", ("a", "b:c")),
        ("Basic /w==", ("", "")),
        ("Basic ø", ("", "")),
        ("Bearer YTpi", ("", "")),
        ("", ("", "")),
    ],
)
def test_basic_credentials_are_read_as_segment_reads_them(header: str, expected: tuple[str, str]) -> None:
    assert basic_credentials(header) == expected
