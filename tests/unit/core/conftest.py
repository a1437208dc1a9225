"""What the core remembers of earlier calls must not keep its own tests from running it."""

import sys
from types import ModuleType

import pytest


@pytest.fixture(autouse=True, scope="module")
def _nothing_remembered() -> None:
    """Forget what other tests in this process, which are not measured, have had worked out."""
    for module in [module for name, module in sys.modules.items() if name.startswith("relay.core.")]:
        _forget(module)


def _forget(module: ModuleType) -> None:
    for each in vars(module).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()
