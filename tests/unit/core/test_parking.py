"""Messages that stay as they are until something has changed."""

import json
from collections.abc import Collection
from dataclasses import replace

import pytest

from relay.core.envelopes import Envelope, pack, unpack
from relay.core.grants import Grant
from relay.core.parking import MAX_PARKED_MS, Parked, Parking, may_stay, parking_in

NOW_MS = 1_793_527_200_000
SCOPE = "missing_scope: crm.x"
PARKED = Parked(SCOPE, NOW_MS + 600_000, 7)


def envelope(count: int) -> Envelope:
    events = tuple({"type": "identify", "messageId": f"m-{n}"} for n in range(count))
    since_ms = tuple(NOW_MS - 5 + n for n in range(count))
    return Envelope("emea", 1, events, grant=Grant("k"), tries=3, since_ms=since_ms, parked=PARKED)


@pytest.mark.parametrize("count", [1, 40])
def test_a_message_tells_at_its_beginning_why_and_until_when_it_is_parked(count: int) -> None:
    (body,) = pack(envelope(count))

    assert ("zlib" in json.loads(body)) == (count > 1)
    assert parking_in(body) == Parking("emea", PARKED, count, NOW_MS - 5)
    # Whoever looks at its events need not know; the next look says anew how long they wait.
    assert unpack(body) == replace(envelope(count), parked=None)


def test_each_part_of_what_is_parked_tells_its_own_count_and_age() -> None:
    first, second = pack(envelope(300))

    told = [parking_in(body) for body in (first, second)]

    assert [each and (each.events, each.since_ms) for each in told] == [
        (250, NOW_MS - 5),
        (50, NOW_MS + 245),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"parked": "no"},
        {"parked": {}},
        {"parked": {"reason": 1, "until_ms": 1, "mark_ms": 1, "events": 1, "since_ms": 1}},
        {"parked": {"reason": "x", "until_ms": "1", "mark_ms": 1, "events": 1, "since_ms": 1}},
        {"parked": {"reason": "x", "until_ms": True, "mark_ms": 1, "events": 1, "since_ms": 1}},
        {"parked": {"reason": "x", "until_ms": -1, "mark_ms": 1, "events": 1, "since_ms": 1}},
        {"parked": {"reason": "x", "until_ms": 1, "mark_ms": 1, "events": 10**300, "since_ms": 1}},
        {"destination": None},
    ],
)
def test_what_does_not_tell_it_in_our_words_is_not_parked(change: dict[str, object]) -> None:
    (body,) = pack(envelope(1))
    told = {**json.loads(body), **change}

    assert parking_in(json.dumps(told, separators=(",", ":"))) is None


@pytest.mark.parametrize("body", ["", "hello", '{"v":1,"parked":', '{"v":1,"parked":' + "[" * 100_000])
def test_what_cannot_be_read_is_not_parked(body: str) -> None:
    assert parking_in(body) is None


def test_a_message_without_it_is_not_parked() -> None:
    (body,) = pack(replace(envelope(1), parked=None))

    assert parking_in(body) is None


@pytest.mark.parametrize(
    ("reasons", "mark_ms", "until_ms", "expected"),
    [
        ({SCOPE, "forbidden"}, 7, NOW_MS + 1, True),
        # What it waits for is over.
        ({"forbidden"}, 7, NOW_MS + 1, False),
        (set(), 7, NOW_MS + 1, False),
        # `relay retry` was said since; the clock of who said it may be behind.
        ({SCOPE}, 8, NOW_MS + 1, False),
        ({SCOPE}, 6, NOW_MS + 1, False),
        # Its next look is due.
        ({SCOPE}, 7, NOW_MS, False),
        # Nobody parks for so long.
        ({SCOPE}, 7, NOW_MS + MAX_PARKED_MS, True),
        ({SCOPE}, 7, NOW_MS + MAX_PARKED_MS + 1, False),
        # What is noted cannot be read: then only the time counts.
        (None, 0, NOW_MS + 1, True),
        (None, 0, NOW_MS, False),
    ],
)
def test_it_stays_until_its_time_a_mark_or_the_end_of_what_it_waits_for(
    reasons: Collection[str] | None,
    mark_ms: int,
    until_ms: int,
    expected: bool,  # noqa: FBT001 - a table's
) -> None:
    parked = replace(PARKED, until_ms=until_ms)

    assert may_stay(parked, reasons=reasons, mark_ms=mark_ms, now_ms=NOW_MS) == expected
