"""A profile as the item of a DynamoDB table: under 1 KB, one write unit, up to 40 properties.

A property takes 21 bytes: hashes of its name and its value, when its event happened, and when HubSpot
confirmed it. A link that waits takes 23: the company's key, since when, and a byte that once said whether it
is made. One that is made takes 8: HubSpot's id. Another layout needs another attribute: what cannot be read
counts as not there.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from struct import Struct
from typing import TYPE_CHECKING

from relay.core.digests import VALUE_BYTES
from relay.core.memberships import MAX_WAITING
from relay.core.profiles import NAME_BYTES, Fact, LinkState, Profile, Word

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# Milliseconds since 1970, or before it: from before the year 1 to the year 6429.
_AT_BYTES = 6
_AT_MOST = (1 << 8 * _AT_BYTES - 1) - 1
# Whole seconds in four bytes, until the year 2106.
_CONFIRMED_MOST = (1 << 32) - 1
# Tens of thousands are read and written in an invocation: a value that is not known is filled up with zeros.
_FACT = Struct(f">{NAME_BYTES}s{_AT_BYTES}s{VALUE_BYTES}sI")
_UNKNOWN = bytes(VALUE_BYTES)
_OBJECT_ID = Struct(">Q")
_OBJECT_IDS = 1 << 64
_COMPANY = "company#"
_DIGEST_BYTES = 16
_LINK_BYTES = _DIGEST_BYTES + _AT_BYTES + 1


def to_item(profile: Profile) -> "dict[str, AttributeValueTypeDef]":
    """Return the attributes of a profile; what is not there is left out."""
    values: dict[str, AttributeValueTypeDef | None] = {
        "object_id": {"S": profile.object_id} if profile.object_id else None,
        "email": {"S": profile.email} if profile.email else None,
        "points_to": {"S": profile.points_to} if profile.points_to else None,
        "at_ms": {"N": str(profile.at_ms)} if profile.at_ms else None,
        "deleted_at_ms": {"N": str(profile.deleted_at_ms)} if profile.deleted_at_ms else None,
        "creating_at_ms": {"N": str(profile.creating_at_ms)} if profile.creating_at_ms else None,
        "resting_until_ms": {"N": str(profile.resting_until_ms)} if profile.resting_until_ms else None,
        "word": {"N": str(profile.word)} if profile.word else None,
        "seen_ms": {"N": str(profile.seen_ms)} if profile.seen_ms else None,
        "facts": {"B": pack(profile.facts)} if profile.facts else None,
        "links": {"B": pack_links(profile.links)} if profile.links else None,
        "linked": {"B": pack_linked(profile.linked)} if profile.linked else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def from_item(item: "Mapping[str, AttributeValueTypeDef]") -> Profile:
    """Read back what `to_item` wrote."""
    return Profile(
        object_id=item.get("object_id", {}).get("S", ""),
        facts=dict(unpack(bytes(item.get("facts", {}).get("B", b"")))),
        email=item.get("email", {}).get("S", ""),
        points_to=item.get("points_to", {}).get("S", ""),
        at_ms=_number(item, "at_ms"),
        deleted_at_ms=_number(item, "deleted_at_ms"),
        links=dict(unpack_links(bytes(item.get("links", {}).get("B", b"")))),
        creating_at_ms=_number(item, "creating_at_ms"),
        resting_until_ms=_number(item, "resting_until_ms"),
        word=_word(_number(item, "word")),
        seen_ms=_number(item, "seen_ms"),
        linked=tuple(unpack_linked(bytes(item.get("linked", {}).get("B", b"")))),
    )


def pack(facts: Mapping[bytes, Fact]) -> bytes:
    """Write facts one after the other."""
    return b"".join(
        _FACT.pack(name, _at(fact.at_ms), fact.value, min(fact.confirmed_at_ms // 1000, _CONFIRMED_MOST))
        for name, fact in facts.items()
    )


def unpack(packed: bytes) -> Iterator[tuple[bytes, Fact]]:
    """Read back what `pack` wrote; times of confirmation in whole seconds."""
    # Without facts everything is sent again, which mends itself; events that never end would not.
    readable = packed if len(packed) % _FACT.size == 0 else b""
    for name, at, value, confirmed_at_s in _FACT.iter_unpack(readable):
        known = b"" if value == _UNKNOWN else value
        yield name, Fact(int.from_bytes(at, "big", signed=True), known, confirmed_at_s * 1000)


def pack_links(links: Mapping[str, LinkState]) -> bytes:
    """Write links one after the other, the newest first, as many as may wait."""
    newest = sorted(links.items(), key=lambda link: link[1].at_ms, reverse=True)[:MAX_WAITING]
    return b"".join(
        # The digest of a company's key; base64 wants the padding that keys do without.
        urlsafe_b64decode(key.removeprefix(_COMPANY) + "==") + _at(link.at_ms) + bytes([link.is_done])
        for key, link in newest
    )


def unpack_links(packed: bytes) -> Iterator[tuple[str, LinkState]]:
    """Read back what `pack_links` wrote."""
    # Without links everything is linked again, which does no harm.
    readable = packed if len(packed) % _LINK_BYTES == 0 else b""
    for start in range(0, len(readable), _LINK_BYTES):
        digest, rest = readable[start : start + _DIGEST_BYTES], readable[start + _DIGEST_BYTES :]
        at_ms = int.from_bytes(rest[:_AT_BYTES], "big", signed=True)
        key = _COMPANY + urlsafe_b64encode(digest).decode().rstrip("=")
        yield key, LinkState(at_ms, is_done=rest[_AT_BYTES] == 1)


def pack_linked(linked: Sequence[str]) -> bytes:
    """Write HubSpot's ids one after the other; they are numbers."""
    numbers = [int(each) for each in linked if each.isascii() and each.isdecimal()]
    return b"".join(_OBJECT_ID.pack(number) for number in numbers if number < _OBJECT_IDS)


def unpack_linked(packed: bytes) -> Iterator[str]:
    """Read back what `pack_linked` wrote."""
    # Without them everything is linked again, which does no harm.
    readable = packed if len(packed) % _OBJECT_ID.size == 0 else b""
    for (number,) in _OBJECT_ID.iter_unpack(readable):
        yield str(number)


def _at(at_ms: int) -> bytes:
    return max(-_AT_MOST, min(at_ms, _AT_MOST)).to_bytes(_AT_BYTES, "big", signed=True)


def _word(number: int) -> Word:
    # One that a newer version knows is trusted least.
    return Word(number) if number in Word._value2member_map_ else Word.PUBLIC


def _number(item: "Mapping[str, AttributeValueTypeDef]", name: str) -> int:
    # DynamoDB's numbers may have fractions and exponents.
    return int(Decimal(item.get(name, {}).get("N", "0")))
