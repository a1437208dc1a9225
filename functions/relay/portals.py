"""The portals of one invocation: open each with its settings, hold its lease while delivering."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.outcomes import Deferred
from relay.core.profiles import at_rest
from relay.reports import Report
from relay.settings import Destination, InvalidSettingsError, parse_destination

# What stays of an invocation after its last call: answers that are still on their way, and the writing down.
WRAP_UP_MS = 3_000


class Lease(Protocol):
    """A destination that is ours."""

    @property
    def doubt(self) -> Doubt:
        """What holders before us may have done to HubSpot that is not remembered."""
        ...


class Session(Protocol):
    """An open portal."""

    def deliver(
        self, events: Sequence[Event], deadline_ms: int, *, doubted_until_ms: int
    ) -> Sequence[Report]:
        """Deliver events; start no call after `deadline_ms`.

        Before `doubted_until_ms` somebody may have written to HubSpot what is not remembered.
        """
        ...

    @property
    def doubt(self) -> Doubt:
        """What the delivery may have done to HubSpot that is not remembered."""
        ...

    def close(self) -> None:
        """Give back what is shared with other senders."""
        ...


class Leases(Protocol):
    """One sender at a time for each destination."""

    def acquire(
        self, destination: str, holder: str, *, until_ms: int, wait_until_ms: int
    ) -> Lease | Deferred:
        """Wait for the destination; return its lease when it is ours, else why not."""
        ...

    def release(self, destination: str, holder: str, doubt: Doubt) -> None:
        """Let the next sender in, and tell it of doubts."""
        ...


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of the sender: `holder` is its name, `deadline_ms` its end.

    One call takes `call_ms` at most; without an answer, it may be at work at HubSpot for `rest_ms`.
    """

    holder: str
    deadline_ms: int
    call_ms: int
    rest_ms: int

    @property
    def last_call_ms(self) -> int:
        """Until when calls may start."""
        return self.deadline_ms - self.call_ms - WRAP_UP_MS

    @property
    def crash(self) -> Doubt:
        """What is in doubt if it ends without knowing how: its calls may go on until its end."""
        return Doubt(self.deadline_ms, self.deadline_ms + self.rest_ms)


@dataclass(frozen=True, slots=True)
class Portals:
    """Delivers to any destination during one invocation.

    `parameters` gives a destination's values in SSM, None while SSM is out of reach; `open_portal` connects
    to the portal.
    """

    parameters: Callable[[str], Mapping[str, str] | None]
    open_portal: Callable[[str, Destination], Session]
    leases: Leases
    invocation: Invocation
    now_ms: Callable[[], int]

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination while no other sender does; report on each in their order."""
        settings = self._settings(destination)
        if isinstance(settings, Deferred):
            return [Report(settings)] * len(events)
        this = self.invocation
        lease = self.leases.acquire(
            destination, this.holder, until_ms=this.deadline_ms, wait_until_ms=this.last_call_ms
        )
        if isinstance(lease, Deferred):
            return [Report(lease)] * len(events)
        doubt = this.crash
        try:
            reports, doubt = self._deliver(destination, settings, events, lease)
        finally:
            # An older doubt may reach further than ours.
            self.leases.release(destination, this.holder, doubt.and_also(lease.doubt))
        return reports

    def _deliver(
        self, destination: str, settings: Destination, events: Sequence[Event], lease: Lease
    ) -> tuple[Sequence[Report], Doubt]:
        if resting := at_rest(lease.doubt.resting_until_ms, self.now_ms()):
            return [Report(resting)] * len(events), Doubt()
        with closing(self.open_portal(destination, settings)) as session:
            reports = session.deliver(
                events, self.invocation.last_call_ms, doubted_until_ms=lease.doubt.until_ms
            )
            return reports, session.doubt

    def _settings(self, destination: str) -> Destination | Deferred:
        values = self.parameters(destination)
        if values is None:
            return Deferred("parameters_unavailable")
        if "settings" not in values or "access-token" not in values:
            return Deferred("no_access_token" if "settings" in values else "no_settings")
        try:
            return parse_destination(values["settings"])
        except InvalidSettingsError as error:
            return Deferred(f"invalid_settings: {error}")
