"""Which domain a website means, and when it means none."""

import pytest

from relay.core.domains import (
    NoDomain,
    domain_of,
    host_of,
    in_own_letters,
    is_free_mail,
    mail_domains,
    same_domain,
)
from relay.core.shared_hosts import registered


def strict(website: object) -> str | NoDomain:
    return domain_of(website, bare_hosts=False, registrable=False)


def lenient(website: object) -> str | NoDomain:
    return domain_of(website, bare_hosts=True, registrable=False)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        pytest.param("https://www.example.com", "example.com", id="S35-www"),
        pytest.param("http://example.com", "example.com", id="S35-http"),
        pytest.param(" HTTPS://WWW.Example.COM/about?x=1#top ", "example.com", id="S35-path-and-case"),
        pytest.param("https://example.com:8443/", "example.com", id="port"),
        pytest.param("https://example.com./", "example.com", id="trailing-dot"),
        pytest.param("https://app.example.co.uk", "app.example.co.uk", id="sub-domain-kept"),
        pytest.param("https://www.com", "www.com", id="www-is-the-name"),
        pytest.param("https://www2.example.com", "www2.example.com", id="www2-is-a-host"),
        pytest.param("https://münchen.de", "xn--mnchen-3ya.de", id="own-letters"),
        pytest.param("https://straße.de", "xn--strae-oqa.de", id="sharp-s"),
        pytest.param("https://XN--mnchen-3ya.de", "xn--mnchen-3ya.de", id="in-ascii-already"),
        pytest.param("https://acme.github.io", "acme.github.io", id="below-a-company"),
        pytest.param("https://www.gov.uk", "gov.uk", id="a-suffix-with-a-site"),
    ],
)
def test_the_host_of_a_url_is_the_domain(website: str, domain: str) -> None:
    assert strict(website) == lenient(website) == domain


@pytest.mark.parametrize(
    "website",
    [
        pytest.param("app", id="S36-no-dot"),
        pytest.param("https://app", id="S36-no-dot-in-a-url"),
        pytest.param("https://", id="no-host"),
        pytest.param("https:///about", id="no-host-but-a-path"),
        pytest.param("https://localhost:3000", id="localhost"),
        pytest.param("https://127.0.0.1", id="ip-4"),
        pytest.param("https://[::1]/", id="ip-6"),
        pytest.param("https://[::1", id="broken-ip-6"),
        pytest.param("https://example.notatld", id="no-such-top-level-domain"),
        pytest.param("https://a_b.example.com", id="underscore"),
        pytest.param("https://exa mple.com", id="blank"),
        pytest.param("https://a..example.com", id="two-dots"),
        pytest.param("https://kim:secret@example.com", id="credentials"),
        pytest.param("kim@example.com", id="address"),
        pytest.param("mailto:kim@example.com", id="mailto"),
        pytest.param("ftp://example.com", id="another-scheme"),
        pytest.param("//example.com", id="no-scheme"),
        pytest.param(f"https://{'x' * 300}.com", id="too-long"),
        pytest.param(["https://example.com"], id="list"),
        pytest.param(7, id="number"),
        pytest.param(False, id="false"),
    ],
)
def test_what_is_no_website_of_a_company_says_so(website: object) -> None:
    assert strict(website) == lenient(website) == NoDomain("invalid_website")


@pytest.mark.parametrize("website", [None, "", "  "])
def test_no_website_is_another_matter(website: object) -> None:
    assert strict(website) == lenient(website) == NoDomain("no_website")


@pytest.mark.parametrize("website", ["example.com", "www.Example.com", "example.com/about", "example.com:80"])
def test_a_bare_host_counts_only_if_that_is_wanted(website: str) -> None:
    assert strict(website) == NoDomain("invalid_website")
    assert lenient(website) == "example.com"


@pytest.mark.parametrize(
    "host",
    ["gmail.com", "www.gmail.com", "googlemail.com", "yahoo.co.uk", "hotmail.fr", "mail.yahoo.com", "gmx.de"],
)
def test_a_provider_of_free_mail_is_nobodys_company(host: str) -> None:
    assert strict(f"https://{host}") == NoDomain("free_mail_domain")
    assert is_free_mail(host.removeprefix("www."))


@pytest.mark.parametrize("host", ["notgmail.com", "gmail.acme.com", "live.acme.com", "com", "me.uk"])
def test_a_name_that_only_looks_like_free_mail_is_not(host: str) -> None:
    assert not is_free_mail(host)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.com", "example.com"),
        ("app.eu.example.com", "example.com"),
        ("app.example.co.uk", "example.co.uk"),
        ("docs.acme.github.io", "acme.github.io"),
        ("shop.myshopify.com", "shop.myshopify.com"),
        ("gov.uk", "gov.uk"),
        ("blog.acme.wordpress.com", "acme.wordpress.com"),
        ("acme.wordpress.com", "acme.wordpress.com"),
    ],
)
def test_sub_domains_may_be_one_company_but_not_the_customers_of_a_host(host: str, domain: str) -> None:
    assert domain_of(f"https://{host}", bare_hosts=False, registrable=True) == domain
    assert registered(host) == domain


def test_what_is_a_suffix_itself_is_registered_as_a_whole() -> None:
    assert registered("github.io") == "github.io"


@pytest.mark.parametrize(
    "held",
    [
        "example.com",
        "www.example.com",
        "WWW.Example.COM",
        "http://example.com",
        "https://www.example.com/",
        "https://example.com:443/about?x=1#top",
        "example.com/",
        "example.com.",
        "example.com:8080",
        "example.com/en/contact",
        " example.com\n",
    ],
)
def test_a_domain_that_somebody_has_spelt_otherwise_is_the_same(held: str) -> None:
    assert same_domain(held) == "example.com"


@pytest.mark.parametrize(
    ("held", "domain"),
    [
        ("https://www.München.de/", "xn--mnchen-3ya.de"),
        ("XN--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("eu.example.com", "eu.example.com"),
        ("Acme GmbH", "acme gmbh"),
        ("//example.com", "//example.com"),
        ("kim@example.com", "kim@example.com"),
        ("", ""),
    ],
)
def test_what_is_another_domain_or_none_stays_so(held: str, domain: str) -> None:
    assert same_domain(held) == domain


@pytest.mark.parametrize(
    ("domain", "own"),
    [
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("shop.xn--strae-oqa.de", "shop.straße.de"),
        ("example.com", "example.com"),
        ("xn--99999999999.de", "xn--99999999999.de"),
    ],
)
def test_a_domain_is_written_in_letters_of_its_own_if_it_has_such(domain: str, own: str) -> None:
    assert in_own_letters(domain) == own


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (" Www.Example.com ", "example.com"),
        ("*.example.com", "example.com"),
        ("github.io", "github.io"),
        ("https://example.com", ""),
        ("example.com/acme", ""),
        ("example.com:80", ""),
        ("example", ""),
        ("", ""),
    ],
)
def test_a_host_stands_alone(text: str, host: str) -> None:
    assert host_of(text) == host


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ("Mail.Acme.com", {"mail.acme.com", "acme.com"}),
        ("acme.com", {"acme.com"}),
        ("gmail.com", set()),
        ("nowhere", set()),
        ("", set()),
    ],
)
def test_a_mailbox_may_make_hubspot_know_the_company_under_either_domain(
    domain: str, found: set[str]
) -> None:
    assert mail_domains(domain) == found
