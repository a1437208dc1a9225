"""Ids that nobody owns: an event lives by its own address, or is skipped for a reason of its own."""

from typing import Any

import pytest
from fakes import properties
from portals import Relay, event, identify, kim

from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.owned_ids import PLACEHOLDER
from relay.core.placeholders import IdRules
from relay.core.policy import EventMode, EventPolicy, GroupPolicy, Policy
from relay.core.profiles import (
    LinkState,
    Profile,
    anonymous_key,
    company_key,
    email_key,
    group_key,
    object_key,
    user_key,
)
from relay.core.rules import Rules

KIM, BO = "kim@example.org", "bo@example.net"
ACME = "https://www.acme-demo.com/about"
NOBODY = Skipped(PLACEHOLDER)
CUSTOM = Policy(events=EventPolicy("custom"))
WORDS = ("undefined", "NULL", "0", "[object Object]", " ", "\u200b", "00000000-0000-0000-0000-000000000000")
ID_KEYS = ("user#", "anonymous#", "group#")


def track(at_ms: int = 500, /, kind: str = "track", **fields: object) -> Event:
    return event(f"t-{at_ms}", at_ms, kind=kind, **{"event": "Order Completed", **fields})


def group(at_ms: int = 500, /, **fields: object) -> Event:
    return event(f"g-{at_ms}", at_ms, kind="group", **{"traits": {"website": ACME}, **fields})


def one(relay: Relay, each: Event) -> tuple[Outcome, dict[str, str]]:
    (report,) = relay.reports(each)
    return report.outcome, dict(report.dropped)


def id_keys(relay: Relay) -> set[str]:
    return {key for key in relay.profiles.profiles if key.startswith(ID_KEYS)}


def remember_of_nobody(relay: Relay, word: str) -> None:
    """Store what version 0.2.0 has remembered under an id that nobody owns, and of whoever used it last."""
    pointer = Profile(
        points_to=email_key(BO), at_ms=10, links={company_key("acme-demo.com"): LinkState(at_ms=10)}
    )
    relay.profiles.profiles |= {
        user_key(word): pointer,
        anonymous_key(word): pointer,
        group_key(word): Profile(points_to=company_key("acme-demo.com"), at_ms=10),
        company_key(word): Profile(object_id="9999"),
        company_key("acme-demo.com"): Profile(object_id="9001"),
        email_key(BO): Profile(object_id="777", email=BO),
        object_key("777"): Profile(points_to=email_key(BO)),
    }
    relay.crm.contacts[BO] = {"id": "777", "email": BO}
    relay.companies.companies["9001"] = {"domain": "acme-demo.com"}


@pytest.mark.parametrize("word", WORDS)
def test_people_of_one_placeholder_are_told_apart_by_their_addresses(relay: Relay, word: str) -> None:
    relay.restart(CUSTOM)
    first, second = identify(100, word, email=KIM), identify(200, word, email=BO)

    assert relay.deliver(first, second) == [Delivered("501"), Delivered("502")]
    assert one(relay, track(300, userId=word)) == (NOBODY, {"userId": PLACEHOLDER})
    assert relay.events.sent == []
    assert id_keys(relay) == set()


def test_an_id_that_merely_looks_like_one_is_somebodys(relay: Relay) -> None:
    relay.restart(CUSTOM)
    relay.deliver(identify(100, "user-null-7", email=KIM))

    assert one(relay, track(200, userId="user-null-7")) == (Delivered("501"), {})
    assert [dict(each.person) for each in relay.events.sent] == [{"objectId": "501"}]
    assert user_key("user-null-7") in relay.profiles.profiles


@pytest.mark.parametrize("mode", ["custom", "legacy", "off"])
@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        ({"userId": "undefined"}, {"userId"}),
        ({"anonymousId": "null"}, {"anonymousId"}),
        ({"userId": "undefined", "anonymousId": "null"}, {"userId", "anonymousId"}),
        ({"userId": "undefined", "anonymousId": "a-of-nobody"}, {"userId"}),
        ({"userId": {"id": 7}}, {"userId"}),
        ({"userId": False}, {"userId"}),
        ({"userId": 0}, {"userId"}),
    ],
)
@pytest.mark.parametrize("kind", ["track", "page", "screen"])
def test_a_track_or_view_of_a_placeholder_is_skipped_in_every_mode(
    relay: Relay, mode: EventMode, kind: str, fields: dict[str, Any], dropped: set[str]
) -> None:
    views = {"page": "Order Completed", "screen": "Order Completed"}
    relay.restart(Policy(Rules(views=views), events=EventPolicy(mode)))
    remember_of_nobody(relay, "undefined")
    remember_of_nobody(relay, "null")

    found = one(relay, track(500, kind, context={"traits": {"plan": "team"}}, **fields))

    assert found == (NOBODY, dict.fromkeys(dropped, PLACEHOLDER))
    assert (relay.events.sent, relay.events.queries, relay.crm.batches) == ([], [], [])


@pytest.mark.parametrize("mode", ["custom", "legacy", "off"])
def test_a_track_of_a_placeholder_lives_by_its_own_address(relay: Relay, mode: EventMode) -> None:
    relay.restart(Policy(events=EventPolicy(mode)))
    remember_of_nobody(relay, "undefined")

    outcome, dropped = one(relay, track(userId="undefined", properties={"email": KIM}))

    ends = {"custom": Delivered(""), "legacy": Delivered(""), "off": Skipped("events_off")}
    assert (outcome, dropped["userId"]) == (ends[mode], PLACEHOLDER)
    assert [dict(each.person) for each in relay.events.sent] == ([{"email": KIM}] if mode == "custom" else [])
    assert [KIM in query for query in relay.events.queries] == ([True] if mode == "legacy" else [])


def test_an_identify_of_a_placeholder_without_an_address_is_skipped(relay: Relay) -> None:
    remember_of_nobody(relay, "undefined")

    assert one(relay, identify(500, "undefined", plan="team")) == (NOBODY, {"userId": PLACEHOLDER})
    assert relay.crm.batches == []


def test_an_address_that_is_none_is_still_the_reason_where_there_is_one(relay: Relay) -> None:
    found = one(relay, identify(500, "undefined", email="kim@example"))

    assert found == (Skipped("invalid_email"), {"userId": PLACEHOLDER})


def test_a_real_anonymous_id_counts_beside_a_placeholder(relay: Relay) -> None:
    relay.restart(CUSTOM)
    ids = {"userId": "undefined", "anonymousId": "a-1"}

    assert relay.deliver(event("m-1", 100, traits={"email": KIM}, **ids)) == [Delivered("501")]
    assert one(relay, track(200, **ids)) == (Delivered("501"), {"userId": PLACEHOLDER})
    assert id_keys(relay) == {anonymous_key("a-1")}


def test_a_real_user_id_counts_beside_a_placeholder(relay: Relay) -> None:
    relay.restart(CUSTOM)
    ids = {"userId": "u-1", "anonymousId": "undefined"}
    relay.deliver(event("m-1", 100, traits={"email": KIM}, **ids))

    assert one(relay, track(200, **ids)) == (Delivered("501"), {"anonymousId": PLACEHOLDER})
    assert id_keys(relay) == {user_key("u-1")}


def test_an_unknown_user_is_unknown_whatever_else_is_a_placeholder(relay: Relay) -> None:
    found = one(relay, event("m-1", userId="u-1", anonymousId="null", groupId="null", traits={"plan": "a"}))

    assert found == (Skipped("no_email"), {"anonymousId": PLACEHOLDER, "groupId": PLACEHOLDER})


def test_a_visitor_counts_beside_a_placeholder(relay: Relay) -> None:
    relay.restart(CUSTOM)

    outcome, _ = one(relay, track(userId="undefined", context={"hubspotutk": "0a1b2c"}))

    assert outcome == Delivered("")
    assert [dict(each.person) for each in relay.events.sent] == [{"utk": "0a1b2c"}]


@pytest.mark.parametrize("token", ["undefined", "null", "0", "00000000000000000000000000000000"])
def test_a_visitors_token_may_be_a_placeholder_too(relay: Relay, token: str) -> None:
    relay.restart(CUSTOM)

    assert relay.deliver(track(userId="u-1", context={"hubspotutk": token})) == [Skipped("no_person")]
    assert relay.events.sent == []


@pytest.mark.parametrize("fields", [{"userId": "undefined"}, {"anonymousId": "undefined"}])
def test_a_track_of_a_placeholder_waits_for_nobody(relay: Relay, fields: dict[str, str]) -> None:
    relay.restart(Policy(events=EventPolicy("custom", pending_ms=60_000)))

    assert relay.deliver(track(relay.clock.now, **fields)) == [NOBODY]


def test_a_track_without_any_id_waits_for_nobody(relay: Relay) -> None:
    relay.restart(Policy(events=EventPolicy("custom", pending_ms=60_000)))

    assert relay.deliver(track(relay.clock.now)) == [Skipped("no_person")]


def test_a_track_waits_for_the_person_of_the_id_that_is_left(relay: Relay) -> None:
    relay.restart(Policy(events=EventPolicy("custom", pending_ms=60_000)))
    mine = track(relay.clock.now, userId="undefined", anonymousId="a-1")

    assert one(relay, mine) == (Deferred("person_pending"), {"userId": PLACEHOLDER})
    relay.clock.now += 60_000
    assert one(relay, mine)[0] == NOBODY


@pytest.mark.parametrize(
    ("ids", "dropped"),
    [
        ({"previousId": "undefined", "userId": "u-1"}, {"previousId"}),
        ({"previousId": "u-1", "userId": "undefined"}, {"userId"}),
        ({"previousId": "null", "userId": "undefined"}, {"userId", "previousId"}),
    ],
)
@pytest.mark.parametrize("change", ["new", "update"])
def test_an_alias_of_a_placeholder_says_nothing(
    relay: Relay, change: Any, ids: dict[str, str], dropped: set[str]
) -> None:
    relay.restart(Policy(email_change=change))
    remember_of_nobody(relay, "undefined")
    remember_of_nobody(relay, "null")
    relay.deliver(kim(100, "u-1"))
    before = dict(relay.profiles.profiles)

    assert one(relay, event("a-1", 200, "alias", **ids)) == (NOBODY, dict.fromkeys(dropped, PLACEHOLDER))
    assert relay.profiles.profiles == before
    assert relay.crm.contacts[KIM]["id"] == "501"


@pytest.mark.parametrize("deletes", ["archive", "gdpr"])
@pytest.mark.parametrize("fields", [{"userId": "undefined"}, {"anonymousId": "undefined"}])
def test_a_deletion_of_a_placeholder_deletes_nobody(
    relay: Relay, deletes: Any, fields: dict[str, str]
) -> None:
    relay.restart(Policy(deletes=deletes))
    remember_of_nobody(relay, "undefined")
    before = dict(relay.profiles.profiles)

    found = one(relay, event("d-1", 200, "delete", **fields))

    assert found == (NOBODY, dict.fromkeys(fields, PLACEHOLDER))
    assert (relay.crm.deleted, relay.profiles.profiles) == ([], before)


def test_a_deletion_of_somebody_unknown_is_no_placeholders(relay: Relay) -> None:
    relay.restart(Policy(deletes="archive"))

    found = one(relay, event("d-1", 200, "delete", userId="u-1", anonymousId="null"))

    assert found == (Skipped("contact_unknown"), {"anonymousId": PLACEHOLDER})


def test_a_tombstone_under_a_placeholder_keeps_nobody_out(relay: Relay) -> None:
    relay.profiles.profiles[user_key("undefined")] = Profile(deleted_at_ms=1_000)
    relay.profiles.profiles[anonymous_key("null")] = Profile(deleted_at_ms=1_000)

    found = relay.deliver(event("m-1", 500, userId="undefined", anonymousId="null", traits={"email": KIM}))

    assert found == [Delivered("501")]


def test_a_link_that_waits_under_a_placeholder_is_nobodys(relay: Relay) -> None:
    remember_of_nobody(relay, "undefined")

    relay.deliver(kim(500, "undefined"))

    assert relay.companies.links == []


def test_an_address_change_never_rests_on_a_placeholder(relay: Relay) -> None:
    relay.restart(Policy(email_change="update"))
    remember_of_nobody(relay, "undefined")

    relay.deliver(kim(500, "undefined"))

    assert relay.crm.contacts[BO]["id"] == "777"
    assert relay.crm.contacts[KIM]["id"] == "501"


@pytest.mark.parametrize("fields", [{"userId": "undefined"}, {"anonymousId": "undefined"}])
def test_a_groups_company_lives_by_its_domain_and_nobody_is_linked_to_it(
    relay: Relay, fields: dict[str, str]
) -> None:
    remember_of_nobody(relay, "undefined")
    before = {
        key: relay.profiles.profiles[key] for key in (user_key("undefined"), anonymous_key("undefined"))
    }

    outcome, dropped = one(relay, group(traits={"website": ACME, "name": "Acme"}, **fields))

    assert (outcome, dropped) == (Delivered("9001"), dict.fromkeys(fields, PLACEHOLDER))
    assert relay.companies.links == []
    assert {key: relay.profiles.profiles[key] for key in before} == before


BY_ID = Policy(groups=GroupPolicy(key="account_id"))
BY_CONTEXT = Policy(groups=GroupPolicy(links_context=True))


def test_a_group_known_by_an_id_that_is_a_placeholder_is_skipped(relay: Relay) -> None:
    relay.restart(BY_ID)
    remember_of_nobody(relay, "undefined")

    found = one(relay, group(userId="u-1", groupId="undefined", traits={"website": ACME, "name": "Acme"}))

    assert found == (NOBODY, {"groupId": PLACEHOLDER})
    assert relay.companies.writes == 0
    assert relay.deliver(group(600)) == [Skipped("no_group_id")]


def test_a_group_known_by_its_domain_needs_no_group_id_and_none_is_remembered(relay: Relay) -> None:
    relay.restart(BY_CONTEXT)

    assert one(relay, group(groupId="undefined")) == (Delivered("9001"), {"groupId": PLACEHOLDER})
    assert id_keys(relay) == set()


def test_a_placeholder_in_the_context_links_nobody(relay: Relay) -> None:
    relay.restart(BY_CONTEXT)
    remember_of_nobody(relay, "undefined")

    found = one(relay, event("m-1", context={"groupId": "undefined", "ip": "::1"}, traits={"email": KIM}))

    assert found == (Delivered("501"), {"context.groupId": PLACEHOLDER})
    assert relay.companies.links == []


def test_a_placeholder_in_a_context_that_nobody_reads_is_no_matter(relay: Relay) -> None:
    assert one(relay, event("m-1", context={"groupId": "null"}, traits={"email": KIM})) == (
        Delivered("501"),
        {},
    )


def test_the_property_id_never_gets_a_placeholder(relay: Relay) -> None:
    relay.crm.schema = [properties("email", "id")]

    relay.deliver(kim(100, "undefined"), identify(200, "u-2", email=BO))

    assert {each["email"]: each.get("id") for each in relay.crm.sent} == {KIM: None, BO: "u-2"}


def test_a_setting_adds_words_and_another_one_allows_one(relay: Relay) -> None:
    relay.restart(Policy(ids=IdRules.of(["Test User", "void"], ["0", "VOID"])))
    people = [
        identify(100, "test user", email="a@example.org"),
        identify(200, "0", email="b@example.org"),
        identify(300, "void", email="c@example.org"),
        identify(400, "null", email="d@example.org"),
    ]

    reports = relay.reports(*people)

    assert [dict(each.dropped) for each in reports] == [
        {"userId": PLACEHOLDER},
        {},
        {},
        {"userId": PLACEHOLDER},
    ]
    assert id_keys(relay) == {user_key("0"), user_key("void")}


def test_a_user_id_that_is_an_address_stays_one(relay: Relay) -> None:
    found = one(relay, identify(100, "none@example.org", plan="team"))

    assert found == (Delivered("501"), {})
    assert "none@example.org" in relay.crm.contacts


def test_padded_ids_are_the_same_as_without(relay: Relay) -> None:
    relay.restart(Policy(events=EventPolicy("custom"), groups=GroupPolicy(links_context=True)))
    relay.deliver(event("m-1", 100, userId=" 42 ", anonymousId="\u00a0a-1\u200b", traits={"email": KIM}))

    assert relay.deliver(track(200, userId="42"), track(300, anonymousId="a-1")) == [Delivered("501")] * 2
    relay.deliver(group(400, groupId=" g-1\n"))
    relay.deliver(event("m-2", 500, userId="42", context={"groupId": "\tg-1"}, traits={"plan": "team"}))
    assert relay.companies.links == [("501", "9001")]


def test_what_is_deferred_of_a_placeholder_comes_back_as_it_is(relay: Relay) -> None:
    relay.profiles.is_down = True

    assert relay.deliver(kim(100, "undefined")) == [Deferred("memory_unavailable")]
