"""Where traits may go is worked out once, and what is kept of it stays small."""

from relay.core.routes import MAX_ROUTES, route_of
from relay.core.schema import Property, Schema


def schema() -> Schema:
    return Schema({"plan": Property("plan", "string")})


def test_a_route_is_kept_with_its_schema() -> None:
    ours, other = schema(), schema()

    assert route_of(("plan",), ours) is route_of(("plan",), ours)
    assert (len(ours.routes), len(other.routes)) == (1, 0)
    assert ours == other


def test_routes_of_very_long_keys_are_not_kept() -> None:
    ours = schema()
    route_of(("k" * 100_000,), ours)

    assert not ours.routes


def test_made_up_keys_do_not_fill_the_memory() -> None:
    ours = schema()
    for n in range(MAX_ROUTES + 10):
        route_of((f"k{n}",), ours)

    assert len(ours.routes) <= MAX_ROUTES
