"""HubSpot in this process: what the stand-in answers, without HTTP, tokens or limits."""

import json
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self, cast

from cli.standin.account import SCOPES
from cli.standin.answers import plain_error, time_of
from cli.standin.objects import CrmObject, Objects
from cli.standin.portal import Portal
from cli.standin.routes import answer, find
from cli.standin.validation import FURTHER_EMAILS
from cli.standin.wire import correlation_id, encoded
from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer, Reply
from relay.core.versions import Versions

VERSIONS = Versions.of("2026-09")
# What an access token has that may do everything.
ALL_SCOPES = SCOPES | {
    "crm.schemas.contacts.write",
    "crm.schemas.companies.write",
    "analytics.behavioral_events.send",
    "behavioral_events.event_definitions.read_write",
}


@dataclass
class InProcess:
    """The calls of one portal of the stand-in."""

    portal: Portal = field(default_factory=Portal)
    scopes: frozenset[str] = ALL_SCOPES

    @property
    def calls(self) -> Calls:
        """These calls, as the adapters want them."""
        return cast("Calls", self)

    def make(self, request: Request, deadline_ms: int) -> Answer:
        """Answer a call as the stand-in does over HTTP."""
        assert deadline_ms
        path, _, query = request.path.partition("?")
        raw = b"" if request.body is None else _compact(request.body)
        found = find(request.method, path)
        status, body = (
            answer(found, self.portal, query, raw, self.scopes)
            if found
            else plain_error(HTTPStatus.NOT_FOUND, "resource not found")
        )
        content, content_type = encoded(body)
        headers = {"content-type": content_type, "x-hubspot-correlation-id": correlation_id(body)}
        parsed = json.loads(content) if content and "json" in content_type else None
        return Reply(status, parsed, headers)


def _compact(body: object) -> bytes:
    # As httpx writes it: HubSpot counts the characters of a search.
    return json.dumps(body, separators=(",", ":")).encode()


class Values(MutableMapping[str, str]):
    """The properties of an object but its further addresses; its id too, if `has_id`.

    Who sets one does it by hand, and is asked nothing.
    """

    def __init__(self, objects: Objects, object_id: str, *, has_id: bool) -> None:
        self._objects = objects
        self._id = object_id
        self._own = {"id": object_id} if has_id else {}

    def __getitem__(self, name: str) -> str:
        return self._plain()[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._objects.replace(self._known, {**self._known.properties, name: value})

    def __delitem__(self, name: str) -> None:
        kept = {key: value for key, value in self._known.properties.items() if key != name}
        self._objects.replace(self._known, kept)

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain())

    def __len__(self) -> int:
        return len(self._plain())

    def __repr__(self) -> str:
        return repr(self._plain())

    def __ior__(self, more: Mapping[str, str]) -> Self:
        self.update(more)
        return self

    def __eq__(self, other: object) -> bool:
        return self._plain() == (dict(other) if isinstance(other, Mapping) else other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def _known(self) -> CrmObject:
        return self._objects.live[self._id]

    def _plain(self) -> dict[str, str]:
        shown = {name: value for name, value in self._known.properties.items() if value}
        return self._own | {name: value for name, value in shown.items() if name != FURTHER_EMAILS}


class Held(MutableMapping[str, MutableMapping[str, str]]):
    """Objects by the value of a property, or by their id without one: what HubSpot holds."""

    def __init__(self, objects: Objects, name: str = "") -> None:
        self._objects = objects
        self._name = name

    def __getitem__(self, key: str) -> Values:
        return Values(self._objects, self._ids()[key], has_id=bool(self._name))

    def __setitem__(self, key: str, values: Mapping[str, str]) -> None:
        """Put an object there by hand, under the id that it names."""
        properties = {name: value for name, value in values.items() if name != "id"}
        object_id = values.get("id", "" if self._name else key)
        if object_id:
            at = time_of(self._objects.clock.now_ms())
            put = CrmObject(object_id, properties, at, at, self._objects.object_type)
            self._objects.replace(put, properties)
        else:
            put = self._objects.create(properties)
        assert self._key(put) == key

    def __delitem__(self, key: str) -> None:
        self._objects.archive(self._ids()[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids())

    def __len__(self) -> int:
        return len(self._objects.live)

    def plain(self) -> dict[str, dict[str, str]]:
        """Return a copy, which stays as it is."""
        return {key: dict(self[key]) for key in self}

    def __repr__(self) -> str:
        return repr(self.plain())

    def __eq__(self, other: object) -> bool:
        return self.plain() == (
            {k: dict(v) for k, v in other.items()} if isinstance(other, Mapping) else other
        )

    __hash__ = None  # type: ignore[assignment]

    def pop(self, key: str, default: object = None) -> dict[str, str]:
        """Take an object away; return what it was."""
        was = dict(self[key]) if key in self else default
        if key in self:
            del self[key]
        return cast("dict[str, str]", was)

    def _ids(self) -> dict[str, str]:
        return {self._key(each): each.id for each in self._objects.live.values()}

    def _key(self, each: CrmObject) -> str:
        return each.properties.get(self._name) or each.id
