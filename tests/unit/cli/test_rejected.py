"""What lies in the rejects queue, and what a replay sends where."""

import json

import pytest
from builders import identify

from cli.rejected import MAX_BYTES, RECEIVED_TOO_OFTEN, Group, Message, Plan, Wanted, groups, plan, portions
from cli.rejected import rejects_in as read
from relay.core.envelopes import Envelope, PastRejection, gathered, pack, rejected, unpack
from relay.core.outcomes import Rejected
from relay.core.parking import Parked, parking_in

REFUSED = Rejected("refused", "not valid", "VALIDATION_ERROR", "c-1")
NO_SCOPE = Rejected("missing_scope", "ask for it", "MISSING_SCOPES")


def message(body: str, *, reason: str = "", message_id: str = "sqs-1") -> Message:
    return Message(message_id, f"handle-{message_id}", body, 9_000, reason)


def letter(*rejections: Rejected) -> Envelope:
    events = tuple(identify(messageId=f"m-{n}") for n in range(len(rejections)))
    return rejected(Envelope("emea", 1_000, events), dict(enumerate(rejections)), 5_000)


def body_of(envelope: Envelope) -> str:
    (body,) = pack(envelope)
    return body


def test_each_event_is_a_reject_with_all_that_is_known_of_it() -> None:
    again = rejected(letter(NO_SCOPE), {0: REFUSED}, 7_000)

    (reject,) = read(message(body_of(again)))

    assert (reject.message_id, reject.type, reject.destination) == ("m-0", "identify", "emea")
    assert (reject.rejection, reject.earlier) == (REFUSED, (PastRejection(NO_SCOPE, 5_000),))
    assert (reject.received_at_ms, reject.rejected_at_ms, reject.record_id) == (1_000, 7_000, "sqs-1")


def test_where_the_time_of_a_rejection_is_unknown_it_is_that_of_its_message() -> None:
    body = json.dumps(
        {
            "v": 1,
            "destination": "default",
            "received_at_ms": 1,
            "events": [identify()],
            "rejections": [{"reason": "refused"}],
        }
    )

    assert [reject.rejected_at_ms for reject in read(message(body))] == [9_000]


def test_what_sqs_has_moved_there_by_itself_has_a_reason_too() -> None:
    envelope = Envelope("default", 1_000, (identify(), identify(messageId="m-2")))

    assert [reject.rejection.reason for reject in read(message(body_of(envelope)))] == [
        RECEIVED_TOO_OFTEN
    ] * 2


def test_what_was_too_large_for_the_sender_says_so_event_by_event_where_it_can_be_read() -> None:
    envelope = Envelope("default", 1_000, (identify(), identify(messageId="m-2")))

    found = read(message(body_of(envelope), reason="too_large_for_sender"))

    assert [reject.rejection.reason for reject in found] == ["too_large_for_sender"] * 2


def test_what_was_too_large_after_a_replay_is_no_longer_what_it_was_rejected_for_before() -> None:
    (found,) = read(message(body_of(letter(NO_SCOPE)), reason="too_large_for_sender"))

    assert (found.rejection, found.rejected_at_ms) == (Rejected("too_large_for_sender"), 9_000)
    assert found.earlier == (PastRejection(NO_SCOPE, 5_000),)


@pytest.mark.parametrize("before", [(), (NO_SCOPE, NO_SCOPE)])
def test_of_what_was_too_large_the_rest_still_says_so(before: tuple[Rejected, ...]) -> None:
    events = identify(messageId="m-0"), identify(messageId="m-1")
    whole = letter(*before) if before else Envelope("emea", 1_000, events, tries=2, since_ms=(3, 4))

    made = plan(message(body_of(whole), reason="too_large_for_sender"), Wanted(message_id="m-0"))

    assert made
    (back,) = made.back
    (left,) = read(Message("sqs-2", "handle", back, 20_000))
    assert (left.message_id, left.rejection.reason) == ("m-1", "too_large_for_sender")
    assert (left.rejected_at_ms, left.received_at_ms, len(left.earlier)) == (9_000, 1_000, len(before) // 2)


@pytest.mark.parametrize(("attribute", "reason"), [("unknown_version", "unknown_version"), ("", "not_json")])
def test_a_message_that_is_no_envelope_counts_under_its_own_reason(attribute: str, reason: str) -> None:
    (reject,) = read(message("hello", reason=attribute))

    assert (reject.rejection, reject.event, reject.message_id) == (Rejected(reason), None, "")


def test_groups_are_by_reason_and_category_the_largest_first_and_in_them_the_newest() -> None:
    old = read(message(body_of(letter(REFUSED, NO_SCOPE))))
    new = read(message(body_of(rejected(letter(REFUSED), {0: REFUSED}, 8_000)), message_id="sqs-2"))

    assert groups([*old, *new]) == [
        Group("refused", "VALIDATION_ERROR", (new[0], old[0])),
        Group("missing_scope", "MISSING_SCOPES", (old[1],)),
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["m-0", "m-1", "m-2"]),
        (Wanted(reason="refused"), ["m-0", "m-2"]),
        (Wanted(message_id="m-1"), ["m-1"]),
        (Wanted("refused", "m-1"), []),
        (Wanted("refused", "m-2"), ["m-2"]),
    ],
)
def test_rejects_are_wanted_by_reason_and_by_message_id(wanted: Wanted, found: list[str]) -> None:
    rejects = read(message(body_of(letter(REFUSED, NO_SCOPE, REFUSED))))

    assert [reject.message_id for reject in rejects if wanted.matches(reject)] == found


def test_a_message_that_is_wanted_as_a_whole_is_sent_as_it_is() -> None:
    # Also with what only a newer version knows.
    body = json.loads(body_of(letter(REFUSED, REFUSED))) | {"weather": 7}
    whole = message(json.dumps(body))

    assert plan(whole, Wanted("refused")) == Plan(whole, 2, "emea", (whole.body,))


def test_a_message_of_which_nothing_is_wanted_is_left_alone() -> None:
    assert plan(message(body_of(letter(REFUSED))), Wanted("missing_scope")) is None


def test_a_message_that_is_wanted_in_part_is_parted_and_nothing_is_forgotten() -> None:
    mixed = rejected(letter(NO_SCOPE, REFUSED, REFUSED), {0: REFUSED, 1: NO_SCOPE, 2: REFUSED}, 7_000)

    made = plan(message(body_of(mixed)), Wanted("refused"))

    assert made
    assert (made.events, made.lane) == (2, "emea")
    past, other = PastRejection(NO_SCOPE, 5_000), PastRejection(REFUSED, 5_000)
    first, second, third = mixed.events
    assert [unpack(body) for body in made.forward] == [
        Envelope("emea", 1_000, (first, third), (REFUSED, REFUSED), 7_000, ((past,), (other,)))
    ]
    assert [unpack(body) for body in made.back] == [
        Envelope("emea", 1_000, (second,), (NO_SCOPE,), 7_000, ((other,),))
    ]


@pytest.mark.parametrize(
    ("wanted", "is_sent"),
    [
        (Wanted(), True),
        (Wanted("not_json"), True),
        (Wanted("refused"), False),
        (Wanted(message_id="m-1"), False),
    ],
)
def test_what_is_no_envelope_is_sent_as_it_came_if_its_reason_is_wanted(
    wanted: Wanted, *, is_sent: bool
) -> None:
    foreign = message("hello", reason="not_json")

    assert plan(foreign, wanted) == (Plan(foreign, 1, "", ("hello",)) if is_sent else None)


def of(events: int, *bodies: str) -> Plan:
    return Plan(message("hello"), events, "default", bodies or ("hello",))


@pytest.mark.parametrize(
    ("plans", "sizes"),
    [
        ([], []),
        ([of(20), of(20), of(20)], [2, 1]),
        ([of(50), of(1), of(250), of(1)], [1, 1, 1, 1]),
        ([of(1)] * 23, [10, 10, 3]),
        ([of(1, "x" * (MAX_BYTES - 5)), of(1), of(1)], [2, 1]),
        ([Plan(message("hello"), 1, "default", ("a",), ("b", "c"))] * 6, [5, 1]),
    ],
)
def test_a_portion_is_so_many_events_and_one_call_to_each_queue(plans: list[Plan], sizes: list[int]) -> None:
    made = list(portions(plans, 50))

    assert [len(portion) for portion in made] == sizes
    assert [each for portion in made for each in portion] == plans


def test_events_of_one_message_that_came_at_different_times_have_each_its_own() -> None:
    together = gathered([rejected(Envelope("emea", ms, (identify(),)), {0: REFUSED}, 5_000) for ms in (9, 7)])

    assert [reject.received_at_ms for reject in read(message(body_of(together)))] == [9, 7]


def test_what_sqs_has_moved_begins_anew_when_it_is_replayed() -> None:
    waited = Envelope("emea", 1_000, (identify(),), tries=7, since_ms=(3,), parked=Parked("forbidden", 9, 0))

    made = plan(message(body_of(waited)), Wanted())

    assert made
    assert [unpack(body) for body in made.forward] == [Envelope("emea", 1_000, (identify(),))]
    assert [parking_in(body) for body in made.forward] == [None]
    assert made.back == ()


def test_of_what_sqs_has_moved_the_rest_stays_as_it_was() -> None:
    events = identify(messageId="m-1"), identify(messageId="m-2")
    waited = Envelope("emea", 1_000, events, tries=7, since_ms=(3, 4))

    made = plan(message(body_of(waited)), Wanted(message_id="m-2"))

    assert made
    assert [unpack(body) for body in made.forward] == [Envelope("emea", 1_000, events[1:])]
    assert [unpack(body) for body in made.back] == [
        Envelope("emea", 1_000, events[:1], tries=7, since_ms=(3,))
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"), [("expired", 2), ("expired: 13_days", 1), ("expire", 0), ("13_days", 0)]
)
def test_the_first_word_of_a_reason_means_all_that_begin_with_it(wanted: str, expected: int) -> None:
    rejects = read(message(body_of(letter(Rejected("expired: 13_days"), Rejected("expired: 900_receives")))))

    assert sum(Wanted(wanted).matches(each) for each in rejects) == expected
