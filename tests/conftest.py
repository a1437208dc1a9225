"""How the tests are spread over processes, which are measured for coverage, and how Hypothesis draws."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
# What takes seconds to start is started once: the tests of a folder that share it go to one process.
SHARED = ("coming", "dynamodb", "patient_relay", "relay")

# On a busy machine whatever is drawn takes longer, and nothing is wrong with that.
settings.register_profile("relay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("relay")


def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than there are processors, since some tests mostly wait; 8 at most."""
    return min(7, os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares something, begin what takes long early, and measure the unit tests alone."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder == "unit":
            continue
        # The core is covered by its own tests, not by the way. And the others are up to twice as fast.
        item.add_marker(pytest.mark.no_cover)
        for name in SHARED:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(f"{folder}-{name}"))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("xdist_group") or item.get_closest_marker("stack"):
        return 0
    return 1 if item.get_closest_marker("long") else 2
