"""A company that was deleted comes back with its people, and very many associations are remembered."""

from collections.abc import Collection, Mapping, Sequence

import pytest
from fakes import FakeProfiles
from portals import Relay, event, identify, kim

from cli.standin.object_types import CONTACTS
from relay.core.answers import NoReply
from relay.core.events import Event
from relay.core.memberships import MAX_WAITING
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.policy import GroupPolicy, Policy
from relay.core.profiles import MAX_LINKED, LinkState, Profile, company_key, email_key, people_key, user_key
from relay.reports import Report

ACME = company_key("acme-demo.com")


def group(at_ms: int, user: str, site: str = "acme-demo.com", **traits: object) -> Event:
    fields = {"userId": user, "groupId": "g-1", "traits": {"website": f"https://{site}", **traits}}
    return event(f"g-{at_ms}-{user}-{site}", at_ms, kind="group", **fields)


@pytest.fixture
def acme(relay: Relay) -> Relay:
    """A company with three people, whose record is deleted in HubSpot."""
    for n in (1, 2, 3):
        relay.deliver(identify(n, f"u-{n}", email=f"p{n}@example.org"), group(10 + n, f"u-{n}", name="Acme"))
    assert associated(relay, "9001") == {"501", "502", "503"}
    relay.companies.companies.pop("9001")
    relay.restart()
    return relay


def associated(relay: Relay, company_id: str) -> set[str]:
    """Return the contacts with which HubSpot has associated a company."""
    held = relay.companies.hubspot.portal.associations
    contacts = relay.companies.hubspot.portal.objects(CONTACTS).live
    return {contact for contact in contacts if company_id in held.of(CONTACTS, contact)}


def test_a_deleted_company_comes_back_with_all_its_people(acme: Relay) -> None:
    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Delivered("9002")]

    assert associated(acme, "9002") == {"501", "502", "503"}


def test_it_does_so_too_for_a_group_of_nobody(acme: Relay) -> None:
    assert acme.deliver(group(20, "u-9", name="Acme Ltd")) == [Delivered("9002")]

    assert associated(acme, "9002") == {"501", "502", "503"}


def test_a_company_that_somebody_has_made_anew_gets_them_too(acme: Relay) -> None:
    made = acme.companies.hubspot.portal.companies.create({"domain": "www.acme-demo.com"})

    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Delivered(made.id)]
    assert associated(acme, made.id) == {"501", "502", "503"}


def test_people_who_have_come_back_are_remembered(acme: Relay) -> None:
    acme.deliver(group(20, "u-1", name="Acme Ltd"))
    acme.companies.companies.pop("9002")
    acme.restart()

    acme.deliver(group(30, "u-2", name="Acme plc"))

    assert associated(acme, "9003") == {"501", "502", "503"}


def test_once_they_are_back_no_event_makes_a_link_of_others_again(acme: Relay) -> None:
    acme.deliver(group(20, "u-1", name="Acme Ltd"))
    calls = acme.companies.link_calls

    assert acme.deliver(group(30, "u-1", name="Acme Ltd"), group(31, "u-9", name="Acme plc")) == [
        Delivered("9002", is_merged=True),
        Delivered("9002"),
    ]
    assert acme.companies.link_calls == calls


def test_the_group_waits_until_all_are_back(acme: Relay) -> None:
    acme.companies.link_script = lambda pairs: None if pairs == [("501", "9002")] else NoReply("timeout")

    (outcome,) = acme.deliver(group(20, "u-1", name="Acme Ltd"))

    assert isinstance(outcome, Deferred)
    assert associated(acme, "9002") == {"501"}
    acme.companies.link_script = lambda _: None
    acme.restart()
    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Delivered("9002")]
    assert associated(acme, "9002") == {"501", "502", "503"}


def test_a_contact_that_is_gone_does_not_come_back(acme: Relay) -> None:
    acme.crm.contacts.pop("p2@example.org")

    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Delivered("9002")]
    assert associated(acme, "9002") == {"501", "503"}
    assert set(acme.profiles.profiles[people_key(ACME)].linked) == {"501", "503"}


class Forgetful(FakeProfiles):
    """A place for profiles that cannot read who belongs to companies."""

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        return None if any(key.startswith("people#") for key in keys) else super().load(keys)


def test_the_group_waits_while_nobody_can_tell_who_they_are(acme: Relay) -> None:
    acme.profiles = Forgetful(acme.profiles.profiles)
    acme.restart()

    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Deferred("memory_unavailable")]
    acme.profiles = FakeProfiles(acme.profiles.profiles)
    acme.restart()
    acme.deliver(group(20, "u-1", name="Acme Ltd"))
    assert associated(acme, "9002") == {"501", "502", "503"}


def test_the_group_waits_while_it_cannot_be_remembered_that_they_are_back(acme: Relay) -> None:
    def fail_to_remember(pairs: Sequence[object]) -> None:
        # The two others.
        acme.profiles.is_read_only = len(pairs) == 2

    acme.companies.link_script = fail_to_remember

    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Deferred("memory_unavailable")]
    acme.profiles.is_read_only = False
    acme.companies.link_script = lambda _: None
    acme.restart()
    acme.deliver(group(20, "u-1", name="Acme Ltd"))
    assert associated(acme, "9002") == {"501", "502", "503"}


def test_without_associations_nobody_comes_back(acme: Relay) -> None:
    acme.restart(Policy(groups=GroupPolicy(associate="off")))

    assert acme.deliver(group(20, "u-1", name="Acme Ltd")) == [Delivered("9002")]
    assert associated(acme, "9002") == set()


def test_a_person_may_be_in_hundreds_of_companies_and_each_is_made_once(relay: Relay) -> None:
    relay.deliver(kim(1, "u-1"))
    groups = [group(10 + n, "u-1", f"company-{n}.com", name="A") for n in range(120)]
    relay.deliver(*groups)
    relay.restart()
    links, calls = len(relay.companies.links), relay.companies.link_calls

    later = [group(500 + n, "u-1", f"company-{n}.com", name="A") for n in range(120)]
    assert set(relay.deliver(*later)) == {Skipped("unchanged")}
    assert (len(relay.companies.links), relay.companies.link_calls) == (links, calls) == (120, 1)


def test_hundreds_of_associations_may_wait_for_a_person(relay: Relay) -> None:
    relay.deliver(*[group(10 + n, "u-1", f"company-{n}.com", name="A") for n in range(120)])
    relay.restart()
    relay.clock.now += 60_000

    relay.deliver(kim(500, "u-1"))

    assert len(relay.companies.links) == 120


def test_more_than_may_wait_are_told(relay: Relay) -> None:
    waiting = {company_key(str(n)): LinkState(100) for n in range(MAX_WAITING)}
    relay.profiles.profiles[user_key("u-1")] = Profile(links=waiting)

    assert relay.reports(group(200, "u-1")) == [Report(Delivered("9001"), {"company": "too_many_pending"})]
    assert relay.profiles.profiles[user_key("u-1")].links == waiting


def test_what_has_waited_long_enough_makes_room(relay: Relay) -> None:
    waiting = {company_key(str(n)): LinkState(-(2**40)) for n in range(MAX_WAITING)}
    relay.profiles.profiles[user_key("u-1")] = Profile(links=waiting)

    assert relay.reports(group(200, "u-1")) == [Report(Delivered("9001"), {"company": "link_pending"})]
    assert relay.profiles.profiles[user_key("u-1")].links == {ACME: LinkState(200)}


def test_of_very_many_that_are_made_the_newest_are_remembered(relay: Relay) -> None:
    relay.deliver(kim(1, "u-1"))
    key = email_key("kim@example.org")
    known = relay.profiles.profiles[key]
    ids = tuple(map(str, range(1, MAX_LINKED + 1)))
    relay.profiles.profiles[key] = Profile(known.object_id, known.facts, known.email, linked=ids)

    relay.deliver(group(200, "u-1"))

    assert relay.profiles.profiles[key].linked == (*ids[1:], "9001")


def made_by_an_earlier_version(relay: Relay) -> str:
    """Let what is remembered of a person and a company be as an earlier version has left it."""
    relay.deliver(kim(1, "u-1"), group(200, "u-1"))
    key = email_key("kim@example.org")
    known, acme = relay.profiles.profiles[key], relay.profiles.profiles[ACME]
    links = {ACME: LinkState(200, is_done=True)}
    relay.profiles.profiles[key] = Profile(known.object_id, known.facts, known.email, links=links)
    relay.profiles.profiles[ACME] = Profile(acme.object_id, acme.facts)
    del relay.profiles.profiles[people_key(ACME)]
    return key


def test_an_association_that_an_earlier_version_has_made_is_not_made_again(relay: Relay) -> None:
    made_by_an_earlier_version(relay)

    relay.deliver(group(300, "u-1"), group(301, "u-1"))

    assert relay.companies.links == [("501", "9001")]


@pytest.mark.parametrize("is_seen", [True, False])
def test_it_is_made_again_where_the_company_is_another_record_by_now(relay: Relay, *, is_seen: bool) -> None:
    key = made_by_an_earlier_version(relay)
    if is_seen:
        relay.deliver(group(300, "u-1"))
    relay.companies.companies.pop("9001")

    relay.deliver(group(400, "u-1", name="Acme Ltd"))

    assert relay.companies.links == [("501", "9001"), ("501", "9002")]
    assert (relay.profiles.profiles[key].links, relay.profiles.profiles[key].linked) == ({}, ("9002",))
