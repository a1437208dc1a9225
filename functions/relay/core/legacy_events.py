"""A track → the query of HubSpot's legacy event URL (its page on triggering events by URL)."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from urllib.parse import quote

from relay.core.coercion import encodable
from relay.core.occurrences import Occurrence, money_of

# HubSpot documents no limit; servers on the way often take 8 KB.
MAX_QUERY_CHARS = 7_500
_OWN = frozenset({"_a", "_n", "_m", "email"})
_KEY_BYTES = 16


def legacy_query(occurrence: Occurrence, hub_id: int) -> tuple[str, Mapping[str, str]]:
    """Return the encoded query, and which contact properties were left out of it, and why.

    Those that do not fit are: the others, by their names, are more than a call that is refused.
    """
    query = "&".join(f"{name}={_quoted(value)}" for name, value in _parameters(occurrence, hub_id))
    left_out: dict[str, str] = {}
    for name, value in sorted(occurrence.contact_properties.items()):
        part = f"&{_quoted(name)}={_quoted(value)}"
        if name in _OWN:
            # The address is there already, and the rest is no property of a contact.
            continue
        if len(query) + len(part) > MAX_QUERY_CHARS:
            left_out[name] = "too_long"
        else:
            query += part
    return query, left_out


def sent_key(occurrence: Occurrence) -> str:
    """Return what an occurrence is known by once it was delivered: a hash of its name and its messageId."""
    told = f"{len(occurrence.name)} {occurrence.name} {occurrence.uuid}"
    return blake2b(encodable(told).encode(), digest_size=_KEY_BYTES).hexdigest()


def _parameters(occurrence: Occurrence, hub_id: int) -> Iterator[tuple[str, str]]:
    yield "_a", str(hub_id)
    yield "_n", occurrence.name
    money = money_of(occurrence.name, occurrence.properties)
    if money:
        yield "_m", money
    yield "email", occurrence.email


def _quoted(text: str) -> str:
    # In addresses all symbols but these are to be encoded; Python leaves one more as it is.
    return quote(encodable(text), safe="@").replace("~", "%7E")
