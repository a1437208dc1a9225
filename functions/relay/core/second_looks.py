"""A value that HubSpot refused, or that had no form that fits: what a newer schema makes of it.

What of an object is sent a second time is only what is news after the first: it may not be undone by itself.
"""

from collections.abc import Iterable, Mapping

# Reasons of dropped traits that a newer schema may do away with: another type, more options, a new property.
_OF_THE_FORM = frozenset(
    {
        "unknown_property",
        "read_only_property",
        "no_such_option",
        "not_a_number",
        "not_a_boolean",
        "not_a_date",
        "empty_date",
        "implausible_date",
    }
)
NO_PROPERTY = "refused_property_doesnt_exist"
# Refused whatever the value is.
READ_ONLY = "refused_read_only_value"
# Words in HubSpot's codes that speak of other records, or of what else a record holds: the value may be fine.
_OF_OTHERS = ("UNIQUE", "CONFLICT", "DUPLICATE", "ALREADY", "REQUIRED", "CONDITIONAL", "PERMISSION")


def is_doubtful(dropped: Mapping[str, str]) -> bool:
    """Whether a newer schema may know what to do with a trait that was left out."""
    return any(reason in _OF_THE_FORM for reason in dropped.values())


def is_of_the_form(reason: str) -> bool:
    """Whether HubSpot refuses the value, or the property, whichever record it is for."""
    code = reason.removeprefix("refused_").upper()
    return reason.startswith("refused_") and not any(word in code for word in _OF_OTHERS)


def of_the_form(left_out: Mapping[str, str]) -> frozenset[str]:
    """Return the properties that HubSpot has refused for their form."""
    return frozenset(name for name, reason in left_out.items() if is_of_the_form(reason))


def newly(
    before: Mapping[str, str], now: Mapping[str, str], refused: Iterable[str], id_property: str
) -> Mapping[str, str]:
    """Return what of a mapping is to be sent after all: what was refused, and what there was not before."""
    names = frozenset(refused)
    return {
        name: text
        for name, text in now.items()
        if name != id_property and (name in names or before.get(name) != text)
    }


def told_anew(
    told: Mapping[str, str], before: Mapping[str, str], now: Mapping[str, str], sent: Iterable[str]
) -> dict[str, str]:
    """Return what was left out in the end: of what was `told`, not what was `sent` after all.

    `before` and `now` are what the two mappings have dropped.
    """
    done = frozenset(sent)
    lifted = before.keys() - now.keys()
    kept = {name: why for name, why in told.items() if name not in done and name not in lifted}
    return {**now, **kept}
