"""What the relay costs on AWS: usage for a thousand events, and dollars for a million at list prices.

Counted at AWS's door: a proxy sees every call of both functions. Each event is of another person and tells
something new, so that nothing is saved; first the people are new to the memory, then they are known. What
Lambda's poller receives and deletes is reckoned from the messages, ten at a time.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from cli.bench.backlog import over_the_queue, quiet_relay, requests_of
from cli.bench.meter import Meter
from cli.bench.people import one_each
from cli.bench.prices import Usage
from cli.embedded.proxy import AwsProxy
from cli.standin.faults import Fault

EVENTS = 1_000
SIZES = (1, 50)
# About what HubSpot takes for a batch.
ROUND_TRIP_MS = 250
CAPTION = (
    "DynamoDB, SQS and logs are counted. Lambda's ms are wall times of the handlers on this machine, through"
    f" a proxy and with {ROUND_TRIP_MS} ms for a HubSpot call; cold starts are left out. List prices of"
    " us-east-1, without the free tier; idle polling, alarms and storage are not in them."
)

Row = tuple[int, str, Usage]


def measure() -> None:
    """Print one line for each size of request and kind of people; a table of all on a terminal."""
    rows = []
    for row in _rows():
        rows.append(row)
        print(json.dumps(_fields(*row)), flush=True)
    console = Console()
    if console.is_terminal:
        console.print(table(rows))


def table(rows: Sequence[Row]) -> Table:
    """Return usage for a thousand events beside dollars for a million."""
    shown = Table(title="Cost of events", caption=CAPTION)
    shown.add_column("")
    for size, people, _ in rows:
        shown.add_column(f"{size} a request, {people} people", justify="right")
    for title, figures in (
        ("for 1,000 events", [usage.per_1k_events() for *_, usage in rows]),
        ("$ for 1,000,000 events", [usage.dollars_per_million_events() for *_, usage in rows]),
    ):
        shown.add_section()
        shown.add_row(f"[bold]{title}")
        for name in figures[0]:
            shown.add_row(name.replace("_", " "), *(f"{each[name]:,}" for each in figures))
    return shown


def _rows() -> Iterator[Row]:
    for size in SIZES:
        with quiet_relay() as (relay, standin), AwsProxy(relay.aws.endpoint_url) as proxy:
            meter = Meter(relay, proxy)
            # A relay at work: functions that have started, a portal whose properties are known.
            over_the_queue(relay, requests_of(one_each(SIZES[-1], "starter"), 1))
            standin.faults.add([Fault(times=None, delay_ms=ROUND_TRIP_MS)])
            for seed, people in enumerate(("new", "known")):
                requests = requests_of(one_each(EVENTS, "person", seed), size)
                meter.begin()
                over_the_queue(relay, requests)
                yield size, people, meter.usage(requests)


def _fields(size: int, people: str, usage: Usage) -> Mapping[str, object]:
    return {
        "bench": "cost",
        "events_per_request": size,
        "people": people,
        "per_1k_events": usage.per_1k_events(),
        "usd_per_million_events": usage.dollars_per_million_events(),
    }
