"""Websites that are pages of their own on a host that many share: nobody's domain."""

import pytest

from relay.core.domains import NoDomain, domain_of
from relay.core.shared_hosts import NO_RULES, HostRules, is_shared

SHARED = NoDomain("shared_host")


def domain(website: str, rules: HostRules = NO_RULES, *, registrable: bool = False) -> str | NoDomain:
    return domain_of(website, bare_hosts=True, registrable=registrable, hosts=rules)


@pytest.mark.parametrize(
    "website",
    [
        pytest.param("https://www.facebook.com/harbourbakery", id="social"),
        pytest.param("https://facebook.com", id="social-without-a-page"),
        pytest.param("https://M.Facebook.com/profile.php?id=7", id="mobile"),
        pytest.param("https://de.linkedin.com/company/acme", id="country"),
        pytest.param("x.com/acme", id="bare-host"),
        pytest.param("https://www.pinterest.co.uk/acme", id="any-suffix"),
        pytest.param("https://linktr.ee/acme", id="links"),
        pytest.param("https://sites.google.com/view/acme", id="builder"),
        pytest.param("https://agency.wixsite.com/acme", id="builder-path-below-a-user"),
        pytest.param("https://ameblo.jp/acme", id="blog"),
        pytest.param("https://www.etsy.com/shop/acme", id="shop"),
        pytest.param("https://www.amazon.de/stores/acme", id="marketplace"),
        pytest.param("https://www.google.co.uk/maps/place/acme", id="map"),
        pytest.param("https://maps.google.de/?cid=1", id="map-of-a-country"),
        pytest.param("https://g.page/acme", id="listing"),
        pytest.param("https://www.yelp.ie/biz/acme", id="review"),
        pytest.param("https://www.eventbrite.com/o/acme-1", id="event"),
        pytest.param("https://boards.greenhouse.io/acme", id="jobs"),
        pytest.param("https://apps.apple.com/us/app/acme/id1", id="app-store"),
        pytest.param("https://github.com/acme", id="code"),
        pytest.param("https://drive.google.com/drive/folders/1", id="files"),
        pytest.param("https://bit.ly/acme", id="shortened"),
        pytest.param("https://web.archive.org/web/2020/https://acme.com", id="archive"),
        pytest.param("https://acme-com.translate.goog/", id="translated"),
        pytest.param("https://www.duolingo.com/profile/acme", id="found-by-make-hosts"),
        pytest.param("https://www.cs.example.edu/~acme/", id="of-a-user-of-a-university"),
        pytest.param("https://social.example.org/@acme", id="of-the-fediverse"),
        pytest.param("https://tumblr.com/acme", id="page-beside-names"),
        pytest.param("https://weidian.com/?userid=1", id="shop-by-its-number"),
        pytest.param("https://cdn.ampproject.org/c/s/acme.com", id="copy-of-another-page"),
        pytest.param("https://github.io", id="private-suffix"),
        pytest.param("https://www.myshopify.com", id="private-suffix-with-www"),
    ],
)
def test_a_page_on_a_host_that_many_share_is_nobodys_domain(website: str) -> None:
    assert domain(website) == domain(website, registrable=True) == SHARED


@pytest.mark.parametrize(
    ("website", "own"),
    [
        pytest.param("https://acme.github.io/docs", "acme.github.io", id="private-suffix"),
        pytest.param("https://acme.myshopify.com", "acme.myshopify.com", id="shop"),
        pytest.param("https://acme.wordpress.com/about", "acme.wordpress.com", id="name-of-a-blog"),
        pytest.param("https://acme.tumblr.com/page", "acme.tumblr.com", id="name-where-pages-are-shared"),
        pytest.param("https://www.google.com/", "google.com", id="front-page-of-the-owner"),
        pytest.param("https://www.amazon.com/about", "amazon.com", id="another-page-of-the-owner"),
        pytest.param("https://www.amazon.com/science", "amazon.com", id="a-longer-segment"),
        pytest.param("https://slack.com", "slack.com", id="owner-of-names"),
        pytest.param("https://notfacebook.com/acme", "notfacebook.com", id="looks-alike"),
        pytest.param(
            "https://facebook.com.example.org/acme", "facebook.com.example.org", id="lies-elsewhere"
        ),
        pytest.param("https://example.org/about/@acme", "example.org", id="at-further-on"),
    ],
)
def test_a_name_or_a_host_of_ones_own_is_a_domain(website: str, own: str) -> None:
    assert domain(website) == own


@pytest.mark.parametrize(
    "host", ["substack.com", "blogspot.de", "blogspot.com.br", "home.blog", "narod.ru", "glitch.me"]
)
def test_names_below_a_shared_host_stay_apart_where_sub_domains_are_one_company(host: str) -> None:
    names = {domain(f"https://shop.{name}.{host}", registrable=True) for name in ("acme", "bolt")}

    assert names == {f"acme.{host}", f"bolt.{host}"}


def test_further_hosts_may_be_shared_with_all_below_them() -> None:
    rules = HostRules(shared=frozenset({"pages.example.com"}))

    assert domain("https://pages.example.com/acme", rules) == SHARED
    assert domain("https://eu.pages.example.com", rules) == SHARED
    assert domain("https://example.com/acme", rules) == "example.com"


@pytest.mark.parametrize(
    ("host", "website", "own"),
    [
        ("facebook.com", "https://m.facebook.com/acme", "m.facebook.com"),
        ("github.com", "https://github.com/about", "github.com"),
        ("myshopify.com", "https://myshopify.com", "myshopify.com"),
        ("example.edu", "https://example.edu/~acme", "example.edu"),
    ],
)
def test_a_shared_host_may_be_a_companys_after_all(host: str, website: str, own: str) -> None:
    assert domain(website) == SHARED
    assert domain(website, HostRules(company=frozenset({host}))) == own


def test_of_two_rules_the_longer_host_counts() -> None:
    rules = HostRules(frozenset({"docs.github.com"}), frozenset({"github.com"}))

    assert domain("https://docs.github.com/acme", rules) == SHARED
    assert domain("https://github.com/acme", rules) == "github.com"


def test_a_suffix_with_a_site_is_judged_by_itself() -> None:
    assert not is_shared("gov.uk", "/browse")
    assert is_shared("gov.uk", "/browse", HostRules(frozenset({"gov.uk"})))
