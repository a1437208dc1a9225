"""Parts of a JSON document of which nothing is certain: what has another shape is taken for missing."""

from collections.abc import Iterator, Mapping

# No id or number that HubSpot gives is longer; to write one of thousands of digits, Python would raise.
_MOST_BITS = 256


def text(value: object) -> str:
    """Return a string, "" for anything else."""
    return value if isinstance(value, str) else ""


def text_mapping(value: object) -> Mapping[str, object]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> Iterator[Mapping[str, object]]:
    """Return the objects in a list, none for anything else."""
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def strings(value: object) -> Iterator[str]:
    """Return the strings in a list, none for anything else."""
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def label(value: object) -> str:
    """Return an id or a word as text, be it a string or a whole number; "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _MOST_BITS:
        return str(value)
    return text(value)


def labels(value: object) -> Iterator[str]:
    """Return the ids or words in a list, or the one that stands there without a list."""
    return (found for item in (value if isinstance(value, list) else [value]) if (found := label(item)))
