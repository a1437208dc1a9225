"""Merging and cutting."""

import random

from builders import batch, change
from hypothesis import given
from hypothesis import strategies as st

from relay.core.digests import value_hash
from relay.core.planning import MAX_INPUTS, Change, batches_for, merge

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["kim@example.org", "bo@example.org"]),
        st.integers(0, 5),
        st.dictionaries(st.sampled_from("abc"), st.text(max_size=2), max_size=3),
    ),
    max_size=12,
)


def test_the_newest_event_decides_each_property_for_itself() -> None:
    (entry,) = merge(
        [
            change(0, "kim@example.org", at_ms=20, plan="team"),
            change(1, "kim@example.org", at_ms=30, city="Odense"),
            change(2, "kim@example.org", at_ms=10, plan="free", city="Århus", phone="1"),
        ]
    )

    assert entry.properties == {"plan": "team", "city": "Odense", "phone": "1"}
    assert entry.times_ms == {"plan": 20, "city": 30, "phone": 10}
    assert entry.sources == (2, 0, 1)


def test_people_are_not_mixed_up_and_each_has_a_trace_id_of_its_own() -> None:
    entries = merge([change(0, "kim@example.org"), change(1, "bo@example.org"), change(2, "kim@example.org")])

    assert [(entry.ref.id, entry.sources) for entry in entries] == [
        ("kim@example.org", (0, 2)),
        ("bo@example.org", (1,)),
    ]
    assert len({entry.trace_id for entry in entries}) == 2


@given(CHANGES, st.randoms(use_true_random=False))
def test_a_merge_is_the_events_applied_in_the_order_of_time_however_they_arrive(
    wishes: list[tuple[str, int, dict[str, str]]], dice: random.Random
) -> None:
    changes = [change(n, email, at_ms, **properties) for n, (email, at_ms, properties) in enumerate(wishes)]
    model: dict[str, dict[str, str]] = {email: {} for email, _, _ in wishes}
    told = [
        (at_ms, value_hash(text), email, name, text) for email, at_ms, p in wishes for name, text in p.items()
    ]
    # Of the same time, the greater hash counts.
    for _, _, email, name, text in sorted(told):
        model[email][name] = text
    arrived: list[Change] = dice.sample(changes, len(changes))

    entries = merge(arrived)

    assert {entry.ref.id: dict(entry.properties) for entry in entries} == model
    assert sorted(source for entry in entries for source in entry.sources) == list(range(len(wishes)))


def test_batches_hold_what_hubspot_takes_in_order() -> None:
    inputs = merge([change(n, f"p{n}@example.org") for n in range(250)])

    batches = batches_for(inputs)

    assert [len(each.inputs) for each in batches] == [MAX_INPUTS, MAX_INPUTS, 50]
    assert [entry for each in batches for entry in each.inputs] == inputs
    assert batches_for([]) == []


def test_updates_of_records_travel_apart_from_upserts() -> None:
    kim, bo, eve = merge([change(n, f"{name}@example.org") for n, name in enumerate(("kim", "bo", "eve"))])

    batches = batches_for([kim, bo.of_record("502"), eve])

    assert [(each.is_update, [entry.ref.id for entry in each.inputs]) for each in batches] == [
        (False, ["kim@example.org", "eve@example.org"]),
        (True, ["bo@example.org"]),
    ]


def test_two_addresses_of_one_record_never_share_a_batch() -> None:
    kim, other = merge([change(0, "kim@example.org", plan="a"), change(1, "kim@work.org", plan="b")])

    batches = batches_for([kim.of_record("501"), other.of_record("501")])

    assert [len(each.inputs) for each in batches] == [1, 1]


def test_a_record_keeps_its_own_address_and_a_new_contact_gets_the_events() -> None:
    (kim,) = merge([change(0, "kim@example.org", email="kim@example.org", plan="team")])

    update = kim.of_record("501")

    assert (update.record_id, update.properties) == ("501", {"plan": "team"})
    assert update.anew() == kim


def test_halves_are_two_and_lose_nothing() -> None:
    whole = batch("a@example.org", "b@example.org", "c@example.org")

    first, second = whole.halves()

    assert (len(first.inputs), len(second.inputs)) == (1, 2)
    assert first.inputs + second.inputs == whole.inputs
