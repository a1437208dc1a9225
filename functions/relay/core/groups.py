"""A group → the company that it asks for. Pure: the same event, schema and rules always give the same.

Its traits are those of the account: an address among them is the company's, and names nobody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from relay.core.allow_list import permitted
from relay.core.coercion import is_blank, tidied
from relay.core.domains import NO_WEBSITE, NoDomain, domain_of
from relay.core.events import Event
from relay.core.mapping import ObjectRef, UpsertObject
from relay.core.names import property_name, squashed
from relay.core.outcomes import Skipped
from relay.core.routes import route_of
from relay.core.rules import Rules, objection
from relay.core.schema import Schema
from relay.core.shared_hosts import NO_RULES, HostRules
from relay.core.standard import part_of
from relay.core.traits import sort_traits

COMPANIES = "companies"
DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Keying:
    """What companies are known `by`: their `domain`, or the unique property that holds the group's id.

    `bare_hosts`, `registrable` and `hosts` say which domain a website means.
    """

    by: str = DOMAIN
    bare_hosts: bool = False
    registrable: bool = False
    hosts: HostRules = NO_RULES


@dataclass(frozen=True, slots=True)
class MappedCompany:
    """What a group asks of a company.

    `dropped` names each trait that was left out, and why; `unknown` holds the values of those that HubSpot
    has no property for, by the name that it would have. Nothing only fills: there are no `fills`.
    """

    intent: UpsertObject
    dropped: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, object] = field(default_factory=dict)
    fills: Mapping[str, str] = field(default_factory=dict)


def company_for(event: Event, schema: Schema, rules: Rules, keying: Keying) -> MappedCompany | Skipped:
    """Return the company that `event` asks for, or why it asks for none.

    The website names the company whatever rules, or the list of a write key, make of that trait: these decide
    on the property alone.
    """
    if event.type != "group":
        return Skipped("type_not_supported")
    reason = objection(event, rules)
    if reason:
        return Skipped(reason)
    kept = permitted(event.traits, event.grant, schema)
    domain = _domain(event.traits if keying.by == DOMAIN else kept.traits, keying)
    identity = _identity(event, domain, keying)
    if isinstance(identity, Skipped):
        return identity
    # What the key is, the event alone decides.
    keys = [key for key in event.traits if property_name(key) == keying.by]
    others = {key: value for key, value in kept.traits.items() if key not in keys}
    found = sort_traits(others, schema, rules)
    unused = dict.fromkeys((route_of((key,), schema).trait for key in keys), "reserved_property")
    ref = ObjectRef(COMPANIES, keying.by, identity[keying.by])
    intent = UpsertObject(ref, {**found.properties, **identity})
    # What a website gives no domain for is a company by its key all the same.
    undone = {DOMAIN: domain.reason} if isinstance(domain, NoDomain) and domain != NO_WEBSITE else {}
    return MappedCompany(intent, {**found.dropped, **kept.dropped, **undone, **unused}, found.unknown)


def _identity(event: Event, domain: str | NoDomain, keying: Keying) -> Mapping[str, str] | Skipped:
    """Return the properties that say which company it is, and the domain that its website gives it."""
    given = {} if isinstance(domain, NoDomain) else {DOMAIN: domain}
    if keying.by == DOMAIN:
        return Skipped(domain.reason) if isinstance(domain, NoDomain) else given
    return {keying.by: event.group_id, **given} if event.group_id else Skipped("no_group_id")


def _domain(traits: Mapping[str, object], keying: Keying) -> str | NoDomain:
    """Return the first domain that a website gives; else what is wrong with the first that is there."""
    found = [
        domain_of(website, bare_hosts=keying.bare_hosts, registrable=keying.registrable, hosts=keying.hosts)
        for website in _websites(traits)
    ]
    domains = [each for each in found if isinstance(each, str)]
    wrong = [each for each in found if each != NO_WEBSITE]
    return next(iter((*domains, *wrong)), NO_WEBSITE)


def _websites(traits: Mapping[str, object]) -> Iterator[object]:
    """Yield the trait in all its spellings, its own first, then by the alphabet; of a list the first item."""
    keys = [key for key in traits if squashed(key) == "website"]
    for key in sorted(keys, key=lambda key: (key != "website", key)):
        website = part_of(traits[key], "whole")
        yield tidied(website) if isinstance(website, str) else None if is_blank(website) else website
