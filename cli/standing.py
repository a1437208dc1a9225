"""How a stack stands: how much waits, whether it is looked at, and what a person has to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from cli.pause import mapping_of
from cli.queues import Depth, events_queue, rejects_queue
from cli.rejects import counted
from cli.stack import RunningStack
from cli.waiting import Waits, print_waits, waits_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stack stands: both queues, whether the sender receives events, and why events wait."""

    events: Depth
    rejects: Depth
    is_delivering: bool
    waits: Waits

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to a person, as far as is known."""
        return self.is_delivering and not (self.rejects.total or self.waits.found)

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {
            "events_about": self.events.total,
            "rejects_about": self.rejects.total,
            "is_delivering": self.is_delivering,
            **self.waits.as_json(),
        }


def standing_of(stack: RunningStack, now_ms: int) -> Standing:
    """Look at both queues, the event source, and what events wait for."""
    return Standing(
        events_queue(stack).depth(),
        rejects_queue(stack).depth(),
        str(mapping_of(stack)["State"]) not in ("Disabled", "Disabling"),
        waits_of(stack, now_ms),
    )


def print_standing(console: Console, found: Standing, *, now_ms: int) -> None:
    """Show how a stack stands."""
    count = counted(found.events.total, "message")
    told = f"The events queue holds about {count}." if found.events.total else "The events queue is empty."
    console.print(told, highlight=False)
    if found.rejects.total:
        count = counted(found.rejects.total, "message")
        console.print(f"The rejects queue holds about {count}: see `relay rejects`.", highlight=False)
    if not found.is_delivering:
        console.print("Delivery is paused: `relay resume` goes on.", style="yellow")
    print_waits(console, found.waits, now_ms=now_ms)
