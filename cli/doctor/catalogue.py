"""Has HubSpot the properties and events that are needed? Findings from its lists. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from cli.doctor.facts import HubSpot, Recent
from cli.doctor.findings import Finding, Unread, error, listed, not_checked, ok, warning
from cli.doctor.needs import NeededProperty, event_rules, events_for, properties_for, property_of
from relay.core.answers import Answer, NoReply, Reply, content
from relay.core.event_definitions import Definitions, parse_definitions
from relay.core.groups import COMPANIES
from relay.core.mapping import CONTACTS
from relay.core.refusals import mappings, missing_scopes, text, text_mapping
from relay.core.schema import Schema, parse_schema
from relay.settings import Destination


@dataclass(frozen=True, slots=True)
class Listed:
    """HubSpot's properties of one object type, and which of them are unique."""

    schema: Schema
    unique: frozenset[str]


def listed_properties(answer: Answer, object_type: str) -> Listed | Unread:
    """Read a property list, or say why there is none."""
    results = content(answer).get("results")
    if not isinstance(results, list):
        return Unread(_why(answer))
    unique = {str(each.get("name")) for each in mappings(results) if each.get("hasUniqueValue") is True}
    return Listed(parse_schema(results, object_type), frozenset(unique))


def _why(answer: Answer) -> str:
    if isinstance(answer, NoReply):
        return answer.reason
    scopes = missing_scopes(text_mapping(answer.body))
    return f"HubSpot refused the list with status {answer.status}" + (f": {scopes}" if scopes else "")


def property_findings(asked: HubSpot, settings: Destination, recent: Recent) -> Iterator[Finding]:
    """Yield which properties the settings or recent events need, and HubSpot lacks."""
    known = {
        CONTACTS: listed_properties(asked.contact_properties, CONTACTS),
        COMPANIES: listed_properties(asked.company_properties, COMPANIES),
    }
    lists = {kind: each for kind, each in known.items() if isinstance(each, Listed)}
    needs = list(properties_for(settings))
    yield from _needed(needs, lists, known, settings)
    for kind, each in known.items():
        traits = [trait for of, trait in recent.unknown if of == kind]
        if traits and kind in lists:
            yield _dropped(kind, traits, lists[kind].schema, settings)
        elif traits:
            yield not_checked(f"dropped {kind} traits", _unread(each))


def _unread(known: Listed | Unread) -> str:
    return known.why if isinstance(known, Unread) else ""


def _needed(
    needs: Sequence[NeededProperty],
    lists: Mapping[str, Listed],
    known: Mapping[str, Listed | Unread],
    settings: Destination,
) -> Iterator[Finding]:
    if not needs:
        yield ok("properties", "The settings name none.")
        return
    checkable = [need for need in needs if _is_settled(need, lists)]
    if len(checkable) < len(needs):
        why = next(filter(None, (_unread(each) for each in known.values())), "")
        yield not_checked("properties", why)
    missing = [need for need in checkable if not _places(need, lists) and not _will_be_made(need, settings)]
    unwritable = [need for need in checkable if _places(need, lists) and not _is_usable(need, lists)]
    ambiguous = [need for need in checkable if need.must_be_unique and _is_ambiguous(need, lists)]
    yield from _complaints(missing, "HubSpot has no", "Create it in HubSpot (its internal name counts)")
    yield from _complaints(unwritable, "HubSpot lets nobody write", "Name another property")
    yield from _complaints(
        ambiguous,
        "It is not unique:",
        "Name a property with unique values; HubSpot makes one so only at birth",
    )
    if checkable and not (missing or unwritable or ambiguous):
        yield ok("properties", f"HubSpot has all {len(checkable)} that the settings name.")


def _complaints(needs: Sequence[NeededProperty], words: str, remedy: str) -> Iterator[Finding]:
    if needs:
        names = list(dict.fromkeys(need.name for need in needs))
        settings = listed(list(dict.fromkeys(need.setting for need in needs)))
        yield error(
            "properties", f"{words} {listed(names)} ({settings}).", f"{remedy}, or change the setting.", names
        )


def _places(need: NeededProperty, lists: Mapping[str, Listed]) -> list[str]:
    return [kind for kind in need.object_types if kind in lists and lists[kind].schema.find(need.name)]


def _is_settled(need: NeededProperty, lists: Mapping[str, Listed]) -> bool:
    """Whether it can be told if HubSpot has it: it is found, or every list that could have it is there."""
    return bool(_places(need, lists)) or all(kind in lists for kind in need.object_types)


def _is_usable(need: NeededProperty, lists: Mapping[str, Listed]) -> bool:
    return any(lists[kind].schema.is_writable(need.name) for kind in _places(need, lists))


def _is_ambiguous(need: NeededProperty, lists: Mapping[str, Listed]) -> bool:
    return any(need.name not in lists[kind].unique for kind in _places(need, lists))


def _will_be_made(need: NeededProperty, settings: Destination) -> bool:
    # What is unique has to be made by hand.
    return not need.must_be_unique and settings.create_properties and CONTACTS in need.object_types


def _dropped(kind: str, traits: Sequence[str], schema: Schema, settings: Destination) -> Finding:
    """Say which of the traits that were left out have no property still."""
    check, rules = f"dropped {kind} traits", settings.policy.rules
    found = {trait: property_of(trait, schema, rules) for trait in traits}
    lacking = sorted({name for name, is_known in found.values() if not is_known})
    if not lacking:
        return ok(check, "HubSpot has by now the properties that were lacking in the last day.")
    remedy = f"Create them in HubSpot, or let `traits` send {listed(sorted(found))} elsewhere or block them."
    more = " The setting create_properties would make them." if kind == CONTACTS else ""
    return warning(check, f"Left out lately, as HubSpot has no {listed(lacking)}.", remedy + more, lacking)


def listed_definitions(answer: Answer) -> Definitions | Unread:
    """Read all event definitions, or say why there are none."""
    results = content(answer).get("results")
    return (
        Definitions(tuple(parse_definitions(results))) if isinstance(results, list) else Unread(_why(answer))
    )


def event_findings(
    asked: HubSpot, settings: Destination, recent: Recent, undefined: Sequence[str] | Unread
) -> Iterator[Finding]:
    """Yield which events the settings or recent rejects need, and HubSpot has not defined.

    `undefined` are the names of events that were rejected as `no_definition`.
    """
    if not settings.policy.events.is_custom:
        why = {"off": "Events are off: tracks are recorded as skipped.", "legacy": "Legacy events need none."}
        yield ok("event definitions", why[settings.events])
        return
    answer = asked.definitions
    is_refused = isinstance(answer, Reply) and answer.status == HTTPStatus.FORBIDDEN
    known = listed_definitions(answer)
    if off := _why_off(answer, known, settings):
        yield ok("event definitions", f"Events are off: {off}. Tracks are recorded as skipped.")
    elif is_refused and not _scopes_of(answer):
        yield error(
            "event definitions",
            "HubSpot lets this account have no custom events (they need an Enterprise plan).",
            "Set events to legacy or off, or plan to the one that the account has.",
        )
    elif isinstance(known, Unread):
        yield not_checked("event definitions", known.why)
    else:
        yield _named(known, settings)
        yield from _rejected(known, settings, recent, undefined)


def _why_off(answer: Answer, known: Definitions | Unread, settings: Destination) -> str:
    """Return why the setting `auto` sends no events of an account whose plan is not said to have them."""
    events = settings.policy.events
    if events.mode != "auto" or events.is_expected:
        return ""
    if isinstance(known, Definitions):
        is_none = not known.entries and not events.creates_definitions
        return f"HubSpot lists no event, and plan is {settings.plan}" if is_none else ""
    if not isinstance(answer, Reply) or answer.status != HTTPStatus.FORBIDDEN:
        return ""
    scopes = _scopes_of(answer)
    return f"the access token lacks {scopes}" if scopes else "HubSpot lets this account have no custom events"


def _scopes_of(answer: Answer) -> str:
    return missing_scopes(text_mapping(answer.body)) if isinstance(answer, Reply) else ""


def _named(known: Definitions, settings: Destination) -> Finding:
    rules, named = event_rules(settings), events_for(settings)
    missing = [name for name in named if not known.find(name, rules)]
    if not missing:
        return ok("event definitions", f"HubSpot has all {len(named)} that the settings name.")
    if rules.creates:
        return ok("event definitions", f"The relay will make {listed(missing)} (create_event_definitions).")
    wanted = [rules.name_for(name) or name for name in missing]
    return error(
        "event definitions",
        f"HubSpot has no event {listed(wanted)} ({listed(list(dict.fromkeys(named[n] for n in missing)))}).",
        "Define it in HubSpot (by its internal name), change the setting, or set create_event_definitions.",
        wanted,
    )


def _rejected(
    known: Definitions, settings: Destination, recent: Recent, undefined: Sequence[str] | Unread
) -> Iterator[Finding]:
    seen = recent.rejected.get("no_definition")
    names = () if isinstance(undefined, Unread) else undefined
    rules = event_rules(settings)
    lacking = [name for name in names if not known.find(name, rules)]
    replay = "then `relay replay --reason no_definition`"
    if lacking:
        yield error(
            "rejected events",
            f"Rejected, as HubSpot has no event {listed(lacking)}.",
            f"Define it in HubSpot, name another in event_names, or set create_event_definitions; {replay}.",
            lacking,
        )
    elif names:
        yield warning(
            "rejected events",
            f"Rejected for want of a definition that HubSpot has by now: {listed(list(names))}.",
            "Send them again with `relay replay --reason no_definition`.",
            names,
        )
    elif seen:
        yield warning(
            "rejected events",
            f"{seen.events} rejected in the last day for want of a definition.",
            f"`relay rejects --reason no_definition` names them; {replay}.",
        )


def company_finding(settings: Destination) -> Finding:
    """Say what is known of HubSpot's own making of companies: its API has no word on that setting."""
    if not settings.create_companies:
        return ok("companies made by HubSpot", "No matter: the relay makes none itself (create_companies).")
    return warning(
        "companies made by HubSpot",
        "HubSpot's API does not tell whether it makes companies of contacts' addresses by itself. If so, "
        "a group may meet one without a name, or two of its domain.",
        "Settings > Objects > Companies, 'Create and associate companies with contacts': off is safer.",
    )


def shared_finding(asked: HubSpot, recent: Recent) -> Iterator[Finding]:
    """Yield which domains groups of different names have shared lately: one company for all of them."""
    if not recent.shared:
        return
    results = list(mappings(content(asked.shared_companies).get("results")))
    named = {
        str(each.get("id")): text(text_mapping(each.get("properties")).get("domain")) for each in results
    }
    domains = [named.get(object_id) or f"company {object_id}" for object_id in recent.shared if object_id]
    count = sum(seen.events for seen in recent.shared.values())
    yield warning(
        "domains of several groups",
        f"{count} groups in the last day have told of a company that one of another name had told of: "
        f"{listed(domains) or 'which one, the log does not tell'}.",
        "If they are different companies, name the host in shared_hosts, or know companies by group_key.",
        domains,
    )
