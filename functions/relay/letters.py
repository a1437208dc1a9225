"""Events that leave the sender, gathered into as few messages as they fit into."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from relay.core.envelopes import Envelope, Message, gathered, kind_of, lane_of, packed
from relay.fates import Record


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be sent, and the records that its events have come in."""

    message: Message
    records: frozenset[Record]


def letters_of(parts: Iterable[tuple[Record, Envelope, int]]) -> list[Letter]:
    """Return messages with the events of parts of records, each of which is put off for so many seconds."""
    kinds: dict[Hashable, list[tuple[Record, Envelope, int]]] = {}
    for each in parts:
        kinds.setdefault((kind_of(each[1]), each[2]), []).append(each)
    return [letter for some in kinds.values() for letter in _letters(some)]


def _letters(parts: list[tuple[Record, Envelope, int]]) -> Iterable[Letter]:
    owners = [record for record, envelope, _ in parts for _ in envelope.events]
    whole, delay_s = gathered([envelope for _, envelope, _ in parts]), parts[0][2]
    lane = lane_of(whole)
    for body, places in packed(whole):
        yield Letter(Message(body, lane, delay_s), frozenset(owners[place] for place in places))
