"""Which text is an address that HubSpot would take."""

import pytest

from relay.core.emails import normalised


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("kim@example.org", "kim@example.org", id="plain"),
        pytest.param(" Kim@Example.ORG\n", "kim@example.org", id="trimmed-and-lower-cased"),
        pytest.param("\ufeffkim@example.org\u200b", "kim@example.org", id="invisible-characters-trimmed"),
        pytest.param(
            "\u202akim@example.org\u202c\u00ad", "kim@example.org", id="directions-that-phones-copy-along"
        ),
        pytest.param("kim+news@example.co.uk", "kim+news@example.co.uk", id="plus-and-two-level-suffix"),
        pytest.param("kim@münchen.de", "kim@xn--mnchen-3ya.de", id="domain-in-its-own-letters"),
        pytest.param("kim@XN--mnchen-3ya.de", "kim@xn--mnchen-3ya.de", id="domain-in-ascii"),
    ],
)
def test_a_plausible_address_has_one_form(text: str, address: str) -> None:
    assert normalised(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not an address",
        "@",
        "a@b@c.org",
        "a..b@example.org",
        "a.@example.org",
        '"a b"@example.org',
        "Kim <kim@example.org>",
        "mailto:kim@",
        "kim@example",
        "kim@com",
        "kim@ck",
        "kim@example.test",
        "kim@printer.local",
        "kim@localhost",
        "kim@example.c",
        "kim@[192.0.2.1]",
        "kim@192.0.2.1",
        "kim@-example.org",
        "søren@example.dk",
        "kim\ud800@example.org",
        "kim@example\udfff.org",
        "kim@xn--a.org",
        "kim\x00@example.org",
        f"{'k' * 250}@example.org",
        "@" * 100_000,
    ],
)
def test_what_hubspot_would_refuse_is_no_address(text: str) -> None:
    assert normalised(text) is None
