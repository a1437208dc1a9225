"""Whatever goes wrong, HubSpot ends as if nothing had. `make chaos` does the same with 5,000 events each."""

from collections.abc import Mapping
from concurrent.futures import Future

import pytest

from cli.chaos.faults import FAULTS
from cli.chaos.runner import Run

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("chaos_fault", [name for name, fault in FAULTS.items() if not fault.is_slow])
def test_hubspot_ends_as_if_nothing_had_gone_wrong(
    coming: Mapping[str, Future[Run]], chaos_fault: str
) -> None:
    found = coming[chaos_fault].result()

    assert found.differences == [], f"seed {found.seed}"
