"""A value as it is remembered, and which of two values counts that were set in the same millisecond. Pure."""

from hashlib import blake2b

# Long enough that two values of one property do not meet by chance.
VALUE_BYTES = 6
# Stands for a value that HubSpot has, whichever: no value's hash gives way to it.
SOME_VALUE = bytes(VALUE_BYTES - 1) + b"\1"
# The earliest time that the memory holds: before that of any event.
LONG_AGO_MS = 1 - (1 << 47)


def value_hash(text: str) -> bytes:
    """Return a value as it is remembered."""
    return blake2b(text.encode(), digest_size=VALUE_BYTES).digest()


def hash_at(at_ms: int, text: str) -> bytes:
    """Return a value as it is remembered that no event of its time has set.

    At a time that there are events of, it must not compete with theirs.
    """
    return SOME_VALUE if at_ms > LONG_AGO_MS else value_hash(text)


def is_outranked(text: str, other: bytes) -> bool:
    """Say whether a value gives way to another one, remembered as `other`, of the very same time.

    No clock tells which came last, so any rule will do that does not depend on which of them is seen first,
    or seen again: otherwise a repeated event would bring back what had lost before.
    """
    return other > value_hash(text)
