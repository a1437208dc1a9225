"""Every link within the repository leads somewhere, and every file that a page names is there."""

import re

import pytest
from docs.pages import ROOT, Code, Page, pages

_ELSEWHERE = re.compile(r"[a-z]+:")
_FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}
_A_PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*/?")


def is_broken(page: Page, target: str) -> bool:
    """Say whether a link leads nowhere: no file, or no heading of it."""
    name, _, anchor = target.partition("#")
    path = (page.path.parent / name).resolve() if name else page.path
    if not path.exists() or not path.is_relative_to(ROOT):
        return True
    if not anchor:
        return False
    return path.suffix != ".md" or anchor not in Page(path.relative_to(ROOT).as_posix()).anchors


def is_missing(page: Page, code: Code) -> bool:
    """Say whether code is a path below one of the repository's folders at which nothing lies."""
    if "/" not in code.text or not _A_PATH.fullmatch(code.text):
        return False
    if code.text.split("/")[0] not in _FOLDERS:
        return False
    wanted = code.text.rstrip("/")
    return not any(any(folder.glob(wanted)) for folder in (ROOT, page.path.parent))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Page) -> None:
    inner = [(line, target) for line, target in page.links if not _ELSEWHERE.match(target)]

    assert [f"{page.name}:{line}: {target}" for line, target in inner if is_broken(page, target)] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Page) -> None:
    assert [str(code) for code in page.codes if is_missing(page, code)] == []


def test_every_page_can_be_reached_from_the_front_page() -> None:
    front = Page("README.md")
    found, todo = {front.path}, [front]
    while todo:
        page = todo.pop()
        names = {target.partition("#")[0] for _, target in page.links}
        targets = {(page.path.parent / name).resolve() for name in names if name}
        # A link to a folder shows what lies in it.
        targets |= {path for folder in targets if folder.is_dir() for path in folder.glob("*.md")}
        new = {path for path in targets - found if path.suffix == ".md" and path.is_file()}
        found |= new
        todo += [Page(path.relative_to(ROOT).as_posix()) for path in new]

    assert [page.name for page in pages() if page.path not in found] == []


def test_what_leads_nowhere_is_found() -> None:
    page = Page("docs/mapping.md")

    assert not is_broken(page, "#groups")
    assert not is_broken(page, "../README.md#deploy")
    assert not is_broken(page, "picture.svg")
    assert is_broken(page, "#gruops")
    assert is_broken(page, "../README.md#deplyo")
    assert is_broken(page, "decisions/0000-nothing.md")
    assert is_missing(page, Code(page.name, 1, "cli/nobody.py"))
    assert not is_missing(page, Code(page.name, 1, "events/*/*.json"))
