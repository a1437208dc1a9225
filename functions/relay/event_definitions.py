"""The event definitions of one portal: read from HubSpot once an hour, or for a reason, whoever needs them.

What is not in the list counts as missing only if the list was read after somebody asked for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, content, forbidden, why_not
from relay.core.event_definitions import Definition, Definitions, parse_definitions
from relay.core.outcomes import Deferred
from relay.core.refusals import text, text_mapping

# HubSpot's own advice is to cache what rarely changes.
MAX_AGE_MS = 3_600_000
# A property that nobody knows asks for a fresh list, at most this often.
REFRESH_AFTER_MS = 300_000
# An event that nobody knows, which would be rejected, asks for one sooner. Names that somebody makes up cost
# one list in this time, however many they are: one call for a hundred definitions, five at most.
LOOK_AGAIN_MS = 15_000
# Within this time HubSpot would only say the same.
SAME_ANSWER_MS = 1_000
# That HubSpot gives a portal no custom events is believed for this long.
OFF_FOR_MS = 600_000
# What was made is believed to be there for this long, whatever HubSpot lists meanwhile.
NEW_FOR_MS = 300_000
# 500 definitions fit into this many pages however small HubSpot makes them, and no list goes on for ever.
MAX_PAGES = 60


# The event came after the list of definitions had been read.
OUTDATED = "definitions_outdated"


@dataclass(frozen=True, slots=True)
class DatedDefinitions:
    """Definitions, and when HubSpot was asked for them. It `is_off` if there are none to be had."""

    definitions: Definitions
    read_at_ms: int
    is_off: bool = False


class ListApi(Protocol):
    """HubSpot's call to list event definitions."""

    def definitions(self, after: str, deadline_ms: int) -> Answer:
        """Read the page that begins `after`; the first one if that is empty."""
        ...


class DefinitionStore(Protocol):
    """Where senders share definitions, so that a cold start costs no call."""

    def load(self) -> DatedDefinitions | None:
        """Return what was stored last, None if there is nothing or it cannot be read."""
        ...

    def save(self, dated: DatedDefinitions) -> None:
        """Store definitions; it is no harm if that fails."""
        ...


@dataclass(frozen=True, slots=True)
class _Made:
    """A definition that was made, or got more `properties`, just now; the list may lag behind."""

    definition: Definition
    properties: frozenset[str]
    is_whole: bool
    until_ms: int


class EventDefinitions:
    """The definitions of a portal. Use it from one invocation at a time.

    `means_off` says whether a 403 means that the portal has no custom events; None if that is always a fault.
    """

    def __init__(
        self,
        api: ListApi,
        store: DefinitionStore,
        now_ms: Callable[[], int],
        means_off: Callable[[Reply], bool] | None = None,
    ) -> None:
        self._api = api
        self._store = store
        self._now_ms = now_ms
        self._means_off = means_off
        self._known: DatedDefinitions | None = None
        self._tried_at_ms = 0
        self._failed: Deferred | None = None
        self._made: dict[str, _Made] = {}

    @property
    def newest(self) -> Definitions:
        """What is known by now."""
        return self._known.definitions if self._known else Definitions()

    @property
    def read_at_ms(self) -> int:
        """When HubSpot was asked for what is known by now."""
        return self._known.read_at_ms if self._known else 0

    def current(self, deadline_ms: int) -> Definitions | Deferred:
        """Return definitions that are at most an hour old, or older ones if there are no others."""
        if self._is_old():
            self._adopt(self._store.load())
        if self._known and not (self._is_old() and self._may_try(REFRESH_AFTER_MS)):
            return self._known.definitions
        if self._failed and not self._may_try(SAME_ANSWER_MS):
            return self._failed
        found = self._read(deadline_ms)
        return self._known.definitions if self._known else found

    @property
    def is_off(self) -> bool:
        """Whether HubSpot gives this portal no custom events, as any sender has asked lately."""
        return self._known is not None and self._known.is_off

    @property
    def is_empty(self) -> bool:
        """Whether HubSpot has listed no definition at all."""
        return self._known is not None and not self._known.definitions.entries

    def turn_off(self) -> None:
        """Note that HubSpot takes no custom events of this portal."""
        self._keep(DatedDefinitions(Definitions(), self._now_ms(), is_off=True))

    def refreshed(self, deadline_ms: int) -> Definitions:
        """Return the newest definitions: read again, unless that was tried within the last five minutes."""
        if self._age_ms() >= REFRESH_AFTER_MS:
            self._adopt(self._store.load())
        if self._age_ms() >= REFRESH_AFTER_MS and self._may_try(REFRESH_AFTER_MS):
            self._read(deadline_ms)
        return self.newest

    def look(self, since_ms: int, deadline_ms: int, *, at_once: bool) -> Deferred | None:
        """Read the list again for what it lacks, if it is some seconds old, or older than `since_ms`.

        Return None if it is as new as that now, else why not. What was tried just now is tried again only
        `at_once`: somebody waits for it.
        """
        if not self._is_new_for(since_ms):
            self._adopt(self._store.load())
        if self._is_new_for(since_ms):
            return None
        if at_once or self._may_try(LOOK_AGAIN_MS):
            found = self._read(deadline_ms)
            return None if isinstance(found, Definitions) else found
        return Deferred(OUTDATED, self._tried_last_ms + LOOK_AGAIN_MS - self._now_ms())

    def reread(self, deadline_ms: int) -> Definitions:
        """Return the newest definitions, read now, for they have changed; what is known if that fails."""
        self._read(deadline_ms)
        return self.newest

    def add(self, made: Definition, properties: frozenset[str], *, is_whole: bool) -> None:
        """Note a definition that was made, or got `properties`, just now."""
        before = self._recent(made.qualified_name)
        names = properties | (before.properties if before else frozenset())
        is_new = is_whole or (before is not None and before.is_whole)
        until_ms = self._now_ms() + NEW_FOR_MS
        self._made[made.qualified_name] = _Made(made, names, is_new, until_ms)
        known = self._known or DatedDefinitions(Definitions(), self._now_ms())
        self._keep(DatedDefinitions(known.definitions.having(made), known.read_at_ms))

    def is_new(self, qualified_name: str) -> bool:
        """Whether a definition was made so lately that HubSpot may not know it yet."""
        made = self._recent(qualified_name)
        return made is not None and made.is_whole

    def new_properties(self, qualified_name: str) -> frozenset[str]:
        """Return the properties of a definition that are so new that HubSpot may not know them yet."""
        made = self._recent(qualified_name)
        return made.properties if made else frozenset()

    def _read(self, deadline_ms: int) -> Definitions | Deferred:
        asked_at_ms = self._tried_at_ms = self._now_ms()
        found = self._listed(deadline_ms)
        if not isinstance(found, Definitions):
            self._failed = found
            return found
        self._failed = None
        for qualified_name in list(self._made):
            found = self._with_recent(found, qualified_name)
        # What was defined while the list was on its way may not be in it.
        self._keep(DatedDefinitions(found, asked_at_ms))
        return found

    def _keep(self, dated: DatedDefinitions) -> None:
        self._known = dated
        self._store.save(dated)

    def _listed(self, deadline_ms: int) -> Definitions | Deferred:
        found: list[Definition] = []
        after = ""
        for _ in range(MAX_PAGES):
            answer = self._api.definitions(after, deadline_ms)
            page = _page(answer)
            if page is None:
                return self._why_none(answer)
            found += parse_definitions(page["results"])
            after = _next(page)
            if not after:
                break
        return Definitions(tuple(found))

    def _with_recent(self, found: Definitions, qualified_name: str) -> Definitions:
        made = self._recent(qualified_name)
        if not made:
            del self._made[qualified_name]
            return found
        listed = found.by_qualified_name.get(qualified_name)
        return found.having(listed.with_more(made.definition.properties) if listed else made.definition)

    def _recent(self, qualified_name: str) -> _Made | None:
        made = self._made.get(qualified_name)
        return made if made and self._now_ms() < made.until_ms else None

    def _adopt(self, stored: DatedDefinitions | None) -> None:
        is_usable = stored and not (stored.is_off and self._means_off is None)
        if stored and is_usable and stored.read_at_ms > self.read_at_ms:
            self._known = stored

    def _why_none(self, answer: Answer) -> Deferred:
        if isinstance(answer, Reply) and answer.status == HTTPStatus.FORBIDDEN:
            if self._means_off and self._means_off(answer):
                self.turn_off()
            return forbidden(answer)
        why = why_not(answer)
        return replace(why, reason=f"definitions_{why.reason}") if why.reason.startswith("status_") else why

    def _is_new_for(self, since_ms: int) -> bool:
        return self.read_at_ms >= since_ms and self._age_ms() < LOOK_AGAIN_MS

    def _is_old(self) -> bool:
        is_empty = not self._known or not self._known.definitions.entries
        return self._age_ms() >= (OFF_FOR_MS if is_empty else MAX_AGE_MS)

    @property
    def _tried_last_ms(self) -> int:
        # Another sender may have tried later.
        return max(self._tried_at_ms, self.read_at_ms)

    def _may_try(self, after_ms: int) -> bool:
        return self._now_ms() - self._tried_last_ms >= after_ms

    def _age_ms(self) -> int:
        return self._now_ms() - self.read_at_ms


def _page(answer: Answer) -> Mapping[str, object] | None:
    """Return a page of the list, None if the answer is none."""
    body = content(answer)
    return body if isinstance(body.get("results"), list) else None


def _next(page: Mapping[str, object]) -> str:
    following = text_mapping(text_mapping(page.get("paging")).get("next"))
    return text(following.get("after"))
