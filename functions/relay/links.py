"""Links contacts to companies, two thousand pairs a call, and says what became of each."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, NoReply, Reply, rejected, why_not
from relay.core.json_parts import label, labels, mappings, text, text_mapping
from relay.core.outcomes import Deferred, Delivered, Outcome
from relay.core.speakers import not_hubspot
from relay.labels import NO_LABELS, LabelApi, Labelled, Pair, labels_of

# HubSpot's batch endpoints for associations refuse more.
MAX_PAIRS = 2_000
# A pair that HubSpot refuses costs about 22 calls to find by halving; many of them must not cost hundreds.
MAX_EXTRA_CALLS = 32
REFUSED = "refused"
# Reasons of a rejection: which id to forget. HubSpot may not say which of the two it does not know.
CONTACT_GONE, COMPANY_GONE, EITHER_GONE = "contact_gone", "company_gone", "contact_or_company_gone"

_ANSWERED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.MULTI_STATUS})
_REFUSED = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        # A status of HubSpot's own: the pair has as many labels as it may have.
        437,
    }
)
# HubSpot answers each pair in both directions; these are the types that lead from the company.
_FROM_COMPANY = frozenset({280, 2})
_COMPANY_TYPES, _CONTACT_TYPES = ("company", "companies", "0-2"), ("contact", "contacts", "0-1")


@dataclass(frozen=True, slots=True)
class Link:
    """A contact and the company that it belongs to, by HubSpot's ids."""

    contact_id: str
    company_id: str


class LinkApi(LabelApi, Protocol):
    """HubSpot's calls to associate contacts with companies."""

    def associate(
        self, pairs: Sequence[Pair], deadline_ms: int, *, primary: bool, labels: Labelled = NO_LABELS
    ) -> Answer:
        """Associate up to 2,000 pairs of a contact and a company.

        With `primary`, as its primary company; then a pair keeps none but these `labels`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Links:
    """Links contacts to companies; with `primary` the company becomes the contact's primary one."""

    api: LinkApi
    threads: Executor
    primary: bool = False

    def settle(self, links: Sequence[Link], deadline_ms: int) -> Mapping[Pair, Outcome]:
        """Return for each pair of ids what became of it. Starts no call after `deadline_ms`.

        A link is delivered as the company's id. Making one that there is does no harm.
        """
        pairs = list(dict.fromkeys((link.contact_id, link.company_id) for link in links))
        chunks = [pairs[n : n + MAX_PAIRS] for n in range(0, len(pairs), MAX_PAIRS)]
        settled: dict[Pair, Outcome] = {}
        for each in self.threads.map(lambda chunk: self._settle(chunk, deadline_ms), chunks):
            settled |= each
        return settled

    def _settle(self, pairs: Sequence[Pair], deadline_ms: int) -> Mapping[Pair, Outcome]:
        """Send pairs; send those again that were refused only for the company that they were in."""
        settled: dict[Pair, Outcome] = {}
        calls_left = 1 + MAX_EXTRA_CALLS
        todo = [pairs]
        while todo:
            part = todo.pop()
            answer = self._made(part, deadline_ms) if calls_left else NoReply("too_many_refusals")
            calls_left -= bool(calls_left)
            said = _read(part, answer)
            settled |= said
            todo += _halves([pair for pair in part if pair not in said], is_whole=not said)
        return settled

    def _made(self, pairs: Sequence[Pair], deadline_ms: int) -> Answer:
        """Associate pairs. If their labels cannot be read, that is the answer: none must get lost."""
        if not self.primary:
            return self.api.associate(pairs, deadline_ms, primary=False)
        labels = labels_of(self.api, pairs, deadline_ms)
        if isinstance(labels, Reply | NoReply):
            return labels
        return self.api.associate(pairs, deadline_ms, primary=True, labels=labels)


def _halves(pairs: Sequence[Pair], *, is_whole: bool) -> list[Sequence[Pair]]:
    """Part pairs of which nothing is said; in two, if it is open which one spoils the whole."""
    if not pairs:
        return []
    middle = len(pairs) // 2
    return [pairs[:middle], pairs[middle:]] if is_whole else [pairs]


def _read(pairs: Sequence[Pair], answer: Answer) -> Mapping[Pair, Outcome]:
    """Return what is said of each pair; of none, or not of all, if the whole was refused for a few."""
    if not isinstance(answer, Reply) or not_hubspot(answer):
        return dict.fromkeys(pairs, why_not(answer))
    if answer.status in _ANSWERED:
        body = text_mapping(answer.body)
        said = dict(_refused(pairs, answer, list(mappings(body.get("errors"))))) | dict(_made(pairs, body))
        return {pair: said.get(pair, Deferred("missing_outcome")) for pair in pairs}
    if answer.status not in _REFUSED or not _is_told(answer):
        return dict.fromkeys(pairs, why_not(answer))
    body = text_mapping(answer.body)
    return dict(_refused(pairs, answer, [body, *mappings(body.get("errors"))]))


def _is_told(answer: Reply) -> bool:
    """Whether HubSpot refuses what was asked, and not the address at which it was."""
    return answer.status != HTTPStatus.NOT_FOUND or bool(text_mapping(answer.body).get("category"))


def _made(pairs: Sequence[Pair], body: Mapping[str, object]) -> Iterator[tuple[Pair, Delivered]]:
    asked = frozenset(pairs)
    for result in mappings(body.get("results")):
        one, other = _end(result, "from"), _end(result, "to")
        pair = (other, one) if _is_reverse(result) else (one, other)
        if pair in asked:
            yield pair, Delivered(pair[1])


def _end(result: Mapping[str, object], side: str) -> str:
    # Of the two calls, one names objects this way and one that.
    return label(text_mapping(result.get(side)).get("id")) or label(result.get(f"{side}ObjectId"))


def _is_reverse(result: Mapping[str, object]) -> bool:
    kind = text_mapping(result.get("associationSpec")).get("associationTypeId")
    return kind in _FROM_COMPANY or text(result.get("fromObjectTypeId")) == "0-2"


def _refused(
    pairs: Sequence[Pair], reply: Reply, errors: Sequence[Mapping[str, object]]
) -> Iterator[tuple[Pair, Outcome]]:
    """Yield the pairs that errors name; a pair that is alone is meant by any."""
    # What says most comes last, and counts.
    for error in sorted(errors, key=lambda error: _reason(error) != REFUSED):
        ids = frozenset(_ids(text_mapping(error.get("context"))))
        reason = _reason(error)
        for pair in pairs:
            if len(pairs) == 1 or (ids and _is_named(pair, ids, reason)):
                yield pair, rejected(reason, reply, error)


def _is_named(pair: Pair, ids: frozenset[str], reason: str) -> bool:
    if reason == CONTACT_GONE:
        return pair[0] in ids
    if reason == COMPANY_GONE:
        return pair[1] in ids
    return not ids.isdisjoint(pair)


def _ids(context: Mapping[str, object]) -> Iterator[str]:
    for name in ("id", "ids", "objectId", "fromObjectId", "toObjectId"):
        yield from labels(context.get(name))


def _reason(error: Mapping[str, object]) -> str:
    """Return what is wrong with a pair: which of the two is gone, or that HubSpot will not have it."""
    kind = text(error.get("subCategory")).upper()
    if "NOT_FOUND" not in f"{text(error.get('category'))} {kind}".upper():
        return REFUSED
    if "FROM_OBJECT" in kind:
        return CONTACT_GONE
    if "TO_OBJECT" in kind:
        return COMPANY_GONE
    types = {each.lower() for each in labels(text_mapping(error.get("context")).get("objectType"))}
    if types & set(_COMPANY_TYPES):
        return COMPANY_GONE
    return CONTACT_GONE if types & set(_CONTACT_TYPES) else EITHER_GONE
