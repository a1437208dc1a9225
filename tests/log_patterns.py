"""CloudWatch Logs' filter patterns for JSON, as far as our template uses them.

docs.aws.amazon.com: AmazonCloudWatch/latest/logs, "Using filter patterns to match terms in JSON log events".
A condition on a field that a line does not have, or that is null, does not hold, whatever it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any, TypeAlias

Line: TypeAlias = Mapping[str, Any]
Holds: TypeAlias = Callable[[Line], bool]

_TOKEN = re.compile(r'\s*(\$(?:\.\w+)+|"[^"]*"|-?\d+(?:\.\d+)?|&&|\|\||[<>!]=|[=<>(){}])')
_Compares: TypeAlias = Callable[[float, float], bool]
_ORDERS: Mapping[str, _Compares] = {">=": ge, "<=": le, ">": gt, "<": lt}
# PutMetricFilter takes no longer one.
MOST_CHARS = 1_024


@dataclass
class _Tokens:
    """What is still to be read of a pattern."""

    left: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, pattern: str) -> "_Tokens":
        tokens, at = [], 0
        while at < len(pattern.rstrip()):
            found = _TOKEN.match(pattern, at)
            if not found:
                raise ValueError(pattern[at:])
            tokens.append(found[1])
            at = found.end()
        return cls(tokens)

    def take(self, *wanted: str) -> str:
        token = self.left.pop(0) if self.left else ""
        if wanted and token not in wanted:
            raise ValueError(token)
        return token

    def has(self, token: str) -> bool:
        return self.left[:1] == [token]


def matcher(pattern: str) -> Holds:
    """Return what says whether a line matches. Raises ValueError for what is no such pattern."""
    if len(pattern) > MOST_CHARS:
        raise ValueError(pattern)
    tokens = _Tokens.of(pattern)
    tokens.take("{")
    holds = _either(tokens)
    tokens.take("}")
    if tokens.left:
        raise ValueError(tokens.left)
    return holds


def value_of(text: str, line: Line) -> float:
    """Return what a line counts for by a transformation's MetricValue: a number, or that of a field."""
    return float(_at(line, text)) if text.startswith("$") else float(text)


def _either(tokens: _Tokens) -> Holds:
    return _joined(tokens, "||", _both, any)


def _both(tokens: _Tokens) -> Holds:
    return _joined(tokens, "&&", _one, all)


def _joined(
    tokens: _Tokens, sign: str, part: Callable[[_Tokens], Holds], how: Callable[[Iterable[bool]], bool]
) -> Holds:
    found = [part(tokens)]
    while tokens.has(sign):
        tokens.take()
        found.append(part(tokens))
    return lambda line: how(each(line) for each in found)


def _one(tokens: _Tokens) -> Holds:
    if tokens.has("("):
        tokens.take()
        holds = _either(tokens)
        tokens.take(")")
        return holds
    selector, operator, value = tokens.take(), tokens.take("=", "!=", *_ORDERS), tokens.take()
    if not selector.startswith("$"):
        raise ValueError(selector)
    compares = _text(operator, value[1:-1]) if value.startswith('"') else _number(operator, float(value))
    return lambda line: compares(_at(line, selector))


def _text(operator: str, wanted: str) -> Callable[[object], bool]:
    if operator in _ORDERS:
        raise ValueError(operator)
    pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.DOTALL)
    return lambda found: isinstance(found, str) and bool(pattern.fullmatch(found)) is (operator == "=")


def _number(operator: str, wanted: float) -> Callable[[object], bool]:
    compares: _Compares = _ORDERS.get(operator, eq if operator == "=" else ne)

    def holds(found: object) -> bool:
        return isinstance(found, int | float) and not isinstance(found, bool) and compares(found, wanted)

    return holds


def _at(line: Line, selector: str) -> Any:
    found: Any = line
    for name in selector.split(".")[1:]:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
