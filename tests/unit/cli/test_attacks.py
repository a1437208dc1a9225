"""The parts of attacks and of the soak: what is posted, what is told apart, and what counts as wrong."""

import base64
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from cli.chaos import bodies
from cli.chaos.attack import AGAIN_AFTER_S, STRANGER, TRIES, Attack
from cli.chaos.attacks import ATTACKS, flood, forged, made_up, slow_hubspot
from cli.chaos.fair_queue import NOISY_FROM, FairQueue
from cli.chaos.frost import Frost, calls_of, invocations
from cli.chaos.runner import ATTACKED_WITHIN_S
from cli.chaos.under_attack import behind
from cli.chaos.verdict import without_strangers
from cli.chaos.workload import Workload
from cli.embedded.aws_faults import AwsRequest, Quota
from cli.embedded.memory import resident
from cli.embedded.proxy import AwsCall
from cli.journal import Line
from cli.soak import course
from cli.soak.course import Course, Found, Plan, Sample
from cli.soak.faults import ANSWER_MS, REFUSED, SteadyFaults, kinds
from relay.adapters.parameters import REST_MS
from relay.core.answers import Reply, retry_after_ms
from relay.core.bucket import WINDOW_MS, Family

WORLD: Any = None
SQS_BYTES = 1024 * 1024


class Sqs:
    """A queue that hands out its messages once."""

    def __init__(self, groups: Sequence[str]) -> None:
        self.messages = [
            {"MessageId": str(n), "ReceiptHandle": f"r{n}", "Attributes": {"MessageGroupId": group}}
            for n, group in enumerate(groups)
        ]
        self.visible_again: list[Mapping[str, Any]] = []

    def receive_message(self, **asked: Any) -> Mapping[str, Any]:
        most = asked["MaxNumberOfMessages"]
        found, self.messages = self.messages[:most], self.messages[most:]
        return {"Messages": found} if found else {}

    def change_message_visibility_batch(self, **asked: Any) -> None:
        self.visible_again += asked["Entries"]


def fair_queue(sqs: Sqs) -> FairQueue:
    relay: Any = SimpleNamespace(
        aws=SimpleNamespace(client=lambda _: sqs), stack=SimpleNamespace(outputs={"EventsQueueUrl": "url"})
    )
    return FairQueue(relay, 7)


def groups(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    return [message["Attributes"]["MessageGroupId"] for message in messages]


def test_who_has_much_in_flight_waits_for_those_who_have_little() -> None:
    sqs = Sqs(["flood"] * 100 + ["quiet"] * 5)
    queue = fair_queue(sqs)

    first, second = queue.take(NOISY_FROM), queue.take(10)

    assert groups(first) == ["flood"] * NOISY_FROM
    assert groups(second) == ["quiet"] * 5 + ["flood"] * 5
    assert [entry["VisibilityTimeout"] for entry in sqs.visible_again] == [7] * 40


def test_who_was_noisy_waits_until_its_backlog_is_consumed() -> None:
    sqs = Sqs(["flood"] * 40 + ["quiet"] * 5)
    queue = fair_queue(sqs)

    queue.done(queue.take(NOISY_FROM))
    second = queue.take(15)
    queue.done(second)
    sqs.messages = Sqs(["flood", "quiet"]).messages

    assert groups(second) == ["quiet"] * 5 + ["flood"] * 10
    assert groups(queue.take(2)) == ["flood", "quiet"]


def test_a_quota_serves_so_many_calls_in_any_second() -> None:
    now_s = 100.0
    quota = Quota(2, lambda: now_s)

    first = [quota.is_used_up() for _ in range(3)]
    now_s = 101.0

    assert (first, quota.is_used_up()) == ([False, False, True], False)


def test_each_made_up_name_is_another_one_and_no_attack_is_without_a_number() -> None:
    assert len({(shot.path, shot.body) for shot in made_up(WORLD, 100)}) == 400
    assert sum(1 for _ in made_up(WORLD, 10**6)) == 10_000
    assert len({shot.body for shot in flood(WORLD, 50)}) == 50
    assert len({json.dumps(dict(shot.headers)) for shot in forged(WORLD, 50)}) == 5


def test_what_strangers_send_can_be_told_from_what_the_honest_sender_sends() -> None:
    assert all(STRANGER.encode() in shot.body for shot in [*flood(WORLD, 3), *made_up(WORLD, 3)])
    contacts = [
        {"properties": {"email": email}} for email in ("1@strangers.example", "kim@example.org", None)
    ]

    kept = without_strangers({"contacts": contacts, "companies": []})

    assert kept == {"contacts": contacts[1:], "companies": []}


def test_a_message_is_one_that_sqs_takes_and_holds_a_hundred_megabytes() -> None:
    for message in bodies.messages():
        packer, inside = zlib.decompressobj(), 0
        packed = base64.b64decode(json.loads(message)["zlib"])
        while packed and not packer.eof:
            inside += len(packer.decompress(packed, bodies.MB))
            packed = packer.unconsumed_tail
        assert len(message) <= SQS_BYTES
        assert inside >= bodies.INSIDE * 0.95


def workload_of(*ids: str) -> Workload:
    events = [{"messageId": each} for each in ids]
    return Workload("r", (), [events], (), blocked=(), revived=(), merged={})


@pytest.mark.parametrize(
    ("order", "is_behind"), [("ssssssh", True), ("shsssss", False), ("hssssss", False), ("sssshss", False)]
)
def test_the_honest_sender_must_not_wait_for_most_of_a_flood(order: str, *, is_behind: bool) -> None:
    ids = {"s": f"{STRANGER}-1", "h": "honest"}
    journal = [Line(ids[each], "identify", "delivered", "", {}) for each in order]

    assert bool(behind(Attack(is_backlog=True), workload_of("honest"), journal)) is is_behind
    assert behind(Attack(), workload_of("honest"), journal) == ""


def call(process: int, text: str, operation: str = "DynamoDB.BatchWriteItem", status: int = 200) -> AwsCall:
    return AwsCall(AwsRequest(operation, text.encode(), f"Boto3/1 app/process-{process}"), status, b"{}")


ONE, OTHER = (f'{{"pk": "lease#1", "holder": "{n * 8}-0000-4000-8000-000000000000/default"}}' for n in "12")
WRITE = '{"pk": "1#email#a"}'


@pytest.mark.parametrize(
    ("after", "count"),
    [
        ([call(7, WRITE), call(7, WRITE)], 2),
        ([call(7, ONE), call(7, WRITE)], 1),
        ([call(7, WRITE, status=400)], 0),
        ([call(7, OTHER), call(7, WRITE)], 0),
        ([call(77, WRITE)], 0),
    ],
)
def test_only_what_is_written_in_the_invocation_that_was_stopped_is_written_late(
    after: Sequence[AwsCall], count: int
) -> None:
    frost = Frost()
    frost.note([7], 1)
    world: Any = SimpleNamespace(proxy=SimpleNamespace(calls=[call(7, ONE), *after]))

    assert list(frost.late_writes(world)) == (
        [f"senders that woke after their leases wrote to the memory {count} times"] if count else []
    )


def test_a_call_about_a_lease_tells_its_invocation() -> None:
    assert list(invocations([call(7, ONE), call(7, WRITE)])) == ["11111111-0000-4000-8000-000000000000"]
    assert list(calls_of(7, [call(77, ONE)])) == []


def test_memory_is_that_of_a_process_that_is_there() -> None:
    found = resident(os.getpid())

    assert found
    assert 0 < found.now_mb <= found.peak_mb
    assert resident(2**22 + 1) is None


def test_one_call_in_so_many_goes_wrong_and_all_take_their_time() -> None:
    faults = SteadyFaults(every=10, timeout_s=2)

    taken = [faults.take("POST", "/contacts/batch/upsert") for _ in range(200)]

    wrong = [each for each in taken if each != taken[0]]
    assert (len(wrong), faults.happened) == (20, 20)
    assert {each.model_dump_json() for each in wrong if each} == {
        each.model_copy(update={"delay_ms": max(ANSWER_MS, each.delay_ms)}).model_dump_json()
        for each in kinds(2)
    }
    assert all(each and each.delay_ms >= ANSWER_MS for each in taken)


def test_nothing_goes_wrong_where_no_share_is_asked_for_and_the_making_of_companies_is_only_put_off() -> None:
    calm, wild = SteadyFaults(every=0), SteadyFaults(every=1)

    assert {calm.take("POST", "/x") == calm.take("POST", "/y") for _ in range(5)} == {True}
    made = [wild.take("POST", "/crm/objects/2026-09/companies/batch/create") for _ in range(9)]
    assert {each.status for each in made if each} == {REFUSED.status}


def found(**more: Any) -> Found:
    sample = Sample(60, 9, 0, 40, 2, more.pop("max_in_window", 190), 50, 90)
    samples = [Sample(5, 1, 3, 4, 0, 9, 40, 60), sample, sample]
    of = {"accepted": 9, "delivered": 7, "skipped": 1, "rejected": 1, "lost": 0, "refused_requests": 0}
    return Found(**{**of, "wrong": (), "samples": samples, "peaks_mb": (51, 95), **more})


@pytest.mark.parametrize("more", [{"lost": 1}, {"wrong": ["x"]}, {"max_in_window": 191}])
def test_what_is_lost_or_wrong_or_over_the_limit_is_not_well(more: Mapping[str, Any]) -> None:
    assert found().is_well
    assert not found(**more).is_well


def test_a_soak_ends_with_a_line_that_says_all_of_it() -> None:
    line = json.loads(found().line())

    assert line["sender_mb"] == {"first": 60, "middle": 90, "last": 90, "growth": 30}
    assert (line["accepted"], line["delivered"], line["max_in_window"], line["wrong"]) == (9, 7, 190, 0)


def test_there_is_an_attack_of_each_kind() -> None:
    kinds_of = {"public", "names", "forged", "bodies", "messages", "slow", "clock", "frozen"}
    assert {name.split("-")[1] for name in ATTACKS} == kinds_of
    assert all(chaos.attack for chaos in ATTACKS.values())


def test_what_a_hubspot_that_refuses_asks_for_is_over_before_senders_are_given_up() -> None:
    refused = [each.headers for each in slow_hubspot(WORLD) if each.status == 429]

    asked_ms = [
        retry_after_ms(Reply(429, headers={name.lower(): text for name, text in headers.items()}))
        for headers in refused
    ]

    assert sum(each or WINDOW_MS[Family.BURST] for each in asked_ms) < ATTACKED_WITHIN_S * 1000 / 2
    # There are odd ones among them, and long ones.
    assert {0, 1_000, 3_000} == set(asked_ms)
    assert {max(len(headers[name]) for headers in refused) for name in refused[0]} == {400}


def test_an_honest_sender_tries_for_longer_than_ingest_rests_after_each_fault_of_ssm() -> None:
    attack = ATTACKS["attack-slow-ssm"].attack

    assert attack
    times = sum(each.times or 0 for each in attack.ingest(WORLD))
    assert times * REST_MS <= TRIES * AGAIN_AFTER_S * 1000


def test_a_soak_counts_as_accepted_what_was_taken_and_each_event_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(course, "AGAIN_AFTER_S", 0)
    plan = Plan(minutes=1, rate=1e6, faults=0, seed=1)
    turned_away = SimpleNamespace(is_success=False)

    def post(body: bytes) -> Any:
        events = json.loads(body)
        if "never" in {each["messageId"] for each in events}:
            return turned_away
        bad = [{"index": n} for n, each in enumerate(events) if each["messageId"] == "bad"]
        told = {"accepted": len(events) - len(bad), "rejected": bad}
        return SimpleNamespace(is_success=True, json=lambda: told)

    place: Any = SimpleNamespace(relay=SimpleNamespace(post=post), scale=plan.scale)
    requests = [[{"messageId": each} for each in ids] for ids in (("a", "bad", "b"), ("b", "c"), ("never",))]
    soak = Course(place, plan, SteadyFaults(), WORLD)

    soak.post(Workload("s", requests[:1], requests[1:2], requests[2:], (), (), {}))

    assert (soak.posted, soak.accepted, soak.refused) == (4, {"a", "b", "c"}, course.TRIES)
