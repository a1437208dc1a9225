"""Finds contacts by their addresses, where the memory does not know them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, why_not
from relay.core.outcomes import Deferred
from relay.core.planning import MAX_INPUTS
from relay.core.refusals import mappings, text, text_mapping

_READ = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})


class ReadApi(Protocol):
    """HubSpot's call to read contacts."""

    def read_contacts(self, emails: Sequence[str], deadline_ms: int) -> Answer:
        """Read the contacts of up to a hundred addresses."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A contact: HubSpot's id of it, and its primary address."""

    record_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Reads contacts by any of their addresses."""

    api: ReadApi
    threads: Executor

    def find(self, addresses: Sequence[str], deadline_ms: int) -> Mapping[str, Found | Deferred | None]:
        """Return for each address its contact, None if HubSpot has none, or why that is unknown."""
        chunks = [addresses[n : n + MAX_INPUTS] for n in range(0, len(addresses), MAX_INPUTS)]
        answers = self.threads.map(lambda chunk: self.api.read_contacts(chunk, deadline_ms), chunks)
        found: dict[str, Found | Deferred | None] = {}
        for chunk, answer in zip(chunks, answers, strict=True):
            found |= _read(chunk, answer)
        return found


def _read(addresses: Sequence[str], answer: Answer) -> Mapping[str, Found | Deferred | None]:
    if not isinstance(answer, Reply) or answer.status not in _READ:
        return dict.fromkeys(addresses, why_not(answer))
    by_address = dict(_owners(text_mapping(answer.body)))
    return {address: by_address.get(address) for address in addresses}


def _owners(body: Mapping[str, object]) -> Iterator[tuple[str, Found]]:
    """Yield every address of the contacts that were read."""
    for result in mappings(body.get("results")):
        properties = text_mapping(result.get("properties"))
        primary = text(properties.get("email")).strip().lower()
        further = text(properties.get("hs_additional_emails")).lower().split(";")
        for address in {primary, *map(str.strip, further)} - {""}:
            yield address, Found(str(result.get("id")), primary)
