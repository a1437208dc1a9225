"""The kinds of objects that the stand-in knows, and in what they differ.

Sources: HubSpot's contacts and companies guides.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of object.

    Attributes:
        name: Its name in paths.
        type_id: Its number, which paths and errors take as well.
        singular: How errors call one of them.
        modified: The property that tells when an object changed.
        one_of: A new object needs one of these; they are shown if no others are asked for.
        group: Where its properties stand if nothing else is said.
        first_id: The record id of the first one.
    """

    name: str
    type_id: str
    singular: str
    modified: str
    one_of: tuple[str, ...]
    group: str
    first_id: int


CONTACTS = ObjectType(
    name="contacts",
    type_id="0-1",
    singular="contact",
    modified="lastmodifieddate",
    one_of=("email", "firstname", "lastname"),
    group="contactinformation",
    first_id=501,
)
COMPANIES = ObjectType(
    name="companies",
    type_id="0-2",
    singular="company",
    modified="hs_lastmodifieddate",
    one_of=("name", "domain"),
    group="companyinformation",
    first_id=9001,
)
# By name and by type id, as they stand in paths.
BY_NAME = {key: each for each in (CONTACTS, COMPANIES) for key in (each.name, each.type_id)}
