"""Which endpoints were called, without what names a person."""

import pytest

from cli.standin.routes import find
from cli.standin.traffic import MINUTES, traffic_of

NOW_MS = 1_793_527_200_000


def call(at_ms: int = NOW_MS, status: int = 200, inputs: int | None = 2, ms: float = 4) -> dict[str, object]:
    return {"method": "POST", "endpoint": "/e", "status": status, "inputs": inputs, "ms": ms, "at_ms": at_ms}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/crm/objects/2026-09/contacts/kim@example.org", "/crm/objects/2026-09/contacts/{id}"),
        ("POST", "/crm/objects/2026-09/contacts/batch/upsert", "/crm/objects/2026-09/contacts/batch/upsert"),
        (
            "PUT",
            "/crm/objects/2026-09/contacts/5/associations/default/companies/9",
            "/crm/objects/2026-09/contacts/{id}/associations/default/companies/{id}",
        ),
    ],
)
def test_calls_of_one_kind_have_one_endpoint(method: str, path: str, expected: str) -> None:
    found = find(method, path)

    assert found
    assert found[0].endpoint(path) == expected


def test_calls_are_counted_by_kind_the_most_frequent_first() -> None:
    calls = [call(status=429), call(ms=2), call(inputs=None), {**call(status=404), "endpoint": ""}]

    told = traffic_of(calls, NOW_MS)

    rows = [
        (row["endpoint"], row["status"], row["calls"], row["inputs"], row["ms"]) for row in told["endpoints"]
    ]
    assert rows[0] == ("/e", 200, 2, 2, 3)
    assert set(rows[1:]) == {("/e", 429, 1, 2, 4), ("(unknown)", 404, 1, 2, 4)}


def test_what_is_older_does_not_count() -> None:
    limit_ms = NOW_MS - MINUTES * 60_000

    told = traffic_of([call(limit_ms - 1), call(limit_ms), call()], NOW_MS)

    assert [row["calls"] for row in told["endpoints"]] == [2]
