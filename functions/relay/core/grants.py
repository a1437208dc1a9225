"""What the events of a public write key may do. Pure.

Everybody can read the write key of a browser or a phone, so its events are those of anybody. They travel with
a grant; the events of a server's key or of a webhook have none, and may do everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_FLAGS = ("may_change_email", "creates_contacts")


@dataclass(frozen=True, slots=True)
class Grant:
    """What one public write key allows. `key` is its fingerprint, which tells nobody the key.

    With `traits`, only those are taken, whatever their case and separators; None takes all.
    """

    key: str
    may_change_email: bool = False
    creates_contacts: bool = True
    traits: frozenset[str] | None = None


def to_plain(grant: Grant) -> Mapping[str, object]:
    """Return a grant as JSON has it."""
    traits = {} if grant.traits is None else {"traits": sorted(grant.traits)}
    return {"key": grant.key, **{name: getattr(grant, name) for name in _FLAGS}, **traits}


def from_plain(entry: object) -> Grant:
    """Read back what `to_plain` returned.

    Raises:
        TypeError: it is something else. What cannot be read must not count as trusted.
    """
    if not isinstance(entry, dict):
        raise TypeError("not a grant")
    key, flags, traits = entry.get("key"), {name: entry.get(name) for name in _FLAGS}, entry.get("traits")
    is_known = isinstance(key, str) and all(isinstance(flag, bool) for flag in flags.values())
    if not is_known or not (traits is None or isinstance(traits, list)):
        raise TypeError("not a grant")
    named = None if traits is None else frozenset(each for each in traits if isinstance(each, str))
    return Grant(str(key), bool(flags["may_change_email"]), bool(flags["creates_contacts"]), named)
