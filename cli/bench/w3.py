"""How many calls 1,000 requests of a single event take, of the people of `w1`; `one` and `queue` as there."""

from cli.bench.backlog import WAYS, requests_of
from cli.bench.people import expected, identifies
from cli.bench.session import session

EVENTS = 1_000


def measure() -> None:
    """Print one line for each way."""
    events = identifies(EVENTS)
    for way in WAYS:
        with session("w3", expected(events)) as relay:
            relay.work_off(way, way, requests_of(events, 1))
