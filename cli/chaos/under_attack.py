"""An honest sender's events beside an attack: they are posted, delivered, and what that took is told."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from threading import Event

from cli.chaos.attack import LATE_MS, MAY_BE_TOLD, STRANGER, Attack, Honest, Strangers
from cli.chaos.fair_queue import FairQueue
from cli.chaos.kinds import Chaos
from cli.chaos.senders import Senders
from cli.chaos.workload import Json, Workload
from cli.chaos.world import World
from cli.embedded.memory import MemoryWatch
from cli.journal import Line

# So many are one request, whatever the scale says: latencies are of requests.
REQUEST = 4
# What a flood must not do is to be delivered first; a tenth of it is on its way when it is noticed.
BEHIND_SHARE = 1 / 3
# Of the honest sender's events, some may have to wait for reasons of their own.
MOST_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Course:
    """What came of it: what is wrong, and what is to be told."""

    wrong: Sequence[str]
    figures: Sequence[str]


def under_attack(place: World, chaos: Chaos, attack: Attack, events: Workload, drained_s: float) -> Course:
    """Deliver the events before the attack, beside it, and after it."""
    honest = Honest(place, attack.copies)
    queue = FairQueue(place.relay, place.scale.sender_s + 1) if attack.is_backlog else None
    senders = Senders(place.relay, attack.batch or place.scale.batch, chaos.senders, queue=queue)
    Honest(place).post(_cut(events.before))
    senders.drain(drained_s)
    chaos.between(place, events)
    place.renew_ingest()
    strangers = Strangers(place.relay.url, attack.shots(place, place.scale.events), attack.threads)
    with MemoryWatch(place.relay.aws, place.ingest, place.function) as memory:
        _begin(place, chaos, attack)
        siege = _Siege(place, chaos, attack, events)
        siege.run(honest, strangers, senders, drained_s)
        left = [each.times for each in place.hubspot.faults.list()]
        left += [each.times for proxy in (place.proxy, place.front) for each in proxy.faults.list()]
        place.front.faults.clear()
        honest.post(_cut(events.after))
        senders.drain(drained_s)
    wrong = [
        *(f"did not happen {times} times more" for times in left if times),
        *honest.lost,
        *(f"told {count} times: {told}" for told, count in _not_expected(honest).items()),
        *memory.out_of_memory(),
        *_over_limits(place),
        *attack.check(place),
    ]
    return Course(wrong, list(_figures(place, honest, strangers, memory)))


@dataclass(frozen=True, slots=True)
class _Siege:
    """The part with the attack."""

    place: World
    chaos: Chaos
    attack: Attack
    events: Workload

    def run(self, honest: Honest, strangers: Strangers, senders: Senders, drained_s: float) -> None:
        """Let all post while senders work, and wait until everything is delivered."""
        posted = _cut(self.events.during)
        is_over = Event()
        with strangers, ThreadPoolExecutor(2) as beside:
            if self.attack.is_backlog:
                strangers.join()
                honest.post(posted)
                posted = ()
            working = beside.submit(senders.drain, drained_s, is_over.is_set)
            deed = beside.submit(self.chaos.meanwhile, self.place, self.events)
            try:
                honest.post(posted)
                strangers.join()
                deed.result()
            finally:
                is_over.set()
            working.result()


def behind(attack: Attack, events: Workload, journal: Sequence[Line]) -> str:
    """Return that honest events had to wait for a flood, "" if not: by the order in which they ended."""
    if not attack.is_backlog:
        return ""
    ids = {event["messageId"] for request in events.during for event in request}
    ended = [line for line in journal if line.is_final]
    own = [n for n, line in enumerate(ended) if line.message_id in ids]
    last = own[int(len(own) * MOST_SHARE)] if own else 0
    places = [n for n, line in enumerate(ended) if line.message_id.startswith(STRANGER)]
    after = sum(n > last for n in places)
    is_behind = after < len(places) * BEHIND_SHARE
    return f"had to wait for {len(places) - after} of {len(places)} of the flood" if is_behind else ""


def _begin(place: World, chaos: Chaos, attack: Attack) -> None:
    sqs, url = place.relay.aws.client("sqs"), place.relay.stack.outputs["EventsQueueUrl"]
    for message in attack.on_queue(place.scale.events):
        sqs.send_message(QueueUrl=url, MessageBody=message)
    place.hubspot.faults.add(chaos.hubspot(place))
    place.proxy.faults.add(*chaos.aws(place))
    place.front.faults.add(*attack.ingest(place))


def _cut(requests: Sequence[Sequence[Json]]) -> Sequence[Sequence[Json]]:
    events = list(chain.from_iterable(requests))
    return [events[n : n + REQUEST] for n in range(0, len(events), REQUEST)]


def _not_expected(honest: Honest) -> Mapping[object, int]:
    return {told: count for told, count in honest.refused.items() if told not in MAY_BE_TOLD}


def _over_limits(place: World) -> Iterator[str]:
    limiter = place.hubspot.limiter
    most = limiter.report()["max_in_window"]
    if most > limiter.limit:
        yield f"HubSpot got {most} calls in ten seconds, and takes {limiter.limit}"


def _figures(place: World, honest: Honest, strangers: Strangers, memory: MemoryWatch) -> Iterator[str]:
    ordered = sorted(honest.latencies_ms)
    p99 = ordered[math.ceil(len(ordered) * 0.99) - 1]
    told = _counted(honest.refused) or "none"
    late = sum(each > LATE_MS for each in ordered)
    times = f"p99 {p99:.0f} ms, most {ordered[-1]:.0f} ms, {late} over {LATE_MS} ms"
    yield f"ingest: {len(ordered)} requests, {times}, refused {told}"
    peaks = ", ".join(
        f"{what} {memory.peaks_mb[name]} MB of {memory.limits_mb[name]} MB"
        for what, name in (("ingest", place.ingest), ("sender", place.function))
    )
    most = place.hubspot.limiter.report()["max_in_window"]
    yield f"peak memory: {peaks}; HubSpot: {most} calls in ten seconds of {place.hubspot.limiter.limit}"
    if strangers.answers:
        yield f"strangers were told {_counted(strangers.answers)}"


def _counted(answers: Counter[object]) -> str:
    return ", ".join(f"{answer} ({count})" for answer, count in answers.most_common())
