"""Which call of HubSpot's API is which, and the scopes of which it needs one (HubSpot's OpenAPI files)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from cli.standin import account, batches, deletes, reads, singles
from cli.standin.answers import Result
from cli.standin.calls import Call
from cli.standin.portal import Portal

Act: TypeAlias = Callable[[Portal, Call], Result]


@dataclass(frozen=True, slots=True)
class Route:
    """`act` answers calls of this method and path; the token has to have one of `scopes`, if it names any."""

    method: str
    path: str
    scopes: tuple[str, ...]
    act: Act

    def match(self, method: str, path: str) -> Mapping[str, str | None] | None:
        """Return the parts of the path that vary, None if it is another call's."""
        found = re.fullmatch(self.path, path) if method == self.method else None
        return found.groupdict() if found else None


def find(method: str, path: str) -> tuple[Route, Mapping[str, str | None]] | None:
    """Return the route of a call, and what of its path varies: `version` and `key`."""
    matches = ((route, route.match(method, path)) for route in ROUTES)
    return next(((route, found) for route, found in matches if found is not None), None)


_CONTACTS = r"/crm/(?:objects/(?P<version>[\w-]+)|v3/objects)/(?:contacts|0-1)"
_PROPERTIES = r"/crm/(?:properties/[\w-]+|v3/properties)/(?:contacts|0-1)"
_KEY = r"(?P<key>[^/]+)"
_READ = ("crm.objects.contacts.read",)
_WRITE = ("crm.objects.contacts.write",)
_READ_SCHEMA = ("crm.schemas.contacts.read", "crm.objects.contacts.read")
_WRITE_SCHEMA = ("crm.schemas.contacts.write",)

# The first that fits counts: what is fixed stands before what is a key.
ROUTES: tuple[Route, ...] = (
    Route("POST", f"{_CONTACTS}/batch/upsert", _WRITE, batches.upsert),
    Route("POST", f"{_CONTACTS}/batch/update", _WRITE, batches.update),
    Route("POST", f"{_CONTACTS}/batch/create", _WRITE, batches.create),
    Route("POST", f"{_CONTACTS}/batch/archive", _WRITE, deletes.archive_batch),
    Route("POST", f"{_CONTACTS}/batch/read", _READ, reads.read),
    Route("POST", f"{_CONTACTS}/search", _READ, reads.search),
    Route("POST", f"{_CONTACTS}/gdpr-delete", _WRITE, deletes.gdpr_delete),
    Route("POST", _CONTACTS, _WRITE, singles.create),
    Route("GET", f"{_CONTACTS}/{_KEY}", _READ, reads.get),
    Route("PATCH", f"{_CONTACTS}/{_KEY}", _WRITE, singles.patch),
    Route("DELETE", f"{_CONTACTS}/{_KEY}", _WRITE, deletes.archive),
    Route("GET", f"{_PROPERTIES}/groups", _READ_SCHEMA, lambda on, _: on.properties.list_groups()),
    Route("POST", f"{_PROPERTIES}/groups", _WRITE_SCHEMA, lambda on, by: on.properties.create_group(by)),
    Route(
        "POST", f"{_PROPERTIES}/batch/create", _WRITE_SCHEMA, lambda on, by: on.properties.create_batch(by)
    ),
    Route("GET", _PROPERTIES, _READ_SCHEMA, lambda on, by: on.properties.list(by)),
    Route("POST", _PROPERTIES, _WRITE_SCHEMA, lambda on, by: on.properties.create(by)),
    Route("GET", f"{_PROPERTIES}/{_KEY}", _READ_SCHEMA, lambda on, by: on.properties.get(by)),
    Route("DELETE", f"{_PROPERTIES}/{_KEY}", _WRITE_SCHEMA, lambda on, by: on.properties.archive(by)),
    Route(
        "GET", r"/account-info/[\w-]+/details", ("oauth",), lambda _, __: (HTTPStatus.OK, account.details())
    ),
    Route(
        "POST",
        "/oauth/v2/private-apps/get/access-token-info",
        (),
        lambda _, by: (HTTPStatus.OK, account.token_info(by.scopes)),
    ),
)
