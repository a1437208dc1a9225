"""Inputs about companies: under which keys they are remembered, which may be written side by side. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from relay.company_placing import domain_of_input
from relay.core.groups import DOMAIN
from relay.core.planning import Input
from relay.core.profiles import company_key


def keys_of(inputs: Sequence[Input]) -> Iterator[str]:
    """Yield the keys under which something may be remembered of the companies, or of their domains."""
    for entry in inputs:
        yield key_of(entry)
        if domain := domain_of_input(entry):
            yield company_key(domain)


def key_of(entry: Input) -> str:
    """Return the key of what a company is known by."""
    return company_key(entry.ref.id)


def home_of(entry: Input, owner: str) -> str:
    """Return the key under which a company is remembered that may be known by another domain, its `owner`."""
    return company_key(owner) if owner else key_of(entry)


def without_domain(entry: Input) -> Input:
    """Return an input without the domain by which it is known: it is sent only where a company is made."""
    return entry.without({DOMAIN}) if entry.ref.id_property == DOMAIN else entry


def layers(inputs: Iterable[Input]) -> list[list[Input]]:
    """Part inputs so that none is written beside another of the same record, and the newer ones later."""
    parted: list[list[Input]] = []
    placed: Counter[str] = Counter()
    for entry in sorted(inputs, key=lambda entry: entry.newest_ms):
        layer = placed[entry.record_id] if entry.record_id else 0
        placed[entry.record_id] += 1
        if layer == len(parted):
            parted.append([])
        parted[layer].append(entry)
    return parted
