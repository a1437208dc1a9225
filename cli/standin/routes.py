"""Which call of HubSpot's API is which, and the scopes that it needs (HubSpot's OpenAPI files)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from cli.standin import account, batches, deletes, events, legacy_events, linking, reads, search, singles
from cli.standin.answers import Result, invalid_json, lower_tier, missing_scopes
from cli.standin.calls import Call
from cli.standin.limiter import Family
from cli.standin.portal import Portal
from cli.standin.wire import call_of, parsed

Act: TypeAlias = Callable[[Portal, Call], Result]


@dataclass(frozen=True, slots=True)
class Route:
    """`act` answers calls of this method and path.

    Attributes:
        scopes: The token has to have one of them, if there are any; `{}` is the name of the object type.
        needs_all: The token has to have all of them instead.
        family: By which limit the call is counted.
        is_enterprise: Only the tier of that name has it.
    """

    method: str
    path: str
    scopes: tuple[str, ...]
    act: Act
    family: Family = Family.CALLS
    needs_all: bool = False
    is_enterprise: bool = False

    def match(self, method: str, path: str) -> Mapping[str, str | None] | None:
        """Return the parts of the path that vary, None if it is another call's."""
        found = re.fullmatch(self.path, path) if method == self.method else None
        return found.groupdict() if found else None

    def endpoint(self, path: str) -> str:
        """Return the path without what names a record or a person, so that calls of one kind are alike."""
        found = re.fullmatch(self.path, path)
        for name in ("to_key", "key"):
            if found and name in found.re.groupindex:
                begin, end = found.span(name)
                path = f"{path[:begin]}{{id}}{path[end:]}"
        return path

    def refusal(self, call: Call, tier: str) -> Result | None:
        """Return the 403 for a token that lacks a scope, or for an account of a lower tier."""
        needed = [scope.format(call.object_type.name) for scope in self.scopes]
        missing = [scope for scope in needed if scope not in call.scopes]
        if missing and (self.needs_all or len(missing) == len(needed)):
            return missing_scopes(missing)
        return lower_tier() if self.is_enterprise and tier != "enterprise" else None


# A route and what of its path varies.
Found: TypeAlias = tuple[Route, Mapping[str, str | None]]


def answer(found: Found, portal: Portal, query: str, raw: bytes, scopes: frozenset[str]) -> Result:
    """Answer a call whose route was found: scopes and tier, its body, and then what it asks for."""
    route, parts = found
    body = parsed(raw)
    call = call_of(parts, query, raw, scopes)
    if refusal := route.refusal(call, portal.tier):
        return refusal
    if not isinstance(body, Mapping):
        return invalid_json("Unexpected character" if body is None else "Cannot deserialize value")
    with portal.lock:
        return route.act(portal, call)


def find(method: str, path: str) -> Found | None:
    """Return the route of a call, and what of its path varies: `version`, types and keys."""
    matches = ((route, route.match(method, path)) for route in ROUTES)
    return next(((route, found) for route, found in matches if found is not None), None)


_TYPE = r"(?P<object_type>contacts|companies|0-1|0-2)"
_TO_TYPE = r"(?P<to_type>contacts|companies|0-1|0-2)"
_KEY = r"(?P<key>[^/]+)"
_OBJECTS = rf"/crm/(?:objects/(?P<version>[\w-]+)|v3/objects)/{_TYPE}"
_CONTACTS = r"/crm/(?:objects/(?P<version>[\w-]+)|v3/objects)/(?P<object_type>contacts|0-1)"
_PROPERTIES = rf"/crm/(?:properties/[\w-]+|v3/properties)/{_TYPE}"
_PAIR = rf"/crm/(?:associations/(?P<version>[\w-]+)|(?P<v4>v4)/associations)/{_TYPE}/{_TO_TYPE}/batch"
_ONE_PAIR = (
    rf"/crm/(?:objects/[\w-]+|v4/objects)/{_TYPE}/{_KEY}/associations/default/{_TO_TYPE}/(?P<to_key>[^/]+)"
)
_SEND = r"/events/(?:custom/)?[\w-]+/send"
_DEFINITIONS = r"/events/[\w-]+/event-definitions"
_READ = ("crm.objects.{}.read",)
_WRITE = ("crm.objects.{}.write",)
_READ_BOTH = ("crm.objects.contacts.read", "crm.objects.companies.read")
_WRITE_BOTH = ("crm.objects.contacts.write", "crm.objects.companies.write")
_READ_SCHEMA = ("crm.schemas.{}.read", "crm.objects.{}.read")
_WRITE_SCHEMA = ("crm.schemas.{}.write",)
_SEND_SCOPE = ("analytics.behavioral_events.send",)
_DEFINE_SCOPE = ("behavioral_events.event_definitions.read_write",)


def _associating(path: str, scopes: tuple[str, ...], act: Act) -> Route:
    return Route("POST", f"{_PAIR}/{path}", scopes, act, Family.ASSOCIATIONS, needs_all=True)


def _sending(path: str, act: Act) -> Route:
    return Route("POST", path, _SEND_SCOPE, act, Family.EVENTS, is_enterprise=True)


def _defining(method: str, path: str, act: Act) -> Route:
    return Route(method, _DEFINITIONS + path, _DEFINE_SCOPE, act, is_enterprise=True)


# The first that fits counts: what is fixed stands before what is a key.
ROUTES: tuple[Route, ...] = (
    Route("POST", f"{_OBJECTS}/batch/upsert", _WRITE, batches.upsert),
    Route("POST", f"{_OBJECTS}/batch/update", _WRITE, batches.update),
    Route("POST", f"{_OBJECTS}/batch/create", _WRITE, batches.create),
    Route("POST", f"{_OBJECTS}/batch/archive", _WRITE, deletes.archive_batch),
    Route("POST", f"{_OBJECTS}/batch/read", _READ, reads.read),
    Route("POST", f"{_OBJECTS}/search", _READ, search.search, Family.SEARCH),
    Route("POST", f"{_CONTACTS}/gdpr-delete", _WRITE, deletes.gdpr_delete),
    Route("PUT", _ONE_PAIR, _WRITE_BOTH, linking.put_default, needs_all=True),
    Route("POST", _OBJECTS, _WRITE, singles.create),
    Route("GET", _OBJECTS, _READ, reads.page),
    Route("GET", f"{_OBJECTS}/{_KEY}", _READ, reads.get),
    Route("PATCH", f"{_OBJECTS}/{_KEY}", _WRITE, singles.patch),
    Route("DELETE", f"{_OBJECTS}/{_KEY}", _WRITE, deletes.archive),
    _associating("associate/default", _WRITE_BOTH, linking.associate_default),
    _associating("create", _WRITE_BOTH, linking.create),
    _associating("read", _READ_BOTH, linking.read),
    _associating("archive", _WRITE_BOTH, linking.archive),
    Route(
        "GET", f"{_PROPERTIES}/groups", _READ_SCHEMA, lambda on, by: on.schema(by.object_type).list_groups()
    ),
    Route(
        "POST",
        f"{_PROPERTIES}/groups",
        _WRITE_SCHEMA,
        lambda on, by: on.schema(by.object_type).create_group(by),
    ),
    Route(
        "POST",
        f"{_PROPERTIES}/batch/create",
        _WRITE_SCHEMA,
        lambda on, by: on.schema(by.object_type).create_batch(by),
    ),
    Route("GET", _PROPERTIES, _READ_SCHEMA, lambda on, by: on.schema(by.object_type).list(by)),
    Route("POST", _PROPERTIES, _WRITE_SCHEMA, lambda on, by: on.schema(by.object_type).create(by)),
    Route("GET", f"{_PROPERTIES}/{_KEY}", _READ_SCHEMA, lambda on, by: on.schema(by.object_type).get(by)),
    Route(
        "DELETE", f"{_PROPERTIES}/{_KEY}", _WRITE_SCHEMA, lambda on, by: on.schema(by.object_type).archive(by)
    ),
    _sending(_SEND, events.send),
    _sending(f"{_SEND}/batch", events.send_batch),
    _defining("GET", "", lambda on, by: on.event_definitions.list(by)),
    _defining("POST", "", lambda on, by: on.event_definitions.create(by)),
    _defining("GET", f"/{_KEY}/?", lambda on, by: on.event_definitions.get(by)),
    _defining("DELETE", f"/{_KEY}", lambda on, by: on.event_definitions.delete(by)),
    _defining("POST", f"/{_KEY}/property", lambda on, by: on.event_definitions.add_property(by)),
    Route("GET", "/v1/event", (), legacy_events.receive, Family.FREE),
    Route(
        "GET",
        r"/account-info/[\w-]+/details",
        ("oauth",),
        lambda on, _: (HTTPStatus.OK, account.details(on.account)),
    ),
    Route(
        "POST",
        "/oauth/v2/private-apps/get/access-token-info",
        (),
        lambda on, by: account.token_info(
            on.account, by.scopes, is_told=on.tells_token and "tokenKey" in by.body
        ),
    ),
)
