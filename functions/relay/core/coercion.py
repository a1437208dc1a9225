"""A trait's value → the text that HubSpot takes: property values are always strings there."""

import json
import math

# From here on JavaScript writes whole numbers with an exponent too.
_EXPONENT_FROM = 1e21


def to_text(value: object) -> str | None:
    """Return `value` as HubSpot's text form, or None if it has none (null, NaN, infinity).

    Booleans are `true` and `false`, whole numbers carry no `.0` (as JavaScript writes them), lists and
    objects are compact JSON. An empty string stays empty: it clears the property.
    """
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return _encodable(value)
        case float():
            return _number(value)
        case int():
            return str(value)
        case _:
            return _encodable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _number(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < _EXPONENT_FROM else repr(value)


def _encodable(text: str) -> str:
    # A lone surrogate is legal in JSON and has no UTF-8 form: sent as it is, it would spoil the whole batch.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
