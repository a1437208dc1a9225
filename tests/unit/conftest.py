"""What the tests of a portal share."""

from collections.abc import Iterator

import pytest
from portals import Relay
from tracks import Tracks


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    with relay.threads:
        yield relay


@pytest.fixture
def tracks() -> Iterator[Tracks]:
    tracks = Tracks()
    with tracks.threads:
        yield tracks
