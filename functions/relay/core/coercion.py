"""A trait's value → the text that HubSpot takes for a property of a type, or why there is none.

Values are only ever converted towards the type that HubSpot declares: `02134` stays text for a text property,
and text that looks like a date stays as it is unless the property is a date (HubSpot's guide to properties).
Whatever JSON can hold is taken without an exception, and every text that is returned has a UTF-8 form and
neither blanks nor invisible characters around it.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from relay.core.blanks import trimmed
from relay.core.moments import value_ms
from relay.core.options import option_of, option_of_truth
from relay.core.schema import Property

MAX_TEXT_CHARS = 65_536
# The largest and the smallest fraction that JavaScript knows need fewer digits.
MAX_NUMBER_CHARS = 400
# Deeper JSON is no data, and Python's own limit depends on who calls.
MAX_LEVELS = 100
DAY_MS = 86_400_000
# Beyond this JavaScript reads a number as infinite.
_MAX_BITS = 1024
# Between these JavaScript writes a number without an exponent.
_PLAIN_FROM, _PLAIN_BELOW = 1e-6, 1e21
_NUMBER = re.compile(r"([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))", re.ASCII)
_TRUE, _FALSE = ("true", "yes", "1", "y", "on"), ("false", "no", "0", "n", "off")
_TRUTH = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")


@dataclass(frozen=True, slots=True)
class Unfit:
    """There is no form of the value that HubSpot would take; `reason` is a word to search for."""

    reason: str


def coerce(value: object, target: Property) -> str | Unfit:
    """Return the text of `value` for a property; an empty string clears it, of whatever type it is.

    What is blank has no text: what it means is the caller's to decide.
    """
    if value == "":
        return ""
    if isinstance(value, str):
        value = tidied(value)
    # Of text it is settled already.
    if not value if isinstance(value, str) else is_empty(value):
        return Unfit("no_value")
    # HubSpot has single checkboxes of either type.
    kind = "bool" if target.field_type == "booleancheckbox" else target.type
    text = _BY_TYPE.get(kind, _text)(value, target)
    return text if isinstance(text, Unfit) or len(text) <= MAX_TEXT_CHARS else Unfit("too_long")


def is_empty(value: object) -> bool:
    """Whether a value says nothing: it is blank, or a number that is infinite or none."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() > _MAX_BITS
    return is_blank(value)


def is_blank(value: object) -> bool:
    """Whether a value is null, text of which nothing is to be seen, or a list or object of nothing else."""
    open_values = [value]
    while open_values:
        each = open_values.pop()
        if isinstance(each, dict | list):
            open_values += each.values() if isinstance(each, dict) else each
        elif each is not None and not (isinstance(each, str) and not tidied(each)):
            return False
    return True


def unknown_options(value: object, target: Property) -> list[int]:
    """Return the places of chosen options that a multi-select does not have: its text is without them."""
    chosen = enumerate(_chosen(value))
    return [place for place, item in chosen if not is_blank(item) and not _option(item, target)]


def tidied(text: str) -> str:
    """Return `text` without blanks and invisible characters around it, and in a form that UTF-8 has."""
    return trimmed(text if text.isascii() else encodable(text))


def to_text(value: str | float) -> str:
    """Return a single value as text: booleans and numbers as JavaScript writes them."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _decimal_text(value)


def encodable(text: str) -> str:
    """Return `text` with what has no UTF-8 form replaced."""
    if text.isascii():
        return text
    # A lone surrogate is legal in JSON: sent as it is, it would spoil the whole batch.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decimal_text(value: float) -> str:
    if value.is_integer() and abs(value) < _PLAIN_BELOW:
        return str(int(value))
    text = repr(value)
    if "e-" not in text:
        return text
    mantissa, _, exponent = text.partition("e-")
    return f"{Decimal(text):f}" if abs(value) >= _PLAIN_FROM else f"{mantissa}e-{int(exponent)}"


def _text(value: object, _: Property) -> str | Unfit:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return to_text(value)
    if _is_deeper(value, MAX_LEVELS):
        return Unfit("too_deep")
    try:
        return encodable(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    except ValueError:
        # A number in it is infinite or none, and JSON has no form for that.
        return Unfit("not_json")


def _is_deeper(value: object, levels: int) -> bool:
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list):
        parts = value
    return levels < 0 or any(_is_deeper(part, levels - 1) for part in parts)


def _number(value: object, _: Property) -> str | Unfit:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Unfit("not_a_number")
    # HubSpot knows no exponents.
    text = f"{Decimal(repr(value)):f}" if isinstance(value, float) else to_text(value)
    if len(text) > MAX_NUMBER_CHARS:
        return Unfit("too_long")
    found = _NUMBER.fullmatch(text)
    return _shortest(*found.groups()) if found else Unfit("not_a_number")


def _shortest(sign: str, whole: str | None, fraction: str | None, bare_fraction: str | None) -> str:
    """Put a number together again, without a digit that says nothing: one number has one text."""
    before = (whole or "").lstrip("0") or "0"
    after = (fraction or bare_fraction or "").rstrip("0")
    text = f"{before}.{after}" if after else before
    return f"-{text}" if sign == "-" and text != "0" else text


def _boolean(value: object, target: Property) -> str | Unfit:
    text = to_text(value) if isinstance(value, str | int | float) else ""
    truth = _TRUTH.get(text.lower(), "")
    # A checkbox's labels may be other words than yes and no, and its values others than true and false.
    meant = _meant(text, truth, target) if target.options else ""
    return meant or truth or Unfit("not_a_boolean")


def _date(value: object, _: Property) -> str | Unfit:
    # The day on which the moment falls in UTC: HubSpot takes dates at midnight there.
    at_ms = value_ms(value)
    return str(at_ms // DAY_MS * DAY_MS) if isinstance(at_ms, int) else Unfit(at_ms)


def _datetime(value: object, _: Property) -> str | Unfit:
    at_ms = value_ms(value)
    return str(at_ms) if isinstance(at_ms, int) else Unfit(at_ms)


def _enumeration(value: object, target: Property) -> str | Unfit:
    chosen = _chosen(value) if target.is_multiple or isinstance(value, list) else [value]
    named = [item for item in chosen if not is_blank(item)]
    if len(named) > 1 and not target.is_multiple:
        return Unfit("no_such_option")
    found = [_option(item, target) for item in named]
    # One that HubSpot does not know must not cost the others.
    known = ";".join(dict.fromkeys(option for option in found if option))
    if not known:
        return Unfit("no_such_option")
    # HubSpot adds to what is chosen if the text begins so; it must not be taken for a replacement.
    is_addition = target.is_multiple and isinstance(value, str) and value.startswith(";")
    return f";{known}" if is_addition else known


def _chosen(value: object) -> Sequence[object]:
    if isinstance(value, str):
        return [part for part in value.split(";") if not is_blank(part)]
    return value if isinstance(value, list) else [value]


def _option(item: object, target: Property) -> str:
    """Return the option that is meant; any text where HubSpot does not say which there are."""
    text = tidied(to_text(item)) if isinstance(item, str | int | float) and not is_empty(item) else ""
    if not target.options:
        return text
    # Journeys send `true` as text; a number may be any option.
    truth = text.lower()
    return _meant(text, truth if truth in ("true", "false") else "", target)


def _meant(text: str, truth: str, target: Property) -> str:
    """Return the option that a text means, or the one for `truth` if that says `true` or `false`."""
    found = option_of(text, target.options, target.ambiguous)
    return found or (option_of_truth(truth, target.options, target.ambiguous) if truth else "")


_BY_TYPE: Mapping[str, Callable[[object, Property], str | Unfit]] = {
    "number": _number,
    "bool": _boolean,
    "date": _date,
    "datetime": _datetime,
    "enumeration": _enumeration,
}
# Types whose properties can hold an object as JSON are all others.
TYPED = frozenset(_BY_TYPE)
