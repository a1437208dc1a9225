"""Which company the id of a group means, for events that name nothing but the id. Pure."""

from collections.abc import Iterable, Mapping

from relay.core.events import Event
from relay.core.known import Known, replaces
from relay.core.profiles import Profile, Word, group_key


def group_pointers(told: Iterable[tuple[Event, str]], known: Mapping[str, Profile]) -> Mapping[str, Profile]:
    """Return the pointers that groups make, each told with the key of its company, where they are news.

    The newest group of an id counts. What came with a public write key counts only for an id that no server
    has named, and what was told first stays.
    """
    pointers = dict(known)
    for event, company in sorted(told, key=lambda each: each[0].order):
        if not event.group_id:
            continue
        key, word = group_key(event.group_id), Word.PUBLIC if event.grant else Word.OWN
        pointer = pointers.get(key, Profile())
        is_newer = replaces(
            Known(company, word, event.occurred_at_ms), Known(pointer.points_to, pointer.word, pointer.at_ms)
        )
        if not pointer.points_to or is_newer:
            pointers[key] = Profile(points_to=company, at_ms=event.occurred_at_ms, word=word)
    return {key: pointer for key, pointer in pointers.items() if pointer != known.get(key)}
