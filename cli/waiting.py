"""What events wait for until a person or HubSpot has done something, as the senders have noted it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.parameters import output
from cli.reasons import words_for
from cli.rejects import ago, printable
from cli.stack import RunningStack, StackError, explained
from relay.adapters.trouble_table import TroubleTable
from relay.core.troubles import Trouble

# Such a reason may hold what the settings' author or HubSpot has written at length.
_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why events of a destination wait."""

    destination: str
    trouble: Trouble

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        words = words_for("deferred", self.trouble.reason)
        return {"destination": self.destination, **asdict(self.trouble), **asdict(words)}


@dataclass(frozen=True, slots=True)
class Waits:
    """Why events of a stack wait, the newest reasons first; or `unread`: why that could not be found out."""

    found: Sequence[Waiting] = ()
    unread: str = ""

    def of(self, destination: str) -> "Waits":
        """Return those of one destination."""
        return Waits([each for each in self.found if each.destination == destination], self.unread)

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        told: dict[str, Any] = {"waiting": [each.as_json() for each in self.found]}
        return told | ({"waiting_unread": self.unread} if self.unread else {})


def table_of(stack: RunningStack) -> TroubleTable:
    """Return the table in which a stack notes troubles.

    Raises:
        StackError: the stack is of an older version.
    """
    return TroubleTable(stack.client("dynamodb"), output(stack, "ProfileTableName"))


def waits_of(stack: RunningStack, now_ms: int) -> Waits:
    """Find out what events of a stack wait for, all its destinations; what was not seen of late is over."""
    try:
        noted = table_of(stack).all()
    except StackError as error:
        return Waits(unread=str(error))
    except (BotoCoreError, ClientError) as error:
        return Waits(unread=explained(error))
    found = [
        Waiting(name, each)
        for name, troubles in noted.items()
        for each in troubles.values()
        if each.is_current(now_ms)
    ]
    return Waits(sorted(found, key=lambda each: -each.trouble.since_ms))


def print_waits(console: Console, waits: Waits, *, now_ms: int) -> None:
    """Show why events wait, with HubSpot's words and what to do; nothing if none does."""
    if waits.unread:
        console.print(f"What events wait for could not be read: {waits.unread}", style="yellow", markup=False)
    for each in waits.found:
        _print(console, each, now_ms)


def _print(console: Console, waiting: Waiting, now_ms: int) -> None:
    trouble, words = waiting.trouble, words_for("deferred", waiting.trouble.reason)
    console.print()
    title = ("waits  ", "bold"), (printable(trouble.reason[:_REASON_CHARS]), "yellow bold")
    console.print(Text.assemble(*title, f" · {printable(waiting.destination)}"))
    for text, style in (
        (f"HubSpot says: {trouble.said}" if trouble.said else words.meaning, ""),
        (_facts(trouble, now_ms), "dim"),
        (f"→ {words.remedy}" if words.remedy else "", "cyan"),
    ):
        if text:
            console.print(Padding.indent(Text(printable(text), style), 8))


def _facts(trouble: Trouble, now_ms: int) -> str:
    since, seen = (ago(now_ms - at_ms) for at_ms in (trouble.since_ms, trouble.seen_ms))
    times = f"{trouble.looks} times" if trouble.looks > 1 else "once"
    return f"such as {trouble.message_id}; since {since}, put off {times}, the last time {seen}"
