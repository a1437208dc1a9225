"""`docs/answers.md` names what the code can answer, and nothing else; so does the table of refusals."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from refusals.tracking import TRACKING_API
from refusals.webhooks import WEBHOOK

from relay.core import admission

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "answers.md").read_text(encoding="utf-8")
DOCUMENTED = set(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", TEXT, re.MULTILINE))
REASONS = set(re.findall(r"^\| `(\w+)` \| (?!\d{3} )", TEXT, re.MULTILINE))
REFUSALS = [*WEBHOOK, *TRACKING_API]
# Of the calls that make an answer, the place of its code.
CODE_AT = {"error": 1, "BadDocument": 0}


def nodes(*paths: Path) -> Iterator[ast.AST]:
    for path in paths:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def codes_in_the_code() -> set[str]:
    calls = [node for node in nodes(*(ROOT / "functions").rglob("*.py")) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in CODE_AT]
    codes = [call.args[CODE_AT[call.func.id]] for call in named if isinstance(call.func, ast.Name)]
    return {code.value for code in codes if isinstance(code, ast.Constant) and isinstance(code.value, str)}


def reasons_in_the_code() -> set[str]:
    path = ROOT / "functions" / "relay" / "core" / "admission.py"
    returned = [node.value for node in nodes(path) if isinstance(node, ast.Return)]
    return {reason for each in returned for reason in texts_in(each)}


def texts_in(result: ast.expr | None) -> Iterator[str]:
    if isinstance(result, ast.IfExp):
        yield from (*texts_in(result.body), *texts_in(result.orelse))
    elif isinstance(result, ast.Name) and result.id.isupper():
        yield str(getattr(admission, result.id))
    elif isinstance(result, ast.Constant) and isinstance(result.value, str) and result.value:
        yield result.value


def test_every_code_is_explained_and_no_other() -> None:
    assert {code for code, _ in DOCUMENTED} == codes_in_the_code()


def test_every_code_stands_there_with_each_status_that_it_comes_with() -> None:
    assert {(refusal.code, str(refusal.status)) for refusal in REFUSALS} == DOCUMENTED


def test_every_reason_is_explained_and_no_other() -> None:
    assert reasons_in_the_code() == REASONS
    assert {reason for refusal in REFUSALS for reason in refusal.rejected or ()} == REASONS
