"""What is remembered of a person: newest wins, unchanged is skipped. Pure.

A profile lies under each key that names a person. Under the contact's own e-mail address it is the contact:
the address, HubSpot's id, and for each property when the newest event that named it happened, and a hash of
the value that HubSpot last confirmed. Under a user id, an anonymous id, HubSpot's id or a further address it
only points to that key. Keys are hashes, so that a person's address stands in one place, and erased there it
is gone. A company lies under what it is known by in the same way; a contact knows to which companies it was
linked, and a company to which contacts, by HubSpot's ids.

Rules for changing it: a hash stands for what HubSpot surely has. Whatever may have been written without our
knowing loses its hash, and is sent again. A time only ever moves forward: what is older than it is stale.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

from relay.core.answers import Confirmed
from relay.core.digests import hash_at, is_outranked, value_hash
from relay.core.outcomes import Deferred
from relay.core.planning import Input

# Long enough that 300 property names do not meet by chance.
NAME_BYTES = 5
_KEY_BYTES = 16
# Why a property is left out whose value a newer event has decided.
STALE = "stale"
# Why events wait after an unknown answer.
RESTING = "resting"
# As many associations of one record are remembered, eight bytes each; older ones are made again if asked for.
MAX_LINKED = 1_000
# A portal's property names, many times over.
_KNOWN_NAMES = 20_000


class Word(IntEnum):
    """On whose word an id points to a contact; the smaller, the more it counts.

    A person's own, by an identify or an alias. One that came with a public write key which may change
    addresses. An address that an event only mentions, of an id of which nothing was known. An identify that
    came with any other public write key, and so may be anybody's.
    """

    OWN = 0
    ALLOWED = 1
    MENTION = 2
    PUBLIC = 3

    @property
    def is_own(self) -> bool:
        """Whether it says by itself whose an id is."""
        return self <= Word.ALLOWED


@dataclass(frozen=True, slots=True)
class Fact:
    """One property: when the newest event that named it happened, and what HubSpot confirmed, and when.

    `value` is a hash, empty where nobody knows what HubSpot has.
    """

    at_ms: int
    value: bytes = b""
    confirmed_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class LinkState:
    """A link to a company that waits for its contact since `at_ms`.

    One that `is_done` comes from an earlier version, which did not know to which record.
    """

    at_ms: int
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What is remembered under one key. Nothing in particular is there.

    A contact has its own `email`, and `at_ms` when somebody last said by the own word that it is theirs. A
    pointer says to which key it `points_to`, on whose `word` and of when (`at_ms`), and when an event last
    came by (`seen_ms`). Events up to `deleted_at_ms` must not bring a deleted person back. `links` wait, by
    company key. `linked` are HubSpot's ids of the companies that a contact is linked to, the newest last.

    The contacts of a company lie under its `people_key`: those `linked` to its record `object_id`. A company
    is itself `linked` once that has been seen to.

    Under a company's key, `at_ms` is when a contact of its domain was last made, so that HubSpot may be about
    to make the company. Since `creating_at_ms` a call to make it may have begun that nobody has seen end.

    Before `resting_until_ms` a call may still be at work that would overwrite with older values what is sent
    meanwhile.
    """

    object_id: str = ""
    facts: Mapping[bytes, Fact] = field(default_factory=dict)
    email: str = ""
    points_to: str = ""
    at_ms: int = 0
    deleted_at_ms: int = 0
    links: Mapping[str, LinkState] = field(default_factory=dict)
    creating_at_ms: int = 0
    resting_until_ms: int = 0
    word: Word = Word.OWN
    seen_ms: int = 0
    linked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """An input without what is `stale`, and whether HubSpot has all of it already."""

    entry: Input
    stale: frozenset[str] = frozenset()
    is_unchanged: bool = False


def email_key(address: str) -> str:
    """Return the key of an e-mail address."""
    return _key("email", address)


def user_key(user_id: str) -> str:
    """Return the key of a user id."""
    return _key("user", user_id)


def anonymous_key(anonymous_id: str) -> str:
    """Return the key of an anonymous id."""
    return _key("anonymous", anonymous_id)


def seen_key(write_key: str, anonymous_id: str) -> str:
    """Return the key of an anonymous id as the public write key of a fingerprint has seen it."""
    return _key("seen", f"{write_key}\n{anonymous_id}")


def company_key(key: str) -> str:
    """Return the key of a company by what it is known by: its domain, or the id of its group."""
    return _key("company", key)


def people_key(company: str) -> str:
    """Return the key under which the contacts of a company lie, by the company's own key."""
    return f"people#{company.partition('#')[2]}"


def group_key(group_id: str) -> str:
    """Return the key of a group's id, which points to the company."""
    return _key("group", group_id)


def object_key(object_id: str) -> str:
    """Return the key of a contact by HubSpot's id."""
    return _key("object", object_id)


def judge(entry: Input, profile: Profile, *, trusted_since_ms: int) -> Judged:
    """Return what of `entry` is worth sending; confirmations before `trusted_since_ms` count for nothing."""
    identifier = entry.ref.id_property
    known = {name: profile.facts.get(name_hash(name)) for name in entry.properties}
    # The address is what the person is called in this very event: it never is too old.
    stale = frozenset(
        name for name, fact in known.items() if fact and name != identifier and _is_stale(fact, entry, name)
    )
    fresh = entry.without(stale)
    is_unchanged = bool(profile.object_id) and all(
        _is_confirmed(known[name], text, trusted_since_ms) for name, text in fresh.properties.items()
    )
    return Judged(fresh, stale, is_unchanged)


def confirmed(profile: Profile, entry: Input, written: Confirmed, now_ms: int) -> Profile:
    """Return the profile after HubSpot has written `entry`; a new contact holds nothing from before.

    Of another record than the one that was known, nothing is sure but what was written now.
    """
    is_other = profile.object_id not in ("", written.object_id)
    facts = {} if written.is_new else _unsure(profile.facts) if is_other else dict(profile.facts)
    # Nobody knew whose it was, or nothing would have been sent: what is at work may yet overwrite it.
    is_resting = profile.resting_until_ms > now_ms
    for name in entry.properties:
        at_ms = entry.times_ms[name]
        before = facts.get(name_hash(name), Fact(at_ms))
        is_news = before.at_ms <= at_ms or name == entry.ref.id_property
        # An older value can only have been written where nobody knew yet whose it was: now HubSpot has that.
        is_sure = is_news and not is_resting
        facts[name_hash(name)] = (
            Fact(at_ms, _value(entry, name), now_ms) if is_sure else Fact(max(at_ms, before.at_ms))
        )
    return replace(
        profile,
        object_id=written.object_id,
        facts=facts,
        links=_waiting(profile.links) if written.is_new or is_other else profile.links,
        linked=() if written.is_new or is_other else profile.linked,
        resting_until_ms=profile.resting_until_ms if is_resting else 0,
    )


def _value(entry: Input, name: str) -> bytes:
    text = entry.properties[name]
    return hash_at(entry.times_ms[name], text) if name in entry.fills else value_hash(text)


def unchanged(profile: Profile, entry: Input) -> Profile:
    """Return the profile after an event has said again what HubSpot has: anything older is stale now."""
    facts = dict(profile.facts)
    for name in entry.properties:
        fact = facts[name_hash(name)]
        facts[name_hash(name)] = replace(fact, at_ms=max(fact.at_ms, entry.times_ms[name]))
    return replace(profile, facts=facts)


def has_told(profile: Profile, name: str, text: str) -> bool:
    """Say whether this value was the last one of a property that HubSpot has confirmed, however long ago."""
    fact = profile.facts.get(name_hash(name))
    return fact is not None and fact.value == value_hash(text)


def has_told_another(profile: Profile, name: str, text: str) -> bool:
    """Say whether the last value of a property that was told is, or may be, another one."""
    return name_hash(name) in profile.facts and not has_told(profile, name, text)


def is_seen(profile: Profile, since_ms: int) -> bool:
    """Say whether HubSpot has told after `since_ms` that it has the object."""
    return any(fact.confirmed_at_ms > since_ms for fact in profile.facts.values())


def seen(profile: Profile, now_ms: int) -> Profile:
    """Return the profile after HubSpot has told that it has the object, and nothing else of it."""
    return replace(profile, facts={**profile.facts, name_hash("hs_object_id"): Fact(0, b"", now_ms)})


def doubted(profile: Profile, names: Iterable[str], resting_until_ms: int = 0) -> Profile:
    """Return the profile after a call whose answer is unknown: HubSpot may have these properties or not.

    Up to `resting_until_ms` the call may still be at work.
    """
    facts = dict(profile.facts)
    for name in map(name_hash, names):
        if name in facts:
            facts[name] = replace(facts[name], value=b"")
    return replace(profile, facts=facts, resting_until_ms=max(profile.resting_until_ms, resting_until_ms))


def joined(profile: Profile, other: Profile) -> Profile:
    """Return what is remembered of a contact under two of its handles."""
    facts = dict(profile.facts)
    for name, fact in other.facts.items():
        if name not in facts or facts[name].at_ms < fact.at_ms:
            facts[name] = fact
    return replace(
        profile,
        facts=facts,
        links={**other.links, **profile.links},
        linked=with_linked(other.linked, profile.linked),
    )


def with_linked(linked: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of which records are linked with more of them, the newest, as many as are remembered."""
    added = dict.fromkeys(more)
    return (*(each for each in linked if each not in added), *added)[-MAX_LINKED:]


def at_rest(until_ms: int, now_ms: int) -> Deferred | None:
    """Return why nothing must be sent now where a call may be at work `until_ms`, None if something may."""
    return Deferred(RESTING, until_ms - now_ms) if until_ms > now_ms else None


def _waiting(links: Mapping[str, LinkState]) -> Mapping[str, LinkState]:
    """Return the links that are yet to be made: those of another record are gone with it."""
    return {company: link for company, link in links.items() if not link.is_done}


def _unsure(facts: Mapping[bytes, Fact]) -> dict[bytes, Fact]:
    return {name: Fact(fact.at_ms) for name, fact in facts.items()}


@lru_cache(maxsize=_KNOWN_NAMES)
def name_hash(name: str) -> bytes:
    """Return a property's name as it is remembered."""
    return blake2b(name.encode(), digest_size=NAME_BYTES).digest()


def _is_stale(fact: Fact, entry: Input, name: str) -> bool:
    at_ms = entry.times_ms[name]
    return fact.at_ms > at_ms or (fact.at_ms == at_ms and is_outranked(entry.properties[name], fact.value))


def _is_confirmed(fact: Fact | None, text: str, trusted_since_ms: int) -> bool:
    is_trusted = fact is not None and fact.confirmed_at_ms > trusted_since_ms
    return is_trusted and fact is not None and fact.value == value_hash(text)


def _key(kind: str, text: str) -> str:
    # A lone surrogate has no UTF-8 form, and ids may hold anything.
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
    return f"{kind}#{urlsafe_b64encode(digest).decode().rstrip('=')}"
