"""The reasons and codes that the functions give, read from their source."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FUNCTIONS = Path(__file__).parents[1] / "functions"
TREES = {
    path.relative_to(FUNCTIONS).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(FUNCTIONS.rglob("*.py"))
}


@dataclass(frozen=True)
class Found:
    """The words that one kind of call is given, and the calls whose word cannot be read from the source."""

    words: frozenset[str]
    unread: frozenset[str]


def given_to(callee: str, place: int = 0) -> Found:
    """Return the first words that calls of `callee` have at that place, such as `status` of `status: 500`.

    A word that ends in an underscore is only begun; the rest of it is reckoned.
    """
    words: set[str] = set()
    unread: set[str] = set()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            # By its own name: a method of that name, such as a logger's `error`, is another thing.
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id != callee or len(node.args) <= place:
                continue
            found = set(_words(node.args[place]))
            words |= found - {""}
            if not found:
                unread.add(f"{path}: {ast.unparse(node)}")
    return Found(frozenset(words), frozenset(unread))


def put_in_place() -> frozenset[str]:
    """Return the reasons that `replace` gives an outcome in place of its own, and beginnings of such."""
    values = (
        keyword.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) == "replace"
        for keyword in node.keywords
        if keyword.arg == "reason"
    )
    parts = (part for value in values for part in ast.walk(value) if isinstance(part, ast.expr))
    return frozenset(word for part in parts for word in _words(part) if word.isidentifier())


def given_back_by(path: str, owner: str, method: str) -> frozenset[str]:
    """Return the texts that a method returns, such as the gate's objections; without an owner, a function."""
    tree = TREES[path]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner]
    body = classes[0].body if owner else tree.body
    (function,) = [each for each in body if isinstance(each, ast.FunctionDef) and each.name == method]
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
    return frozenset(word for value in returned for word in _words(value) if word)


def _words(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text.partition(":")[0]
        case ast.JoinedStr(values=[first, *_]):
            yield from _words(first.value if isinstance(first, ast.FormattedValue) else first)
        case ast.IfExp():
            yield from _words(node.body)
            yield from _words(node.orelse)
        case ast.Name() | ast.Attribute():
            yield from _CONSTANTS.get(_name(node), ())


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _constants() -> Mapping[str, set[str]]:
    """Return the texts that stand under a name of a module, by that name in capitals."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for tree in TREES.values():
        for node in tree.body:
            if isinstance(node, ast.Assign):
                for name, text in _assigned(node.targets[0], node.value):
                    if name.isupper():
                        found[name].add(text)
    return found


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    match target, value:
        case ast.Name(id=name), ast.Constant(value=str(text)):
            yield name, text
        case ast.Tuple(elts=names), ast.Tuple(elts=values):
            for each, given in zip(names, values, strict=True):
                yield from _assigned(each, given)


_CONSTANTS = _constants()
