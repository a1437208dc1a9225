"""A profile as an item: what is written comes back, and what is broken costs no more than itself."""

from datetime import datetime

import pytest

from relay.adapters.profile_item import from_item, pack, to_item, unpack
from relay.core.digests import value_hash
from relay.core.memberships import MAX_WAITING
from relay.core.profiles import Fact, LinkState, Profile, company_key, name_hash

NAME = name_hash("plan")
TEAM = value_hash("team")
LINKS = {
    company_key("acme.com"): LinkState(1_600_000_000_123),
    company_key("b.com"): LinkState(-7, is_done=True),
}
SECOND_MS = 1_000


def come_back(fact: Fact) -> Fact:
    """Write a fact and read it."""
    return dict(unpack(pack({NAME: fact})))[NAME]


@pytest.mark.parametrize(
    "profile",
    [
        Profile(),
        Profile("501", {NAME: Fact(1_600_000_000_123, TEAM, 1_700_000_000_000), name_hash("city"): Fact(7)}),
        Profile(points_to="email#kim", at_ms=1_600_000_000_123),
        Profile(deleted_at_ms=1_600_000_000_123),
        Profile("501", links=LINKS),
        Profile(at_ms=1_600_000_000_123, creating_at_ms=1_600_000_000_124),
        Profile("501", {NAME: Fact(1)}, "ø@example.org", "email#x", -5, 6, LINKS, 7),
    ],
    ids=["nothing", "contact", "pointer", "grave", "links", "company to be made", "all at once"],
)
def test_a_profile_comes_back_as_it_was(profile: Profile) -> None:
    assert from_item(to_item(profile)) == profile


def test_what_is_not_there_takes_no_room() -> None:
    assert to_item(Profile()) == {}
    assert to_item(Profile(points_to="email#kim", at_ms=1)).keys() == {"points_to", "at_ms"}


@pytest.mark.parametrize("year", ["0001", "1969", "1970", "2026", "6000"])
def test_events_of_any_year_can_be_remembered(year: str) -> None:
    at_ms = int(datetime.fromisoformat(f"{year}-02-03T04:05:06+00:00").timestamp()) * SECOND_MS + 789

    assert come_back(Fact(at_ms, TEAM)).at_ms == at_ms


@pytest.mark.parametrize("at_ms", [-(2**63), 2**63])
def test_a_time_beyond_all_bounds_stays_on_its_side(at_ms: int) -> None:
    assert come_back(Fact(at_ms, TEAM)).at_ms * at_ms > 0


def test_a_confirmation_is_remembered_as_a_little_older_never_as_newer() -> None:
    found = come_back(Fact(1, TEAM, 1_700_000_000_999))

    assert found.confirmed_at_ms == 1_700_000_000_000


def test_a_confirmation_after_the_year_2106_is_no_crash() -> None:
    assert come_back(Fact(1, TEAM, 2**33 * SECOND_MS)).confirmed_at_ms == (2**32 - 1) * SECOND_MS


def test_a_value_that_nobody_knows_stays_unknown() -> None:
    assert come_back(Fact(1)).value == b""


@pytest.mark.parametrize("surplus", [b"x", bytes(20), bytes(22)])
def test_facts_that_cannot_be_read_count_as_none_so_that_everything_is_sent_again(surplus: bytes) -> None:
    item = to_item(Profile("501", {NAME: Fact(1, TEAM)}))

    assert from_item({**item, "facts": {"B": item["facts"]["B"] + surplus}}) == Profile("501")


def test_an_item_from_before_there_were_links_has_none() -> None:
    assert from_item({"object_id": {"S": "501"}}) == Profile("501")


def test_of_very_many_links_the_newest_are_kept() -> None:
    links = {company_key(str(n)): LinkState(n % 600, is_done=bool(n % 2)) for n in range(1_200)}

    kept = from_item(to_item(Profile(links=links))).links

    assert len(kept) == MAX_WAITING
    assert kept.items() <= links.items()
    assert min(link.at_ms for link in kept.values()) == 350


def test_a_link_that_is_made_takes_eight_bytes_and_the_newest_stays_last() -> None:
    ids = tuple(str(9_000_000_000 + n) for n in range(1_000))
    item = to_item(Profile("501", linked=ids))

    assert len(item["linked"]["B"]) == 8_000
    assert from_item(item).linked == ids


def test_an_id_that_is_no_number_is_not_remembered() -> None:
    linked = ("7", "x-7", "", "-7", "\u0667", str(2**64), str(2**64 - 1))

    assert from_item(to_item(Profile("501", linked=linked))).linked == ("7", str(2**64 - 1))


@pytest.mark.parametrize("surplus", [b"x", bytes(7), bytes(9)])
def test_made_links_that_cannot_be_read_count_as_none_so_that_they_are_made_again(surplus: bytes) -> None:
    item = to_item(Profile("501", linked=("7",)))

    assert from_item({**item, "linked": {"B": item["linked"]["B"] + surplus}}) == Profile("501")


@pytest.mark.parametrize("surplus", [b"x", bytes(22), bytes(24)])
def test_links_that_cannot_be_read_count_as_none_so_that_they_are_made_again(surplus: bytes) -> None:
    item = to_item(Profile("501", links=LINKS))

    assert from_item({**item, "links": {"B": item["links"]["B"] + surplus}}) == Profile("501")


@pytest.mark.parametrize("at_ms", [-(2**63), 2**63])
def test_the_time_of_a_link_beyond_all_bounds_stays_on_its_side(at_ms: int) -> None:
    (link,) = from_item(to_item(Profile(links={company_key("a.com"): LinkState(at_ms)}))).links.values()

    assert link.at_ms * at_ms > 0


@pytest.mark.parametrize(
    "item",
    [
        {"links": {"S": "text"}, "creating_at_ms": {"S": "x"}},
        {"facts": {"S": "text"}, "object_id": {"N": "501"}, "email": {"NULL": True}, "at_ms": {"S": "now"}},
        {"facts": {"B": b""}, "company_id": {"S": "9"}, "tags": {"SS": ["a"]}},
    ],
    ids=["links of other types", "of other types", "with more than is known"],
)
def test_what_is_not_ours_is_passed_over(item: dict[str, dict[str, object]]) -> None:
    assert from_item(item) == Profile()  # type: ignore[arg-type] # whatever may lie there


@pytest.mark.parametrize(("text", "at_ms"), [("1.5", 1), ("1E+3", 1_000), ("-7", -7)])
def test_numbers_may_be_written_as_dynamodb_likes(text: str, at_ms: int) -> None:
    assert from_item({"at_ms": {"N": text}}).at_ms == at_ms
