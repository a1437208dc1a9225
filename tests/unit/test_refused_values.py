"""One bad value costs its property, in every form, for one person or in a crowd, and few calls."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from portals import Relay, identify

from cli.standin.forms import FORMS, Asked, answer_in_form
from relay.core.answers import Answer, Reply
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Rejected
from relay.core.planning import Batch, Input

BAD = "bad"
PROPERTY = sorted(name for name, form in FORMS.items() if form.kind == "property")
# Of a whole batch these tell the property, and of a value that many have not which.
SILENT = frozenset(
    {
        "context_as_text",
        "context_of_the_error",
        "field_of_the_input",
        "read_only_in_a_sentence",
        "sentence_of_unknown_form",
        "unknown_property_in_a_sentence",
    }
)


@pytest.fixture
def relay() -> Relay:
    return Relay()


def wire(entry: Input) -> dict[str, Any]:
    return {
        "id": entry.record_id or entry.ref.id,
        "objectWriteTraceId": entry.trace_id,
        "properties": dict(entry.properties),
    }


def refusing(form: str, *, mixed: bool, about: str = "plan") -> Callable[[Batch], Answer | None]:
    """Refuse bad values of a property in a form: those of a batch at once, or the first one for all."""

    def script(batch: Batch) -> Answer | None:
        bad = [n for n, entry in enumerate(batch.inputs) if entry.properties.get(about, "").startswith(BAD)]
        if not bad:
            return None
        asked = Asked([wire(entry) for entry in batch.inputs], about, bad=bad)
        answered = answer_in_form(form, asked, mixed=mixed)
        return Reply(answered.status, answered.body, answered.headers)

    return script


def people(count: int, *bad: int) -> Sequence[Event]:
    return [
        identify(
            n,
            f"u-{n}",
            email=f"p{n}@example.org",
            city="Oslo",
            plan=f"{BAD}-{n}" if n in bad else f"good-{n}",
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("mixed", [True, False], ids=["207", "whole"])
@pytest.mark.parametrize("form", PROPERTY)
def test_alone_a_contact_is_written_without_the_value_that_is_refused(
    relay: Relay, form: str, *, mixed: bool
) -> None:
    relay.crm.script = refusing(form, mixed=mixed)

    (report,) = relay.reports(*people(1, 0))

    assert isinstance(report.outcome, Delivered)
    assert list(report.dropped) == ["plan"]
    assert report.dropped["plan"].startswith("refused")
    assert relay.crm.sent[-1] == {"email": "p0@example.org", "city": "Oslo"}
    assert len(relay.crm.batches) == 2


@pytest.mark.parametrize("form", PROPERTY)
def test_a_known_contact_keeps_what_it_has_where_nothing_else_was_wanted(relay: Relay, form: str) -> None:
    relay.deliver(identify(1, "u-1", email="p@example.org"))
    relay.crm.script = refusing(form, mixed=False)

    (report,) = relay.reports(identify(2, "u-1", plan=BAD))

    assert (type(report.outcome), list(report.dropped)) == (Delivered, ["plan"])


def test_a_new_contact_is_made_where_nothing_else_was_wanted(relay: Relay) -> None:
    relay.crm.script = refusing("number", mixed=False)

    (report,) = relay.reports(identify(2, "u-1", email="p@example.org", plan=BAD))

    assert (type(report.outcome), list(report.dropped)) == (Delivered, ["plan"])
    assert "p@example.org" in relay.crm.contacts


@pytest.mark.parametrize("form", PROPERTY)
def test_three_in_a_hundred_cost_one_call_more_where_hubspot_judges_each(relay: Relay, form: str) -> None:
    relay.crm.script = refusing(form, mixed=True)

    reports = relay.reports(*people(100, 13, 57, 99))

    assert {type(each.outcome) for each in reports} == {Delivered}
    assert [n for n, each in enumerate(reports) if each.dropped] == [13, 57, 99]
    assert [len(batch.inputs) for batch in relay.crm.batches] == [100, 3]


@pytest.mark.parametrize("form", [form for form in PROPERTY if form not in SILENT])
def test_three_in_a_hundred_cost_few_calls_where_the_whole_is_refused_for_each(
    relay: Relay, form: str
) -> None:
    relay.crm.script = refusing(form, mixed=False)

    reports = relay.reports(*people(100, 13, 57, 99))

    assert {type(each.outcome) for each in reports} == {Delivered}
    assert len(relay.crm.batches) <= 4
    # What is wrong whatever the value is wrong for everybody.
    is_for_all = form in ("read_only", "unknown_property")
    assert [n for n, each in enumerate(reports) if each.dropped] == (
        [*range(100)] if is_for_all else [13, 57, 99]
    )


@pytest.mark.parametrize("form", sorted(SILENT))
def test_where_nothing_tells_whose_value_it_is_only_those_who_have_one_are_searched(
    relay: Relay, form: str
) -> None:
    events = [
        *(identify(n, f"u-{n}", email=f"p{n}@example.org", city="Oslo") for n in range(96)),
        *people(99, 97)[96:],
    ]
    relay.crm.script = refusing(form, mixed=False)

    reports = relay.reports(*events)

    assert {type(each.outcome) for each in reports} == {Delivered}
    assert [n for n, each in enumerate(reports) if each.dropped] == [97]
    assert len(relay.crm.batches) <= 8


def test_many_that_are_named_one_by_one_hold_nobody_up_for_long(relay: Relay) -> None:
    relay.crm.script = refusing("number", mixed=False)
    bad = range(0, 100, 4)

    waiting = [
        sum(isinstance(each, Deferred) for each in relay.deliver(*people(100, *bad))) for _ in range(5)
    ]

    assert waiting == sorted(waiting, reverse=True)
    assert waiting[0] < 100
    assert waiting[-1] == 0, waiting


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        ("We are unhappy about plan today", ["plan"]),
        ("We are unhappy about plan and city", None),
        ("We are unhappy", None),
        ("We are unhappy about the email", None),
    ],
)
def test_a_sentence_that_nobody_knows_is_tried_once_without_the_one_name_in_it(
    relay: Relay, message: str, dropped: list[str] | None
) -> None:
    def refuse(batch: Batch) -> Answer | None:
        is_bad = any("plan" in entry.properties for entry in batch.inputs)
        return Reply(400, {"status": "error", "message": message}) if is_bad else None

    relay.crm.script = refuse
    (report,) = relay.reports(*people(1))

    if dropped:
        assert (type(report.outcome), list(report.dropped), len(relay.crm.batches)) == (Delivered, dropped, 2)
    else:
        assert (report.outcome, len(relay.crm.batches)) == (Rejected("refused", message), 1)


def test_a_name_that_was_not_at_fault_is_left_out_once(relay: Relay) -> None:
    relay.crm.script = lambda _: Reply(400, {"status": "error", "message": "plan ahead"})

    assert relay.deliver(*people(1)) == [Rejected("refused", "plan ahead")]
    assert [set(sent) for sent in relay.crm.sent] == [{"email", "city", "plan"}, {"email", "city"}]


# ------------------------------------------------------------------------------------------ conflicts


CONFLICTS = sorted(name for name, form in FORMS.items() if form.kind == "conflict")


@pytest.mark.parametrize("mixed", [True, False], ids=["207", "409"])
@pytest.mark.parametrize("form", CONFLICTS)
def test_a_contact_that_is_there_is_updated_by_whatever_name_the_conflict_goes(
    relay: Relay, form: str, *, mixed: bool
) -> None:
    relay.crm.contacts = {"p0@example.org": {"id": "900502", "email": "p0@example.org"}}

    def script(batch: Batch) -> Answer | None:
        if batch.is_update:
            return None
        answered = answer_in_form(form, Asked([wire(each) for each in batch.inputs], "email"), mixed=mixed)
        return Reply(answered.status, answered.body, answered.headers)

    relay.crm.script = script

    assert relay.deliver(*people(1)) == [Delivered("900502")]
    assert relay.crm.contacts["p0@example.org"]["plan"] == "good-0"
    # Where the record is not named, the address tells it; where it is, its own address is asked afterwards.
    assert len(relay.crm.reads) == 1


def test_a_conflict_with_nobody_waits(relay: Relay) -> None:
    relay.crm.script = lambda _: Reply(409, {"category": "CONFLICT", "message": "It exists"})

    assert relay.deliver(*people(1)) == [Deferred("conflict")]


# -------------------------------------------------------------------------------- required properties


REQUIRED = sorted(name for name, form in FORMS.items() if form.kind == "required")


def requiring(form: str, *, mixed: bool, of: Callable[[Input], bool]) -> Callable[[Batch], Answer | None]:
    def script(batch: Batch) -> Answer | None:
        bad = [n for n, entry in enumerate(batch.inputs) if of(entry)]
        if not bad:
            return None
        answered = answer_in_form(form, Asked([wire(each) for each in batch.inputs], bad=bad), mixed=mixed)
        return Reply(answered.status, answered.body, answered.headers)

    return script


@pytest.mark.parametrize("mixed", [True, False], ids=["207", "400"])
@pytest.mark.parametrize("form", REQUIRED)
def test_a_required_property_that_everybody_lacks_is_told_at_once(
    relay: Relay, form: str, *, mixed: bool
) -> None:
    relay.crm.script = requiring(form, mixed=mixed, of=lambda _: True)

    found = relay.deliver(*people(20))

    assert {each.reason for each in found if isinstance(each, Deferred)} == {"refused_alike"}
    assert all(isinstance(each, Deferred) and "jobtitle" in each.log_message for each in found)
    assert len(relay.crm.batches) <= (1 if mixed else 16)


@pytest.mark.parametrize("form", REQUIRED)
def test_those_that_lack_it_are_rejected_where_others_are_accepted(relay: Relay, form: str) -> None:
    lacking = {f"p{n}@example.org" for n in (3, 5)}
    relay.crm.script = requiring(form, mixed=True, of=lambda entry: entry.ref.id in lacking)

    found = relay.deliver(*people(20))

    refused = [each for each in found if isinstance(each, Rejected)]
    assert len(refused) == 2
    assert {each.reason for each in refused} == {"required_property: jobtitle"}
    assert all("jobtitle" in each.message and "jobtitle" in each.log_message for each in refused)
    # Nothing was left out to please HubSpot.
    assert len(relay.crm.batches) == 1


# ------------------------------------------------------------------------------ who speaks, and scopes


FORBIDDEN = sorted(name for name, form in FORMS.items() if form.kind == "forbidden")


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("form", FORBIDDEN)
def test_what_is_forbidden_waits_however_many_stand_in_the_batch(relay: Relay, form: str, count: int) -> None:
    answered = answer_in_form(form, Asked([{"id": "x"}]))
    relay.crm.script = lambda _: Reply(answered.status, answered.body, answered.headers)

    found = relay.deliver(*people(count))

    (reason,) = {each.reason for each in found if isinstance(each, Deferred)}
    scope = "HubSpot does not say which" if form == "missing_scope_unnamed" else "crm.objects.contacts.write"
    expected = {
        "missing_tier": "missing_tier",
        "user_without_rights": "forbidden",
        "inactive_account": "forbidden",
    }
    assert reason == expected.get(form, f"missing_scope: {scope}")
    assert all(isinstance(each, Deferred) and each.log_message and not each.at_last for each in found)
    assert len(relay.crm.batches) == 1


PAGES = sorted(name for name, form in FORMS.items() if form.kind == "page")


@pytest.mark.parametrize("form", PAGES)
def test_a_page_says_nothing_and_the_next_try_delivers(relay: Relay, form: str) -> None:
    answered = answer_in_form(form, Asked([]))
    is_text = isinstance(answered.body, str)
    answer = Reply(
        answered.status, None if is_text else answered.body, answered.headers, is_unreadable=is_text
    )
    relay.crm.script = lambda _: answer

    assert relay.deliver(*people(2)) == [Deferred(f"not_hubspot: status_{answered.status}")] * 2
    assert len(relay.crm.batches) == 1
    relay.crm.script = lambda _: None
    assert {type(each) for each in relay.deliver(*people(2))} == {Delivered}
