"""Companies are found or made once, whatever HubSpot does by itself and whatever is lost on the way."""

from collections.abc import Iterator

import pytest
from builders import refusal
from company_hub import (
    FAR,
    GROUPS,
    KEY,
    QUIET,
    QUIET_GROUPS,
    SECOND_MS,
    Backwards,
    FailingOnce,
    Hub,
    company,
    group,
)

from relay.companies import Company
from relay.company_search import MAX_PAGES_NEAR
from relay.core.answers import Answer, NoReply, Reply
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.core.planning import Batch
from relay.core.profiles import Profile, company_key
from relay.core.searching import Search

NO_ANSWER = NoReply("no_answer: ReadTimeout")
UNAVAILABLE = Deferred("memory_unavailable")
ACME = "acme.com"


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    with hub.threads:
        yield hub


# ------------------------------------------------------------------------------------ found, made, remembered


@pytest.mark.parametrize("_", [pytest.param(0, id="S32")])
def test_a_company_is_made_once_and_updated_from_then_on(hub: Hub, _: int) -> None:
    assert hub.settle(company(ACME, 100, name="Acme")) == {ACME: Company(Delivered("901"), {}, "901")}
    hub.restart()

    assert hub.outcome(company(ACME, 200, name="Acme Ltd")) == Delivered("901")
    assert hub.hubspot.companies == [{"id": "901", "domain": ACME, "name": "Acme Ltd"}]
    assert len(hub.hubspot.searches) == 1
    # What it is found by is sent only where it is made.
    assert dict(hub.hubspot.batches[-1].inputs[0].properties) == {"name": "Acme Ltd"}


def test_a_company_that_hubspot_has_is_updated(hub: Hub) -> None:
    hub.hubspot.make(domain=ACME, city="Odense")
    hub.wait(5)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert hub.hubspot.companies == [{"id": "901", "domain": ACME, "city": "Odense", "name": "Acme"}]


def test_a_company_of_which_nothing_is_told_is_found_without_a_write(hub: Hub) -> None:
    hub.hubspot.make(domain=ACME)
    hub.wait(5)

    assert hub.settle(company(ACME)) == {ACME: Company(Delivered("901"), {}, "901")}
    assert hub.hubspot.batches == []
    assert hub.outcome(company(ACME)) == Skipped("unchanged")


def test_what_hubspot_has_is_skipped_and_what_is_older_is_dropped(hub: Hub) -> None:
    hub.settle(company(ACME, 200, name="Acme"))

    assert hub.settle(company(ACME, 300, name="Acme")) == {ACME: Company(Skipped("unchanged"), {}, "901")}
    stale = Company(Skipped("stale"), {"name": "stale"}, "901")
    assert hub.settle(company(ACME, 250, name="Old")) == {ACME: stale}
    mixed = hub.settle(company(ACME, 250, name="Old", city="Odense"))
    assert mixed == {ACME: Company(Delivered("901"), {"name": "stale"}, "901")}
    assert hub.hubspot.companies == [{"id": "901", "domain": ACME, "name": "Acme", "city": "Odense"}]


def test_what_was_confirmed_too_long_ago_or_before_a_doubt_is_sent_again(hub: Hub) -> None:
    hub.settle(company(ACME, 200, name="Acme"))
    assert hub.outcome(company(ACME, 300, name="Acme"), doubted_until_ms=hub.clock.now) == Delivered("901")
    hub.wait(86_401)

    assert hub.outcome(company(ACME, 300, name="Acme")) == Delivered("901")


def test_of_two_companies_with_one_domain_the_oldest_is_taken_and_the_others_are_counted(hub: Hub) -> None:
    for name in ("First", "Second", "Third"):
        hub.hubspot.make(domain=ACME, name=name)
    hub.wait(5)

    found = hub.settle(company(ACME, name="Acme"))

    assert found == {ACME: Company(Delivered("901"), {"domain": "duplicate_companies: 2"}, "901")}
    assert [each["name"] for each in hub.hubspot.companies] == ["Acme", "Second", "Third"]


@pytest.mark.parametrize("page", [200, 100, 1])
def test_500_groups_of_250_companies_make_exactly_250_in_few_calls(hub: Hub, page: int) -> None:
    hub.hubspot.page = page
    for n in range(0, 250, 50):
        hub.hubspot.make(domain=f"company-number-{n}.example.com")
    hub.wait(5)
    changes = [company(f"company-number-{n % 250}.example.com", n, name=f"C {n}") for n in range(500)]

    found = hub.settle(*changes)

    assert {type(each.outcome) for each in found.values()} == {Delivered}
    assert len({each.object_id for each in found.values()}) == len(hub.hubspot.companies) == 250
    assert hub.hubspot.with_domain("company-number-7.example.com")[0]["name"] == "C 257"
    assert len(hub.hubspot.batches) == 4
    assert len({each.terms for each in hub.hubspot.searches}) == 4
    assert {type(o.outcome) for o in hub.settle(*changes[250:]).values()} == {Skipped}


def test_thousands_are_remembered_in_parts(hub: Hub) -> None:
    changes = [company(f"c{n}.com", n, name="C") for n in range(2_501)]

    assert {type(each.outcome) for each in hub.settle(*changes).values()} == {Delivered}
    assert len(hub.hubspot.companies) == 2_501


def test_without_new_companies_only_those_that_hubspot_has_are_updated(hub: Hub) -> None:
    hub.restart(QUIET)
    hub.hubspot.make(domain=ACME)
    hub.wait(5)

    found = hub.settle(company(ACME, name="Acme"), company("other.com", name="Other"))

    assert found == {
        ACME: Company(Delivered("901"), {}, "901"),
        "other.com": Company(Skipped("company_unknown")),
    }
    assert [each["domain"] for each in hub.hubspot.companies] == [ACME]


# --------------------------------------------------------------------------------------------- made only once


def test_after_a_lost_answer_nobody_makes_the_company_again_before_it_would_be_found(hub: Hub) -> None:
    def lose(batch: Batch) -> Answer:
        hub.hubspot.script = lambda _: None
        hub.hubspot.write_companies(batch, FAR)
        return NO_ANSWER

    hub.hubspot.script = lose
    assert hub.outcome(company(ACME, name="Acme")) == Deferred("no_answer: ReadTimeout")
    hub.restart()
    hub.wait(1)

    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_creation_unknown", 59_000)
    # As soon as it is found there is no reason to wait.
    hub.wait(3)
    assert hub.outcome(company(ACME, name="Acme Ltd")) == Delivered("901")
    assert hub.hubspot.companies == [{"id": "901", "domain": ACME, "name": "Acme Ltd"}]


def test_the_minute_begins_when_the_answer_was_lost(hub: Hub) -> None:
    def lose_slowly(_: Batch) -> Answer:
        hub.wait(12)
        return NO_ANSWER

    hub.hubspot.script = lose_slowly
    hub.outcome(company(ACME, name="Acme"))

    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_creation_unknown", 60_000)


def test_a_company_whose_making_was_lost_altogether_is_made_after_a_minute(hub: Hub) -> None:
    hub.hubspot.script = lambda _: NO_ANSWER
    hub.outcome(company(ACME, name="Acme"))
    hub.hubspot.script = lambda _: None
    hub.wait(59.5)
    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_creation_unknown", 500)
    hub.wait(0.5)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert len(hub.hubspot.searches) == 3
    assert hub.profiles.profiles[company_key(ACME)].creating_at_ms == 0


class CrashError(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("is_made", [True, False])
def test_after_a_crash_during_the_call_the_company_is_searched_before_it_is_made(
    hub: Hub, *, is_made: bool
) -> None:
    def crash(batch: Batch) -> Answer:
        hub.hubspot.script = lambda _: None
        if is_made:
            hub.hubspot.write_companies(batch, FAR)
        raise CrashError

    hub.hubspot.script = crash
    with pytest.raises(CrashError):
        hub.outcome(company(ACME, name="Acme"))
    hub.restart()
    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_creation_unknown", 60_000)
    hub.wait(60)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert len(hub.hubspot.companies) == 1


def test_a_company_whose_id_could_not_be_remembered_is_found_later(hub: Hub) -> None:
    def write_and_go_down(batch: Batch) -> Answer:
        hub.hubspot.script = lambda _: None
        hub.profiles.is_down = True
        return hub.hubspot.write_companies(batch, FAR)

    hub.hubspot.script = write_and_go_down
    assert hub.settle(company(ACME, name="Acme")) == {ACME: Company(UNAVAILABLE, {}, "901")}
    hub.profiles.is_down = False
    hub.wait(61)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert len(hub.hubspot.companies) == 1


def test_a_call_that_makes_a_company_begins_soon_after_its_mark(hub: Hub) -> None:
    """Else the mark would be over before HubSpot's search shows the company."""
    hub.settle(company(ACME, name="Acme"))
    hub.settle(company("other.com", name="Other"), deadline_ms=hub.clock.now + 1)
    hub.settle(company(ACME, 600, name="Acme Ltd"))

    assert hub.hubspot.deadlines_ms == [hub.clock.now + 15 * SECOND_MS, hub.clock.now + 1, FAR]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoReply("window_full", 7_000), Deferred("window_full", 7_000)),
        (Reply(429), Deferred("status_429")),
        (
            refusal(403, {"category": "MISSING_SCOPES", "message": "no"}),
            Deferred("missing_scope: HubSpot does not say which"),
        ),
        (refusal(400, {"message": "bad"}), Rejected("refused", "bad")),
    ],
)
def test_a_company_that_surely_was_not_made_may_be_made_at_once(
    hub: Hub, answer: Answer, outcome: object
) -> None:
    hub.hubspot.script = lambda _: answer
    assert hub.settle(company(ACME, name="Acme")) == {ACME: Company(outcome)}  # type: ignore[arg-type] # any
    hub.hubspot.script = lambda _: None

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")


def test_should_hubspot_ever_refuse_a_second_company_of_a_domain_the_first_is_updated(hub: Hub) -> None:
    made = hub.hubspot.make(domain=ACME)

    def conflict(batch: Batch) -> Answer | None:
        message = f"Company already exists. Existing ID: {made}"
        return None if batch.is_update else refusal(409, {"category": "CONFLICT", "message": message})

    hub.hubspot.script = conflict
    assert hub.outcome(company(ACME, name="Acme")) == Delivered(made)
    assert hub.hubspot.companies == [{"id": made, "domain": ACME, "name": "Acme"}]
    assert hub.outcome(company(ACME, name="Acme")) == Skipped("unchanged")


# ------------------------------------------------------------------------------- companies that HubSpot makes


def test_no_company_is_made_while_hubspot_may_be_making_it_for_a_new_contact(hub: Hub) -> None:
    assert hub.relay.note_new_contacts(["ACME.com"], hub.clock.now)
    hub.wait(2)
    hub.hubspot.make(domain=ACME)
    hub.restart()

    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_may_be_coming", 8_000)
    hub.wait(8)
    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert len(hub.hubspot.companies) == 1


def test_a_company_that_hubspot_does_not_make_is_made_ten_seconds_after_the_contact(hub: Hub) -> None:
    hub.relay.note_new_contacts([ACME], hub.clock.now)
    hub.wait(10)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert hub.profiles.profiles[company_key(ACME)].at_ms == 0


def test_a_search_from_before_the_end_of_the_wait_does_not_count(hub: Hub) -> None:
    hub.relay.note_new_contacts([ACME], hub.clock.now)
    hub.wait(9.9)

    def answer_late(_: Search) -> None:
        hub.wait(1)

    hub.hubspot.search_script = answer_late
    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_may_be_coming", 1)


def test_a_company_that_hubspot_makes_between_search_and_creation_is_the_price(hub: Hub) -> None:
    """Nothing can rule that out. From then on the one that is remembered stays the one."""

    def make_first(_: Batch) -> None:
        hub.hubspot.script = lambda _: None
        hub.hubspot.make(domain=ACME)

    hub.hubspot.script = make_first
    assert hub.outcome(company(ACME, name="Acme")) == Delivered("902")
    hub.wait(90_000)
    assert hub.outcome(company(ACME, name="Acme")) == Delivered("902")


def test_free_mail_and_what_is_no_domain_is_not_noted_and_sub_domains_are_both_ways(hub: Hub) -> None:
    domains = ["gmail.com", "yahoo.co.uk", "mail.acme.com", "localhost", "", "other.com", "OTHER.com"]

    assert hub.relay.note_new_contacts(domains, 7)
    noted = {"mail.acme.com", ACME, "other.com"}
    assert hub.profiles.profiles == {company_key(domain): Profile(at_ms=7) for domain in noted}


def test_a_company_that_is_known_is_not_noted(hub: Hub) -> None:
    hub.settle(company(ACME, name="Acme"))
    writes = hub.profiles.writes

    assert hub.relay.note_new_contacts([ACME], hub.clock.now)
    assert hub.profiles.writes == writes


def test_a_later_contact_prolongs_the_wait_and_an_earlier_one_does_not_shorten_it(hub: Hub) -> None:
    for at_ms in (20, 30, 10):
        hub.relay.note_new_contacts([ACME], at_ms)

    assert hub.profiles.profiles[company_key(ACME)].at_ms == 30


@pytest.mark.parametrize("failure", ["is_down", "is_read_only"])
def test_a_note_that_cannot_be_stored_says_so(hub: Hub, failure: str) -> None:
    setattr(hub.profiles, failure, True)

    assert not hub.relay.note_new_contacts([ACME], 7)


@pytest.mark.parametrize("failure", ["is_down", "is_read_only"])
def test_no_company_is_made_either_where_the_note_could_not_be_stored(hub: Hub, failure: str) -> None:
    setattr(hub.profiles, failure, True)
    hub.relay.note_new_contacts([ACME], hub.clock.now)
    setattr(hub.profiles, failure, False)
    hub.relay.note_new_contacts(["other.com"], hub.clock.now)

    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_may_be_coming", 10_000)
    hub.restart()
    assert hub.outcome(company(ACME, name="Acme")) == Deferred("company_may_be_coming", 10_000)
    hub.wait(10)
    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")


# --------------------------------------------------------------------------------------------- memory is down


def test_without_a_memory_nothing_is_done(hub: Hub) -> None:
    hub.profiles.is_down = True

    assert hub.settle(company(ACME)) == {ACME: Company(UNAVAILABLE)}
    assert (hub.hubspot.batches, hub.hubspot.searches) == ([], [])


def test_without_a_mark_no_company_is_made(hub: Hub) -> None:
    hub.profiles.is_read_only = True

    assert hub.settle(company(ACME, name="Acme")) == {ACME: Company(UNAVAILABLE)}
    assert hub.hubspot.companies == []
    hub.profiles.is_read_only = False
    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")


def test_a_mark_that_could_not_be_set_does_not_stay_behind(hub: Hub) -> None:
    hub.profiles = FailingOnce(is_read_only=True)
    hub.restart()

    assert hub.outcome(company(ACME, name="Acme")) == UNAVAILABLE
    assert hub.profiles.profiles == {}


def test_an_update_that_could_not_be_remembered_comes_back_and_a_refusal_is_final(hub: Hub) -> None:
    hub.settle(company(ACME, name="Acme"), company("bad.com", name="Bad"))

    def refuse(batch: Batch) -> Answer | None:
        hub.hubspot.script = lambda _: None
        bad = next(entry for entry in batch.inputs if entry.ref.id == "bad.com")
        context = {"objectWriteTraceId": [bad.trace_id]}
        answer = hub.hubspot.write_companies(Batch(tuple(e for e in batch.inputs if e is not bad)), FAR)
        assert isinstance(answer, Reply)
        assert isinstance(answer.body, dict)
        return Reply(207, {**answer.body, "errors": [{"message": "no", "context": context}]})

    hub.hubspot.script = refuse
    hub.profiles.is_read_only = True
    found = hub.settle(company(ACME, 600, name="Acme Ltd"), company("bad.com", 600, name="Worse"))

    assert {domain: each.outcome for domain, each in found.items()} == {
        ACME: UNAVAILABLE,
        "bad.com": Rejected("refused", "no"),
    }


# ---------------------------------------------------------------------------------------- answers and repairs


def test_a_property_that_hubspot_names_is_left_out_and_the_rest_is_sent_again(hub: Hub) -> None:
    def refuse(batch: Batch) -> Answer | None:
        wrong = [e.trace_id for e in batch.inputs if "plann" in e.properties]
        detail = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["plann"]}}
        return refusal(400, {"message": "no", "errors": [detail]}) if wrong else None

    hub.hubspot.script = refuse
    found = hub.settle(company(ACME, name="Acme", plann="x"), company("other.com", name="Other"))

    assert found[ACME].left_out == {"plann": "refused_property_doesnt_exist"}
    assert {type(each.outcome) for each in found.values()} == {Delivered}
    assert len(hub.hubspot.companies) == 2


def test_a_domain_that_hubspot_will_not_have_is_a_refusal_of_the_company(hub: Hub) -> None:
    detail = {"code": "INVALID_DOMAIN", "context": {"propertyName": ["domain"]}}
    hub.hubspot.script = lambda _: refusal(400, {"message": "no", "errors": [detail]})

    assert hub.outcome(company(ACME, name="Acme")) == Rejected("refused", "no; domain: INVALID_DOMAIN")
    assert len(hub.hubspot.batches) == 1


def test_a_whole_batch_that_is_refused_for_one_is_halved_and_nobody_is_made_twice(hub: Hub) -> None:
    def refuse(batch: Batch) -> Answer | None:
        is_bad = any(entry.ref.id == "c3.com" for entry in batch.inputs)
        return refusal(400, {"message": "bad"}) if is_bad else None

    hub.hubspot.script = refuse
    found = hub.settle(*(company(f"c{n}.com", n, name="C") for n in range(8)))

    assert found["c3.com"].outcome == Rejected("refused", "bad")
    assert len(hub.hubspot.companies) == 7


def test_an_update_whose_answer_was_lost_is_sent_again(hub: Hub) -> None:
    hub.settle(company(ACME, 100, name="Acme"))
    hub.hubspot.script = lambda _: NO_ANSWER
    hub.outcome(company(ACME, 200, name="Acme Ltd"))
    hub.hubspot.script = lambda _: None

    assert hub.outcome(company(ACME, 300, name="Acme Inc.")) == Deferred("resting", hub.policy.rest_ms)
    hub.clock.now += hub.policy.rest_ms
    assert hub.outcome(company(ACME, 100, name="Acme")) == Delivered("901")


def test_a_record_that_is_gone_is_searched_for_and_then_made_anew(hub: Hub) -> None:
    hub.settle(company(ACME, 100, name="Acme", city="Odense"))
    hub.hubspot.companies.clear()

    assert hub.outcome(company(ACME, 200, name="Acme Ltd")) == Delivered("902")
    assert hub.hubspot.companies == [{"id": "902", "domain": ACME, "name": "Acme Ltd"}]
    assert hub.outcome(company(ACME, 300, city="Odense")) == Delivered("902")


def test_a_record_that_is_gone_leaves_the_events_to_the_one_that_has_its_domain_now(hub: Hub) -> None:
    hub.settle(company(ACME, 100, name="Acme"))
    hub.hubspot.companies.clear()
    hub.hubspot.make(domain=ACME)
    hub.wait(5)

    assert hub.outcome(company(ACME, 200, name="Acme Ltd")) == Delivered("902")


def test_a_record_that_only_the_search_still_shows_is_tried_again_later(hub: Hub) -> None:
    ghost = {"id": "7", "properties": {"domain": ACME}}
    hub.hubspot.search_script = lambda _: Reply(200, {"results": [ghost]})

    assert hub.settle(company(ACME, name="Acme")) == {ACME: Company(Deferred("not_found"))}
    assert len(hub.hubspot.batches) == 2


def test_a_company_that_was_found_but_not_written_is_told_all_the_same(hub: Hub) -> None:
    """Its people can be linked."""
    hub.hubspot.make(domain=ACME)
    hub.wait(5)
    hub.hubspot.script = lambda _: Reply(503)

    assert hub.settle(company(ACME, name="Acme")) == {ACME: Company(Deferred("status_503"), {}, "901")}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NO_ANSWER, Deferred("no_answer: ReadTimeout")),
        (Reply(429, None, {"retry-after": "2"}), Deferred("status_429", 2_000)),
        (Reply(401), Deferred("access_token_refused")),
        (Reply(200, None), Deferred("search_unreadable")),
        (Reply(200, {"results": "none"}), Deferred("search_unreadable")),
        (refusal(403, {"message": "no"}), Deferred("forbidden")),
        (refusal(400, {"message": "no"}), Rejected("search_refused", "no")),
    ],
)
def test_a_search_that_fails_makes_no_company(hub: Hub, answer: Answer, outcome: object) -> None:
    hub.hubspot.search_script = lambda _: answer

    found = hub.settle(company(ACME), company("other.com"))

    assert [each.outcome for each in found.values()] == [outcome] * 2
    assert hub.hubspot.batches == []


def test_a_term_that_hubspot_refuses_to_search_for_costs_nobody_else(hub: Hub) -> None:
    def refuse(search: Search) -> Answer | None:
        return refusal(400) if any(term.value == "c3.com" for term in search.terms) else None

    hub.hubspot.search_script = refuse
    found = hub.settle(*(company(f"c{n}.com", n, name="C") for n in range(8)))

    assert found["c3.com"].outcome == Rejected("search_refused")
    assert len(hub.hubspot.companies) == 7


def test_a_search_that_refuses_everything_is_given_up(hub: Hub) -> None:
    hub.hubspot.search_script = lambda _: refusal(400)
    found = hub.settle(*(company(f"c{n}.com", n) for n in range(100)))

    assert Deferred("too_many_refusals") in {each.outcome for each in found.values()}
    assert len(hub.hubspot.searches) == 1 + 33


def test_pages_without_end_are_given_up(hub: Hub) -> None:
    page = {"results": [], "paging": {"next": {"after": "1"}}}
    hub.hubspot.search_script = lambda _: Reply(200, page)

    assert hub.outcome(company(ACME, name="Acme")) == Delivered("901")
    assert len(hub.hubspot.searches) == MAX_PAGES_NEAR + 50


# -------------------------------------------------------------------------------------------- further domains


def test_a_further_domain_leads_to_the_company_which_keeps_its_own(hub: Hub) -> None:
    hub.settle(company(ACME, 100, name="Acme"))
    hub.hubspot.companies[0]["hs_additional_domains"] = "acme.org;acme.net"
    hub.wait(5)

    assert hub.settle(company("acme.org", 200, name="Acme Org")) == {
        "acme.org": Company(Delivered("901"), {}, "901")
    }
    assert hub.hubspot.companies[0]["domain"] == ACME
    # What the company's own domain remembers is in doubt now, and no value is skipped wrongly.
    assert hub.outcome(company(ACME, 300, name="Acme")) == Delivered("901")
    assert hub.outcome(company("acme.org", 400, name="Acme Org")) == Delivered("901")


def test_of_two_domains_of_one_company_the_newer_value_counts(hub: Hub) -> None:
    hub.hubspot.make(domain=ACME, hs_additional_domains="acme.org")
    hub.wait(5)
    hub.threads = Backwards()
    hub.restart()

    hub.settle(company(ACME, 200, name="Newer"), company("acme.org", 100, name="Older"))

    assert hub.hubspot.companies[0]["name"] == "Newer"
    assert [len(batch.inputs) for batch in hub.hubspot.batches] == [1, 1]


def test_what_the_own_domain_remembers_is_not_forgotten_over_a_further_one(hub: Hub) -> None:
    hub.settle(company(ACME, 100, name="Acme"))
    hub.hubspot.companies[0]["hs_additional_domains"] = "acme.org"
    hub.wait(5)

    found = hub.settle(company(ACME, 300, name="Acme"), company("acme.org", 400, city="Odense"))

    assert [each.outcome for each in found.values()] == [Skipped("unchanged"), Delivered("901")]
    assert hub.outcome(company(ACME, 250, name="Old")) == Skipped("stale")


def test_a_further_domain_of_a_duplicate_does_not_change_which_company_is_remembered(hub: Hub) -> None:
    hub.settle(company(ACME, 100, name="Acme"))
    hub.hubspot.make(domain=ACME, hs_additional_domains="acme.org")
    hub.wait(5)

    assert hub.outcome(company("acme.org", 200, name="Acme Org")) == Delivered("902")
    assert hub.outcome(company(ACME, 300, name="Acme Ltd")) == Delivered("901")


def test_a_further_domain_waits_while_what_its_company_remembers_cannot_be_read(hub: Hub) -> None:
    hub.hubspot.make(domain=ACME, hs_additional_domains="acme.org")
    hub.wait(5)

    def go_down(_: Search) -> None:
        hub.profiles.is_down = True

    hub.hubspot.search_script = go_down
    assert hub.outcome(company("acme.org", name="Acme")) == UNAVAILABLE
    assert hub.hubspot.batches == []


# -------------------------------------------------------------------------------------------- by a group's id


@pytest.fixture
def groups(hub: Hub) -> Hub:
    hub.restart(GROUPS)
    return hub


def test_a_group_without_a_domain_is_written_by_its_key_without_a_search(groups: Hub) -> None:
    assert groups.settle(group("g-1", name="Acme")) == {"g-1": Company(Delivered("901"), {}, "901")}
    assert groups.outcome(group("g-1", 600, name="Acme Ltd")) == Delivered("901")
    assert groups.outcome(group("g-1", 700, name="Acme Ltd")) == Skipped("unchanged")
    assert groups.hubspot.companies == [{"id": "901", KEY: "g-1", "name": "Acme Ltd"}]
    assert (groups.hubspot.searches, [b.is_update for b in groups.hubspot.batches]) == ([], [False, False])


def test_a_company_of_the_domain_gets_the_key_when_the_group_is_first_seen(groups: Hub) -> None:
    groups.hubspot.make(domain=ACME)
    groups.wait(5)

    assert groups.outcome(group("g-1", name="Acme", domain=ACME)) == Delivered("901")
    assert groups.outcome(group("g-1", 600, name="Acme Ltd", domain=ACME)) == Delivered("901")
    assert groups.hubspot.companies == [{"id": "901", "domain": ACME, KEY: "g-1", "name": "Acme Ltd"}]
    assert len(groups.hubspot.searches) == 1


def test_a_company_that_has_the_key_goes_before_one_that_has_the_domain(groups: Hub) -> None:
    groups.hubspot.make(domain=ACME)
    groups.hubspot.make(domain="old.com", **{KEY: "G-1"})
    groups.wait(5)

    found = groups.settle(group("G-1", domain=ACME))

    assert found == {"G-1": Company(Delivered("902"), {"domain": "duplicate_companies: 1"}, "902")}


def test_a_company_of_another_group_stays_so(groups: Hub) -> None:
    groups.hubspot.make(domain=ACME, **{KEY: "g-0"})
    groups.wait(5)

    assert groups.outcome(group("g-1", domain=ACME)) == Delivered("902")
    assert [each[KEY] for each in groups.hubspot.companies] == ["g-0", "g-1"]


def test_of_two_groups_with_one_domain_only_the_first_gets_the_company_without_a_key(groups: Hub) -> None:
    groups.hubspot.make(domain=ACME)
    groups.wait(5)

    found = groups.settle(group("g-1", 100, domain=ACME), group("g-2", 200, domain=ACME))

    assert [each.object_id for each in found.values()] == ["901", "902"]
    assert [each[KEY] for each in groups.hubspot.companies] == ["g-1", "g-2"]


def test_a_group_waits_too_while_hubspot_may_be_making_its_company(groups: Hub) -> None:
    groups.relay.note_new_contacts([ACME], groups.clock.now)

    assert groups.outcome(group("g-1", domain=ACME)) == Deferred("company_may_be_coming", 10_000)
    groups.wait(2)
    groups.hubspot.make(domain=ACME)
    groups.wait(8)
    assert groups.outcome(group("g-1", domain=ACME)) == Delivered("901")


def test_a_group_whose_answer_was_lost_is_written_again_to_the_same_company(groups: Hub) -> None:
    def lose(batch: Batch) -> Answer:
        groups.hubspot.script = lambda _: None
        groups.hubspot.write_companies(batch, FAR)
        return NO_ANSWER

    groups.hubspot.script = lose
    groups.outcome(group("g-1", domain=ACME))

    assert groups.outcome(group("g-1", domain=ACME)) == Delivered("901")
    assert len(groups.hubspot.companies) == 1


def test_a_group_whose_company_is_gone_gets_a_new_one_by_its_key(groups: Hub) -> None:
    groups.outcome(group("g-1", 100, name="Acme", city="Odense"))
    groups.hubspot.companies.clear()

    assert groups.outcome(group("g-1", 200, name="Acme Ltd")) == Delivered("902")
    # Nothing of the old one is believed of the new one.
    assert groups.outcome(group("g-1", 300, city="Odense")) == Delivered("902")


def test_a_key_that_hubspot_will_not_have_is_a_refusal_of_the_group(groups: Hub) -> None:
    detail = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": [KEY]}}
    groups.hubspot.script = lambda _: refusal(400, {"message": "no", "errors": [detail]})

    found = groups.settle(group("g-1", name="Acme"), group("g-2", name="Beta"))

    assert {each.outcome for each in found.values()} == {
        Rejected("refused", f"no; {KEY}: PROPERTY_DOESNT_EXIST")
    }
    assert len(groups.hubspot.batches) == 1


def test_a_key_too_long_to_be_searched_for_is_written_all_the_same(groups: Hub) -> None:
    assert groups.outcome(group("g" * 3_000, domain=ACME)) == Delivered("901")


def test_without_new_companies_a_group_is_only_found(groups: Hub) -> None:
    groups.restart(QUIET_GROUPS)
    groups.hubspot.make(**{KEY: "g-1"})
    groups.hubspot.make(domain=ACME)
    groups.wait(5)

    found = groups.settle(
        group("g-1", 100, name="One"), group("g-2", 200, name="Two"), group("g-3", 300, domain=ACME)
    )

    assert [each.outcome for each in found.values()] == [
        Delivered("901"),
        Skipped("company_unknown"),
        Delivered("902"),
    ]
    # Known, it is updated by its record: by the key HubSpot would make it anew.
    groups.hubspot.companies.clear()
    # Until a search knows that it is gone, the group waits.
    assert groups.outcome(group("g-1", 400, name="Uno")) == Deferred("not_found")
    groups.wait(5)
    assert groups.outcome(group("g-1", 400, name="Uno")) == Skipped("company_unknown")
    assert groups.hubspot.companies == []
