"""`docs/mapping.md`, made from the code: its tables hold what the code answers, not what one remembers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from relay.core.coercion import MAX_TEXT_CHARS, Unfit, coerce
from relay.core.names import property_name
from relay.core.schema import Property
from relay.core.standard import CONTACT_TRAITS, PARTS

DOCUMENT = Path(__file__).parent.parent / "docs" / "mapping.md"

_PART_WORDS = {"first": "first word", "last": "the rest", "item": "first item"}
_KEYS = ("yoLO", "gogurt is life", "Favorite-Color", "plan.tier", "naïve", "  Shoe Size ")
_OPTIONS = {"gold": "gold", "Gold": "gold", "gold plan": "gold", "silver": "silver", "silver plan": "silver"}
_TYPES: Mapping[str, tuple[Property, Sequence[object]]] = {
    "string": (
        Property("x", "string"),
        ("02134", 7, 2.0, True, "2026-11-01", ["a", 1], {"a": 1}, "x" * (MAX_TEXT_CHARS + 1)),
    ),
    "number": (Property("x", "number"), (20.5, "20.50", " 7 ", "1e3", "1,000", "7 kg", True)),
    "bool": (Property("x", "bool", "booleancheckbox"), (True, "false", "Yes", 1, "0", "maybe")),
    "date": (
        Property("x", "date", "date"),
        (
            "2026-11-01",
            "2026-11-01T23:30:00-05:00",
            "2026-11-01T08:00:00.123Z",
            "Sun Nov 01 2026 08:00:00 GMT+0100 (CET)",
            1_793_520_000,
            1_793_520_000_000,
            7,
            "soon",
        ),
    ),
    "datetime": (
        Property("x", "datetime", "date"),
        ("2026-11-01T08:00:00.123Z", "2026-11-01T09:00:00+01:00", "2026-11-01", 1_793_520_000, "soon"),
    ),
    "enumeration": (
        Property("x", "enumeration", "select", options=_OPTIONS),
        ("gold", "GOLD", "Gold Plan", ["gold"], ["gold", "silver"], "bronze"),
    ),
    "enumeration, several": (
        Property("x", "enumeration", "checkbox", options=_OPTIONS),
        (["gold", "silver"], "gold;Silver Plan", ["gold", "bronze"], "bronze"),
    ),
}
# Why an event was skipped, or a trait left out. A test finds each of these in the code, and no other.
SKIPPED = {
    "no_email": "no e-mail address, and none is remembered for the user id",
    "invalid_email": "what is there is no address that HubSpot would take",
    "unchanged": "HubSpot has confirmed all of it within `resend_after`",
    "stale": "a newer event has decided all of it",
    "contact_unknown": "HubSpot has no such contact: none may be made, or none is there to delete",
    "no_consent": "a category of `consent` has not been agreed to",
    "integrations": "the event's `integrations` object keeps it from HubSpot",
    "alias_remembered": "an alias: from now on both ids are the same person",
    "alias_incomplete": "an alias without `previousId` or `userId`",
    "alias_of_nobody": "an alias of two ids that nobody knows",
    "alias_of_two_contacts": "an alias of two contacts, which are not merged",
    "deletes_off": "a deletion, and `deletes` is `ignore`",
    "already_deleted": "a deletion that has been done",
    "person_deleted": "the person was deleted after this event happened",
    "type_not_supported": "a call of another type",
}
DROPPED = {
    "unknown_property": "HubSpot has no such property; `create_properties` would make one",
    "read_only_property": "HubSpot computes it, or keeps it to itself",
    "reserved_property": "a rule or a part of an object would set the address, which only an address may",
    "no_value": "null, not a number, or an empty list or object (but see `null_policy`)",
    "superseded": "another trait, listed before it below, gives the same property another value",
    "blocked": "a rule of `traits` blocks it",
    "invalid_email": "an address that HubSpot would not take, or not the one that counts",
    "stale": "a newer event has set the property",
    "not_a_number": "not a number, or text that is none",
    "not_a_boolean": "neither true nor false",
    "not_a_date": "no moment that could be read",
    "implausible_date": "a number that is neither seconds nor milliseconds of our time",
    "not_a_name": "a `name` that is no text",
    "no_such_option": "none of the property's options, by value or by label",
    "too_long": f"more than {MAX_TEXT_CHARS:,} characters",
    "too_deep": "an object within objects beyond any use",
    "not_json": "a value that no JSON can hold",
    "lifecyclestage_never": "`lifecyclestage` is `never`",
    "kept_by_hubspot": "a lifecycle stage that would lead back; see `lifecyclestage`",
    "refused": "HubSpot has refused the value; its code follows the word, as in `refused_invalid_option`",
}


def write() -> None:
    """Write the document anew."""
    DOCUMENT.write_text(document(), encoding="utf-8")


def document() -> str:
    """Return the document."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table(("HubSpot property", "traits, in this order"), _standard())
    yield _KEYS_TEXT
    yield from _table(("trait", "property"), ((_code(key), _code(property_name(key))) for key in _KEYS))
    yield _VALUES_TEXT
    yield from _table(("type", "trait", "HubSpot gets"), _values())
    yield _REST
    yield from _table(("reason", "meaning"), ((_code(word), text) for word, text in SKIPPED.items()))
    yield "\n## Why a trait is left out\n\nIts reason stands in the event's log line, under `dropped`.\n"
    yield from _table(("reason", "meaning"), ((_code(word), text) for word, text in DROPPED.items()))


def _standard() -> Iterator[Sequence[str]]:
    for name, traits in CONTACT_TRAITS.items():
        yield _code(name), ", ".join(_trait(name, trait) for trait in traits)


def _trait(name: str, trait: str) -> str:
    part = PARTS.get((name, trait))
    return f"{_code(trait)} ({_PART_WORDS[part]})" if part else _code(trait)


def _values() -> Iterator[Sequence[str]]:
    for kind, (target, values) in _TYPES.items():
        for value in values:
            found = coerce(value, target)
            shown = f"nothing: {_code(found.reason)}" if isinstance(found, Unfit) else _code(found)
            yield kind, _code(_sample(value)), shown


def _sample(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_TEXT_CHARS else f'"{value[:3]}…" ({len(text) - 2:,} characters)'  # type: ignore[index] # a text


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


_HEAD = """# From traits to properties

<!-- Made from the code by `make docs`. Edit cli/reference.py. -->

## Whose contact it is

The first of these that is an address HubSpot would take: `traits.email` in any spelling,
`context.traits.email`, `userId`, a top-level `email`; then the address that is remembered for the user id
(or for the anonymous id, if the event names no user). It is trimmed and put into lower case. HubSpot takes
no address below a top-level domain that does not exist.

Traits are those of the event, or of `context.traits` if it has none, as RudderStack sends them.

## Standard traits

Case and separators do not matter: `First Name`, `first_name` and `FIRSTNAME` are the same. The first trait
that has a value counts. Each is only sent if HubSpot lets the property be written.
"""
_KEYS_TEXT = """
A portal that has a property of the trait's own name as well, such as `position`, gets that too.

`custom_lifecycle_stage` is no spelling of `lifecycleStage`, and is left alone. A property called `id` gets
the user id, unless a trait gives it.

## All other traits

A trait sets the property of its own internal name. Lower case; what a name cannot hold becomes `_`:
"""
_VALUES_TEXT = """
Parts of an object set the properties of their flattened names: `plan.tier` sets `plan_tier`. If HubSpot does
not have one of these but has the object's own (`plan`), that gets the object as JSON.

The setting `traits` names another property for a trait, or blocks it: `{"traits": {"plan.tier":
"subscription_tier", "ssn": null}}`. A rule goes before everything else.

## Values

A value is only ever converted towards the type that HubSpot declares for the property. What cannot be
converted costs its property, never the contact. An empty text clears a property; `null` does so only with
`null_policy` `clear`.
"""
_REST = """
Of several chosen options, one that HubSpot does not have is left out (and reported by its place, as
`interests[1]`), and the others are sent. Text that begins with `;` adds its options to those that are chosen.

## Several events of one person

Each property is decided by the newest event that names it, whatever the order of arrival; the others are
merged into it. What HubSpot has confirmed within `resend_after` is not sent again, as long as nothing else
of the contact changes.

A known user with a new address is a new contact (`email_change` `new`), or the same contact with another
address (`update`), unless that belongs to a contact already. A further address of a contact
(`hs_additional_emails`) leads to that contact, which keeps its own. `alias` lets two ids stand for one
person.

## Lifecycle stages

HubSpot only lets a stage advance. With `lifecyclestage` `forward`, the default, it decides, and what it
keeps is reported. With `any`, a stage that it keeps is cleared first and then set; an event that is cut
short in between comes back. With `never`, no stage is sent.

## Deletions

Segment's `delete` notice does nothing by default. With `deletes` `archive` or `gdpr` the contact is archived
or permanently deleted, by its record, never by an address; what is remembered of the person is erased, and
older events do not bring the contact back.

## Why an event is skipped
"""
