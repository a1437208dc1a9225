"""The parameter of write keys."""

import pytest

from relay.core.write_keys import InvalidWriteKeys, Source, basic_credentials, find, read_write_keys

KEY = "0123456789abcdef"


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
    assert find(found, KEY) == Source("default", frozenset({"https://a.example"}))
    assert find(found, KEY[:-1]) is None
    assert find(found, "\ud800") is None


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
