"""Trait keys and property names: how people write them, and how HubSpot does."""

import re
from collections.abc import Callable
from functools import lru_cache, wraps

from relay.core.blanks import trimmed

# HubSpot: lower case, fewer than 100 characters; letters, digits and underscores.
MAX_NAME_CHARS = 99
# Longer keys are no names; a cache full of them would hold gigabytes.
MAX_CACHED_CHARS = 256
# HubSpot's names begin with a letter; those that begin with hs_ are its own.
OWN_NAME = re.compile(r"(?!hs_)[a-z][a-z0-9_]*")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]")
_SEPARATOR = re.compile(r"[^\w.]|_", re.UNICODE)


def _cached(function: Callable[[str], str]) -> Callable[[str], str]:
    """Remember what `function` returns, unless the text is too long to be kept."""
    cached = lru_cache(maxsize=20_000)(function)

    @wraps(function)
    def remembered(text: str) -> str:
        return cached(text) if len(text) <= MAX_CACHED_CHARS else function(text)

    return remembered


@_cached
def property_name(key: str) -> str:
    """Return the internal name that a trait's key means: lower case, whatever a name cannot hold as `_`."""
    return plain_name(key)[:MAX_NAME_CHARS]


def plain_name(text: str) -> str:
    """Return a text in lower case, whatever a name of HubSpot cannot hold as `_`."""
    return _NOT_IN_A_NAME.sub("_", trimmed(text).lower())


@_cached
def squashed(path: str) -> str:
    """Return a path without case and separators: `First Name`, `first_name` and `FIRSTNAME` are one.

    Dots stay: they lead into objects.
    """
    return _SEPARATOR.sub("", path.lower())
