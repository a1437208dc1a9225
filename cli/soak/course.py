"""A soak: events at a rate, the senders at work meanwhile, and what is seen of it."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import Any

from cli.chaos.deeds import block_addresses
from cli.chaos.model import expected
from cli.chaos.senders import Senders
from cli.chaos.verdict import differences
from cli.chaos.workload import Json, Shape, Workload, workload
from cli.chaos.world import LIMIT, Scale, World, world
from cli.embedded.memory import MemoryWatch
from cli.soak.faults import SteadyFaults

# Requests a second: the rate decides how many events are in each.
REQUESTS_A_SECOND = 4
# One event in a hundred is one that cannot be delivered, or not as it is.
SHAPE = Shape(poison=0.01)
# As many lines as fit on a screen, but none of less than five seconds.
LINES, SHORTEST_LINE_S = 20, 5
# What waits for a rest or for its next try is delivered by then.
DRAINED_WITHIN_S = 240
TRIES, AGAIN_AFTER_S = 60, 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: so many minutes, events a second, a share of calls that go wrong, and a seed."""

    minutes: float
    rate: float
    faults: float
    seed: int

    @property
    def events(self) -> int:
        """How many events there are."""
        return round(self.minutes * 60 * self.rate)

    @property
    def scale(self) -> Scale:
        """Records that a sender gets at most, and time-outs: short ones, so that faults heal soon."""
        request = max(1, round(self.rate / REQUESTS_A_SECOND))
        return Scale(self.events, request, batch=100, hubspot_s=2, sender_s=15)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen at a moment: memory in MB of all processes of each function, and the rest in numbers."""

    s: int
    posted: int
    waiting: int
    calls: int
    faults: int
    max_in_window: int
    ingest_mb: int
    sender_mb: int

    def line(self) -> str:
        """Return it as a line of JSON."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({"soak": "sample", **values})


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a soak. `accepted` and the outcomes count events, each of them once; `lost` have no end.

    `wrong` names what HubSpot does not hold as the model does.
    """

    accepted: int
    delivered: int
    skipped: int
    rejected: int
    lost: int
    refused_requests: int
    wrong: Sequence[str]
    samples: Sequence[Sample]
    peaks_mb: Sequence[int]
    limit: int = LIMIT

    @property
    def last(self) -> Sample:
        """What was seen at the end."""
        return self.samples[-1]

    @property
    def is_well(self) -> bool:
        """Say whether nothing was lost, nothing is wrong, and HubSpot's limit was kept to."""
        return not self.wrong and not self.lost and self.last.max_in_window <= self.limit

    def line(self) -> str:
        """Return it as a line of JSON."""
        memory = {
            f"{name}_mb": _over_time([getattr(each, f"{name}_mb") for each in self.samples])
            for name in ("ingest", "sender")
        }
        return json.dumps(
            {
                "soak": "end",
                "s": self.last.s,
                "accepted": self.accepted,
                "delivered": self.delivered,
                "skipped": self.skipped,
                "rejected": self.rejected,
                "lost": self.lost,
                "wrong": len(self.wrong),
                "refused_requests": self.refused_requests,
                "calls": self.last.calls,
                "faults": self.last.faults,
                "max_in_window": self.last.max_in_window,
                "limit": self.limit,
                **memory,
                "peak_mb": dict(zip(("ingest", "sender"), self.peaks_mb, strict=True)),
            }
        )


def _over_time(values: Sequence[int]) -> dict[str, int]:
    """Return memory at the first sample, in the middle and at the end, and by how much it grew since then."""
    first, middle, last = values[0], values[len(values) // 2], values[-1]
    return {"first": first, "middle": middle, "last": last, "growth": last - first}


@dataclass
class Course:
    """One soak in a world. `accepted` are the ids of what was taken, `posted` counts all of it."""

    place: World
    plan: Plan
    faults: SteadyFaults
    memory: MemoryWatch
    started: float = field(default_factory=time.monotonic)
    posted: int = 0
    accepted: set[str] = field(default_factory=set)
    refused: int = 0
    samples: list[Sample] = field(default_factory=list)

    def post(self, events: Workload) -> None:
        """Post the requests, each when its time has come, until it is taken."""
        for n, request in enumerate(events.requests):
            due = self.started + n * self.place.scale.request / self.plan.rate
            time.sleep(max(0.0, due - time.monotonic()))
            self._insist(request)

    def watch(self, stopping: Event) -> Iterator[Sample]:
        """Yield what is seen every few seconds, and at the end."""
        every_s = max(SHORTEST_LINE_S, self.plan.minutes * 60 / LINES)
        while not stopping.wait(every_s):
            yield self._seen()
        yield self._seen()

    def _insist(self, request: Sequence[Json]) -> None:
        body = json.dumps(request).encode()
        for _ in range(TRIES):
            answer = self.place.relay.post(body)
            if answer.is_success:
                told = answer.json()
                bad = {each["index"] for each in told["rejected"]}
                self.posted += told["accepted"]
                self.accepted |= {str(each["messageId"]) for n, each in enumerate(request) if n not in bad}
                return
            self.refused += 1
            time.sleep(AGAIN_AFTER_S)

    def _seen(self) -> Sample:
        report = self.place.hubspot.limiter.report()
        sample = Sample(
            s=round(time.monotonic() - self.started),
            posted=self.posted,
            waiting=self.place.relay.waiting(),
            calls=len(self.place.hubspot.calls),
            faults=self.faults.happened,
            max_in_window=report["max_in_window"],
            ingest_mb=self.memory.now_mb(self.place.ingest),
            sender_mb=self.memory.now_mb(self.place.function),
        )
        self.samples.append(sample)
        return sample


def soak(plan: Plan, say: Any) -> Found:  # noqa: ANN401 - a function that takes a line
    """Run one; `say` hears a line of JSON every few seconds, and one at the end."""
    with world(plan.scale) as place:
        since_ms = time.time_ns() // 1_000_000
        place.begin_anew({})
        events = workload(f"s{since_ms}", plan.seed, plan.events, plan.scale.request, SHAPE)
        block_addresses(place, events)
        every = round(1 / plan.faults) if plan.faults else 0
        faults = SteadyFaults(every=every, timeout_s=plan.scale.hubspot_s)
        place.hubspot.faults = faults
        with MemoryWatch(place.relay.aws, place.ingest, place.function) as memory:
            course = Course(place, plan, faults, memory)
            _run(course, events, say)
        Senders(place.relay, place.scale.batch).flush()
        found = _found(course, events, since_ms)
        say(found.line())
        for difference in found.wrong:
            say(json.dumps({"soak": "wrong", "what": difference}))
        return found


def _run(course: Course, events: Workload, say: Any) -> None:  # noqa: ANN401 - as above
    stopping, is_over = Event(), Event()
    watching = Thread(target=lambda: [say(sample.line()) for sample in course.watch(stopping)])
    senders = Senders(course.place.relay, course.place.scale.batch)
    within_s = course.plan.minutes * 60 + DRAINED_WITHIN_S
    with ThreadPoolExecutor(1) as beside:
        watching.start()
        working = beside.submit(senders.drain, within_s, is_over.is_set)
        try:
            course.post(events)
        finally:
            is_over.set()
            working.result()
            stopping.set()
            watching.join()


def _found(course: Course, events: Workload, since_ms: int) -> Found:
    place, wanted = course.place, expected(events)
    journal = list(replace(place.relay.journal, since_ms=since_ms).all())
    ends = replace(place.relay.journal, since_ms=since_ms).lines()
    words = {id_: ends[id_].word if id_ in ends and ends[id_].is_final else "" for id_ in wanted.message_ids}
    # What cannot be read has no id in the journal, and ends as a reject all the same.
    words |= {id_: words[id_] or "rejected" for id_ in wanted.rejects}
    counts = {
        word: sum(each == word for each in words.values())
        for word in ("delivered", "skipped", "rejected", "")
    }
    peaks = [course.memory.peaks_mb[name] for name in (place.ingest, place.function)]
    wrong = [*course.memory.out_of_memory(), *differences(place, [(place.hubspot.portal, wanted)], journal)]
    return Found(
        len(course.accepted),
        counts["delivered"],
        counts["skipped"],
        counts["rejected"],
        counts[""],
        course.refused,
        wrong,
        course.samples,
        peaks,
    )
