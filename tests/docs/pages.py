"""The pages of the documentation, and what stands in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Command:
    """What one is told to type, with the page and the line."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code within a text. In a table `heading` is what its column is called."""

    page: str
    line: int
    text: str
    heading: str | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Page:
    """A file in Markdown, by its path from the repository's root."""

    name: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return ROOT / self.name

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """What Markdown makes of it."""
        return _MARKDOWN.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def commands(self) -> Sequence[Command]:
        """What stands behind a prompt, in blocks of the kind `console`."""
        blocks = [each for each in self.tokens if each.type == "fence" and each.info.strip() == "console"]
        return [command for block in blocks for command in self._typed(block)]

    @cached_property
    def links(self) -> Sequence[tuple[int, str]]:
        """Targets of links and pictures, with their lines."""
        found = []
        for line, token in self._inline():
            target = token.attrGet("href") or token.attrGet("src")
            if target:
                found.append((line, str(target)))
        return found

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What its headings are called in addresses, as GitHub makes it."""
        headings = (i for i, each in enumerate(self.tokens) if each.type == "heading_open")
        texts = (_plain(self.tokens[i + 1]) for i in headings)
        return frozenset(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts)

    @cached_property
    def codes(self) -> Sequence[Code]:
        """Pieces of code within texts and tables."""
        return list(self._codes())

    def _typed(self, block: Token) -> Iterator[Command]:
        begins = (block.map or [0])[0] + 2
        lines = block.content.splitlines()
        for number, line in enumerate(lines):
            if line.startswith(_PROMPT):
                yield Command(self.name, begins + number, _continued(lines[number:]).removeprefix(_PROMPT))

    def _inline(self) -> Iterator[tuple[int, Token]]:
        for token in self.tokens:
            for child in token.children or ():
                yield (token.map or [0])[0] + 1, child

    def _codes(self) -> Iterator[Code]:
        headings: list[str] = []
        column, is_head = -1, False
        for token in self.tokens:
            match token.type:
                case "thead_open":
                    headings, is_head = [], True
                case "tbody_open":
                    is_head = False
                case "table_close":
                    headings = []
                case "tr_open":
                    column = -1
                case "td_open":
                    column += 1
                case "inline":
                    headings += [_plain(token).lower()] if is_head else []
                    yield from self._codes_of(token, headings[column] if headings and not is_head else None)

    def _codes_of(self, inline: Token, heading: str | None) -> Iterator[Code]:
        line = (inline.map or [0])[0] + 1
        for child in inline.children or ():
            if child.type == "code_inline":
                yield Code(self.name, line, child.content, heading)


@cache
def pages() -> Sequence[Page]:
    """All pages: those at the root, and those below docs/."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return [Page(path.relative_to(ROOT).as_posix()) for path in sorted(found)]


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _continued(lines: Sequence[str]) -> str:
    """Return the first line, with those that a backslash at its end adds."""
    count = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\"))
    return "\n".join(lines[:count])
