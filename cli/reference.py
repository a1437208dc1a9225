"""`docs/mapping.md`, made from the code: its tables hold what the code answers, not what one remembers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unicodedata import is_normalized

from cli import placeholder_samples, reference_addresses, reference_text, reference_times
from cli.markdown import code, table
from relay.core.coercion import MAX_TEXT_CHARS, Unfit, coerce
from relay.core.fields import SPELT
from relay.core.memberships import MAX_WAITING
from relay.core.names import property_name
from relay.core.occurrences import LONG_VALUE_WORDS, MAX_LONG_VALUE_CHARS, MAX_VALUE_CHARS
from relay.core.options import spellings
from relay.core.placeholder_words import DEFAULTS, WORDS
from relay.core.schema import Property
from relay.core.standard import COMPANY_TRAITS, CONTACT_TRAITS, PARTS

DOCUMENT = Path(__file__).parent.parent / "docs" / "mapping.md"

_PART_WORDS = {"first": "first word", "last": "the rest"}
_KEYS = ("yoLO", "gogurt is life", "Favorite-Color", "plan.tier", "naïve", "  Shoe Size ")
_OPTIONS = [
    ("Gold plan", "gold"),
    ("Silver plan", "silver"),
    ("Café", "Café"),
    ("Extra", "A"),
    ("extra", "B"),
]
_ANSWERS = [("Yes", "y1"), ("No", "n1"), ("I do not know", "x1")]


def _enumeration(field_type: str, listed: Sequence[tuple[str, str]]) -> Property:
    options, ambiguous = spellings(listed)
    return Property("x", "enumeration", field_type, options=options, ambiguous=ambiguous)


_TYPES: Mapping[str, tuple[Property, Sequence[object]]] = {
    "string": (
        Property("x", "string"),
        (
            "02134",
            "\u00a0 Kim\u200b\r\n",
            "\u200b",
            "",
            7,
            2.0,
            True,
            "2026-11-01",
            ["a", 1],
            {"a": 1},
            "x" * (MAX_TEXT_CHARS + 1),
        ),
    ),
    "number": (Property("x", "number"), (20.5, "20.50", "\u00a07 ", "1e3", "1,000", "7 kg", True)),
    "bool": (Property("x", "bool", "booleancheckbox"), (True, "false", "Yes", "off", 1, "0", "maybe")),
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
            "2016-12-31T23:59:60Z",
            "2016-12-31T24:00:00Z",
            "20260701",
            "1066-10-14",
            "0001-01-01",
            "soon",
        ),
    ),
    "datetime": (
        Property("x", "datetime", "date"),
        (
            "2026-11-01T08:00:00.123Z",
            "2026-11-01T09:00:00+01:00",
            "2026-11-01",
            1_793_520_000,
            "2016-12-31T23:59:60Z",
            20260701,
            "0001-01-01T00:00:00Z",
            "soon",
        ),
    ),
    "enumeration": (
        _enumeration("select", _OPTIONS),
        (
            *("gold", "GOLD", "Gold\u00a0 Plan", "Cafe\u0301", "Extra", "EXTRA", ["gold", None]),
            *(["gold", "silver"], "bronze"),
        ),
    ),
    "enumeration of Yes and No": (
        _enumeration("radio", _ANSWERS),
        (True, "false", "yes", 1),
    ),
    "enumeration, several": (
        _enumeration("checkbox", _OPTIONS),
        (
            ["gold", "silver"],
            "gold;Silver Plan",
            ["Cafe\u0301", " gold\u200b"],
            ["gold", "bronze"],
            [],
            [" "],
            "bronze",
        ),
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
    "alias_not_allowed": "an alias with a public write key, of a known id or one that the key has not seen",
    "deletes_off": "a deletion, and `deletes` is `ignore`",
    "already_deleted": "a deletion that has been done",
    "deletion_unconfirmed": "a deletion of an id that leads to a contact only because an event mentioned an "
    "address, or on the word of a public write key",
    "unconfirmed": "an event with a public write key that names its contact by a user id alone",
    "person_deleted": "the person was deleted after this event happened",
    "type_not_supported": "a call of another type, or a page or screen that `views` gives no name",
    "events_off": "a track, and `events` is off, or is `auto` and HubSpot has no custom events; its contact "
    "properties were seen to",
    "repeated": "a track with the `messageId` of another one that was told in its place, or of one that the "
    "legacy event URL has had",
    "no_event_name": "a track without a name",
    "no_person": "a track of whom nobody is known, or what it asks of the contact of a visitor who has none",
    "nothing_to_set": "nothing is asked of HubSpot",
    "no_website": "a group without a website",
    "invalid_website": "a group whose website is no URL of a domain that could exist",
    "free_mail_domain": "a group whose website is that of a mail provider",
    "shared_host": "a group whose website is a page on a host that many share",
    "no_group_id": "a group without an id, and companies are known by it",
    "placeholder_id": "an id that nobody owns, such as `undefined`, and nothing else says what is meant",
    "company_unknown": "HubSpot has no such company, and `create_companies` is off",
}
DROPPED = {
    "invalid_record_id": "`hs_object_id` that is no record id of HubSpot: digits only",
    "email_of_another_contact": "the address of a contact that `match_property` says is somebody else",
    "unknown_property": "HubSpot has no such property; `create_properties` would make one of contacts",
    "not_made": "HubSpot has no such property or event, and it was not made: the setting whose limit is "
    "reached follows the word, or `looks_like_data` where the name does",
    "read_only_property": "HubSpot computes it, or keeps it to itself",
    "reserved_property": "a rule or a part of an object would set the address, which only an address may",
    "no_value": "null, blank text, or a list or object of nothing else (but see `null_policy`); a number that"
    " is none; or an empty text that only fills",
    "superseded": "another trait, listed before it above, gives the same property another value; another "
    "address counts; or a field has another value under Segment's own name",
    "context_traits_ignored": "traits of the user, in a track, and `context_traits` is `ignore`",
    "already_set": "HubSpot has another value, and `context_traits` of tracks only `fill`",
    "another_person": "traits of the user, in a track that is about somebody else",
    "unconfirmed": "an event with a public write key may not set it: contacts are known by it, or it names "
    "its contact by a user id alone",
    "blocked": "a rule of `traits` blocks it",
    "not_allowed": "the `traits` of the event's write key do not name it",
    "invalid_email": "an address that HubSpot would not take, or not the one that counts",
    "stale": "a newer event has set the property",
    "not_a_number": "not a number, or text that is none",
    "not_a_boolean": "neither true nor false",
    "not_a_date": "no moment that could be read",
    "empty_date": "a day before the year 1000, as languages write an empty time",
    "implausible_date": "a number that is neither seconds nor milliseconds of our time",
    "not_a_time": "the event's own time could not be read; that of its arrival counts, or its other one",
    "empty_time": "the event's own time is a language's empty time, or lies before 2002; that of its arrival "
    "counts, or its other one",
    "in_the_future": "the event's own time is over five minutes after its arrival, which counts instead, or "
    "its other time",
    "not_an_object": "what should be an object could not be read as one, or not all of it",
    "not_a_list": "what should be a list could not be read as one",
    "not_of_this_call": "`traits` of a track, page or screen, or `properties` of an identify or group: they "
    "are not read",
    "not_a_name": "a `name` that is no text",
    "no_such_option": "none of the property's options, by value or by label, or text that could be several",
    "too_long": f"more than {MAX_TEXT_CHARS:,} characters; of an event more than {MAX_VALUE_CHARS}, or "
    f"{MAX_LONG_VALUE_CHARS:,} where the property's name contains {', '.join(LONG_VALUE_WORDS)}",
    "too_deep": "an object within objects beyond any use",
    "not_json": "a value that no JSON can hold",
    "unknown_event_property": "no such property of the event; `create_event_definitions` would make one",
    "repeated": "under `messageId`: HubSpot has had, or been told, an event of this id before",
    "too_many_properties": "an event's property beyond the fiftieth",
    "shared_host": "the domain of a company that is known by its group's id: its website is a page on a host "
    "that many share",
    "free_mail_domain": "the same, and the website is that of a mail provider",
    "invalid_website": "the same, and the website is no URL of a domain that could exist",
    "shared_domain": "nothing is left out: another group, with another name, has told of the same company, "
    "by its domain; each overwrites the other",
    "link_pending": "a group whose contact is not known yet: the link waits",
    "too_many_pending": f"the same, and {MAX_WAITING} companies wait for the person already: not this one",
    "placeholder_id": "an id that nobody owns, such as `undefined`; the event counts as one without it",
    "lifecyclestage_never": "`lifecyclestage` is `never`",
    "kept_by_hubspot": "a lifecycle stage that would lead back; see `lifecyclestage`",
    "refused": "HubSpot has refused the value; its code follows the word, as in `refused_invalid_option`. "
    "It is asked again after an hour, or when the property has changed",
}


def write() -> None:
    """Write the document anew."""
    DOCUMENT.write_text(document(), encoding="utf-8")


def document() -> str:
    """Return the document."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield reference_text.HEAD
    yield from table(reference_addresses.HEADER, reference_addresses.rows())
    yield reference_text.STANDARD
    yield from table(("HubSpot property", "traits, in this order"), _standard(CONTACT_TRAITS))
    yield reference_text.KEYS
    yield from table(("trait", "property"), ((code(key), code(property_name(key))) for key in _KEYS))
    yield reference_text.VALUES
    yield from table(("type", "trait", "HubSpot gets"), _values())
    yield reference_text.TIMES
    yield from table(reference_times.TIMES_HEADER, reference_times.times())
    yield reference_text.OBJECTS
    yield from table(reference_times.OBJECTS_HEADER, reference_times.objects())
    yield reference_text.OPT_OUTS
    yield reference_text.REST
    yield from table(("HubSpot property", "traits, in this order"), _standard(COMPANY_TRAITS))
    yield reference_text.AFTER_COMPANIES
    yield reference_text.FIELDS
    yield ", ".join(code(name) for name in SPELT) + "."
    yield reference_text.AFTER_FIELDS.removesuffix("\n")
    yield reference_text.IDS
    yield from table(("what", "examples, or all of them"), _placeholders())
    yield reference_text.REASONS
    yield from table(("reason", "meaning"), ((code(word), text) for word, text in SKIPPED.items()))
    yield "\n## Why a trait is left out\n\nIts reason stands in the event's log line, under `dropped`.\n"
    yield from table(("reason", "meaning"), ((code(word), text) for word, text in DROPPED.items()))


def _standard(targets: Mapping[str, Sequence[str]]) -> Iterator[Sequence[str]]:
    for name, traits in targets.items():
        yield code(name), ", ".join(_trait(name, trait) for trait in traits)


def _trait(name: str, trait: str) -> str:
    part = PARTS.get((name, trait))
    return f"{code(trait)} ({_PART_WORDS[part]})" if part else code(trait)


def _values() -> Iterator[Sequence[str]]:
    for kind, (target, values) in _TYPES.items():
        for value in values:
            found = coerce(value, target)
            yield kind, code(_sample(value)), _shown(found)


def _shown(found: str | Unfit) -> str:
    if isinstance(found, Unfit):
        return f"nothing: {code(found.reason)}"
    return code(found) if found else "an empty text, which clears it"


def _placeholders() -> Iterator[Sequence[str]]:
    for kind, samples in {**WORDS, **DEFAULTS, **placeholder_samples.SAMPLES}.items():
        yield kind, ", ".join(code(each) for each in samples)


def _sample(value: object) -> str:
    plain = json.dumps(value, ensure_ascii=False)
    # What cannot be seen, or looks the same as something else, is shown as JSON's escapes.
    is_clear = plain.isprintable() and is_normalized("NFC", plain)
    text = plain if is_clear else json.dumps(value)
    return text if len(text) <= MAX_TEXT_CHARS else f'"{value[:3]}…" ({len(text) - 2:,} characters)'  # type: ignore[index] # a text
