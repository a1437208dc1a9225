"""What the memory says of what is offered, and what HubSpot's answer makes of it."""

import pytest
from builders import change
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.profile_item import pack, unpack
from relay.core.answers import Confirmed
from relay.core.digests import LONG_AGO_MS, SOME_VALUE, is_outranked, value_hash
from relay.core.filling import ALREADY_SET, Weighed, answered, answered_none, unanswered, weigh, with_values
from relay.core.mapping import ObjectRef, UpsertObject
from relay.core.outcomes import Deferred
from relay.core.planning import Change, Fill, Input, merge
from relay.core.profiles import STALE, Fact, Profile, confirmed, judge, name_hash

KIM = "kim@example.org"
NOW, LONGER_AGO = 1_000_000, 900_000


def offer(source: int = 1, at_ms: int = 50, **fills: str) -> Change:
    intent = UpsertObject(ObjectRef("contacts", "email", KIM), {"email": KIM})
    return Change(source, (at_ms, at_ms, f"m-{source}"), intent, fills=fills)


def word(at_ms: int = 10, **properties: str) -> Change:
    return change(0, KIM, at_ms, email=KIM, **properties)


def profile(at_ms: int = 10, confirmed_at_ms: int = NOW, **properties: str) -> Profile:
    """Return what is remembered after HubSpot has confirmed these."""
    (entry,) = merge([word(at_ms, **properties)])
    return confirmed(Profile(), entry, Confirmed("501"), confirmed_at_ms)


def weighed(known: Profile, *changes: Change) -> Weighed:
    (entry,) = merge(changes)
    return weigh(judge(entry, known, trusted_since_ms=LONGER_AGO), known, trusted_since_ms=LONGER_AGO)


def test_offers_are_merged_beside_what_events_set() -> None:
    changes = [offer(1, 30, plan="b"), offer(2, 20, plan="a", city="Rom"), word(10, plan="c")]

    (entry,) = merge(changes)

    assert entry.properties == {"email": KIM, "plan": "c"}
    assert entry.fills == {"plan": Fill("b", 30), "city": Fill("Rom", 20)}
    assert not entry.only_fills
    assert merge([*changes[:2], change(3, KIM, 5, email=KIM)])[0].only_fills is False
    assert merge(changes[:2])[0].only_fills


@given(st.permutations(["a", "b", "c", "d"]))
def test_of_offers_of_one_time_the_same_one_counts_whatever_the_order(texts: list[str]) -> None:
    (entry,) = merge([offer(n, 20, plan=text) for n, text in enumerate(texts)])

    assert entry.fills["plan"].text == max("abcd", key=value_hash)


@pytest.mark.parametrize(
    ("known", "unfilled"),
    [
        (Profile(), None),
        (profile(city="Rom"), None),
        (profile(plan="team"), ALREADY_SET),
        (profile(900, plan="team"), ALREADY_SET),
        (profile(plan="team", confirmed_at_ms=LONGER_AGO), None),
        (profile(900, plan="team", confirmed_at_ms=LONGER_AGO), STALE),
        (profile(plan=""), None),
        (profile(50, plan=""), STALE),
        (Profile("501", {name_hash("plan"): Fact(10)}), None),
        (Profile("501", {name_hash("plan"): Fact(50, b"", NOW)}), STALE),
        (with_values(Profile("501"), {"plan": "team"}, NOW), ALREADY_SET),
        (with_values(Profile("501"), {"plan": "team"}, LONGER_AGO), None),
    ],
)
def test_what_is_not_known_to_be_filled_is_open_unless_something_newer_has_decided_it(
    known: Profile, unfilled: str | None
) -> None:
    found = weighed(known, offer(at_ms=50, plan="free"))

    assert found.unfilled == ({"plan": unfilled} if unfilled else {})
    assert found.open == ({} if unfilled else {"plan": Fill("free", 50)})
    assert found.entry.properties == {"email": KIM}


def test_what_hubspot_has_is_left_out_and_the_rest_filled() -> None:
    found = answered(weighed(Profile(), offer(plan="free", city="Rom")), {"plan": "team"}, Profile())

    assert found.unfilled == {"plan": ALREADY_SET}
    assert found.entry.properties == {"email": KIM, "city": "Rom"}
    assert (found.entry.times_ms["city"], found.entry.newest_ms) == (LONG_AGO_MS, 50)
    assert (found.open, found.is_unchanged) == ({}, False)


def test_a_contact_that_is_gone_is_filled_with_what_the_memory_took_for_set() -> None:
    known = profile(plan="team", city="")
    found = weighed(known, word(60, city="Rom"), offer(at_ms=70, plan="free", city="Oslo", zip="1"))
    assert found.unfilled == {"plan": ALREADY_SET, "city": ALREADY_SET}

    gone = answered_none(found, known)

    assert gone.entry.properties == {"email": KIM, "city": "Rom", "plan": "free", "zip": "1"}
    assert gone.unfilled == {"city": ALREADY_SET}


def test_what_cannot_be_asked_waits_and_the_rest_does_not() -> None:
    found = unanswered(weighed(profile(), word(60, plan="team"), offer(city="Rom")), Deferred("status_503"))

    assert found.entry.properties == {"email": KIM, "plan": "team"}
    assert (found.waits, found.open) == ({"city": Deferred("status_503")}, {})


def filled(known: Profile) -> Input:
    return answered(weighed(known, offer(at_ms=50, plan="free")), {}, known).entry


def test_what_was_filled_is_older_than_any_event() -> None:
    known = confirmed(Profile(), filled(Profile()), Confirmed("501"), NOW)

    assert known.facts[name_hash("plan")] == Fact(LONG_AGO_MS, value_hash("free"), NOW)
    (entry,) = merge([word(-60_000_000_000_000, plan="team")])
    assert judge(entry, known, trusted_since_ms=LONGER_AGO).stale == frozenset()


def test_what_was_filled_after_a_clearing_keeps_its_time_and_competes_with_nothing_of_it() -> None:
    cleared = profile(20, plan="")
    known = confirmed(cleared, filled(cleared), Confirmed("501"), NOW)

    assert known.facts[name_hash("plan")] == Fact(20, SOME_VALUE, NOW)


@given(st.text())
def test_some_value_outranks_none(text: str) -> None:
    assert not is_outranked(text, SOME_VALUE)
    assert value_hash(text) != SOME_VALUE


def test_what_only_fills_is_remembered_in_the_table() -> None:
    facts = with_values(profile(10, plan=""), {"plan": "a", "city": "Rom"}, 7_000).facts

    assert (
        dict(unpack(pack(facts))).items()
        >= {
            name_hash("plan"): Fact(10, SOME_VALUE, 7_000),
            name_hash("city"): Fact(LONG_AGO_MS, value_hash("Rom"), 7_000),
        }.items()
    )
