"""Which labels a contact and a company have already: whoever sets one of a pair has to send all of them.

Source: HubSpot's guide to associations. It lists a contact's associations in pages.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple, Protocol, TypeAlias

from relay.core.answers import Answer, NoReply, Reply
from relay.core.refusals import mappings, text, text_mapping

Pair: TypeAlias = tuple[str, str]
# HubSpot's batch endpoint for reading associations refuses more.
MAX_READ = 1_000
# Of a contact with so many companies that they are not to be found within these, no label is set.
MAX_PAGES = 20
_READ = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})
# HubSpot's types of a plain association, and of that with the contact's primary company.
PLAIN, PRIMARY = 279, 1


class Label(NamedTuple):
    """A type of association, in HubSpot's words."""

    category: str
    type_id: int


# The labels of those pairs that have any but that of the primary company.
Labelled: TypeAlias = Mapping[Pair, Sequence[Label]]
NO_LABELS: Labelled = {}


class LabelApi(Protocol):
    """HubSpot's call to read associations."""

    def read_associations(self, contacts: Mapping[str, str], deadline_ms: int) -> Answer:
        """Read the companies of up to 1,000 contacts, each from a place on; "" is the first."""
        ...


def labels_of(api: LabelApi, pairs: Sequence[Pair], deadline_ms: int) -> Labelled | Reply | NoReply:
    """Return the labels of pairs, or the answer by which they are not known."""
    labels: dict[Pair, Sequence[Label]] = {}
    places = dict.fromkeys((contact for contact, _ in pairs), "")
    for _ in range(MAX_PAGES):
        answers = [api.read_associations(part, deadline_ms) for part in _parts(places)]
        failed = next((each for each in answers if not _is_read(each)), None)
        if failed:
            return failed
        bodies = [text_mapping(each.body) for each in answers if isinstance(each, Reply)]
        if not all(_is_none(error) for body in bodies for error in mappings(body.get("errors"))):
            return NoReply("labels_unread")
        results = [result for body in bodies for result in mappings(body.get("results"))]
        labels |= {pair: found for result in results for pair, found in _labelled(result) if found}
        places = dict(_following(results))
        if not places:
            break
    if places:
        return NoReply("too_many_labels")
    return {pair: labels[pair] for pair in pairs if pair in labels}


def _parts(places: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    asked = list(places.items())
    for start in range(0, len(asked), MAX_READ):
        yield dict(asked[start : start + MAX_READ])


def _is_read(answer: Answer) -> bool:
    """Say whether associations were read; that somebody has none is one of the errors of a mixed answer."""
    return isinstance(answer, Reply) and answer.status in _READ and bool(text_mapping(answer.body))


def _is_none(error: Mapping[str, object]) -> bool:
    """Say whether an error of a mixed answer tells that somebody has no company, or is gone."""
    words = f"{text(error.get('category'))} {text(error.get('subCategory'))}".upper()
    return "NOT_FOUND" in words or "NO_ASSOCIATIONS" in words


def _labelled(result: Mapping[str, object]) -> Iterator[tuple[Pair, Sequence[Label]]]:
    contact = _id(text_mapping(result.get("from")).get("id"))
    for end in mappings(result.get("to")):
        types = mappings(end.get("associationTypes"))
        yield (contact, _id(end.get("toObjectId"))), tuple(_own(types))


def _own(types: Iterable[Mapping[str, object]]) -> Iterator[Label]:
    for each in types:
        type_id = each.get("typeId")
        if isinstance(type_id, int) and type_id not in (PLAIN, PRIMARY):
            yield Label(text(each.get("category")), type_id)


def _following(results: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    for result in results:
        after = _id(text_mapping(text_mapping(result.get("paging")).get("next")).get("after"))
        if after:
            yield _id(text_mapping(result.get("from")).get("id")), after


def _id(found: object) -> str:
    return str(found) if isinstance(found, str | int) else ""
