"""A bucket as the item of a DynamoDB table: under 1 KB, one write unit, up to 250 tokens of each kind.

The times at which tokens come back are written as the distance of each to the one before it, one byte for
every 255 ms begun: at most one byte a token and one for each quarter of a second that they span.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from relay.core.bucket import Bucket, Family, Learned, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# The item is of no use when its tokens have lapsed and its day is over.
EXPIRE_AFTER_S = 2 * 86_400
_STEP_MS = 255


def to_item(bucket: Bucket, now_ms: int) -> "dict[str, AttributeValueTypeDef]":
    """Return the attributes of `bucket`; what came back before `now_ms` is left out."""
    values: dict[str, Any] = {
        "version": bucket.version,
        "nonce": bucket.nonce,
        "base_ms": now_ms,
        "day_began": bucket.day_began_at_ms,
        "day_ends": bucket.day_ends_at_ms,
        "used": bucket.used_today,
        "max": bucket.learned.burst,
        "daily": bucket.learned.day,
        "time_zone": bucket.learned.time_zone,
        "expires_at": now_ms // 1000 + EXPIRE_AFTER_S,
    }
    for family in Family:
        window = bucket.window(family)
        values[family] = pack((at_ms for at_ms in window.free_at_ms if at_ms > now_ms), now_ms)
        values[f"{family}_until"] = window.blocked_until_ms
    serialize = TypeSerializer().serialize
    return {str(name): serialize(value) for name, value in values.items()}


def from_item(item: "Mapping[str, AttributeValueTypeDef]") -> Bucket:
    """Read back what `to_item` wrote; an empty item is an empty bucket."""
    if not item:
        return Bucket()
    deserialize = TypeDeserializer().deserialize
    values: dict[str, Any] = {name: deserialize(value) for name, value in item.items()}
    windows = {
        family: Window(
            tuple(unpack(bytes(values[family]), int(values["base_ms"]))), int(values[f"{family}_until"])
        )
        for family in Family
    }
    return Bucket(
        version=int(values["version"]),
        nonce=values["nonce"],
        windows=windows,
        day_began_at_ms=int(values["day_began"]),
        day_ends_at_ms=int(values["day_ends"]),
        used_today=int(values["used"]),
        learned=Learned(int(values["max"]), int(values["daily"]), values["time_zone"]),
    )


def pack(times_ms: Iterable[int], base_ms: int) -> bytes:
    """Write ascending times, none before `base_ms`."""
    packed = bytearray()
    for before_ms, at_ms in pairwise((base_ms, *times_ms)):
        steps, rest_ms = divmod(at_ms - before_ms, _STEP_MS)
        packed += bytes((_STEP_MS,)) * steps + bytes((rest_ms,))
    return bytes(packed)


def unpack(packed: bytes, base_ms: int) -> Iterator[int]:
    """Read back what `pack` wrote."""
    at_ms = base_ms
    for byte in packed:
        at_ms += byte
        if byte < _STEP_MS:
            yield at_ms
