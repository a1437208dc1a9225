"""One more write key in the stack's parameter, and what it allows. Pure; no text of a refusal holds a key."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.connect.refusal import RefusedError
from cli.connect.settings import MAX_BYTES
from relay.core.grants import Grant
from relay.core.tracking import TYPES
from relay.core.write_keys import ANY, InvalidWriteKeys, Source, read_write_keys

# As browsers write one in `Origin`: without a path.
_ORIGIN = re.compile(r"https?://[^\s/?#@]+")


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """What is said of a new write key, by the parameter's names; what is not said is empty or None.

    Attributes:
        origins: The pages that may use it.
        public: Whether everybody can read it, as that of an app.
        types: The event types that it may send.
        events_a_second: How many events it may send in a second, 0 without limit.
        may_change_email: Whether its events may change the address of a known person.
        create_contacts: Whether its events may make contacts.
        traits: The traits that its events may set.
    """

    origins: tuple[str, ...] = ()
    public: bool = False
    types: tuple[str, ...] = ()
    events_a_second: int | None = None
    may_change_email: bool = False
    create_contacts: bool = True
    traits: tuple[str, ...] = ()

    @property
    def entry(self) -> Mapping[str, object]:
        """The options as the parameter has them, without those that say nothing."""
        lists = {name: list(getattr(self, name)) for name in ("origins", "types", "traits")}
        said: dict[str, object] = {name: texts for name, texts in lists.items() if texts}
        said |= {name: True for name in ("public", "may_change_email") if getattr(self, name)}
        said |= {} if self.create_contacts else {"create_contacts": False}
        return said | ({} if self.events_a_second is None else {"events_a_second": self.events_a_second})


def with_key(stored: str, key: str, destination: str, options: KeyOptions) -> str:
    """Return the parameter with one more key.

    Raises:
        RefusedError: what is stored or an option is wrong, or it would be too long.
    """
    if not all(origin == ANY or _ORIGIN.fullmatch(origin) for origin in options.origins):
        raise RefusedError("An origin is like https://www.example.org, without a path; or *.")
    entry = {"destination": destination, **options.entry}
    wanted = read_write_keys(json.dumps({key: entry}))
    if isinstance(wanted, InvalidWriteKeys):
        raise RefusedError(f"No write key can have these options: {wanted.problem.partition(': ')[2]}.")
    known = read_write_keys(stored)
    if isinstance(known, InvalidWriteKeys):
        raise RefusedError(f"The write keys cannot be changed: {known.problem}.")
    keys = {**json.loads(stored or "{}"), key: entry}
    written = json.dumps(keys, separators=(",", ":"))
    if len(written.encode()) > MAX_BYTES:
        raise RefusedError(f"{len(keys)} write keys are more than the {MAX_BYTES} bytes that SSM holds.")
    return written


def allowances(source: Source) -> Iterator[str]:
    """Yield in words what a write key allows."""
    if source.grant is None:
        yield "A secret of servers: its events may change whatever a library's events can."
    elif source.origins:
        yield f"Public: everybody can read it. Browsers send from {', '.join(sorted(source.origins))}."
    else:
        yield "Public: everybody can read it. No browser may send with it."
    yield f"Events: {', '.join(kind for kind in TYPES if kind in source.types)}; {_limit(source)}."
    if source.grant:
        yield from _granted(source.grant)
    yield f"In the log of ingest it goes by its fingerprint, {source.key}."


def _limit(source: Source) -> str:
    if source.events_a_second is None:
        return f"{source.default_events_a_second} a second in each execution environment of ingest"
    return f"{source.events_a_second} a second" if source.events_a_second else "without a limit of its own"


def _granted(grant: Grant) -> Iterator[str]:
    yield f"It {'may' if grant.may_change_email else 'may not'} change the address of a known person."
    yield f"It {'may' if grant.creates_contacts else 'may not'} make contacts; never properties or events."
    yield "Traits: all." if grant.traits is None else f"Traits: {', '.join(sorted(grant.traits)) or 'none'}."
