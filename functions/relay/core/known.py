"""What is known of whom an id or an address leads to, and which of two words about an id counts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.core.profiles import Word


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact as HubSpot has it.

    Its id there, its primary address and its further ones, further `properties` that were asked for, and its
    value of the property by which contacts are known.
    """

    object_id: str
    email: str
    further: frozenset[str] = frozenset()
    properties: Mapping[str, str] = field(default_factory=dict)
    match_value: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """The contact to which an id leads, by its handle, and on whose word of when."""

    address: str
    word: Word = Word.OWN
    at_ms: int = 0


def replaces(to: Known, known: Known) -> bool:
    """Say whether an id that leads to a contact is to lead to another one from now on.

    A word that counts for more replaces one that counts for less, whatever the times. Of two own words the
    newer one counts. Otherwise what was told first stays.
    """
    if to.word.is_own and known.word.is_own:
        return to.at_ms >= known.at_ms
    return to.word < known.word
