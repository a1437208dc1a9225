"""What may be meant by a name or a value that HubSpot does not have: the nearest that it has. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cli.standin.portal import Portal
from relay.core.names import squashed
from relay.core.routes import route_of
from relay.core.schema import Schema, parse_schema

# As alike as `frist_name` and `firstname`; `plan` and `company` are not.
LIKENESS = 0.75
MAX_OPTIONS = 10


@dataclass(frozen=True)
class Hints:
    """The properties of an account; `labels` are those that people see, by object type and name."""

    contacts: Schema
    companies: Schema
    labels: Mapping[str, Mapping[str, str]]

    def of(self, event_type: str, name: str, reason: str) -> str:
        """Return what may help with a trait that was left out, "" if nothing does."""
        schema = self.companies if event_type == "group" else self.contacts
        if reason == "unknown_property":
            return _near(name, schema, self.labels[schema.object_type])
        if reason == "no_such_option":
            return _options(name, schema)
        return ""


def hints_for(account: Portal) -> Hints:
    """Return the hints for an account, those for what it has created just now as well."""
    contacts, companies = account.properties.live, account.company_properties.live
    return Hints(
        parse_schema(contacts.values()),
        parse_schema(companies.values(), "companies"),
        {"contacts": _labels(contacts.values()), "companies": _labels(companies.values())},
    )


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of `names` that is most like `name`, "" if none is; case and separators do not count."""
    by_spelling = {squashed(each): each for each in names}
    found = get_close_matches(squashed(name), by_spelling, n=1, cutoff=LIKENESS)
    return by_spelling[found[0]] if found else ""


def _near(trait: str, schema: Schema, labels: Mapping[str, str]) -> str:
    last = trait.rpartition(".")[2]
    writable = [name for name in schema.properties if schema.is_writable(name)]
    by_label = {labels[name]: name for name in writable if labels.get(name)}
    near = nearest(last, writable) or by_label.get(nearest(last, by_label), "")
    return f"HubSpot has `{near}`, which may be meant." if near else ""


def _options(trait: str, schema: Schema) -> str:
    found = schema.find(route_of((trait.partition("[")[0],), schema).targets[0].property)
    values = list(dict.fromkeys(found.options.values())) if found else []
    return f"It has {_listed(values)}." if values else ""


def _listed(values: Sequence[str]) -> str:
    more = len(values) - MAX_OPTIONS
    return ", ".join(values[:MAX_OPTIONS]) + (f" and {more} more" if more > 0 else "")


def _labels(entries: Iterable[Mapping[str, object]]) -> Mapping[str, str]:
    return {str(each["name"]): str(each.get("label") or "") for each in entries}
