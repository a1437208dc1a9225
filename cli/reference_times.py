"""The tables of event times and of objects in other forms, made by asking the code that reads them."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cli.markdown import code
from relay.core.event_times import event_time
from relay.core.objects import read_object

TIMES_HEADER = ("`timestamp`", "the event happened")
OBJECTS_HEADER = ("`properties`", "read as")
_ARRIVAL = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_TIMES: Sequence[object] = (
    "2026-11-20T08:00:00.029Z",
    "2026-11-20T08:00:00.029:Z",
    "2026-11-20 08:00:00,029 +00",
    "2026-11-20T08:00:00.029+00:00Z",
    "2026-11-20T09:00:00.029+01:00[Europe/Berlin]",
    "2026-11-20T8:00:00 AMZ",
    "2026-11-20T08.00.00Z",
    "2026-11-20",
    "20261120T080000Z",
    "2026-W47-5T08:00:00Z",
    "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0660T\u0660\u0668:\u0660\u0660:\u0660\u0660Z",
    "Fri, 20 Nov 2026 08:00:00 GMT",
    "Fri Nov 20 2026 09:00:00 GMT+0100 (Central European Standard Time)",
    "Fri Nov 20 08:00:00 UTC 2026",
    "Nov 20, 2026, 8:00:00 AM UTC",
    "Nov 20, 2026, 8:00:00 AM",
    "11/20/2026 08:00",
    1_795_161_600,
    1_795_161_600_029,
    1_795_161_600_029_000_000,
    "/Date(1795161600029)/",
    {"$date": "2026-11-20T08:00:00Z"},
    {"date": "2026-11-20 08:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
    "2016-12-31T23:59:60Z",
    "2026-11-19T24:00:00Z",
    "0001-01-01T00:00:00Z",
    "0000-00-00 00:00:00",
    0,
    "2001-12-31T23:59:59Z",
    "",
    "2026-11-20T12:04:00Z",
    "2569-11-20T08:00:00Z",
    "yesterday",
)
_OBJECTS: Sequence[object] = (
    '{"coupon": "E"}',
    '"{\\"coupon\\": \\"E\\"}"',
    [["coupon", "E"]],
    [{"key": "coupon", "value": "E"}],
    [{"coupon": "E"}],
    [],
    "null",
    [{"coupon": "E"}, {"coupon": "F"}],
    "{'coupon': 'E'}",
    7,
)


def times() -> Iterator[Sequence[str]]:
    """Yield what an event's time is taken for that arrives at noon on 2026-11-20."""
    arrival_ms = int(_ARRIVAL.timestamp() * 1000)
    for value in _TIMES:
        at_ms, notes = event_time({"timestamp": value}, arrival_ms)
        shown = code(_iso(at_ms)) if at_ms != arrival_ms else "at its arrival"
        yield code(_json(value)), ": ".join([shown, *map(code, notes.values())])


def objects() -> Iterator[Sequence[str]]:
    """Yield what an object is taken for that was sent in another form."""
    for value in _OBJECTS:
        found = read_object(value)
        yield code(_json(value)), code(_json(found.value)) if found.is_whole else "nothing: `not_an_object`"


def _iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
