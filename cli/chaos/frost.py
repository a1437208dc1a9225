"""Senders that are frozen in the midst of a call for longer than their lease."""

import re
import signal
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from threading import Event, Timer

from cli.chaos.kinds import CONTACTS
from cli.chaos.senders import Senders
from cli.chaos.workload import Workload
from cli.chaos.world import World
from cli.embedded.processes import function_processes, send_signal
from cli.embedded.proxy import AwsCall
from cli.local import DESTINATION
from cli.standin.faults import Fault

# Longer than a sender's lease, whose length is its time-out, and than its records are hidden.
FROZEN_BEYOND_S = 3
# A frozen process must not be ended by Lambda before it wakes.
PATIENCE_S = 60
# In the keys of what is remembered of people.
PEOPLE = b"#email#"


class Frost:
    """Senders that stop in the midst of a call, and wake when others have their work: two more."""

    def __init__(self) -> None:
        self._has_stopped, self._has_woken = Event(), Event()
        self._stopped: Sequence[int] = ()
        self._calls_before = 0

    def fault(self, world: World) -> Sequence[Fault]:
        """Return what lets the senders stop, before HubSpot does what one of them has asked for."""
        self._has_stopped.clear()
        self._has_woken.clear()
        return [Fault(path=CONTACTS, before=lambda: self._freeze(world))]

    def others(self, world: World, _: Workload) -> None:
        """Let other senders work, until the first ones have woken."""
        self._has_stopped.wait(PATIENCE_S)
        Senders(world.relay, world.scale.batch).drain(PATIENCE_S, self._has_woken.is_set)

    def note(self, stopped: Sequence[int], calls_before: int) -> None:
        """Note which processes have stopped, and how many calls to AWS there were before they woke."""
        self._stopped, self._calls_before = stopped, calls_before

    def late_writes(self, world: World) -> Iterator[str]:
        """Yield that senders wrote to the memory when they woke, in the invocation that was stopped."""
        written = sum(map(len, (self._late(process, world.proxy.calls) for process in self._stopped)))
        if written:
            yield f"senders that woke after their leases wrote to the memory {written} times"

    def _late(self, process: int, calls: Sequence[AwsCall]) -> Sequence[AwsCall]:
        before, after = calls[: self._calls_before], calls[self._calls_before :]
        known = set(list(invocations(calls_of(process, before)))[-1:])
        late: list[AwsCall] = []
        for call in calls_of(process, after):
            if set(invocations([call])) - known:
                # From here on it is another invocation, which may write.
                break
            late += [call] if call.status == HTTPStatus.OK and _is_of_people(call) else []
        return late

    def _freeze(self, world: World) -> None:
        self.note(function_processes(world.relay.aws, world.function), 0)
        send_signal(self._stopped, signal.SIGSTOP)
        Timer(world.scale.sender_s + FROZEN_BEYOND_S, self._wake, (world,)).start()
        self._has_stopped.set()

    def _wake(self, world: World) -> None:
        self.note(self._stopped, len(world.proxy.calls))
        send_signal(self._stopped, signal.SIGCONT)
        self._has_woken.set()


def calls_of(process: int, calls: Sequence[AwsCall]) -> Sequence[AwsCall]:
    """Return those of a process that tells AWS which it is."""
    agent = f"app/process-{process}"
    return [call for call in calls if call.request.agent.endswith(agent) or f"{agent} " in call.request.agent]


def invocations(calls: Sequence[AwsCall]) -> Iterator[str]:
    """Yield the invocations in which calls about leases were made: their ids stand before the destination."""
    for call in calls:
        if b'"lease#' in call.request.body:
            yield from re.findall(rf'"([0-9a-f-]{{36}})/{DESTINATION}"', call.request.body.decode())


def _is_of_people(call: AwsCall) -> bool:
    return "Write" in call.request.operation and PEOPLE in call.request.body
