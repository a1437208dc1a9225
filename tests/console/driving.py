"""What a test of the console begins with: somebody's event, and a way to drive the browser."""

from collections.abc import Callable
from typing import Any, TypeAlias

# Runs a scenario of `programs/scenarios.mjs` by its name; returns what it has seen.
Drive: TypeAlias = Callable[..., Any]


def person(name: str, **traits: Any) -> dict[str, Any]:
    """Return an event of a person of that name."""
    return {
        "type": "identify",
        "messageId": f"{name}-1",
        "userId": name,
        "traits": {"email": f"{name}@example.org", **traits},
    }
