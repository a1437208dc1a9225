"""Which traits a public write key's events may set."""

from collections.abc import Collection, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portals import event as event_of

from relay.core.allow_list import NOT_ALLOWED, is_permitted, permitted
from relay.core.domains import NO_WEBSITE
from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.groups import Keying, MappedCompany, company_for
from relay.core.mapping import Mapped, intents_for
from relay.core.names import squashed
from relay.core.resolution import Resolved
from relay.core.rules import Rules
from relay.core.schema import Property, Schema
from relay.core.tracks import contact_part

KIM = "kim@example.org"
NAMES = ("email", "id", "plan", "city", "address", "jobtitle", "tier")
SCHEMA = Schema({name: Property(name, "string") for name in NAMES})
COMPANIES = Schema({name: Property(name, "string") for name in ("domain", "name", "website")}, "companies")


def grant(*traits: str) -> Grant:
    return Grant("k-1", traits=frozenset(traits))


def event(kind: str = "identify", *, only: tuple[str, ...] | None, **fields: object) -> Event:
    plain = event_of("m-1", kind=kind, **fields)
    return plain.model_copy(update={"grant": None if only is None else grant(*only)})


@pytest.mark.parametrize(
    ("listed", "traits", "kept", "dropped"),
    [
        (("plan",), {"plan": "a", "city": "b"}, {"plan": "a"}, ["city"]),
        (("Plan",), {"p_l-a n": "a", "PLAN": "b"}, {"p_l-a n": "a", "PLAN": "b"}, []),
        ((), {"plan": "a"}, {}, ["plan"]),
        # An object with all of its parts, and some parts of one.
        (("address",), {"address": {"city": {"x": 1}}}, {"address": {"city": {"x": 1}}}, []),
        (
            ("address.city",),
            {"address": {"city": "b", "street": "c"}, "city": "d"},
            {"address": {"city": "b"}},
            ["address.street", "city"],
        ),
        (("a.b.c",), {"a": {"b": {"c": 1, "d": 2}, "e": 3}}, {"a": {"b": {"c": 1}}}, ["a.b.d", "a.e"]),
        # Of what is no object, no part is meant.
        (("address.city",), {"address": "Oslo"}, {}, ["address"]),
        (("address.city",), {"address": [{"city": "Oslo"}]}, {}, ["address"]),
        (("address.city",), {"address": {"street": "c"}}, {}, ["address.street"]),
        (("address.city",), {"address": {}}, {}, []),
        # The beginning of a name is another name.
        (("plan",), {"planet": "a"}, {}, ["planet"]),
        (("planet",), {"plan": {"et": "a"}}, {}, ["plan"]),
        # A dot in a name leads into an object, however it came there.
        (("address",), {"address.city": "b"}, {"address.city": "b"}, []),
        (("address.city",), {"address.city": "b"}, {"address.city": "b"}, []),
        (("plan",), {"": "a", ".plan": "b", "ø": "c", "\ud800": "d"}, {}, ["", ".plan", "ø", "\\ud800"]),
    ],
)
def test_only_listed_traits_are_kept(
    listed: tuple[str, ...], traits: Mapping[str, object], kept: Mapping[str, object], dropped: list[str]
) -> None:
    found = permitted(traits, grant(*listed), SCHEMA)

    assert found.traits == kept
    assert found.dropped == dict.fromkeys(dropped, NOT_ALLOWED)


@pytest.mark.parametrize("who", [None, Grant("k-1")])
def test_without_a_list_every_trait_is_kept(who: Grant | None) -> None:
    traits = {"plan": "a", "address": {"city": "b"}}

    assert (permitted(traits, who, SCHEMA).traits, permitted(traits, who, SCHEMA).dropped) == (traits, {})
    assert is_permitted("plan", who)


@pytest.mark.parametrize(
    ("path", "expected"), [("plan", True), ("Plan.tier", True), ("planet", False), ("x", False)]
)
def test_a_path_is_permitted_if_it_or_what_it_lies_in_is_listed(path: str, expected: bool) -> None:  # noqa: FBT001 - a table's cell
    assert is_permitted(path, grant("plan")) is expected


def test_an_identify_sets_what_is_listed_and_its_address_is_no_matter_of_the_list() -> None:
    found = intents_for(
        event(only=("plan",), userId="u-1", traits={"E-Mail": KIM, "plan": "a", "city": "b"}), SCHEMA, Rules()
    )

    assert isinstance(found, Mapped)
    assert found.intent.properties == {"email": KIM, "plan": "a"}
    # The user id would set a property too.
    assert found.dropped == {"city": NOT_ALLOWED, "id": NOT_ALLOWED}
    assert found.unknown == {}


def test_what_is_not_listed_is_no_unknown_property() -> None:
    found = intents_for(event(only=(), traits={"email": KIM, "made_up": "a"}), SCHEMA, Rules())

    assert isinstance(found, Mapped)
    assert (found.dropped, found.unknown) == ({"made_up": NOT_ALLOWED}, {})


def test_traits_that_an_identify_has_in_its_context_are_held_to_the_list() -> None:
    traits = {"email": KIM, "plan": "a", "city": "b"}

    found = intents_for(event(only=("plan",), context={"traits": traits}), SCHEMA, Rules())

    assert isinstance(found, Mapped)
    assert (found.intent.properties, found.dropped) == ({"email": KIM, "plan": "a"}, {"city": NOT_ALLOWED})


def test_a_renamed_trait_is_listed_by_the_name_that_its_sender_gives_it() -> None:
    rules = Rules(traits={"level": "tier", "secret": None})
    traits = {"email": KIM, "level": "gold", "secret": "x"}

    by_sender, by_owner = (
        intents_for(event(only=only, traits=traits), SCHEMA, rules)
        for only in (("level", "secret"), ("tier",))
    )

    assert isinstance(by_sender, Mapped)
    assert (by_sender.intent.properties["tier"], by_sender.dropped) == ("gold", {"secret": "blocked"})
    assert isinstance(by_owner, Mapped)
    assert by_owner.dropped == dict.fromkeys(("level", "secret"), NOT_ALLOWED)


RULE = {"Bought": {"total": "plan", "cart.coupon": "city"}}
PROPERTIES = {"total": 7, "cart": {"coupon": "Oslo"}, "coupon": "x"}


@pytest.mark.parametrize(
    ("only", "properties", "dropped"),
    [
        (None, {"plan": "7", "city": "Oslo", "jobtitle": "CEO"}, {}),
        (
            ("cart",),
            {"city": "Oslo"},
            {"plan": NOT_ALLOWED, "context.traits.jobtitle": NOT_ALLOWED},
        ),
        (
            ("jobtitle", "city", "plan"),
            {"jobtitle": "CEO"},
            {"plan": NOT_ALLOWED, "city": NOT_ALLOWED},
        ),
    ],
)
def test_a_track_sets_what_is_listed_by_the_names_that_it_gives(
    only: tuple[str, ...] | None, properties: Mapping[str, str], dropped: Mapping[str, str]
) -> None:
    context = {"traits": {"email": KIM, "jobtitle": "CEO"}}
    bought = event("track", only=only, event="Bought", properties=PROPERTIES, context=context)

    found = contact_part(bought, "Bought", Resolved(KIM, KIM), SCHEMA, Rules(properties_to_contact=RULE))

    assert (found.intent.properties, found.dropped) == ({**properties, "email": KIM}, dropped)


def test_of_two_properties_for_one_of_the_contact_the_listed_one_counts() -> None:
    rules = Rules(properties_to_contact={"Bought": {"total": "plan", "coupon": "plan"}})
    bought = event("track", only=("total",), event="Bought", properties={"total": 7, "coupon": "x"})

    found = contact_part(bought, "Bought", Resolved(KIM, KIM), SCHEMA, rules)

    assert (found.intent.properties, found.dropped) == ({"plan": "7", "email": KIM}, {})


def test_a_groups_website_names_its_company_and_is_no_property_unless_it_is_listed() -> None:
    traits = {"website": "https://acme-demo.com", "name": "Not Acme", "domain": "evil-demo.com"}

    found = company_for(event("group", only=("domain",), traits=traits), COMPANIES, Rules(), Keying())

    assert isinstance(found, MappedCompany)
    assert found.intent.properties == {"domain": "acme-demo.com"}
    assert found.dropped == {
        "website": NOT_ALLOWED,
        "name": NOT_ALLOWED,
        "domain": "reserved_property",
    }


@pytest.mark.parametrize(("only", "domain"), [(("name",), None), (("website",), "acme-demo.com")])
def test_a_company_that_its_id_names_gets_a_domain_only_from_a_listed_website(
    only: tuple[str, ...], domain: str | None
) -> None:
    traits = {"website": "https://acme-demo.com"}
    known_by_id = Keying("segment_group_id")

    found = company_for(
        event("group", only=only, groupId="g-1", traits=traits), COMPANIES, Rules(), known_by_id
    )

    assert isinstance(found, MappedCompany)
    assert found.intent.properties.get("domain") == domain
    assert found.intent.ref.id == "g-1"


def test_a_group_without_a_website_still_says_so() -> None:
    found = company_for(event("group", only=(), traits={"name": "Acme"}), COMPANIES, Rules(), Keying())

    assert getattr(found, "reason", "") == NO_WEBSITE.reason


NAMES_AT_HAND = st.sampled_from(("a", "b", "A", "a.b", "b.a", "_", "", ".", "email"))
VALUES = st.recursive(st.none() | st.just(1), lambda inner: st.dictionaries(NAMES_AT_HAND, inner, max_size=3))
LISTS = st.frozensets(st.sampled_from(("a", "b", "A_", "a.b", "a.b.a", "b.a")))


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the spelling of the path of each value that is no object."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    else:
        yield squashed(".".join(path))


def lies_in(path: str, others: Collection[str]) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in map(squashed, others))


@given(st.dictionaries(NAMES_AT_HAND, VALUES, max_size=3), LISTS)
def test_whatever_is_kept_is_listed_and_whatever_is_not_is_named(
    traits: Mapping[str, object], listed: frozenset[str]
) -> None:
    found = permitted(traits, Grant("k-1", traits=listed), SCHEMA)

    kept = set(leaves(found.traits))
    assert [path for path in kept if not lies_in(path, listed)] == []
    assert [path for path in leaves(traits) if path not in kept and not lies_in(path, found.dropped)] == []
