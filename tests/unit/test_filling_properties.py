"""In whatever order and company events arrive: an identify's newest word counts, and offers only fill."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from fakes import properties
from hypothesis import given
from hypothesis import strategies as st
from portals import Relay, event, kim

from relay.core.digests import SOME_VALUE, value_hash
from relay.core.events import Event
from relay.core.policy import Policy
from relay.core.profiles import email_key, name_hash
from relay.core.rules import Rules

KIM = "kim@example.org"
FILL = Policy(Rules(context_traits="fill"))


class Told(NamedTuple):
    """An event about a plan; `is_word` if it is an identify."""

    at_ms: int
    is_word: bool
    plan: str

    @property
    def event(self) -> Event:
        if self.is_word:
            return kim(self.at_ms, plan=self.plan)
        context = {"traits": {"email": KIM, "plan": self.plan}}
        return event(f"t-{self.at_ms}", self.at_ms, "track", event="App Opened", context=context)


EVENTS = st.lists(
    st.builds(Told, st.integers(1, 40), st.booleans(), st.sampled_from(["", "a", "b", "c"])),
    min_size=1,
    max_size=7,
    unique_by=lambda each: each.at_ms,
)


@given(EVENTS, st.sampled_from(["", "by hand"]), st.data())
def test_whatever_the_order_offers_only_fill(events: list[Told], before: str, data: st.DataObject) -> None:
    with ThreadPoolExecutor(1) as threads:
        relay = Relay(policy=FILL, threads=threads)
        relay.crm.schema = [properties("email", "plan")]
        if before:
            relay.crm.contacts[KIM] = {"id": "77", "email": KIM, "plan": before}
        for batch in _batches(data, events):
            reports = relay.reports(*(each.event for each in batch))
            for each, report in zip(batch, reports, strict=True):
                is_outdone = any(other.is_word and other.at_ms > each.at_ms for other in events)
                assert report.dropped.get("plan") != "stale" or is_outdone
            _assert_the_memory_is_right(relay)

    held = relay.crm.contacts.get(KIM, {}).get("plan", "")
    word = max((each for each in events if each.is_word), default=None)
    assert held in _possible(events, word, before)


def _batches(data: st.DataObject, events: Sequence[Told]) -> list[list[Told]]:
    """Return events in some order, some of them twice, cut somehow."""
    order = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=3))]))
    cuts = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    batches: list[list[Told]] = [[]]
    for each, is_cut in zip(order, cuts, strict=True):
        batches += [[]] if is_cut and batches[-1] else []
        batches[-1].append(each)
    return batches


def _possible(events: Sequence[Told], word: Told | None, before: str) -> set[str]:
    """Return what HubSpot may have in the end."""
    offers = {each.plan for each in events if not each.is_word and each.plan}
    if word is None:
        return {before} if before else offers or {""}
    later = {each.plan for each in events if not each.is_word and each.at_ms > word.at_ms}
    return {word.plan} if word.plan else later | {""}


def _assert_the_memory_is_right(relay: Relay) -> None:
    """What is remembered as confirmed is what HubSpot has; or that it has something."""
    profile = relay.profiles.profiles.get(email_key(KIM))
    fact = profile.facts.get(name_hash("plan")) if profile else None
    held = relay.crm.contacts.get(KIM, {}).get("plan", "")
    if fact and fact.value:
        assert fact.value == value_hash(held) or (fact.value == SOME_VALUE and held)
