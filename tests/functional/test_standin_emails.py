"""Which texts the stand-in takes for an address: HubSpot's own rules for e-mail."""

import pytest

from cli.standin.emails import is_email


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("kim@example.org", True),
        ("Kim.O'Hara+news@mail.example.co.uk", True),
        ("kim@example.museum", True),
        ("kim@xn--email-example.xn--cg4bki", True),
        ("user@email.삼성", True),
        ("kim@example.test", False),
        ("kim@example.local", False),
        ("kim@example.notatld", False),
        ("kim@com", False),
        ("kim@192.168.0.1", False),
        ("kim@-example.org", False),
        ("kim@exa_mple.org", False),
        ("kim@example..org", False),
        ("kim@example.org.", False),
        (".kim@example.org", False),
        ("kim.@example.org", False),
        ("k..im@example.org", False),
        ('"kim"@example.org', False),
        ("kim@bo@example.org", False),
        ("kím@example.org", False),
        (" kim@example.org", False),
        ("kim@example.org ", False),
        ("@example.org", False),
        ("kim", False),
        ("", False),
    ],
)
def test_an_address_needs_hubspots_grammar_and_a_top_level_domain_that_exists(
    text: str, *, is_one: bool
) -> None:
    assert is_email(text) is is_one
