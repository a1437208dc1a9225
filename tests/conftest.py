"""How the tests are spread over processes, which are measured for coverage, and how Hypothesis draws."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

UNIT = Path(__file__).parent / "unit"
# What takes seconds to start is started once: the tests below each of these go to one process.
TOGETHER = (
    # Before its folder: it takes as long as all the rest of that.
    "tests/chaos/test_soak.py",
    "tests/chaos/",
    "tests/clients/",
    "tests/console/",
    "tests/docs/test_commands.py",
    "tests/dynamodb/",
    "tests/e2e/test_frozen.py",
    "tests/e2e/test_limits.py",
    "tests/e2e/test_run.py",
    "tests/e2e/test_secrets_in_logs.py",
    "tests/e2e/test_worst.py",
    "tests/e2e/",
)

# On a busy machine whatever is drawn takes longer, and nothing is wrong with that.
settings.register_profile("relay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("relay")


def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than there are processors, since some tests mostly wait; 8 at most."""
    return min(7, os.cpu_count() or 1) + 1


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # it ships no types
    """Hands out what belongs together at once, the largest first, and then one test after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, TOGETHER), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Group by folder: pytest-xdist 3.8's own `loadgroup` does nothing with pytest 9.2."""
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin early what takes long, and measure the unit tests alone."""
    for item in items:
        if not item.path.is_relative_to(UNIT):
            # The core is covered by its own tests, not by the way. And the others are up to twice as fast.
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
