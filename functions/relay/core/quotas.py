"""How many names may be made in an account: an hour, a day, and in all. Pure.

A name is counted before HubSpot is asked to make it, by its hash, and once a day: whoever asks again after a
lost answer pays nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import NamedTuple

from relay.core.made_names import NOT_MADE

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_BYTES = 6


@dataclass(frozen=True, slots=True)
class MakingLimits:
    """How many names of a kind may be made, at most."""

    an_hour: int = 30
    a_day: int = 100
    in_all: int = 300


@dataclass(frozen=True, slots=True)
class Made:
    """How many names of a kind were made; those of the last day by their hash, and when.

    `version` goes up by one with each change.
    """

    total: int = 0
    recent: Mapping[str, int] = field(default_factory=dict)
    version: int = 0


class Reserved(NamedTuple):
    """What may be made now, why other names may not, and the count with those that may."""

    granted: frozenset[str]
    refused: Mapping[str, str]
    made: Made


def reserve(made: Made, names: Iterable[str], limits: MakingLimits, now_ms: int) -> Reserved:
    """Count names that are about to be made, the first ones first, as far as the limits allow."""
    recent = {key: at_ms for key, at_ms in made.recent.items() if now_ms - at_ms < DAY_MS}
    granted, refused = [], {}
    total = made.total
    for name in dict.fromkeys(names):
        why = "" if name_hash(name) in recent else _why_not(total, recent, limits, now_ms)
        if why:
            refused[name] = f"{NOT_MADE}: {why}"
            continue
        total += name_hash(name) not in recent
        recent.setdefault(name_hash(name), now_ms)
        granted.append(name)
    return Reserved(frozenset(granted), refused, replace(made, total=total, recent=recent))


def give_back(made: Made, names: Iterable[str]) -> Made:
    """Return the count without names that HubSpot has not made."""
    gone = {name_hash(name) for name in names} & made.recent.keys()
    recent = {key: at_ms for key, at_ms in made.recent.items() if key not in gone}
    return replace(made, total=max(0, made.total - len(gone)), recent=recent)


def name_hash(name: str) -> str:
    """Return a name as it is remembered: it may be made of anything."""
    return blake2b(name.encode(errors="replace"), digest_size=_BYTES).hexdigest()


def _why_not(total: int, recent: Mapping[str, int], limits: MakingLimits, now_ms: int) -> str:
    """Return the setting that forbids one more, "" if none does."""
    if total >= limits.in_all:
        return "max_new_names_in_all"
    if len(recent) >= limits.a_day:
        return "max_new_names_a_day"
    of_the_hour = sum(now_ms - at_ms < HOUR_MS for at_ms in recent.values())
    return "max_new_names_an_hour" if of_the_hour >= limits.an_hour else ""
