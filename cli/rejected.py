"""What lies in the rejects queue, read; and which of it a replay sends where. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from relay.core.envelopes import (
    Envelope,
    JsonObject,
    PastRejection,
    Unreadable,
    lane_of,
    pack,
    part,
    rejected,
    started_anew,
    unpack,
)
from relay.core.outcomes import Rejected

# The reason of what SQS itself has moved there: the queue's maxReceiveCount, which takes days to reach.
RECEIVED_TOO_OFTEN = "received_too_often"
# What one SendMessageBatch takes.
MAX_ENTRIES = 10
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the rejects queue; `reason` is that of one which the sender has put there as it came."""

    message_id: str
    handle: str
    body: str
    sent_at_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """A rejected event and what is known of it; `event` is None for a message that is no envelope."""

    record_id: str
    rejection: Rejected
    rejected_at_ms: int
    earlier: tuple[PastRejection, ...] = ()
    destination: str = ""
    received_at_ms: int = 0
    event: JsonObject | None = None

    @property
    def message_id(self) -> str:
        """Segment's id of the event."""
        return self._text("messageId")

    @property
    def type(self) -> str:
        """Segment's type of the event."""
        return self._text("type")

    def _text(self, key: str) -> str:
        value = (self.event or {}).get(key)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rejects are meant; what is empty means all.

    Of a reason the part before a colon is enough, such as `invalid_settings`; with a star at its end any
    beginning is. `ids` are those of events, or of messages of the queue.
    """

    reason: str = ""
    message_id: str = ""
    category: str | None = None
    destination: str = ""
    ids: tuple[str, ...] = ()

    def matches(self, reject: Reject) -> bool:
        """Say whether it is one of them. Some have an empty category, so None means all of them.

        A reason's first word, such as `expired`, means all that begin with it.
        """
        rejection = reject.rejection
        is_kind = self._is_reason(rejection.reason) and self.category in (None, rejection.category)
        is_there = self.destination in ("", reject.destination)
        is_named = not self.ids or not {reject.message_id, reject.record_id}.isdisjoint(self.ids)
        return is_kind and is_there and is_named and self.message_id in ("", reject.message_id)

    def _is_reason(self, reason: str) -> bool:
        if self.reason.endswith("*"):
            return reason.startswith(self.reason[:-1])
        return self.reason in ("", reason) or reason.startswith(f"{self.reason}:")


@dataclass(frozen=True, slots=True)
class Group:
    """The rejects of one reason and category, the newest first."""

    reason: str
    category: str
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay does with a message: bodies for the events queue, and those that stay rejected."""

    message: Message
    events: int
    lane: str
    forward: tuple[str, ...]
    back: tuple[str, ...] = ()


def rejects_in(message: Message) -> list[Reject]:
    """Return what a message holds."""
    letter = _letter_in(message)
    if not isinstance(letter, Envelope):
        rejection = Rejected(message.reason or letter.reason)
        return [Reject(message.message_id, rejection, message.sent_at_ms)]
    count = len(letter.events)
    rejections = letter.rejections or (Rejected(RECEIVED_TOO_OFTEN),) * count
    return [
        Reject(
            record_id=message.message_id,
            rejection=rejection,
            rejected_at_ms=letter.rejected_at_ms or message.sent_at_ms,
            earlier=earlier,
            destination=letter.destination,
            received_at_ms=letter.received(place),
            event=event,
        )
        for place, (event, rejection, earlier) in enumerate(
            zip(letter.events, rejections, letter.earlier or ((),) * count, strict=True)
        )
    ]


def groups(rejects: Iterable[Reject]) -> list[Group]:
    """Put together what was rejected for the same reason, the largest group first."""
    found: dict[tuple[str, str], list[Reject]] = {}
    for reject in sorted(rejects, key=lambda reject: -reject.rejected_at_ms):
        found.setdefault((reject.rejection.reason, reject.rejection.category), []).append(reject)
    made = [Group(reason, category, tuple(each)) for (reason, category), each in found.items()]
    return sorted(made, key=lambda group: (-len(group.rejects), group.reason, group.category))


def plan(message: Message, wanted: Wanted) -> Plan | None:
    """Say what a replay does with a message; None if nothing in it is wanted.

    What is wanted as a whole is sent as it is, also what this version cannot read. What SQS has moved begins
    anew, as if it had not waited yet.
    """
    rejects = rejects_in(message)
    places = [place for place, reject in enumerate(rejects) if wanted.matches(reject)]
    if not places:
        return None
    as_it_came, letter = unpack(message.body), _letter_in(message)
    if not isinstance(as_it_came, Envelope) or not isinstance(letter, Envelope):
        return Plan(message, len(places), "", (message.body,))
    lane = lane_of(letter)
    if len(places) == len(rejects) and as_it_came == started_anew(as_it_came):
        return Plan(message, len(places), lane, (message.body,))
    others = [place for place in range(len(rejects)) if place not in places]
    forward, back = pack(started_anew(part(letter, places))), pack(part(letter, others))
    return Plan(message, len(places), lane, tuple(forward), tuple(back))


def _letter_in(message: Message) -> Envelope | Unreadable:
    """Return what a message holds; its own reason, if it has one, is why all of it was rejected last."""
    letter = unpack(message.body)
    if not isinstance(letter, Envelope) or not message.reason:
        return letter
    reasons = dict.fromkeys(range(len(letter.events)), Rejected(message.reason))
    return rejected(letter, reasons, message.sent_at_ms)


def portions(plans: Sequence[Plan], events: int) -> Iterator[list[Plan]]:
    """Yield plans to carry out together: so many events and one call, or a single plan that is larger."""
    portion: list[Plan] = []
    for each in plans:
        if portion and not _fits([*portion, each], events):
            yield portion
            portion = []
        portion.append(each)
    if portion:
        yield portion


def _fits(portion: Sequence[Plan], events: int) -> bool:
    forward = [body for each in portion for body in each.forward]
    back = [body for each in portion for body in each.back]
    return sum(each.events for each in portion) <= events and _is_one_call(forward) and _is_one_call(back)


def _is_one_call(bodies: Sequence[str]) -> bool:
    return len(bodies) <= MAX_ENTRIES and sum(len(body.encode()) for body in bodies) <= MAX_BYTES
