"""Searching objects: late, in pages, and with HubSpot's limits on what may be asked.

Source: HubSpot's page on searching the CRM. That the index lags by some three seconds was measured; that
`NEQ` and `NOT_IN` pass over objects without a value is what others report. Of tokens the page says only that
`*` stands for any text: here a token is a whole value, or what stands between blanks and marks in it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.answers import Refusal, Result, invalid_json
from cli.standin.calls import Call
from cli.standin.objects import CrmObject
from cli.standin.portal import Portal
from cli.standin.reads import shown

MAX_CHARACTERS = 3000
MAX_GROUPS, MAX_FILTERS, MAX_FILTERS_IN_ALL = 5, 6, 18
MAX_LIMIT, MAX_REACHABLE = 200, 10_000

Filter: TypeAlias = Mapping[str, Any]


def search(portal: Portal, call: Call) -> Result:
    """Find objects as they were `search_lag_ms` ago: those that pass all filters of any group."""
    if not _is_readable(call.body):
        return invalid_json("Cannot deserialize value of type `PublicObjectSearchRequest`")
    schema = portal.schema(call.object_type).live
    trouble = next(_troubles(call, schema), None)
    if trouble:
        return Refusal(trouble).whole()
    body = call.body
    groups = [group["filters"] for group in body.get("filterGroups") or ()] or [[]]
    state = portal.objects(call.object_type).as_of(portal.clock.now_ms() - portal.search_lag_ms)
    hits = [each for each in state if is_hit(each.to_json()["properties"], groups, schema)]
    first, limit = int(body.get("after") or 0), body.get("limit", 10)
    page = _sorted(hits, body.get("sorts") or ())[first : first + limit]
    results = [shown(each, body.get("properties") or ()) for each in page]
    end = first + len(page)
    paging = {"paging": {"next": {"after": str(end)}}} if end < len(hits) else {}
    return HTTPStatus.OK, {"total": len(hits), "results": results, **paging}


def _is_readable(body: Mapping[str, Any]) -> bool:
    """Say whether groups, filters and sorts have the shape that the rest of this module counts on."""
    groups, sorts = body.get("filterGroups") or [], body.get("sorts") or []
    if not isinstance(groups, list) or not isinstance(sorts, list):
        return False
    filters = [group.get("filters") if isinstance(group, Mapping) else None for group in groups]
    return all(isinstance(each, list) and all(isinstance(one, Mapping) for one in each) for each in filters)


def _troubles(call: Call, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what HubSpot would say against a search."""
    if call.size > MAX_CHARACTERS:
        yield f"The request body may have at most {MAX_CHARACTERS} characters"
    groups = call.body.get("filterGroups") or ()
    counts = [len(group["filters"]) for group in groups]
    if len(groups) > MAX_GROUPS:
        yield f"At most {MAX_GROUPS} filterGroups are allowed"
    if any(not 0 < count <= MAX_FILTERS for count in counts) or sum(counts) > MAX_FILTERS_IN_ALL:
        yield f"A group has 1 to {MAX_FILTERS} filters, and all of them at most {MAX_FILTERS_IN_ALL}"
    yield from _troubles_of_page(call.body)
    for each in (each for group in groups for each in group["filters"]):
        yield from _troubles_of_filter(each, schema)


def _troubles_of_page(body: Mapping[str, Any]) -> Iterator[str]:
    limit, after = body.get("limit", 10), str(body.get("after") or 0)
    if not isinstance(limit, int) or not 0 < limit <= MAX_LIMIT:
        yield f"limit must be a number between 1 and {MAX_LIMIT}"
    elif not after.isdecimal():
        yield "after must be the cursor of an earlier answer"
    elif int(after) + limit > MAX_REACHABLE:
        yield f"Only the first {MAX_REACHABLE} results can be reached"
    if len(body.get("sorts") or ()) > 1:
        yield "Only one sort is allowed"


def _troubles_of_filter(each: Filter, schema: Mapping[str, Any]) -> Iterator[str]:
    name, operator = each.get("propertyName"), each.get("operator")
    if name not in schema:
        yield f"Property {name} does not exist"
    if operator not in _OPERATORS:
        yield f"Unknown operator {operator}"
    elif operator in {"IN", "NOT_IN"} and not each.get("values"):
        yield f"{operator} needs values"


def _sorted(hits: Sequence[CrmObject], sorts: Sequence[Any]) -> Sequence[CrmObject]:
    """Return the hits in the order of the one sort that there may be; the oldest first if there is none."""
    wanted = sorts[0] if sorts else "createdate"
    if isinstance(wanted, str):
        direction = "DESCENDING" if wanted.startswith("-") else "ASCENDING"
        wanted = {"propertyName": wanted.removeprefix("-"), "direction": direction}
    name = wanted.get("propertyName", "createdate")

    def place(hit: CrmObject) -> tuple[str, int]:
        return hit.to_json()["properties"].get(name, ""), int(hit.id)

    return sorted(hits, key=place, reverse=wanted.get("direction") == "DESCENDING")


def is_hit(values: Mapping[str, str], groups: Sequence[Sequence[Filter]], schema: Mapping[str, Any]) -> bool:
    """Say whether an object's values pass all filters of any group."""
    return any(
        all(
            _OPERATORS[wanted["operator"]](_Asked(wanted, schema), values.get(wanted["propertyName"], ""))
            for wanted in group
        )
        for group in groups
    )


class _Asked:
    """One filter, with the rules of its property for letter case."""

    def __init__(self, wanted: Filter, schema: Mapping[str, Any]) -> None:
        self.is_text = schema[wanted["propertyName"]]["type"] == "string"
        self.value = str(wanted.get("value", ""))
        self.values = [str(value) for value in wanted.get("values") or ()]
        self.high = str(wanted.get("highValue", ""))

    def equals(self, held: str) -> bool:
        return held.lower() == self.value.lower() if self.is_text else held == self.value

    def names(self, held: str) -> bool:
        # Only what is held is lowered: a text that is asked for with a capital matches nothing.
        return (held.lower() if self.is_text else held) in self.values

    def is_token_of(self, held: str) -> bool:
        pattern = ".*".join(re.escape(part) for part in self.value.lower().split("*"))
        tokens = {held.lower(), *re.split(r"[^\w.@-]+", held.lower())} - {""}
        return any(re.fullmatch(pattern, token) for token in tokens)


def _place(text: str) -> tuple[float, str]:
    """Return a value in the order of numbers, or of texts where there is none."""
    try:
        return float(text), ""
    except ValueError:
        return 0.0, text


_OPERATORS: Mapping[str, Callable[[_Asked, str], bool]] = {
    "EQ": lambda asked, held: asked.equals(held),
    "NEQ": lambda asked, held: bool(held) and not asked.equals(held),
    "IN": lambda asked, held: asked.names(held),
    "NOT_IN": lambda asked, held: bool(held) and not asked.names(held),
    "CONTAINS_TOKEN": lambda asked, held: asked.is_token_of(held),
    "NOT_CONTAINS_TOKEN": lambda asked, held: bool(held) and not asked.is_token_of(held),
    "HAS_PROPERTY": lambda _, held: bool(held),
    "NOT_HAS_PROPERTY": lambda _, held: not held,
    "GT": lambda asked, held: bool(held) and _place(held) > _place(asked.value),
    "GTE": lambda asked, held: bool(held) and _place(held) >= _place(asked.value),
    "LT": lambda asked, held: bool(held) and _place(held) < _place(asked.value),
    "LTE": lambda asked, held: bool(held) and _place(held) <= _place(asked.value),
    "BETWEEN": lambda asked, held: bool(held) and _place(asked.value) <= _place(held) <= _place(asked.high),
}
