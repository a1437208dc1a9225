"""The portals of one invocation: open each with its settings, hold its lease while delivering."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from relay.core.events import Event
from relay.core.outcomes import Deferred
from relay.memory import UNAVAILABLE
from relay.reports import Report
from relay.settings import Destination, InvalidSettingsError, parse_destination

# What stays of an invocation after its last call: answers that are still on their way, and the writing down.
WRAP_UP_MS = 3_000


class Lease(Protocol):
    """A destination that is ours."""

    @property
    def doubted_until_ms(self) -> int:
        """Until when a holder before us may have written to HubSpot what is not remembered."""
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

    def release(self, destination: str, holder: str, *, is_clean: bool) -> None:
        """Let the next sender in; unless `is_clean`, tell it of doubts."""
        ...


@dataclass(frozen=True, slots=True)
class Portals:
    """Delivers to any destination until `deadline_ms`, the end of the invocation that `holder` names.

    `parameters` gives a destination's values in SSM, None while SSM is out of reach; `open_portal` connects
    to the portal; `call_ms` is the longest that one call may take.
    """

    parameters: Callable[[str], Mapping[str, str] | None]
    open_portal: Callable[[str, Destination], Session]
    leases: Leases
    holder: str
    deadline_ms: int
    call_ms: int

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination while no other sender does; report on each in their order."""
        settings = self._settings(destination)
        if isinstance(settings, Deferred):
            return [Report(settings)] * len(events)
        last_call_ms = self.deadline_ms - self.call_ms - WRAP_UP_MS
        lease = self.leases.acquire(
            destination, self.holder, until_ms=self.deadline_ms, wait_until_ms=last_call_ms
        )
        if isinstance(lease, Deferred):
            return [Report(lease)] * len(events)
        is_clean = False
        try:
            with closing(self.open_portal(destination, settings)) as session:
                reports = session.deliver(events, last_call_ms, doubted_until_ms=lease.doubted_until_ms)
            # What HubSpot has and nobody remembers puts all that is remembered in doubt.
            is_clean = all(report.outcome != UNAVAILABLE for report in reports)
        finally:
            self.leases.release(destination, self.holder, is_clean=is_clean)
        return reports

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
