"""Which contacts HubSpot has: found by their addresses, or by another property that is unique."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, why_not
from relay.core.identity import FoundContact
from relay.core.outcomes import Deferred
from relay.core.planning import MAX_INPUTS
from relay.core.refusals import mappings, text, text_mapping

_READ = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})
EMAIL = "email"
# HubSpot's own id of an object.
RECORD = "hs_object_id"


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
    """Reads contacts by any of their addresses, or by another property that is unique."""

    api: ReadApi
    threads: Executor

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
        answers = self.threads.map(
            lambda chunk: self.api.read_contacts(
                chunk, deadline_ms, id_property=id_property, properties=properties
            ),
            chunks,
        )
        found: dict[str, FoundContact | Deferred | None] = {}
        for chunk, answer in zip(chunks, answers, strict=True):
            found |= _read(chunk, answer, id_property, properties)
        return found


def _read(
    ids: Sequence[str], answer: Answer, id_property: str, names: Sequence[str]
) -> Mapping[str, FoundContact | Deferred | None]:
    if not isinstance(answer, Reply) or answer.status not in _READ:
        return dict.fromkeys(ids, why_not(answer))
    by_id = dict(_owners(text_mapping(answer.body), id_property, names))
    return {each: by_id.get(each) for each in ids}


def _owners(
    body: Mapping[str, object], id_property: str, names: Sequence[str]
) -> Iterator[tuple[str, FoundContact]]:
    """Yield the contacts that were read, by each id that they have in a property."""
    for result in mappings(body.get("results")):
        properties = text_mapping(result.get("properties"))
        primary = text(properties.get(EMAIL)).strip().lower()
        further = text(properties.get("hs_additional_emails")).lower().split(";")
        others = frozenset(map(str.strip, further)) - {"", primary}
        values = {name: str(properties[name]) for name in names if properties.get(name) not in (None, "")}
        found = FoundContact(str(result.get("id")), primary, others, values)
        for each in _ids(found, properties, id_property):
            yield each, found


def _ids(found: FoundContact, properties: Mapping[str, object], id_property: str) -> Iterator[str]:
    if id_property == RECORD:
        yield found.object_id
    elif id_property != EMAIL:
        yield text(properties.get(id_property))
    else:
        yield from {found.email, *found.further} - {""}
