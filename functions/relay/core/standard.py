"""The traits that mean a HubSpot property of another name: Classic's special fields, in every spelling."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from relay.core.coercion import Unfit, is_blank, is_empty, tidied
from relay.core.names import squashed

Part: TypeAlias = Literal["whole", "first", "last"]

STAGE = "lifecyclestage"
# For each contact property, the traits that may give it, the one that counts most first. A dot leads into an
# object.
CONTACT_TRAITS: Mapping[str, tuple[str, ...]] = {
    "firstname": ("firstName", "name"),
    "lastname": ("lastName", "name"),
    "jobtitle": ("position", "jobTitle"),
    "company": ("companyName", "company.name", "company"),
    "phone": ("phone", "phones"),
    "address": ("address", "address.street"),
    "city": ("address.city", "city"),
    "state": ("address.state", "state"),
    "zip": ("address.postalCode", "postalCode", "address.zip", "zip"),
    "country": ("address.country", "country"),
    "website": ("website",),
    "createdate": ("createdAt", "created"),
    STAGE: ("lifecycleStage",),
}
# Traits that are objects of standard traits.
_HOLDERS = frozenset({"address", "company"})
# Objects whose text would be of no use in the property of the same name.
SPREAD = _HOLDERS | {"phone", "phones"}
PARTS: Mapping[tuple[str, str], Part] = {
    ("firstname", "name"): "first",
    ("lastname", "name"): "last",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A property that a trait may give; of several traits for it the lowest `rank` counts."""

    property: str
    rank: int
    part: Part = "whole"


def by_trait(table: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[Target, ...]]:
    """Return the targets of each trait, by its squashed path."""
    found: dict[str, tuple[Target, ...]] = {}
    for name, paths in table.items():
        for rank, path in enumerate(paths):
            target = Target(name, rank, PARTS.get((name, path), "whole"))
            found[squashed(path)] = (*found.get(squashed(path), ()), target)
    return found


# The same for companies: the special traits of Classic's group call.
COMPANY_TRAITS: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "website": ("website",),
    "description": ("description",),
    "industry": ("industry",),
    "numberofemployees": ("employees", "numberOfEmployees"),
    "phone": ("phone",),
    "address": ("address", "address.street"),
    "city": ("address.city", "city"),
    "state": ("address.state", "state"),
    "zip": ("address.postalCode", "postalCode", "address.zip", "zip"),
    "country": ("address.country", "country"),
}

TARGETS: Mapping[str, Mapping[str, tuple[Target, ...]]] = {
    "contacts": by_trait(CONTACT_TRAITS),
    "companies": by_trait(COMPANY_TRAITS),
}
# What says which object it is: no trait of another name sets it.
IDENTIFIERS: Mapping[str, str] = {"contacts": "email", "companies": "domain"}


def usable_items(spelling: str, items: list[object]) -> list[int]:
    """Return the places of the items that a standard trait may mean.

    They are texts, numbers and, where the trait may be an object, objects.
    """
    kinds = str | int | float | dict if spelling in _HOLDERS else str | int | float
    return [place for place, item in enumerate(items) if isinstance(item, kinds) and not is_empty(item)]


def part_of(value: object, part: Part) -> object:
    """Return what of a value is meant: the first item of a list, and of a name its first word or the rest.

    `Unfit` if there is no such part.
    """
    if isinstance(value, list) and not is_blank(value):
        places = usable_items("", value)
        return part_of(value[places[0]], part) if places else Unfit("no_value")
    return value if part == "whole" or isinstance(value, Unfit) else _word(value, part)


def _word(value: object, part: Part) -> object:
    # What clears a name clears both parts of it.
    if is_blank(value):
        return value
    if not isinstance(value, str):
        return Unfit("not_a_name")
    words = tidied(value).split(maxsplit=1)
    found = words[:1] if part == "first" else words[1:]
    # A name of one word says nothing of a last name.
    return found[0] if found else Unfit("no_value")
