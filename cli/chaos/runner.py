"""One fault after the other on a running stack; several stacks side by side, as most of it is waiting."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from queue import SimpleQueue

from cli.chaos.faults import FAULTS
from cli.chaos.kinds import Chaos
from cli.chaos.model import expected
from cli.chaos.senders import Senders
from cli.chaos.under_attack import Course, behind, under_attack
from cli.chaos.verdict import differences, unseen
from cli.chaos.workload import Json, Workload, workload
from cli.chaos.world import LIMIT, Scale, World, world

DRAINED_WITHIN_S = 300
# Some attacks keep a sender that is not up to them from ever ending.
ATTACKED_WITHIN_S = 120
# What two cores can do: most of the time they wait.
STACKS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one fault: so many events and calls, in what time, what is wrong, and what is told."""

    fault: str
    seed: int
    events: int
    calls: int
    seconds: float
    differences: Sequence[str]
    figures: Sequence[str] = ()


@contextmanager
def runs(faults: Sequence[str], seed: int, scale: Scale) -> Iterator[Mapping[str, "Future[Run]"]]:
    """Start stacks and run faults on them, each of them once; give what will come of each."""
    with ExitStack() as running:
        places: SimpleQueue[World] = SimpleQueue()
        for _ in range(min(STACKS, len(faults))):
            places.put(running.enter_context(world(scale)))
        threads = ThreadPoolExecutor(STACKS)
        running.callback(threads.shutdown, cancel_futures=True)
        yield {fault: threads.submit(_run_somewhere, places, fault, seed) for fault in faults}


def _run_somewhere(places: "SimpleQueue[World]", fault: str, seed: int) -> Run:
    place = places.get()
    try:
        return run(place, fault, seed)
    finally:
        places.put(place)


def run(place: World, fault: str, seed: int) -> Run:
    """Post the events of `seed`, let the fault happen, deliver everything, and compare."""
    chaos, started = FAULTS[fault], time.monotonic()
    since_ms = time.time_ns() // 1_000_000
    place.begin_anew(chaos.settings(place), chaos.attack.limit if chaos.attack else LIMIT)
    # No run meets the names of another.
    events = workload(f"r{since_ms}", seed, place.scale.events, place.scale.request, chaos.shape)
    chaos.prepare(place, events)
    with place.environment(chaos.environment(place), chaos.patience_s):
        course = _deliver(place, chaos, events)
        # What a sender has logged last is read with its next answer.
        Senders(place.relay, place.scale.batch).flush()
    journal = list(replace(place.relay.journal, since_ms=since_ms).all())
    found = [*course.wrong, *unseen(chaos, journal)]
    if chaos.attack and (waited := behind(chaos.attack, events, journal)):
        found.append(waited)
    found += differences(
        place, [(portal, expected(share)) for portal, share in chaos.shares(place, events)], journal
    )
    seconds, calls = time.monotonic() - started, len(place.hubspot.calls)
    return Run(fault, seed, sum(map(len, events.requests)), calls, seconds, found, course.figures)


def _deliver(place: World, chaos: Chaos, events: Workload) -> Course:
    """Deliver one part of the events, the next with the fault, and the last; say if it did not happen."""
    if chaos.attack:
        return under_attack(place, chaos, chaos.attack, events, ATTACKED_WITHIN_S)
    senders = Senders(place.relay, place.scale.batch, chaos.senders, chaos.copies)
    _post(place, events.before, chaos.destinations)
    Senders(place.relay, place.scale.batch).drain(DRAINED_WITHIN_S)
    chaos.between(place, events)
    _post(place, events.during, chaos.destinations)
    place.hubspot.faults.add(chaos.hubspot(place))
    place.proxy.faults.add(*chaos.aws(place))
    with ThreadPoolExecutor(1) as beside:
        deed = beside.submit(chaos.meanwhile, place, events)
        senders.drain(DRAINED_WITHIN_S)
        deed.result()
    left = [each.times for each in place.hubspot.faults.list()] + [
        each.times for each in place.proxy.faults.list()
    ]
    _post(place, events.after, chaos.destinations)
    senders.drain(DRAINED_WITHIN_S)
    return Course([f"did not happen {times} times more" for times in left if times], ())


def _post(place: World, requests: Sequence[Sequence[Json]], destinations: Sequence[str]) -> None:
    for request, destination in zip(requests, cycle(destinations), strict=False):
        answer = place.relay.post(json.dumps(request).encode(), destination)
        answer.raise_for_status()
        if answer.json()["accepted"] != len(request):
            raise RuntimeError(f"not everything was accepted: {answer.text}")
