"""Where a trait may go: the path that names it → the properties of a schema that it may set."""

from dataclasses import dataclass

from relay.core.coercion import TYPED
from relay.core.names import MAX_CACHED_CHARS, property_name, squashed
from relay.core.options import folded
from relay.core.schema import Schema
from relay.core.standard import SPREAD, TARGETS, Target

# A property that a trait gives by its own name counts less than one that it gives by a standard.
OWN = 50
# One whose label the trait goes by counts still less.
LABEL = 60
# Traits in all: a schema that lives for an hour must not grow with what senders make up.
MAX_ROUTES = 5_000
# What a log line has room for.
MAX_TRAIT_CHARS = 200


@dataclass(frozen=True, slots=True)
class Route:
    """Where the trait of a path may go.

    `trait` is its name in reports, `spelling` is the same however it is written. `targets` are the properties
    that it may set, or would if HubSpot let it. An object goes as JSON to the property `holder`, if there is
    one. `meant` is the spelling of the property's name where the trait goes by the property's label.
    """

    trait: str
    spelling: str
    targets: tuple[Target, ...]
    holder: str
    meant: str = ""

    @property
    def is_standard(self) -> bool:
        """Whether no property of its own name takes what the trait holds."""
        return all(target.rank < OWN for target in self.targets)

    @property
    def spellings(self) -> tuple[str, ...]:
        """What rules may call the trait by."""
        return (self.spelling, self.meant) if self.meant else (self.spelling,)


def route_of(path: tuple[str, ...], schema: Schema) -> Route:
    """Return where a trait may go; worked out once for each path of a schema."""
    known = schema.routes.get(path)
    if known:
        return known
    route = _route(path, schema)
    if len(schema.routes) >= MAX_ROUTES:
        schema.routes.clear()
    if sum(map(len, path)) <= MAX_CACHED_CHARS:
        schema.routes[path] = route
    return route


def _route(path: tuple[str, ...], schema: Schema) -> Route:
    joined = ".".join(path)
    spelling = squashed(joined)
    own = _own_name(path, schema)
    standard = TARGETS[schema.object_type].get(spelling, ())
    labelled = "" if standard or schema.find(own) else _labelled(path, schema)
    if labelled:
        return Route(_shown(joined), spelling, (Target(labelled, LABEL),), "", squashed(labelled))
    is_standard = any(target.property == own for target in standard)
    targets = standard if is_standard else (*standard, Target(own, OWN))
    # Nobody wants JSON as a city or as a first name.
    holder = "" if is_standard else _holder(path, own, schema)
    return Route(_shown(joined), spelling, _best(targets, schema), holder)


def _labelled(path: tuple[str, ...], schema: Schema) -> str:
    """Return the property whose label a trait goes by, "" if there is none; parts of objects go by names."""
    return schema.by_label.get(folded(path[0]), "") if len(path) == 1 and schema.by_label else ""


def _own_name(path: tuple[str, ...], schema: Schema) -> str:
    """Return the name of the property that a path means by itself."""
    return path[0] if len(path) == 1 and schema.find(path[0]) else property_name("_".join(path))


def _best(targets: tuple[Target, ...], schema: Schema) -> tuple[Target, ...]:
    """Return the targets that can be written; else those that exist; else the one that would be meant."""
    known = tuple(target for target in targets if schema.find(target.property))
    return tuple(target for target in known if schema.is_writable(target.property)) or known or targets[:1]


def _holder(path: tuple[str, ...], own: str, schema: Schema) -> str:
    known = schema.find(own)
    is_able = known is not None and known.is_writable and known.type not in TYPED
    return own if is_able and squashed(path[0]) not in SPREAD else ""


def _shown(trait: str) -> str:
    # A log line is UTF-8, and two traits must not share a name in it.
    shown = trait if trait.isascii() else trait.encode("utf-8", "backslashreplace").decode()
    return shown if len(shown) <= MAX_TRAIT_CHARS else f"{shown[:MAX_TRAIT_CHARS]}…"
