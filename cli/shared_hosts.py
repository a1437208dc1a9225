"""`make hosts`: write `relay/core/profile_pages.py` anew, and check the lists beside it.

Source: the sites of the PyPI package sherlock-project (MIT licence), which says for each where its users' own
pages are. Sites that it marks as unfit for work are left out.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import fill, indent
from typing import Any
from urllib.parse import urlsplit

from relay.core import profile_pages
from relay.core.emails import suffixes
from relay.core.host_lists import LISTS
from relay.core.shared_hosts import all_suffixes

DATA = Path("sherlock_project/resources/data.json")
_USER = "{}"
_TARGET = Path(profile_pages.__file__)
_HEAD = '''"""Where the users of well-known sites have pages of their own, as in `host_lists`. Pure data.

Made by `make hosts` from the PyPI package sherlock-project (MIT licence, (c) 2019 Sherlock Project).
"""

PAGES = """
'''


def entries(sites: Mapping[str, Any]) -> list[str]:
    """Return an entry of `host_lists`' form for each site whose users have pages of their own."""
    found = {entry for site in sites.values() if isinstance(site, Mapping) for entry in _entry(site)}
    by_hand = {entry for text in LISTS.values() for entry in text.split()}
    return sorted(entry for entry in found if not _is_known(entry, by_hand))


def troubles() -> Iterator[str]:
    """Yield what is wrong with the lists that were made by hand."""
    seen: set[str] = set()
    for entry in (entry for text in LISTS.values() for entry in text.split()):
        host = entry.removeprefix("*.").partition("/")[0]
        if entry in seen:
            yield f"{entry} stands there twice"
        is_any = host.endswith(".*")
        if host != host.lower() or (not is_any and suffixes().publicsuffix(host) in (None, host)):
            yield f"{entry} is no host"
        if entry.startswith("*.") and _is_private(host):
            yield f"{entry} is in the public suffix list"
        seen.add(entry)


def write(sites: Mapping[str, Any], target: Path = _TARGET) -> int:
    """Write the sites' entries into a module; return how many they are."""
    found = entries(sites)
    lines = indent(fill(" ".join(found), 100, break_on_hyphens=False), "    ")
    target.write_text(f'{_HEAD}{lines}\n"""\n', encoding="utf-8")
    return len(found)


def _entry(site: Mapping[str, Any]) -> Iterator[str]:
    url = str(site.get("url", ""))
    if _USER not in url or site.get("isNSFW"):
        return
    start = urlsplit(url.partition(_USER)[0])
    if not start.netloc:
        host = urlsplit(url.replace(_USER, "user")).hostname or ""
        yield f"*.{host.removeprefix('user.').removeprefix('www.')}"
    elif "api" not in re.split(r"\W", f"{start.netloc}{start.path}") and start.path[:2] not in ("/@", "/~"):
        yield f"{start.netloc.lower().removeprefix('www.')}{start.path.lower().rstrip('/') or '/'}"


def _is_known(entry: str, by_hand: Iterable[str]) -> bool:
    host = entry.removeprefix("*.").partition("/")[0]
    parents = {host.split(".", n)[-1] for n in range(host.count("."))}
    known = {entry, *parents, *(f"{each}/" for each in parents)}
    is_under_any = f"{host.partition('.')[0]}.*" in by_hand
    return is_under_any or not known.isdisjoint(by_hand) or (entry.startswith("*.") and _is_private(host))


def _is_private(host: str) -> bool:
    return all_suffixes().publicsuffix(host) == host


def main(folder: str) -> int:
    """Write what the package in a folder says; return 1 if a list made by hand needs mending."""
    count = write(json.loads((Path(folder) / DATA).read_text(encoding="utf-8")))
    wrong = list(troubles())
    print(*wrong, f"{count} sites with pages of their users.", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
