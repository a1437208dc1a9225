"""What lies on the queue."""

import base64
import json
import random
import sys
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from builders import identify
from hypothesis import example, given
from hypothesis import strategies as st

from relay.core import envelopes
from relay.core.budgets import Load
from relay.core.documents import MAX_LEVELS
from relay.core.envelopes import (
    MAX_EARLIER,
    MAX_EVENTS,
    MAX_MESSAGE_BYTES,
    Envelope,
    PastRejection,
    Unreadable,
    gathered,
    kind_of,
    lane_of,
    open_body,
    pack,
    packed,
    part,
    rejected,
    started_anew,
    unpack,
    weighed,
)
from relay.core.fields import without_write_key
from relay.core.grants import Grant
from relay.core.inflating import TooLarge, values_in
from relay.core.outcomes import Rejected
from relay.core.parking import Parked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=10,
)
EVENTS = st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=6)


def envelope(*events: Mapping[str, object], rejections: tuple[Rejected, ...] = ()) -> Envelope:
    return Envelope("default", 1_793_527_200_000, events, rejections)


def unpacked(bodies: list[str]) -> list[Envelope]:
    letters = [unpack(body) for body in bodies]
    assert all(isinstance(letter, Envelope) for letter in letters)
    return [letter for letter in letters if isinstance(letter, Envelope)]


@given(EVENTS)
@example([{"WRITEKEY": None, "type": "track"}, {"context": {"write_key": "secret"}}])
def test_what_is_packed_comes_out_as_it_went_in_but_for_write_keys(
    events: list[dict[str, object]],
) -> None:
    tracks = [event for event in events if event.get("type") == "track"]
    others = [event for event in events if event.get("type") != "track"]

    bodies = pack(envelope(*events))

    assert [event for letter in unpacked(bodies) for event in letter.events] == [
        without_write_key(event) for event in [*others, *tracks]
    ]
    assert all(body.isascii() for body in bodies)


def test_a_single_event_lies_there_in_the_open() -> None:
    (body,) = pack(envelope(identify()))

    assert json.loads(body) == {
        "v": 1,
        "destination": "default",
        "received_at_ms": 1_793_527_200_000,
        "events": [identify()],
    }


def test_no_message_is_larger_than_what_sqs_bills_as_one_or_holds_too_many_events() -> None:
    events = [identify(messageId=f"m-{n}", traits={"email": f"p{n}@example.org"}) for n in range(4_000)]

    bodies = pack(envelope(*events))

    assert max(len(body) for body in bodies) <= MAX_MESSAGE_BYTES
    letters = unpacked(bodies)
    assert max(len(letter.events) for letter in letters) <= MAX_EVENTS
    assert [event["messageId"] for letter in letters for event in letter.events] == [
        f"m-{n}" for n in range(4_000)
    ]
    assert len(bodies) == 16


def test_events_that_do_not_compress_are_spread_over_more_messages() -> None:
    dice = random.Random(7)
    noise = [base64.b64encode(dice.randbytes(600)).decode() for _ in range(240)]
    events = [identify(messageId=f"m-{n}", traits={"x": text}) for n, text in enumerate(noise)]

    bodies = pack(envelope(*events))

    assert len(bodies) > 1
    assert max(len(body) for body in bodies) <= MAX_MESSAGE_BYTES
    assert [event for letter in unpacked(bodies) for event in letter.events] == events


def test_one_huge_event_is_one_compressed_message() -> None:
    huge = identify(traits={"note": "x" * 400_000})

    (body,) = pack(envelope(huge))

    assert len(body) < MAX_MESSAGE_BYTES
    assert unpacked([body])[0].events == (huge,)


def test_tracks_travel_apart_from_all_others() -> None:
    track = {"type": "track", "messageId": "m-2"}

    letters = unpacked(pack(envelope(identify(), track, identify(messageId="m-3"))))

    assert [[event["messageId"] for event in letter.events] for letter in letters] == [
        ["m-1", "m-3"],
        ["m-2"],
    ]


def test_no_events_are_no_messages() -> None:
    assert pack(envelope()) == []


@pytest.mark.parametrize("name", ["writeKey", "write_key", "WRITEKEY"])
def test_the_write_key_stays_behind(name: str) -> None:
    (body,) = pack(envelope(identify(**{name: "wk-secret"})))

    assert "wk-secret" not in body


@pytest.mark.parametrize("text", ["\x00\x08", "\ud800", "￾￿", "\U0001f600", "søren"])
def test_characters_that_sqs_refuses_are_escaped(text: str) -> None:
    (body,) = pack(envelope(identify(traits={"x": text})))

    assert body.isascii()
    assert body.isprintable()
    assert unpacked([body])[0].events[0]["traits"] == {"x": text}


def test_rejections_stay_beside_their_events_when_these_are_parted() -> None:
    events = [{"type": "track" if n % 3 else "identify", "messageId": f"m-{n}"} for n in range(600)]
    rejections = tuple(Rejected("refused", f"message of m-{n}") for n in range(600))

    letters = unpacked(pack(envelope(*events, rejections=rejections)))

    pairs = [
        (event["messageId"], rejection.message)
        for letter in letters
        for event, rejection in zip(letter.events, letter.rejections, strict=True)
    ]
    assert len(pairs) == 600
    assert all(message == f"message of {message_id}" for message_id, message in pairs)


def test_what_is_known_of_each_rejection_stays_with_its_event() -> None:
    events = [{"type": "track" if n % 3 else "identify", "messageId": f"m-{n}"} for n in range(600)]
    earlier = tuple((PastRejection(Rejected("refused", f"first of m-{n}"), n),) for n in range(600))
    whole = replace(envelope(*events, rejections=(REFUSED,) * 600), rejected_at_ms=9, earlier=earlier)

    letters = unpacked(pack(whole))

    assert {letter.rejected_at_ms for letter in letters} == {9}
    histories = {
        str(event["messageId"]): past
        for letter in letters
        for event, past in zip(letter.events, letter.earlier, strict=True)
    }
    assert histories == {f"m-{n}": earlier[n] for n in range(600)}


def test_a_rejection_has_four_keys_because_older_senders_take_no_others() -> None:
    first = rejected(envelope(identify()), {0: REFUSED}, 5)
    (body,) = pack(rejected(first, {0: REFUSED}, 7))

    four = {"reason": "refused", "message": "no", "category": "VALIDATION_ERROR", "correlation_id": "c-1"}
    assert json.loads(body) == {
        "v": 1,
        "destination": "default",
        "received_at_ms": 1_793_527_200_000,
        "events": [identify()],
        "rejections": [four],
        "rejected_at_ms": 7,
        "earlier": [[{**four, "at_ms": 5}]],
    }


def test_rejections_of_older_and_of_newer_senders_are_readable() -> None:
    older = GOOD | {"events": [identify()], "rejections": [{"reason": "refused", "message": "no"}]}
    newer = older | {
        "rejections": [{"reason": "refused", "message": "no", "weather": 7}],
        "earlier": [[{"reason": "missing_scope", "weather": 7}]],
        "weather": 7,
    }

    read = unpack(json.dumps(older))
    assert read == Envelope("default", 1, (identify(),), (Rejected("refused", "no"),))
    past = PastRejection(Rejected("missing_scope"), 0)
    assert unpack(json.dumps(newer)) == replace(read, earlier=((past,),))


def test_a_rejected_event_keeps_its_history_oldest_first_and_its_neighbours_theirs() -> None:
    letter = envelope(*(identify(messageId=f"m-{n}") for n in range(3)))
    for at_ms in (10, 20):
        letter = rejected(letter, dict.fromkeys(range(3), Rejected(f"at {at_ms}")), at_ms)

    again = rejected(letter, {0: REFUSED, 2: REFUSED}, 30)

    history = (PastRejection(Rejected("at 10"), 10), PastRejection(Rejected("at 20"), 20))
    assert again == replace(
        part(letter, [0, 2]), rejections=(REFUSED, REFUSED), rejected_at_ms=30, earlier=(history, history)
    )


def test_only_the_newest_of_a_long_history_is_kept_and_the_message_stays_small() -> None:
    letter = envelope(*(identify(messageId=f"m-{n}") for n in range(MAX_EVENTS)))
    dice = random.Random(7)
    for at_ms in range(MAX_EARLIER + 5):
        words = {n: Rejected("refused", base64.b64encode(dice.randbytes(60)).decode()) for n in range(250)}
        letter = rejected(letter, words, at_ms)

    assert [past.at_ms for past in letter.earlier[249]] == list(range(4, MAX_EARLIER + 4))
    bodies = pack(letter)
    assert max(len(body) for body in bodies) <= MAX_MESSAGE_BYTES
    assert [past for each in unpacked(bodies) for past in each.earlier] == list(letter.earlier)


def test_a_part_of_what_was_never_rejected_has_no_rejections() -> None:
    letter = envelope(*(identify(messageId=f"m-{n}") for n in range(3)))

    assert part(letter, [1]) == envelope(identify(messageId="m-1"))


REFUSED = Rejected("refused", "no", "VALIDATION_ERROR", "c-1")
GOOD = {"v": 1, "destination": "default", "received_at_ms": 1, "events": []}
TRUNCATED = base64.b64encode(zlib.compress(b'{"events":[]}')[:-3]).decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not_json"),
        ("hello", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "unknown_version"),
        ("null", "unknown_version"),
        (json.dumps(GOOD | {"v": 2}), "unknown_version"),
        (json.dumps({"v": 1}), "malformed: KeyError"),
        (json.dumps(GOOD | {"destination": 7}), "malformed: TypeError"),
        (json.dumps(GOOD | {"received_at_ms": "1"}), "malformed: TypeError"),
        (json.dumps(GOOD | {"received_at_ms": 10**15 + 1}), "malformed: ValueError"),
        (json.dumps(GOOD | {"received_at_ms": -1}), "malformed: ValueError"),
        (json.dumps(GOOD | {"tries": 10**300}), "malformed: ValueError"),
        (json.dumps(GOOD | {"rejected_at_ms": -1}), "malformed: ValueError"),
        (json.dumps(GOOD | {"events": {}}), "malformed: TypeError"),
        (json.dumps(GOOD | {"events": [7]}), "malformed: TypeError"),
        (json.dumps(GOOD | {"rejections": 7}), "malformed: TypeError"),
        (json.dumps(GOOD | {"rejections": [{"nonsense": 1}]}), "malformed: TypeError"),
        (json.dumps(GOOD | {"rejections": [{"reason": 7}]}), "malformed: TypeError"),
        (json.dumps(GOOD | {"rejections": [{"reason": "refused"}]}), "malformed: ValueError"),
        (json.dumps(GOOD | {"earlier": [[]]}), "malformed: ValueError"),
        (json.dumps(GOOD | {"earlier": [[{"reason": "refused", "at_ms": "1"}]]}), "malformed: TypeError"),
        (json.dumps(GOOD | {"zlib": 7}), "malformed: TypeError"),
        (json.dumps(GOOD | {"zlib": "!"}), "malformed: Error"),
        (json.dumps(GOOD | {"zlib": "aGVsbG8="}), "malformed: error"),
        (json.dumps(GOOD | {"zlib": TRUNCATED}), "malformed: ValueError"),
    ],
)
def test_a_message_of_another_hand_is_unreadable_and_never_an_exception(body: str, reason: str) -> None:
    assert unpack(body) == Unreadable(reason)


@pytest.mark.parametrize(("letters", "is_plain"), [(9_000, True), (12_000, False), (61_000, False)])
def test_an_event_is_plain_as_long_as_its_escapes_fit(letters: int, is_plain: bool) -> None:  # noqa: FBT001 - a table
    text = f'{{"type":"track","x":"{"ø" * letters}"}}'
    event = json.loads(text)

    (body,) = pack(Envelope("default", 1, (event,), texts=(text,)))

    assert body.isascii()
    assert len(body) <= MAX_MESSAGE_BYTES
    assert ("zlib" in json.loads(body)) is not is_plain
    assert unpack(body) == Envelope("default", 1, (event,))


def test_the_tries_of_events_travel_with_them_and_end_with_their_rejection() -> None:
    before = replace(envelope(identify(), {"type": "track"}), tries=7)

    assert [each.tries for each in unpacked(pack(before))] == [7, 7]
    assert rejected(before, {0: Rejected("refused")}, 1).tries == 0
    # Nothing is said of none, so that new messages are what they were.
    assert "tries" not in pack(envelope(identify()))[0]


@pytest.mark.parametrize("tries", ['"7"', "1.5", "null", "[]"])
def test_tries_that_are_no_number_are_not_ours(tries: str) -> None:
    (body,) = pack(replace(envelope(identify()), tries=1))

    assert unpack(body.replace('"tries":1', f'"tries":{tries}')) == Unreadable("malformed: TypeError")


@pytest.mark.parametrize(
    ("destination", "key", "expected"),
    [
        ("default", None, "default"),
        ("default", "0123456789ab", "default#0123456789ab"),
        ("a" * 63, "0123456789ab", "a" * 63 + "#0123456789ab"),
        ("a" * 128, None, "a" * 128),
        # What SQS would not take as a MessageGroupId, which only somebody else can have queued.
        ("a" * 116, "0123456789ab", "a" * 116),
        ("default", "two words", "default"),
        ("default", "ø", "default"),
        ("a" * 129, None, ""),
        ("", None, ""),
        ("two words", "0123456789ab", ""),
        ("münchen", None, ""),
        ("default\n", None, ""),
    ],
)
def test_a_public_key_has_a_lane_of_its_own_beside_its_destinations(
    destination: str, key: str | None, expected: str
) -> None:
    grant = None if key is None else Grant(key)
    assert lane_of(Envelope(destination, 1, (), grant=grant)) == expected


def test_a_lane_is_kept_through_the_queue_a_rejection_and_a_part() -> None:
    letter = Envelope("default", 1, (identify(), identify(messageId="m-2")), grant=Grant("0123456789ab"))
    (body,) = pack(rejected(letter, {0: Rejected("refused"), 1: Rejected("refused")}, 2))
    found = unpack(body)

    assert isinstance(found, Envelope)
    assert {lane_of(each) for each in (found, part(found, [1]))} == {"default#0123456789ab"}


ANY = sys.maxsize
SOME = Envelope("default", 1, tuple({"type": "track", "n": [n] * 300} for n in range(8)))


@pytest.mark.parametrize("events", [1, 8])
def test_a_message_is_opened_as_far_as_there_is_room_for_it(events: int) -> None:
    (body,) = pack(part(SOME, range(events)))
    load = open_body(body, Load(ANY, ANY, ANY)).load

    assert open_body(body, load).content == part(SOME, range(events))
    assert load.events == events
    assert load.values > 300 * events
    for less in (Load(1), Load(0, 1), Load(0, 0, 1)):
        found = open_body(body, load - less)
        assert isinstance(found.content, TooLarge)
        assert not found.load.fits(load - less)


@pytest.mark.parametrize("events", [1, 8])
def test_a_message_is_weighed_without_being_read(events: int) -> None:
    (body,) = pack(part(SOME, range(events)))
    load = open_body(body, Load(ANY, ANY, ANY)).load

    assert weighed(body, load) == load - Load(events=events)
    assert not weighed(body, load - Load(1, 0, events)).fits(load - Load(1))
    assert not weighed(body, load - Load(0, 1, events)).fits(load - Load(0, 1))


@pytest.mark.parametrize("body", ["", "no", "[]", '{"zlib":7}', '{"zlib":"!"}', '{"zlib":"aGVsbG8="}'])
def test_what_cannot_be_read_weighs_what_it_is(body: str) -> None:
    assert weighed(body, Load(ANY, ANY, ANY)) == Load(len(body), values_in(body))


@pytest.mark.parametrize("is_packed", [True, False])
def test_an_event_has_as_many_levels_as_ingest_lets_in(is_packed: bool) -> None:  # noqa: FBT001 - a table
    # The innermost list has nothing in it, and so is none.
    for levels, is_read in ((MAX_LEVELS + 1, True), (MAX_LEVELS + 2, False)):
        text = '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"
        count = 2 if is_packed else 1
        (body,) = pack(Envelope("default", 1, (json.loads(text),) * count, texts=(text,) * count))
        assert ("zlib" in json.loads(body)) is is_packed
        assert isinstance(unpack(body), Envelope) is is_read
        assert is_read or unpack(body) == Unreadable("too_deep")


def test_nobody_unpacks_more_than_ingest_can_have_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "_MOST", Load(1_000, ANY, ANY))
    (body,) = pack(Envelope("default", 1, ({"x": "y" * 1_000}, {})))

    assert unpack(body) == Unreadable("too_large")


def waiting(name: str, count: int, received_at_ms: int, **more: Any) -> Envelope:
    events = tuple({"type": "identify", "messageId": f"{name}-{n}"} for n in range(count))
    return Envelope("default", received_at_ms, events, **more)


def test_events_that_came_at_different_times_go_on_in_one_message_and_keep_their_times() -> None:
    some = [waiting("a", 2, 7, since_ms=(70, 70), tries=2), waiting("b", 1, 5, since_ms=(50,), tries=3)]

    (body,) = pack(gathered(some))

    found = unpack(body)
    assert isinstance(found, Envelope)
    assert [event["messageId"] for event in found.events] == ["a-0", "a-1", "b-0"]
    assert [found.received(n) for n in range(3)] == [7, 7, 5]
    assert (found.since_ms, found.tries) == ((70, 70, 50), 3)
    # An older sender knows one time only: no event is younger than it came.
    assert found.received_at_ms == 5


def test_rejections_of_many_messages_share_one_with_what_was_said_of_each_before() -> None:
    past = PastRejection(Rejected("missing_scope"), 3)
    again = waiting("b", 1, 5, rejections=(Rejected("no_definition"),), rejected_at_ms=4, earlier=((past,),))
    some = [rejected(waiting("a", 2, 7), {1: Rejected("refused")}, 9), rejected(again, {0: Rejected("x")}, 9)]

    (found,) = unpacked(pack(gathered(some)))

    assert [event["messageId"] for event in found.events] == ["a-1", "b-0"]
    assert found.rejections == (Rejected("refused"), Rejected("x"))
    assert found.earlier == ((), (past, PastRejection(Rejected("no_definition"), 4)))
    assert [found.received(n) for n in range(2)] == [7, 5]


def test_events_of_one_time_cost_no_list_of_times() -> None:
    some = [waiting("a", 1, 7), waiting("b", 1, 7)]

    assert gathered(some).received_ms == ()
    assert gathered(some[:1]) is some[0]


@pytest.mark.parametrize(
    "change",
    [
        {"destination": "emea"},
        {"grant": Grant("k")},
        {"rejections": (Rejected("x"),)},
        {"rejected_at_ms": 8},
        {"since_ms": (1,)},
        {"parked": Parked("forbidden", 1, 2)},
    ],
)
def test_events_share_a_message_only_with_those_of_their_kind(change: dict[str, Any]) -> None:
    one = waiting("a", 1, 7)

    assert kind_of(replace(one, **change)) != kind_of(one)
    assert kind_of(replace(one, tries=9, received_at_ms=1)) == kind_of(one)


def test_of_each_message_it_is_known_whose_events_it_holds() -> None:
    tracks = [{"type": "track", "messageId": f"t-{n}"} for n in range(2)]
    found = packed(envelope(tracks[0], *(identify(messageId=f"m-{n}") for n in range(300)), tracks[1]))

    assert [list(places) for _, places in found] == [[*range(1, 251)], [*range(251, 301)], [0, 301]]
    for body, places in found:
        (letter,) = unpacked([body])
        assert len(letter.events) == len(places)


def test_what_begins_anew_has_not_been_looked_at() -> None:
    one = waiting("a", 1, 7, tries=4, since_ms=(1,), parked=Parked("forbidden", 1, 2))

    assert started_anew(one) == waiting("a", 1, 7)
    assert rejected(one, {0: Rejected("x")}, 9) == replace(
        started_anew(one), rejections=(Rejected("x"),), rejected_at_ms=9, earlier=((),)
    )


@pytest.mark.parametrize(
    "times", [{"received_ms": [1]}, {"since_ms": [1, 2, 3]}, {"since_ms": ["1", "2"]}, {"received_ms": 7}]
)
def test_times_that_do_not_fit_to_the_events_are_not_read(times: Mapping[str, object]) -> None:
    body = json.dumps({"v": 1, "destination": "d", "received_at_ms": 1, "events": [{}, {}], **times})

    assert isinstance(unpack(body), Unreadable)
