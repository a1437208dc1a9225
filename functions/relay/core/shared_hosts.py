"""Hosts that many share: whether a website is a page of its own on one of them. Pure.

Sources: the public suffix list's private part, for hosts under which names are given away; `host_lists`, made
by hand; `profile_pages`, made by `make hosts`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

from relay.core.emails import suffixes
from relay.core.host_lists import LISTS
from relay.core.profile_pages import PAGES

# Pages of one user, wherever they stand: of Unix hosts and of the Fediverse.
_USERS_PAGES = ("/~", "/@")


@dataclass(frozen=True)
class HostRules:
    """What a destination's owner adds: hosts that are `shared`, and those that are a company's after all.

    Both count for all below them; of two that a host lies under, the longer one does.
    """

    shared: frozenset[str] = frozenset()
    company: frozenset[str] = frozenset()


NO_RULES = HostRules()


@dataclass(frozen=True, slots=True)
class _Known:
    """Hosts that are shared as a whole, or below some paths, and where each name is somebody's."""

    whole: frozenset[str]
    paths: Mapping[str, Sequence[str]]
    parted: frozenset[str]


def is_shared(host: str, path: str, rules: HostRules = NO_RULES) -> bool:
    """Say whether many may have their websites at a host, as a domain is written, below this path."""
    page = path.lower().rstrip("/")
    for name in _above(host, suffixes().privatesuffix(host)):
        if name in rules.shared or name in rules.company:
            return name in rules.shared
        if not _known().whole.isdisjoint(_spellings(name)):
            return True
    is_users = page.startswith(_USERS_PAGES) or any(_begins(page, own) for own in _paths(host))
    return is_users or _is_suffix(host)


def registered(domain: str) -> str:
    """Return the part of a domain that somebody has registered; all of it if that is a suffix itself.

    Suffixes of companies count: under `github.io` each name is somebody else's, as it is under `com`.
    """
    owner = all_suffixes().privatesuffix(domain) or domain
    names = list(_above(domain, owner))
    parted = [n for n, name in enumerate(names) if not _known().parted.isdisjoint(_spellings(name))]
    return names[max(parted[0] - 1, 0)] if parted else owner


@cache
def all_suffixes() -> PublicSuffixList:
    """Return the suffixes under which names are registered, those of companies included."""
    return PublicSuffixList(accept_unknown=False)


def _is_suffix(host: str) -> bool:
    """Say whether a company gives names away right under a host; `gov.uk` and its like have sites."""
    return all_suffixes().publicsuffix(host) == host != suffixes().publicsuffix(host)


def _paths(host: str) -> Iterator[str]:
    for name in _above(host, registered(host)):
        for spelling in _spellings(name):
            yield from _known().paths.get(spelling, ())


def _begins(page: str, own: str) -> bool:
    """Say whether a page lies at or below a path; `/` is every page but the front page."""
    if own == "/":
        return page != ""
    following = page.removeprefix(own)[:1]
    return page.startswith(own) and (not own[-1].isalnum() or following in ("", "/"))


def _above(host: str, last: str | None) -> Iterator[str]:
    """Yield a host and those that it lies under, up to the `last` one."""
    name = host
    while name:
        yield name
        name = "" if name == (last or host) else name.partition(".")[2]


def _spellings(name: str) -> tuple[str, str]:
    """Return a host as it is, and under whatever suffix."""
    suffix = suffixes().publicsuffix(name)
    return name, f"{name.removesuffix(f'.{suffix}')}.*"


@cache
def _known() -> _Known:
    return _read(entry for text in (*LISTS.values(), PAGES) for entry in text.split())


def _read(entries: Iterable[str]) -> _Known:
    whole: set[str] = set()
    parted: set[str] = set()
    paths: dict[str, list[str]] = {}
    for entry in entries:
        host, slash, path = entry.partition("/")
        if slash:
            paths.setdefault(host, []).append(f"/{path}")
        elif host.startswith("*."):
            parted.add(host.removeprefix("*."))
        else:
            whole.add(host)
    return _Known(frozenset(whole), paths, frozenset(parted))
