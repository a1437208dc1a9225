"""Websites → the domain that a company is known by. Pure, and nothing is looked up over the network.

A domain is judged as that of an e-mail address is: HubSpot joins contacts and companies by the two.
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from relay.core.emails import normalised, suffixes
from relay.core.shared_hosts import NO_RULES, HostRules, is_shared, registered

_SCHEMES = ("http://", "https://")
# How a label begins that stands for one in other letters.
_ACE = "xn--"
# Whoever has a mailbox there is not of that company, and HubSpot makes no company of it either. The lists
# that are to be had hold thousands, most of them long gone, and a name too many costs a company: so these are
# only the well-known ones.
_FREE_MAIL = """
    126.com 163.com aim.com aol.com bigpond.com bluewin.ch bol.com.br btinternet.com centrum.cz
    comcast.net cox.net daum.net fastmail.com fastmail.fm free.fr freenet.de gmx.at gmx.ch gmx.com
    gmx.de gmx.fr gmx.net gmx.us googlemail.com hanmail.net hey.com hushmail.com icloud.com
    inbox.com inbox.ru interia.pl juno.com laposte.net libero.it list.ru live.ca live.cn live.co.uk
    live.com live.com.au live.com.mx live.com.pt live.de live.dk live.fr live.it live.nl live.no
    live.se mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com netscape.net o2.pl
    onet.pl op.pl optonline.net outlook.com outlook.com.br outlook.de outlook.es outlook.fr
    outlook.it passport.com pm.me posteo.de proton.me qq.com rambler.ru rediffmail.com sbcglobal.net
    seznam.cz sina.com sohu.com t-online.de tuta.com tuta.io tutanota.com tutanota.de uol.com.br
    virgilio.it wanadoo.fr web.de windowslive.com wp.pl ya.ru yandex.com yandex.ru yeah.net
    zohomail.com
"""
FREE_MAIL = frozenset(_FREE_MAIL.split())
# Under whatever suffix.
FREE_MAIL_NAMES = frozenset({"gmail", "hotmail", "protonmail", "rocketmail", "yahoo", "ymail"})


@dataclass(frozen=True, slots=True)
class NoDomain:
    """A website that no company can be known by; `reason` is a word to search for, such as `no_website`."""

    reason: str


NO_WEBSITE, INVALID = NoDomain("no_website"), NoDomain("invalid_website")
FREE, SHARED = NoDomain("free_mail_domain"), NoDomain("shared_host")


def domain_of(
    website: object, *, bare_hosts: bool, registrable: bool, hosts: HostRules = NO_RULES
) -> str | NoDomain:
    """Return the host of a website in lower case and ASCII, without `www.`; or why there is none to use.

    A host alone (`example.com`) counts only with `bare_hosts`. With `registrable` all hosts under one name
    that somebody has registered are that one. A page on a host that many share is nobody's domain, by the
    lists of `shared_hosts` and by what `hosts` says.
    """
    if website is None or (isinstance(website, str) and not website.strip()):
        return NO_WEBSITE
    url = _url(website.strip(), bare_hosts=bare_hosts) if isinstance(website, str) else None
    domain = _checked(url.hostname or "") if url else None
    if url is None or domain is None:
        return INVALID
    if is_free_mail(domain):
        return FREE
    if is_shared(domain, url.path, hosts):
        return SHARED
    return registered(domain) if registrable else domain


def host_of(text: str) -> str:
    """Return a host alone, without `www.`, as domains are written; "" if the text is anything else."""
    host = text.strip().lower().removeprefix("*.")
    return "" if any(mark in host for mark in "/:@") else _checked(host) or ""


def same_domain(held: str) -> str:
    """Return the domain that a CRM's text means, however it is spelt; the text itself if it is none.

    It may be a whole URL, begin with `www.`, end with a dot, a port or a path, be in capitals or in letters
    of its own.
    """
    text = held.strip().lower()
    url = _url(text, bare_hosts=True)
    return (_checked(url.hostname or "") if url else None) or text


def in_own_letters(domain: str) -> str:
    """Return a domain as people write it: with letters of its own where it has such."""
    labels = domain.split(".")
    try:
        return ".".join(
            label.removeprefix(_ACE).encode().decode("punycode") if label.startswith(_ACE) else label
            for label in labels
        )
    except UnicodeError:
        return domain


def mail_domains(domain: str) -> frozenset[str]:
    """Return the domains under which HubSpot may know the company of a mailbox; none for free mail.

    Whether HubSpot takes all of its `domain` or only what is registered is not documented.
    """
    known = _checked(domain)
    return frozenset() if known is None or is_free_mail(known) else frozenset({known, registered(known)})


def is_free_mail(domain: str) -> bool:
    """Whether a domain, or the one that it lies under, is one where anybody may have a mailbox."""
    owner = suffixes().privatesuffix(domain) or domain
    return owner in FREE_MAIL or owner.partition(".")[0] in FREE_MAIL_NAMES


def _url(website: str, *, bare_hosts: bool) -> SplitResult | None:
    """Return the parts of a URL, None if it has no host; with credentials it is nobody's website."""
    if not website.lower().startswith(_SCHEMES):
        if not bare_hosts or ":/" in website or website.startswith("/"):
            return None
        website = f"//{website}"
    try:
        parts = urlsplit(website)
    except ValueError:
        return None
    return parts if parts.hostname and "@" not in parts.netloc else None


def _checked(host: str) -> str | None:
    """Return a host as HubSpot writes domains, None if it is a number or under no top-level domain."""
    address = normalised(f"x@{host.removesuffix('.')}")
    if address is None:
        return None
    domain = address.partition("@")[2]
    short = domain.removeprefix("www.")
    return short if "." in short else domain
