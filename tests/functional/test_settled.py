"""What is settled is settled: the handler with SQS, DynamoDB (moto) and the HubSpot stand-in."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from functional.sender import KIM, invoke_with, outcomes, put_off, set_up_enterprise, start_cold

from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, pack, unpack
from relay.legacy_events import REPEATED
from sender import app

DAY_MS = 86_400_000


def bodies(*events: Mapping[str, object]) -> Sequence[str]:
    return pack(Envelope("default", time.time_ns() // 1_000_000, events))


def track(n: int, **more: object) -> dict[str, object]:
    properties = {"email": KIM}
    return {"type": "track", "event": f"Seen {n}", "messageId": f"t-{n}", "properties": properties, **more}


def people(count: int) -> list[Mapping[str, object]]:
    return [
        {"type": "identify", "messageId": f"m-{n}", "traits": {"email": f"{n}@example.org"}}
        for n in range(count)
    ]


def events_of(body: str) -> Sequence[Mapping[str, object]]:
    envelope = unpack(body)
    assert isinstance(envelope, Envelope)
    return envelope.events


def record(body: str, name: str = "r-1", receive_count: int = 1) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(receive_count)}
    return {"messageId": name, "receiptHandle": name, "body": body, "attributes": attributes}


def watch() -> list[tuple[str, Any]]:
    """Return what SQS is asked for from now on."""
    seen: list[tuple[str, Any]] = []
    app.sqs().meta.events.register(
        "provide-client-params.sqs", lambda params, model, **_: seen.append((model.name, params))
    )
    return seen


def sent_back(asked: list[tuple[str, Any]]) -> list[Any]:
    """Return the messages that were sent back since last asked for, and forget them."""
    entries = [each for name, call in asked if name == "SendMessageBatch" for each in call["Entries"]]
    asked.clear()
    return entries


def test_where_all_goes_well_sqs_is_asked_for_nothing(hubspot: StandIn) -> None:
    (body,), asked = bodies(*people(20)), watch()

    assert invoke_with(record(body))[0] == {"batchItemFailures": []}

    assert hubspot.state()["count"] == 20
    assert asked == []


def test_three_hundred_records_that_wait_go_back_in_one_call(hubspot: StandIn) -> None:
    hubspot.faults.add([Fault(path="upsert", status=503, times=None)])
    asked = watch()
    records = [record(bodies(each)[0], f"r-{n}") for n, each in enumerate(people(300))]

    assert invoke_with(*records)[0] == {"batchItemFailures": []}

    assert [name for name, _ in asked] == ["SendMessageBatch"]
    assert put_off() == 2
    back = sent_back(asked)
    assert {each["MessageGroupId"] for each in back} == {"default"}
    assert sum(len(events_of(each["MessageBody"])) for each in back) == 300


@pytest.mark.usefixtures("hubspot")
def test_of_ten_thousand_records_all_refused_each_is_stored_in_four_calls() -> None:
    """As many as a batch may hold. What is no event is refused without HubSpot."""
    asked, odd = watch(), {"type": "identify", "traits": 7}
    records = [record(bodies({**odd, "messageId": f"m-{n}"})[0], f"r-{n}") for n in range(10_000)]

    answer, lines = invoke_with(*records)

    assert answer == {"batchItemFailures": []}
    assert set(outcomes(lines).values()) == {"rejected: malformed_event"}
    assert [name for name, _ in asked] == ["SendMessageBatch"] * 4
    stored = [each for entry in sent_back(asked) for each in events_of(entry["MessageBody"])]
    assert sorted(str(each["messageId"]) for each in stored) == sorted(f"m-{n}" for n in range(10_000))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"SentTimestamp": -13 * DAY_MS}, "rejected: expired: 13_days"),
        ({"SentTimestamp": -13 * DAY_MS + 60_000}, "deferred: status_503"),
        ({"SentTimestamp": 0, "ApproximateReceiveCount": 900}, "rejected: expired: 900_receives"),
        ({"SentTimestamp": 0, "ApproximateReceiveCount": 899}, "deferred: status_503"),
    ],
)
def test_what_has_waited_or_was_received_for_too_long_is_rejected_by_the_sender(
    hubspot: StandIn, attributes: Mapping[str, int], expected: str
) -> None:
    hubspot.faults.add([Fault(path="upsert", status=503, times=None)])
    given, asked = record(bodies(*people(1))[0]), watch()
    now_ms = time.time_ns() // 1_000_000
    told = {**attributes, "SentTimestamp": now_ms + attributes["SentTimestamp"]}
    given["attributes"] |= {name: str(value) for name, value in told.items()}

    answer, lines = invoke_with(given)

    assert answer == {"batchItemFailures": []}
    assert outcomes(lines) == {"m-0": expected}
    # A message of its own, with its reason, whichever queue it is for.
    (entry,) = sent_back(asked)
    rejections = json.loads(entry["MessageBody"]).get("rejections", [])
    assert [f"rejected: {each['reason']}" for each in rejections] == [expected] * expected.startswith("rej")


def test_legacy_events_count_once_though_one_in_a_hundred_fails(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot, events="legacy", track_url=hubspot.url)
    hubspot.faults.add([Fault(path="/v1/event", status=503, every=100, times=None)])
    todo = list(bodies(*map(track, range(250))))
    looks, asked = 0, watch()
    while todo:
        records = [record(body, f"r-{looks}-{n}") for n, body in enumerate(todo)]
        assert invoke_with(*records)[0] == {"batchItemFailures": []}
        todo = [each["MessageBody"] for each in sent_back(asked)]
        looks += 1

    assert looks > 1
    counted = Counter(each.name for each in hubspot.portal.legacy_events.received)
    assert counted == {f"Seen {n}": 1 for n in range(250)}


def test_a_record_that_comes_twice_counts_once_and_is_told_as_a_repeat(hubspot: StandIn) -> None:
    """As after a crash: the sender has remembered it, and SQS has not heard that it was done."""
    set_up_enterprise(hubspot, events="legacy", track_url=hubspot.url)
    (body,) = bodies(track(1), track(2))
    invoke_with(record(body))
    start_cold()

    _, lines = invoke_with(record(body, receive_count=2))

    assert outcomes(lines) == dict.fromkeys(("t-1", "t-2"), f"skipped: {REPEATED.reason}")
    assert len(hubspot.portal.legacy_events.received) == 2


def test_a_neighbour_that_waits_for_its_person_holds_nobody_up(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot, events="legacy", track_url=hubspot.url, pending=3_600)
    (body,) = bodies(track(1), track(2, properties={}, userId="nobody-yet"))
    asked = watch()

    for _ in range(3):
        invoke_with(record(body))
        (back,) = sent_back(asked)
        body = back["MessageBody"]

    assert [each.name for each in hubspot.portal.legacy_events.received] == ["Seen 1"]
    assert [each["messageId"] for each in json.loads(body)["events"]] == ["t-2"]
    assert json.loads(body)["tries"] == 3


def test_contacts_are_not_written_again_because_a_neighbour_waits(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot)
    waiting = track(1, properties={}, userId="nobody-yet")
    (others, tracks) = bodies(*people(3), waiting)
    hubspot.faults.add([Fault(path="upsert", status=503)])
    asked = watch()

    invoke_with(record(others))
    writes = len([call for call in hubspot.calls if "upsert" in call["path"]])
    _, lines = invoke_with(*[record(each["MessageBody"]) for each in sent_back(asked)])
    _, later = invoke_with(record(tracks))

    assert writes == 1
    assert set(outcomes(lines).values()) == {"delivered"}
    assert outcomes(later) == {"t-1": "skipped: no_person"}
    assert hubspot.state()["count"] == 3
