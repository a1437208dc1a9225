"""The faults that are asked for, run side by side on a few relays."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future

import pytest

from cli.chaos.runner import Run, runs
from cli.chaos.world import SHORT

SEED = 1


@pytest.fixture(scope="session")
def coming(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Future[Run]]]:
    """What will come of each fault whose test is run."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    faults = [call.params["chaos_fault"] for call in calls if call and "chaos_fault" in call.params]
    with runs(faults, SEED, SHORT) as coming:
        yield coming
