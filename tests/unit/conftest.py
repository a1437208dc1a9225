"""What the tests of a portal share."""

from collections.abc import Iterator

import pytest
from portals import Relay


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    with relay.threads:
        yield relay
