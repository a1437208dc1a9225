"""Which contacts HubSpot has: found by their handles, many in a call."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, why_not
from relay.core.handles import EMAIL, RECORD, ref_of
from relay.core.json_parts import label, mappings, text, text_mapping
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred
from relay.core.planning import MAX_INPUTS
from relay.core.refusals import read_refusal
from relay.core.speakers import not_hubspot

_READ = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})


class ReadApi(Protocol):
    """HubSpot's call to read contacts."""

    def read_contacts(
        self, ids: Sequence[str], deadline_ms: int, *, id_property: str, properties: Sequence[str] = ()
    ) -> Answer:
        """Read up to a hundred contacts by a unique property; by HubSpot's own ids where it is `RECORD`.

        The answer holds their addresses, and the further `properties` that are named.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lookup:
    """Reads contacts by any of their addresses, or by another property that is unique.

    What is found of each has its value of `match_property`, where contacts are known by one.
    """

    api: ReadApi
    threads: Executor
    match_property: str = ""

    def find_all(
        self, handles: Iterable[str], deadline_ms: int
    ) -> Mapping[str, FoundContact | Deferred | None]:
        """Return for each handle its contact, None if HubSpot has none, or why that is unknown."""
        by_property: dict[str, dict[str, str]] = {}
        for handle in handles:
            ref = ref_of(handle)
            by_property.setdefault(ref.id_property, {})[ref.id] = handle
        found: dict[str, FoundContact | Deferred | None] = {}
        for name, ids in by_property.items():
            each = self.find(list(ids), deadline_ms, name)
            found |= {handle: each[value] for value, handle in ids.items()}
        return found

    def find(
        self,
        ids: Sequence[str],
        deadline_ms: int,
        id_property: str = EMAIL,
        *,
        properties: Sequence[str] = (),
    ) -> Mapping[str, FoundContact | Deferred | None]:
        """Return for each id its contact, None if HubSpot has none, or why that is unknown.

        A contact tells of those further `properties` that are named and have a value.
        """
        chunks = [ids[n : n + MAX_INPUTS] for n in range(0, len(ids), MAX_INPUTS)]
        asked = [*properties, *filter(None, (self.match_property,))]
        answers = self.threads.map(
            lambda chunk: self.api.read_contacts(
                chunk, deadline_ms, id_property=id_property, properties=asked
            ),
            chunks,
        )
        found: dict[str, FoundContact | Deferred | None] = {}
        for chunk, answer in zip(chunks, answers, strict=True):
            found |= self._read(chunk, answer, id_property, properties)
        return found

    def _read(
        self, ids: Sequence[str], answer: Answer, id_property: str, names: Sequence[str]
    ) -> Mapping[str, FoundContact | Deferred | None]:
        if not isinstance(answer, Reply) or not_hubspot(answer) or answer.status not in _READ:
            return dict.fromkeys(ids, why_not(answer))
        body = text_mapping(answer.body)
        by_id = dict(_owners(body, id_property, (self.match_property, names)))
        # Whether letter case counts is not documented: what differs in nothing else is the same.
        in_any_case = {each.lower(): contact for each, contact in by_id.items()}
        missing = _missing(body)
        return {each: by_id.get(each) or in_any_case.get(each.lower(), missing) for each in ids}


def _missing(body: Mapping[str, object]) -> Deferred | None:
    """Return why it is unknown whether HubSpot has what it does not list; None if it has none."""
    is_listed = isinstance(body.get("results"), list)
    errors = [read_refusal(each).kinds for each in mappings(body.get("errors"))]
    is_sure = is_listed and all("OBJECT_NOT_FOUND" in kinds for kinds in errors)
    return None if is_sure else Deferred("missing_outcome")


def _owners(
    body: Mapping[str, object], id_property: str, asked: tuple[str, Sequence[str]]
) -> Iterator[tuple[str, FoundContact]]:
    """Yield the contacts that were read, by each id that they have in a property."""
    for result in mappings(body.get("results")):
        properties = text_mapping(result.get("properties"))
        primary = text(properties.get(EMAIL)).strip().lower()
        further = text(properties.get("hs_additional_emails")).lower().split(";")
        others = frozenset(map(str.strip, further)) - {"", primary}
        match_property, names = asked
        values = {name: str(properties[name]) for name in names if properties.get(name) not in (None, "")}
        value = text(properties.get(match_property)).strip() if match_property else ""
        found = FoundContact(label(result.get("id")), primary, others, values, value)
        for each in _ids(found, properties, id_property):
            yield each, found


def _ids(found: FoundContact, properties: Mapping[str, object], id_property: str) -> Iterator[str]:
    if id_property == RECORD:
        yield found.object_id
    elif id_property != EMAIL:
        yield text(properties.get(id_property)).strip()
    else:
        yield from {found.email, *found.further} - {""}
