"""What makes a fault, and the kinds that there are several of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Timer
from typing import Any, Literal, TypeAlias

from cli.chaos.attack import Attack
from cli.chaos.workload import Shape, Workload
from cli.chaos.world import World
from cli.embedded.aws_faults import AwsFault
from cli.local import DESTINATION
from cli.standin.faults import Fault
from cli.standin.portal import Portal

# Strangers are written by address, whoever is known by record.
CONTACTS, UPSERT, BY_RECORD = (f"contacts/batch/{verb}" for verb in ("(upsert|update)", "upsert", "update"))
CREATE, SEND, LINK = (
    "companies/batch/create",
    "/send/batch",
    "associate/default",
)
LEGACY = "/v1/event"
SEND_BACK = "SQS.SendMessageBatch"
TURNED_AWAY = {"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}
# A call that is late by this much is done while its contacts rest, which the world's RestSeconds decides.
LATE_MS = 1000
# Whoever is told to wait for 2 s has begun to.
IDLE_AFTER_S, WAIT_S = 0.7, 2

Deed: TypeAlias = Callable[[World, Workload], None]
# HubSpot accounts, and the events that each of them gets.
Shares: TypeAlias = Sequence[tuple[Portal, Workload]]


def _nothing(_: World, __: Workload) -> None:
    return


def _all_to_one(world: World, events: Workload) -> Shares:
    return [(world.hubspot.portal, events)]


@dataclass(frozen=True)
class Chaos:
    """One fault.

    Attributes:
        about: What goes wrong.
        hubspot: Faults of HubSpot, for a world.
        aws: Faults of AWS, for a world.
        shape: What is special about the events.
        prepare: What is done before anything is posted.
        between: What is done when the first part is delivered.
        meanwhile: What is done while the senders are at work on the part with the fault.
        shares: The accounts that are compared, and which of the events each of them gets.
        waits_for: The reason for which events wait while the fault lasts; "" if it has none of its own.
        settings: Further settings of the destination, for a world.
        destinations: Where the requests are posted to, in turn.
        environment: Further environment variables of the senders, for a world.
        senders: How many work at once.
        copies: How many of them get each record at once.
        attack: What strangers do meanwhile; the honest sender's latencies and the memory are told then.
        patience_s: How long Lambda lets a sender run; 0 for the scale's own.
        is_slow: It takes a minute or more, mostly of waiting; the tests leave it to `make chaos`.
    """

    about: str
    hubspot: Callable[[World], Sequence[Fault]] = lambda _: ()
    aws: Callable[[World], Sequence[AwsFault]] = lambda _: ()
    shape: Shape = field(default_factory=Shape)
    prepare: Deed = _nothing
    between: Deed = _nothing
    meanwhile: Deed = _nothing
    shares: Callable[[World, Workload], Shares] = _all_to_one
    waits_for: str = ""
    settings: Callable[[World], Mapping[str, object]] = lambda _: {}
    destinations: Sequence[str] = (DESTINATION,)
    environment: Callable[[World], Mapping[str, str]] = lambda _: {}
    senders: int = 2
    copies: int = 1
    attack: Attack | None = None
    patience_s: int = 0
    is_slow: bool = False


def hubspot_fails(about: str, *faults: Fault) -> Chaos:
    """Return a fault of HubSpot's answers."""
    return Chaos(about, hubspot=lambda _: faults)


def aws_fails(about: str, *faults: AwsFault) -> Chaos:
    """Return a fault of AWS's answers."""
    return Chaos(about, aws=lambda _: faults)


def killed_in_call(about: str, path: str, **more: Any) -> Chaos:  # noqa: ANN401 - as Fault takes them
    """Return a kill -9 of the senders just before HubSpot does what a call asks for."""
    return Chaos(about, hubspot=lambda world: [Fault(path=path, before=world.kill_senders, **more)])


def killed_after_call(about: str, path: str) -> Chaos:
    """Return a kill -9 of the senders when HubSpot has done what a call asks for."""
    return Chaos(about, hubspot=lambda world: [Fault(path=path, after=world.kill_senders)])


def killed_at_aws(about: str, operation: str, *, is_done: bool, **more: Any) -> Chaos:  # noqa: ANN401 - as Chaos takes them
    """Return a kill -9 of the senders while AWS works at a call, which it does or never gets."""

    def faults(world: World) -> Sequence[AwsFault]:
        cut: Literal["before", "after"] = "after" if is_done else "before"
        return [AwsFault(operation, before=lambda _: world.kill_senders(), cut=cut)]

    return Chaos(about, aws=faults, **more)


def legacy(about: str, **more: Any) -> Chaos:  # noqa: ANN401 - as Chaos takes them
    """Return a fault of events that go to the legacy event URL."""
    return Chaos(about, **as_legacy(), **more)


def as_legacy() -> Mapping[str, Any]:
    """Return what lets events go to the legacy event URL.

    It sets traits of whoever is there, in the order in which they come: tracks carry none.
    """
    return {
        "settings": lambda world: {"events": "legacy", "track_url": world.hubspot.url},
        "shape": Shape(has_plain_tracks=True),
    }


def killed_idle(about: str) -> Chaos:
    """Return a kill -9 of the senders while one of them holds the lease and waits for HubSpot."""

    def faults(world: World) -> Sequence[Fault]:
        soon = Timer(IDLE_AFTER_S, world.kill_senders)
        headers = {"Retry-After": str(WAIT_S)}
        return [Fault(path=CONTACTS, status=429, body=TURNED_AWAY, headers=headers, after=soon.start)]

    return Chaos(about, hubspot=faults)
