"""Which traits the events of a public write key may set. Pure.

A key's list names traits by their paths, such as `plan` or `address.city`, in any case and with any
separators. A trait that it names is taken with all of its parts; of an object of which it names parts, only
those are. The address is no matter of the list: it says whose event it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from relay.core.grants import Grant
from relay.core.names import squashed
from relay.core.routes import route_of
from relay.core.schema import Schema

NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Permitted:
    """The traits that may be set; `dropped` names the others, as reports do, and why they are left out."""

    traits: Mapping[str, object]
    dropped: Mapping[str, str] = field(default_factory=dict)


def permitted(traits: Mapping[str, object], grant: Grant | None, schema: Schema) -> Permitted:
    """Return what of `traits` may be set: all of them, unless the grant has a list."""
    if grant is None or grant.traits is None:
        return Permitted(traits)
    walk = _Walk({squashed(path) for path in grant.traits}, schema)
    return Permitted(walk.allowed((), traits), walk.dropped)


def is_permitted(path: str, grant: Grant | None) -> bool:
    """Whether the value at a path, such as `plan.tier`, may set a property."""
    if grant is None or grant.traits is None:
        return True
    return _covers({squashed(each) for each in grant.traits}, squashed(path))


def _covers(listed: Collection[str], spelling: str) -> bool:
    # Entry by entry, whose length their owner has chosen: a path has as many parts as anybody likes.
    return any(spelling == each or spelling.startswith(f"{each}.") for each in listed)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through traits; it enters objects of which parts are listed."""

    listed: Collection[str]
    schema: Schema
    dropped: dict[str, str] = field(default_factory=dict)

    def allowed(self, path: tuple[str, ...], traits: Mapping[str, object]) -> Mapping[str, object]:
        """Return the listed traits of an object; note the others."""
        found: dict[str, object] = {}
        for key, value in traits.items():
            inner = (*path, key)
            spelling = squashed(".".join(inner))
            if _covers(self.listed, spelling):
                found[key] = value
            elif isinstance(value, dict) and any(each.startswith(f"{spelling}.") for each in self.listed):
                found |= self._part(inner, key, value)
            else:
                self.dropped[route_of(inner, self.schema).trait] = NOT_ALLOWED
        return found

    def _part(
        self, path: tuple[str, ...], key: str, value: Mapping[str, object]
    ) -> Mapping[str, Mapping[str, object]]:
        # An object that nothing is left of is no empty value.
        part = self.allowed(path, value)
        return {key: part} if part else {}
