"""What lies in the rejects queue, by reason: for a person, or as JSON. It looks and takes nothing."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.queues import Depth, Letters
from cli.rejected import MAX_ENTRIES, Group, Reject, Wanted, groups, rejects_in
from relay.core.outcomes import Rejected

# How long a look may take, and how long what it receives is hidden: it must end before the first comes back.
LOOK_S = 60
HIDDEN_S = 120
# HubSpot puts values into its sentences, so that each event may have one of its own.
MAX_SENTENCES, MAX_TOLD = 3, 50
_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000))


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, in so many messages; `is_all` if there are no others. `depth` was asked beforehand."""

    rejects: tuple[Reject, ...]
    messages: int
    is_all: bool
    depth: Depth


def look(queue: Letters, wanted: Wanted, limit: int, *, with_events: bool) -> Look:
    """Read up to so many messages, and show them to others again. Without events, only their ids are kept."""
    depth, give_up_at = queue.depth(), time.monotonic() + LOOK_S
    handles: dict[str, str] = {}
    found: dict[str, list[Reject]] = {}
    is_all = False
    try:
        while len(handles) < limit and time.monotonic() < give_up_at and not is_all:
            received = queue.receive(HIDDEN_S, min(MAX_ENTRIES, limit - len(handles)))
            is_all = not received
            for message in received:
                handles[message.message_id] = message.handle
                matching = [reject for reject in rejects_in(message) if wanted.matches(reject)]
                found[message.message_id] = matching if with_events else [_bare(each) for each in matching]
    finally:
        queue.show(handles.values())
    rejects = tuple(reject for each in found.values() for reject in each)
    return Look(rejects, len(handles), is_all, depth)


def as_json(seen: Look, *, with_events: bool) -> Mapping[str, object]:
    """Return what was seen, for a program."""
    summary = {
        "messages_read": seen.messages,
        "messages_about": max(seen.depth.visible, seen.messages),
        "is_all": seen.is_all,
        "hidden_by_others": seen.depth.hidden,
        "groups": [_group_json(group) for group in groups(seen.rejects)],
    }
    return summary | ({"rejects": [event_json(each) for each in seen.rejects]} if with_events else {})


def event_json(reject: Reject) -> Mapping[str, object]:
    """Return one reject with its event, as it came, and its history."""
    earlier = [_told(past.rejection) | {"at_ms": past.at_ms} for past in reject.earlier]
    return {**_example(reject), "earlier": earlier, "event": reject.event}


def print_look(console: Console, seen: Look, *, now_ms: int) -> None:
    """Show what was seen: a heading, and a block for each reason."""
    about = max(seen.depth.visible, seen.messages)
    scope = counted(seen.messages, "message")
    scope = scope if seen.is_all else f"the first {scope} of about {about}"
    console.print(
        f"{counted(len(seen.rejects), 'rejected event')} in {scope}.", style="bold", highlight=False
    )
    if seen.depth.hidden:
        console.print(
            f"About {seen.depth.hidden} more are hidden just now: somebody else reads them.", style="yellow"
        )
    for group in groups(seen.rejects):
        _print_group(console, group, now_ms)


def _print_group(console: Console, group: Group, now_ms: int) -> None:
    title = [(f"{len(group.rejects):>6}  ", "bold"), (printable(group.reason), "red bold")]
    category = f" · {printable(group.category)}" if group.category else ""
    console.print()
    console.print(Text.assemble(*title, category))
    for text, style in (*((text, "") for text in _words(group)), (_facts(group, now_ms), "dim")):
        console.print(Padding.indent(Text(printable(text), style), 8))


def _words(group: Group) -> list[str]:
    """Return what HubSpot has said of a group's events: each sentence once, the most frequent first."""
    said = _said(group)
    words = [f"{text} ({counted(count, 'event')})" if len(said) > 1 else text for text, count in said]
    if len(words) <= MAX_SENTENCES:
        return words
    more = counted(len(words) - MAX_SENTENCES, "other sentence")
    return [*words[:MAX_SENTENCES], f"and {more}: see --json"]


def _said(group: Group) -> list[tuple[str, int]]:
    messages = (reject.rejection.message for reject in group.rejects)
    return Counter(filter(None, messages)).most_common()


def _facts(group: Group, now_ms: int) -> str:
    newest = group.rejects[0]
    name = " ".join(filter(None, (newest.type, newest.message_id or f"message {newest.record_id}")))
    age, oldest = (ago(now_ms - group.rejects[n].rejected_at_ms) for n in (0, -1))
    times = len(newest.earlier) + 1
    facts = [
        f"such as {name}" + (f" to {newest.destination}" if newest.destination else ""),
        f"rejected {age}" + (f", {times} times" if times > 1 else ""),
        f"the oldest {oldest}" if oldest != age else "",
        f"correlation id {newest.rejection.correlation_id}" if newest.rejection.correlation_id else "",
    ]
    return "; ".join(filter(None, facts))


def counted(count: int, noun: str) -> str:
    """Return a number of things."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def printable(text: str) -> str:
    """Return a text without the control characters that would command a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def ago(passed_ms: int) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    for unit, length_ms in _UNITS:
        if count := passed_ms // length_ms:
            return f"{counted(count, unit)} ago"
    return "just now"


def _group_json(group: Group) -> Mapping[str, object]:
    return {
        "reason": group.reason,
        "category": group.category,
        "events": len(group.rejects),
        "messages": len({reject.record_id for reject in group.rejects}),
        "said": [{"message": text, "events": count} for text, count in _said(group)[:MAX_TOLD]],
        "oldest_rejected_at_ms": group.rejects[-1].rejected_at_ms,
        "example": _example(group.rejects[0]),
    }


def _example(reject: Reject) -> dict[str, object]:
    return {
        "message_id": reject.message_id,
        "type": reject.type,
        "destination": reject.destination,
        "record_id": reject.record_id,
        **_told(reject.rejection),
        "received_at_ms": reject.received_at_ms,
        "rejected_at_ms": reject.rejected_at_ms,
        "times_rejected": len(reject.earlier) + 1,
    }


def _told(rejection: Rejected) -> dict[str, object]:
    """Return a rejection in HubSpot's whole words; those that are fit for logs say nothing more."""
    return {name: value for name, value in asdict(rejection).items() if name != "log_message"}


def _bare(reject: Reject) -> Reject:
    return replace(
        reject, event={"messageId": reject.message_id, "type": reject.type} if reject.event else None
    )
