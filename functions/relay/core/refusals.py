"""What a refusal of HubSpot holds, wherever it stands: sentences, codes, names, ids and scopes. Pure.

Nothing has to be there, and nothing has to have its documented shape. Sources: HubSpot's error handling page
(details in `errors`, or as JSON inside the message; a mixed answer holds errors that have details of their
own), and bodies that public clients hold in their tests (`validationResults`, `failureMessages`,
`errorTokens`, a conflict's `identityProfile`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from relay.core.json_parts import label, labels, mappings, strings, text, text_mapping

# The parts of JSON are for those that import them from here.
__all__ = [
    "MAX_SENTENCE_CHARS",
    "TAKEN",
    "Detail",
    "Refusal",
    "ambiguous_property",
    "existing_id",
    "mappings",
    "missing_scopes",
    "named_properties",
    "read_refusal",
    "strings",
    "text",
    "text_mapping",
    "word_of",
]

# A sentence may hold all options of a property; what names the property comes first, or in the details.
MAX_SENTENCE_CHARS = 5_000
_MAX_JSON_CHARS = 4_000_000
_MAX_DETAILS = 500
_MAX_DEPTH = 4
_LISTS = ("errors", "validationResults", "failureMessages")
# Names of what is told: they come in several spellings, so their case and lines below are left out.
_NAMING = ("propertyname", "propertynames", "property", "properties", "field", "fields", "fieldname")
_EXISTING = (
    "existingid",
    "existingids",
    "existingobjectid",
    "existingobjectids",
    "existingrecordid",
    "conflictingobjectid",
)
_SCOPES = ("requiredGranularScopes", "requiredScopes", "missingScopes")
_JSON = re.compile(r"\[\s*\{|\{\s*\"")
_ADDRESS = re.compile(r"(?<!\S)\S*?(?:@|%40)\S*")
_EXISTS = re.compile(r"\b(?:contact|company|object|record)\b.{0,300}?\balready exists\b", re.IGNORECASE)
_EXISTING_ID = re.compile(
    r"existing (?:\w+ )?(?:with )?id\W{1,3}(\d{1,20})|(?<!\d)(\d{1,20}) already has that value|"
    r"already exists\W{1,2}(?:with )?(?:(?:contact|company|object|record) )?id\W{1,3}(\d{1,20})",
    re.IGNORECASE | re.ASCII,
)
_AMBIGUOUS = re.compile(r"non-unique \S+ property [\"']?(\w+)", re.ASCII)
_URL = re.compile(r"\w+://\S*")
_SCOPE = re.compile(r"(?<![\w.])[a-z][\w-]{2,}(?:\.[\w-]{2,})+", re.ASCII)
_SCOPE_LIST = re.compile(r"scopes?\b[^:]{0,60}:\s*\[?([a-z][\w-]*(?:,\s*[a-z][\w-]*)*)\]?\W*$", re.ASCII)
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,79}", re.ASCII)
_CONFLICTS = frozenset({"CONFLICT", "OBJECT_ALREADY_EXISTS", "CONTACT_EXISTS", "COMPANY_EXISTS"})
# HubSpot has these for a value that another record has.
TAKEN = "CONFLICTING_UNIQUE_VALUE"
_TAKEN = frozenset({TAKEN, "UNIQUE_VALUE_CONFLICT", "DUPLICATE_UNIQUE_VALUE"})


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that a refusal says: its sentence, HubSpot's code, the properties that are named beside it.

    `context` is all that is told of it by name, HubSpot's tokens included; names are as `spelt`.
    """

    message: str
    code: str
    names: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_taken(self) -> bool:
        """Whether another record has the value."""
        return self.code in _TAKEN or "already has that value" in self.message


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal: what it says as a whole, and its details, in their order."""

    whole: Detail
    details: tuple[Detail, ...]
    category: str = ""
    sub_category: str = ""
    correlation_id: str = ""
    profile_id: str = ""

    @property
    def all(self) -> tuple[Detail, ...]:
        """The details, and the whole after them."""
        return (*self.details, self.whole)

    @property
    def kinds(self) -> frozenset[str]:
        """All codes, the category among them."""
        return frozenset({self.category, *(each.code for each in self.all)})

    @property
    def is_conflict(self) -> bool:
        """Whether a record is in the way that there is already."""
        kinds = {*self.kinds, self.sub_category.rpartition(".")[2]}
        is_told = bool(kinds & (_CONFLICTS | _TAKEN) or self.existing_id)
        return is_told or any(_EXISTS.search(each.message) for each in self.all)

    @property
    def existing_id(self) -> str:
        """The id of the record that is there already, "" if none is named."""
        told = (each.context.get(key, ()) for each in self.all for key in _EXISTING)
        found = next((one for values in told for one in values if one.isascii() and one.isdigit()), "")
        return found or self.profile_id or next(_existing_ids(self.all), "")

    def told(self, *keys: str) -> Iterator[str]:
        """Yield what is named under any of `keys`."""
        for each in self.all:
            for key in map(spelt, keys):
                yield from each.context.get(key, ())


def spelt(name: str) -> str:
    """Return a name without its case and its lines below: HubSpot spells such names in many ways."""
    return name.replace("_", "").lower()


def read_refusal(error: Mapping[str, object]) -> Refusal:
    """Read a refusal: a whole answer, or one error of a mixed one."""
    whole = _detail(error)
    vid = label(text_mapping(error.get("identityProfile")).get("vid"))
    return Refusal(
        whole,
        tuple(_details(error)),
        word_of(error.get("category")) or word_of(error.get("errorType")),
        label(error.get("subCategory"))[:200],
        # The errors of a mixed answer have an id at the best.
        label(error.get("correlationId"))[:100],
        vid if vid.isdigit() else "",
    )


def named_properties(error: Mapping[str, object]) -> Mapping[str, str]:
    """Return the properties that a refusal names beside its sentences, each with HubSpot's code."""
    named: dict[str, str] = {}
    for detail in read_refusal(error).all:
        for name in detail.names:
            named.setdefault(name, detail.code)
    return named


def existing_id(error: Mapping[str, object]) -> str:
    """Return the id of the record that a conflict names, "" if it names none."""
    return read_refusal(error).existing_id


def ambiguous_property(error: Mapping[str, object]) -> str:
    """Return the property by which HubSpot cannot find objects, as its values are not unique; "" if none."""
    found = _AMBIGUOUS.search(text(error.get("message"))[:MAX_SENTENCE_CHARS])
    return found[1] if found else ""


def missing_scopes(error: Mapping[str, object]) -> str:
    """Return the scopes that HubSpot wants, "" if it names none."""
    refusal = read_refusal(error)
    named = [*refusal.told(*_SCOPES)] or [*_scopes_in(each.message for each in refusal.all)]
    return ", ".join(dict.fromkeys(scope for scope in named if scope.isascii() and scope.isprintable()))[:300]


def word_of(value: object) -> str:
    """Return a category or a code, "" for what is none: it stands in reasons and in logs."""
    found = text(value)
    return found if _CODE.fullmatch(found) else ""


def _scopes_in(sentences: Iterable[str]) -> Iterator[str]:
    # An address has dots, too.
    for sentence in (_ADDRESS.sub("", _URL.sub("", each)) for each in sentences if "scope" in each.lower()):
        listed = _SCOPE_LIST.search(sentence)
        yield from _SCOPE.findall(sentence) or (re.split(r",\s*", listed[1]) if listed else ())


def _existing_ids(details: Iterable[Detail]) -> Iterator[str]:
    return (found[found.lastindex or 0] for each in details for found in _EXISTING_ID.finditer(each.message))


def _details(error: Mapping[str, object]) -> list[Detail]:
    """Return all details: those in lists, those of details, and those that stand as JSON in a message."""
    found: list[Detail] = []
    level = list(islice(_below(error), _MAX_DETAILS))
    for _ in range(_MAX_DEPTH):
        found += [_detail(each) for each in level]
        level = list(islice((below for each in level for below in _below(each)), _MAX_DETAILS))
    return list({(each.message, each.code, each.names): each for each in found}.values())[:_MAX_DETAILS]


def _below(error: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for key in _LISTS:
        listed = error.get(key)
        for each in [listed] if isinstance(listed, Mapping) else mappings(listed):
            yield text_mapping(each.get("propertyValidationResult")) or each
        yield from ({"message": each} for each in strings(listed))
    yield from _in_message(text(error.get("message")))[1]


def _detail(error: Mapping[str, object]) -> Detail:
    context: dict[str, tuple[str, ...]] = {}
    for part in ("context", "errorTokens"):
        for key, value in text_mapping(error.get(part)).items():
            context[spelt(key)] = (*context.get(spelt(key), ()), *labels(value))
    # It may be a path: `inputs[0].properties[plan]`.
    place = (re.findall(r"\w+", text(error.get("in"))) or [""])[-1]
    names = [name for key in _NAMING for name in context.get(key, ())]
    names += [text(error.get(key)) for key in ("property", "propertyName", "field")]
    message = _in_message(text(error.get("message")))[0] or text(error.get("message"))
    code = next(filter(None, map(word_of, map(error.get, ("code", "error", "errorType", "errorCode")))), "")
    named = dict.fromkeys(filter(None, (*names, text(error.get("name")), place)))
    return Detail(message[:MAX_SENTENCE_CHARS], code, tuple(named), context)


def _in_message(message: str) -> tuple[str, list[Mapping[str, object]]]:
    """Return a sentence without the JSON in it, and what that holds: details in a list, or one alone."""
    start = _JSON.search(message)
    if start is None:
        return message, []
    sentence = message[: start.start()]
    try:
        found, _ = json.JSONDecoder().raw_decode(message[: start.start() + _MAX_JSON_CHARS], start.start())
    except (ValueError, RecursionError):
        found = None
    if start[0].startswith("["):
        return sentence, list(mappings(found))
    is_detail = isinstance(found, Mapping) and ("message" in found or "name" in found)
    return (sentence, [found]) if is_detail else (message, [])
