"""How many calls 10,000 identifies of 2,000 people take, and whether each contact is right in the end.

Each tells six of nine traits. `one` is a single invocation that sees everything, `queue` the whole way over
SQS with two senders, and `again` each person's last values once more, of which HubSpot must hear nothing.
"""

from cli.bench.backlog import BATCH, WAYS, requests_of
from cli.bench.people import again, expected, identifies
from cli.bench.session import session

EVENTS = 10_000


def measure() -> None:
    """Print two lines for each way."""
    events = identifies(EVENTS)
    contacts = expected(events)
    repeated = again(contacts)
    for way in WAYS:
        with session("w1", contacts) as relay:
            relay.work_off(way, way, requests_of(events, BATCH))
            relay.work_off("again", way, requests_of(repeated, BATCH))
