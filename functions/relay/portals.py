"""The portals of one invocation: open each with its settings, hold its lease while delivering."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from relay.core.events import Event
from relay.core.outcomes import Deferred
from relay.portal import Report
from relay.settings import Destination, InvalidSettingsError, parse_destination

# What stays of an invocation after its last call: answers that are still on their way, and the writing down.
WRAP_UP_MS = 3_000


class Session(Protocol):
    """An open portal."""

    def deliver(self, events: Sequence[Event], deadline_ms: int) -> Sequence[Report]:
        """Deliver events; start no call after `deadline_ms`."""
        ...

    def close(self) -> None:
        """Give back what is shared with other senders."""
        ...


class Leases(Protocol):
    """One sender at a time for each destination."""

    def acquire(self, destination: str, holder: str, *, until_ms: int, wait_until_ms: int) -> Deferred | None:
        """Wait for the destination; None when it is ours, else why not."""
        ...

    def release(self, destination: str, holder: str) -> None:
        """Let the next sender in."""
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
        refusal = self.leases.acquire(
            destination, self.holder, until_ms=self.deadline_ms, wait_until_ms=last_call_ms
        )
        if refusal:
            return [Report(refusal)] * len(events)
        try:
            with closing(self.open_portal(destination, settings)) as session:
                return session.deliver(events, last_call_ms)
        finally:
            self.leases.release(destination, self.holder)

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
