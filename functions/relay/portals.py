"""The portals of one invocation: whose is the token, hold that account's lease, and deliver."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from relay.core.accounts import Account
from relay.core.answers import ACCESS_TOKEN_REFUSED
from relay.core.claims import Claim
from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.outcomes import Deferred
from relay.core.profiles import at_rest
from relay.reports import Report
from relay.targets import Target, target_from

# What stays of an invocation after its last call: answers that are still on their way, and the writing down.
WRAP_UP_MS = 3_000


class Lease(Protocol):
    """An account that is ours."""

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
    """One sender at a time for each account."""

    def acquire(self, name: str, holder: str, *, until_ms: int, wait_until_ms: int) -> Lease | Deferred:
        """Wait for what is named; return its lease when it is ours, else why not."""
        ...

    def release(self, name: str, holder: str, doubt: Doubt) -> None:
        """Let the next sender in, and tell it of doubts."""
        ...


class Accounts(Protocol):
    """Whose the access tokens are."""

    def of(self, target: Target, deadline_ms: int) -> Account | Deferred:
        """Return the account of a target's token, or why nothing must be written with it."""
        ...


class Claims(Protocol):
    """Whose is what was remembered under a destination's name."""

    def claim(self, destination: str, account: Account) -> Claim | Deferred:
        """Return whose it is: from now on that account's, if it was nobody's."""
        ...


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of the sender: `holder` is its name, `deadline_ms` its end.

    One call takes `call_ms` at most; without an answer, it may be at work at HubSpot for `rest_ms`. Its
    last call ends `wrap_up_ms` before its end.
    """

    holder: str
    deadline_ms: int
    call_ms: int
    rest_ms: int
    wrap_up_ms: int = WRAP_UP_MS

    def holder_for(self, destination: str) -> str:
        """Return who holds a lease: several destinations of one account are delivered to side by side."""
        return f"{self.holder}/{destination}"

    @property
    def last_call_ms(self) -> int:
        """Until when calls may start."""
        return self.deadline_ms - self.call_ms - self.wrap_up_ms

    @property
    def crash(self) -> Doubt:
        """What is in doubt if it ends without knowing how: its calls may go on until its end."""
        return Doubt(self.deadline_ms, self.deadline_ms + self.rest_ms)


@dataclass(frozen=True, slots=True)
class Held:
    """An account that is ours: by leases of these `names`; holders before us have left the `doubt`."""

    names: Sequence[str]
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Portals:
    """Delivers to any destination during one invocation.

    `parameters(destination, fresh)` gives a destination's values in SSM, re-read if `fresh`, None while SSM
    is out of reach; `open_portal` connects to the account of a target, with the claim to a part of its memory
    that lies under the destination's name, None if there is no such part.
    """

    parameters: Callable[[str, bool], Mapping[str, str] | None]
    accounts: Accounts
    claims: Claims
    open_portal: Callable[[Target, Account, Claim | None], Session]
    leases: Leases
    invocation: Invocation
    now_ms: Callable[[], int]

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination while no other sender does; report on each in their order.

        Events whose access token HubSpot refuses are delivered once more if there is another token by now.
        """
        target = target_from(destination, self.parameters(destination, False))  # noqa: FBT003 - `fresh`
        reports = list(self._deliver_to(target, events))
        refused = [n for n, each in enumerate(reports) if _is_refused(each)]
        if not refused:
            return reports
        renewed = target_from(destination, self.parameters(destination, True))  # noqa: FBT003 - as above
        if renewed != target:
            again = self._deliver_to(renewed, [events[n] for n in refused])
            for n, report in zip(refused, again, strict=True):
                reports[n] = report
        return reports

    def _deliver_to(self, target: Target | Deferred, events: Sequence[Event]) -> Sequence[Report]:
        if isinstance(target, Deferred):
            return [Report(target)] * len(events)
        account = self.accounts.of(target, self.invocation.last_call_ms)
        if isinstance(account, Deferred):
            return [Report(account)] * len(events)
        claim = self.claims.claim(target.destination, account)
        if isinstance(claim, Deferred):
            return [Report(claim)] * len(events)
        old = (target.destination,) if claim.wants_old_lease(account, self.now_ms()) else ()
        holder = self.invocation.holder_for(target.destination)
        held = self._hold((account.key, *old), holder)
        if isinstance(held, Deferred):
            return [Report(held)] * len(events)
        doubt = self.invocation.crash
        try:
            former = claim if claim.is_of(account, self.now_ms()) else None
            reports, doubt = self._deliver(
                lambda: self.open_portal(target, account, former), events, held.doubt
            )
        finally:
            # An older doubt may reach further than ours.
            self._let_go(held.names, holder, doubt.and_also(held.doubt))
        return reports

    def _hold(self, names: Sequence[str], holder: str) -> Held | Deferred:
        """Acquire all leases that guard an account, or none."""
        this, doubt = self.invocation, Doubt()
        if self.now_ms() >= this.deadline_ms:
            # It would be over before it began.
            return Deferred("no_time")
        for n, name in enumerate(names):
            lease = self.leases.acquire(
                name, holder, until_ms=this.deadline_ms, wait_until_ms=this.last_call_ms
            )
            if isinstance(lease, Deferred):
                self._let_go(names[:n], holder, doubt)
                return lease
            doubt = doubt.and_also(lease.doubt)
        return Held(names, doubt)

    def _let_go(self, names: Sequence[str], holder: str, doubt: Doubt) -> None:
        for name in names:
            self.leases.release(name, holder, doubt)

    def _deliver(
        self, open_portal: Callable[[], Session], events: Sequence[Event], before: Doubt
    ) -> tuple[Sequence[Report], Doubt]:
        if resting := at_rest(before.resting_until_ms, self.now_ms()):
            return [Report(resting)] * len(events), Doubt()
        with closing(open_portal()) as session:
            reports = session.deliver(events, self.invocation.last_call_ms, doubted_until_ms=before.until_ms)
            return reports, session.doubt


def _is_refused(report: Report) -> bool:
    return isinstance(report.outcome, Deferred) and report.outcome.reason == ACCESS_TOKEN_REFUSED.reason
