"""Every pair ends as linked, or as not linked for a reason, whatever else was in its call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from builders import refusal

from relay.core.answers import Answer, NoReply, Reply
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected
from relay.labels import MAX_PAGES, MAX_READ, NO_LABELS, Label, Labelled, Pair
from relay.links import COMPANY_GONE, CONTACT_GONE, EITHER_GONE, Link, Links

FAR = 2**53


def linked(*pairs: Pair) -> Reply:
    """Return HubSpot's answer: two results a pair, in any order."""
    results = [
        {"from": {"id": one}, "to": {"id": other}, "associationSpec": {"associationTypeId": kind}}
        for contact, company in pairs
        for one, other, kind in ((company, contact, 280), (contact, company, 279))
    ]
    return Reply(200, {"status": "COMPLETE", "results": results})


def mixed(done: Sequence[Pair], *errors: Mapping[str, object]) -> Reply:
    body = linked(*done).body
    assert isinstance(body, dict)
    return Reply(207, {**body, "numErrors": len(errors), "errors": list(errors)})


def error(sub_category: str = "", category: str = "OBJECT_NOT_FOUND", **context: object) -> dict[str, object]:
    kind = {"subCategory": f"crm.associations.{sub_category}"} if sub_category else {}
    return {"status": "error", "category": category, "message": "no", "context": context, **kind}


@dataclass
class FakeLinks:
    """HubSpot's associations. `script` answers in its place while it returns something."""

    script: Callable[[Sequence[Pair]], Answer | None] = lambda _: None
    read_script: Callable[[Mapping[str, str]], Answer | None] = lambda _: None
    calls: list[tuple[list[Pair], bool]] = field(default_factory=list)
    read: list[Mapping[str, str]] = field(default_factory=list)
    labels: dict[Pair, Sequence[Label]] = field(default_factory=dict)

    def read_associations(self, contacts: Mapping[str, str], deadline_ms: int) -> Answer:
        assert deadline_ms == FAR
        self.read.append(contacts)
        return self.read_script(contacts) or Reply(200, {"results": []})

    def associate(
        self, pairs: Sequence[Pair], deadline_ms: int, *, primary: bool, labels: Labelled = NO_LABELS
    ) -> Answer:
        assert deadline_ms == FAR
        self.calls.append((list(pairs), primary))
        self.labels |= labels
        return self.script(pairs) or linked(*reversed(pairs))


@dataclass
class Hub:
    api: FakeLinks
    threads: ThreadPoolExecutor

    def settle(self, *pairs: Pair, primary: bool = False) -> Mapping[Pair, Outcome]:
        links = Links(self.api, self.threads, primary)
        return links.settle([Link(*pair) for pair in pairs], FAR)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with ThreadPoolExecutor(4) as threads:
        yield Hub(FakeLinks(), threads)


KIM, BO = ("501", "77"), ("502", "77")
GONE = "crm.associations.TO_OBJECT_NOT_FOUND"


@pytest.mark.parametrize("primary", [pytest.param(False, id="S33"), pytest.param(True, id="D20")])
def test_contacts_are_linked_to_their_companies(hub: Hub, *, primary: bool) -> None:
    assert hub.settle(KIM, BO, KIM, primary=primary) == {KIM: Delivered("77"), BO: Delivered("77")}
    assert hub.api.calls == [([KIM, BO], primary)]


def test_no_links_are_no_call(hub: Hub) -> None:
    assert (hub.settle(), hub.api.calls) == ({}, [])


def test_two_thousand_pairs_go_into_a_call(hub: Hub) -> None:
    pairs = [(str(n), "77") for n in range(4_001)]

    assert set(hub.settle(*pairs).values()) == {Delivered("77")}
    assert sorted(len(pairs) for pairs, _ in hub.api.calls) == [1, 2_000, 2_000]


def test_contacts_and_companies_with_each_others_ids_are_not_mistaken(hub: Hub) -> None:
    """Contact 1 in company 2 is not contact 2 in company 1."""
    hub.api.script = lambda _: linked(("1", "2"))

    assert hub.settle(("1", "2"), ("2", "1")) == {
        ("1", "2"): Delivered("2"),
        ("2", "1"): Deferred("missing_outcome"),
    }


@pytest.mark.parametrize(
    "result",
    [
        {"from": {"id": 501}, "to": {"id": 77}},
        {
            "fromObjectTypeId": "0-1",
            "fromObjectId": 501,
            "toObjectTypeId": "0-2",
            "toObjectId": 77,
            "labels": [],
        },
        {"fromObjectTypeId": "0-2", "fromObjectId": 77, "toObjectTypeId": "0-1", "toObjectId": 501},
        {"from": {"id": "77"}, "to": {"id": "501"}, "associationSpec": {"associationTypeId": 2}},
    ],
)
def test_an_answer_may_name_the_objects_in_either_way(hub: Hub, result: Mapping[str, Any]) -> None:
    hub.api.script = lambda _: Reply(201, {"results": [result, {"from": None}, "x"]})

    assert hub.settle(KIM) == {KIM: Delivered("77")}


@pytest.mark.parametrize("body", [{}, {"results": []}, None, {"results": [{}], "errors": [{}, error()]}])
def test_a_pair_without_a_word_of_its_own_is_not_linked(hub: Hub, body: object) -> None:
    hub.api.script = lambda _: Reply(200, body)

    assert hub.settle(KIM, BO) == dict.fromkeys([KIM, BO], Deferred("missing_outcome"))


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        pytest.param(
            error("FROM_OBJECT_NOT_FOUND", objectType=["contact"], id=["501"]), CONTACT_GONE, id="S34"
        ),
        pytest.param(error("TO_OBJECT_NOT_FOUND", id=["99"]), COMPANY_GONE, id="company"),
        pytest.param(error(objectType=["COMPANY"], id=["99"]), COMPANY_GONE, id="company-by-type"),
        pytest.param(error(objectType=["0-1"], ids=["501"]), CONTACT_GONE, id="contact-by-type"),
        pytest.param(error(ids=["99"]), EITHER_GONE, id="nobody-says-which"),
        pytest.param(error(category="VALIDATION_ERROR", fromObjectId=["501"]), "refused", id="refused"),
    ],
)
def test_a_pair_that_hubspot_will_not_link_costs_only_itself(
    hub: Hub, trouble: dict[str, object], reason: str
) -> None:
    bad = ("501", "99")
    hub.api.script = lambda _: mixed([BO], trouble)

    found = hub.settle(bad, BO)

    said = f"no ({trouble['subCategory']})" if "subCategory" in trouble else "no"
    assert found == {bad: Rejected(reason, said, str(trouble["category"])), BO: Delivered("77")}


def test_all_pairs_of_a_company_that_is_gone_say_so_and_no_contact_of_the_same_id(hub: Hub) -> None:
    pairs = [("501", "77"), ("502", "77"), ("77", "88")]
    hub.api.script = lambda _: mixed([("77", "88")], error("TO_OBJECT_NOT_FOUND", id=["77"]))

    assert [type(each) for each in hub.settle(*pairs).values()] == [Rejected, Rejected, Delivered]


def test_a_pair_that_was_linked_is_linked_whatever_else_is_said(hub: Hub) -> None:
    hub.api.script = lambda _: mixed([KIM], error(id=["77"]))

    assert hub.settle(KIM) == {KIM: Delivered("77")}


def test_a_call_that_is_refused_for_an_object_that_is_gone_is_made_again_without_it(hub: Hub) -> None:
    bad = ("501", "99")

    def refuse(pairs: Sequence[Pair]) -> Answer | None:
        gone = error("TO_OBJECT_NOT_FOUND", objectType=["company"], id=["99"])
        return refusal(404, gone) if bad in pairs else None

    hub.api.script = refuse

    assert hub.settle(bad, BO) == {
        bad: Rejected(COMPANY_GONE, f"no ({GONE})", "OBJECT_NOT_FOUND"),
        BO: Delivered("77"),
    }
    assert [pairs for pairs, _ in hub.api.calls] == [[bad, BO], [BO]]


@pytest.mark.parametrize("is_inside", [True, False])
def test_of_a_refusal_and_the_errors_in_it_the_one_that_says_more_counts(
    hub: Hub, *, is_inside: bool
) -> None:
    gone = error("TO_OBJECT_NOT_FOUND", id=["77"])
    less = {"category": "VALIDATION_ERROR", "message": "bad"}
    outer, inner = (less, gone) if is_inside else (gone, less)
    hub.api.script = lambda _: refusal(400, {**outer, "errors": [inner]})

    said = f"no ({GONE})" if is_inside else f"no; bad ({GONE})"
    assert hub.settle(KIM) == {KIM: Rejected(COMPANY_GONE, said, "OBJECT_NOT_FOUND")}


@pytest.mark.parametrize("status", [400, 413, 422, 437])
def test_a_pair_that_spoils_a_call_is_found_by_halving(hub: Hub, status: int) -> None:
    pairs = [(str(n), "77") for n in range(9)]
    hub.api.script = lambda part: refusal(status, {"message": "bad"}) if pairs[5] in part else None

    found = hub.settle(*pairs)

    assert found == {**dict.fromkeys(pairs, Delivered("77")), pairs[5]: Rejected("refused", "bad")}


def test_when_hubspot_refuses_everything_it_is_given_up(hub: Hub) -> None:
    hub.api.script = lambda _: refusal(400, {"message": "bad"})
    pairs = [(str(n), "77") for n in range(100)]

    found = hub.settle(*pairs)

    assert found.keys() == set(pairs)
    assert len(hub.api.calls) == 33
    assert Deferred("too_many_refusals") in found.values()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoReply("no_answer: ReadTimeout"), Deferred("no_answer: ReadTimeout")),
        (NoReply("window_full", 9), Deferred("window_full", 9)),
        (Reply(401), Deferred("access_token_refused")),
        (refusal(403, {"message": "no"}), Deferred("forbidden")),
        (refusal(404, {"message": "resource not found"}), Deferred("status_404")),
        (Reply(429, None, {"retry-after": "3"}), Deferred("status_429", 3_000)),
        (Reply(503, None), Deferred("status_503")),
    ],
)
def test_a_call_that_fails_as_a_whole_is_waited_out(hub: Hub, answer: Answer, outcome: Deferred) -> None:
    hub.api.script = lambda _: answer

    assert hub.settle(KIM, BO) == {KIM: outcome, BO: outcome}
    assert len(hub.api.calls) == 1


# ----------------------------------------------------------------------------- labels of the primary company

BOSS = Label("USER_DEFINED", 27)


def companies_of(contact: str, *labelled: tuple[str, Sequence[Label]], after: str = "") -> dict[str, object]:
    """Return what HubSpot lists of a contact; each of its companies has the plain type, too."""
    to = [
        {
            "toObjectId": company,
            "associationTypes": [
                {"category": each.category, "typeId": each.type_id, "label": "x"}
                for each in (Label("HUBSPOT_DEFINED", 279), *labels)
            ],
        }
        for company, labels in labelled
    ]
    return {"from": {"id": contact}, "to": to, **({"paging": {"next": {"after": after}}} if after else {})}


def test_a_pair_keeps_its_labels_when_the_company_becomes_primary(hub: Hub) -> None:
    first = Label("HUBSPOT_DEFINED", 1)
    hub.api.read_script = lambda _: Reply(
        207,
        {
            "results": [
                companies_of("501", ("77", [first, BOSS]), ("78", [BOSS])),
                companies_of("503", ("77", [])),
            ],
            "errors": [error("NO_ASSOCIATIONS_FOUND", fromObjectId=["502"])],
        },
    )

    assert hub.settle(KIM, BO, ("503", "77"), primary=True)[KIM] == Delivered("77")
    assert hub.api.labels == {KIM: (BOSS,)}
    assert hub.api.read == [{"501": "", "502": "", "503": ""}]
    assert len(hub.api.calls) == 1


def test_without_a_primary_company_no_labels_are_read(hub: Hub) -> None:
    hub.settle(KIM)

    assert hub.api.read == []


def test_labels_are_read_of_a_thousand_contacts_a_call(hub: Hub) -> None:
    hub.settle(*[(str(n), "77") for n in range(1_500)], primary=True)

    assert [len(each) for each in hub.api.read] == [MAX_READ, 500]
    assert len(hub.api.calls) == 1


def test_the_companies_of_a_contact_are_read_in_pages(hub: Hub) -> None:
    def pages(contacts: Mapping[str, str]) -> Reply:
        on_first = contacts["501"] == ""
        found = ("76", [BOSS]) if on_first else (77, [BOSS])
        return Reply(200, {"results": [companies_of("501", found, after="p2" if on_first else "")]})  # type: ignore[arg-type] # a number, as older versions have it

    hub.api.read_script = pages

    assert hub.settle(KIM, BO, primary=True).keys() == {KIM, BO}
    assert hub.api.read == [{"501": "", "502": ""}, {"501": "p2"}]
    assert hub.api.labels == {KIM: (BOSS,)}


def test_no_label_is_set_where_the_others_are_not_to_be_found(hub: Hub) -> None:
    hub.api.read_script = lambda _: Reply(200, {"results": [companies_of("501", after="more")]})

    assert hub.settle(KIM, primary=True) == {KIM: Deferred("too_many_labels")}
    assert (len(hub.api.read), hub.api.calls) == (MAX_PAGES, [])


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoReply("timeout"), Deferred("timeout")),
        (Reply(500), Deferred("status_500")),
        (Reply(200, "<html>"), Deferred("not_hubspot: status_200")),
        (Reply(200, {}), Deferred("missing_outcome")),
    ],
)
def test_no_label_is_set_where_the_others_are_not_known(hub: Hub, answer: Answer, outcome: Deferred) -> None:
    hub.api.read_script = lambda _: answer

    assert hub.settle(KIM, primary=True) == {KIM: outcome}
    assert hub.api.calls == []


@pytest.mark.parametrize(
    "trouble", [{"category": "INTERNAL_ERROR"}, {"category": "RATE_LIMITS"}, {"message": "timed out"}]
)
def test_no_label_is_set_where_a_mixed_answer_does_not_tell_the_others(
    hub: Hub, trouble: Mapping[str, Any]
) -> None:
    hub.api.read_script = lambda _: Reply(207, {"results": [], "errors": [trouble]})

    assert hub.settle(KIM, primary=True) == {KIM: Deferred("labels_unread")}
    assert hub.api.calls == []


def test_a_contact_without_any_company_has_no_labels(hub: Hub) -> None:
    none = {"category": "OBJECT_NOT_FOUND", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
    hub.api.read_script = lambda _: Reply(207, {"results": [], "errors": [none]})

    assert hub.settle(KIM, primary=True) == {KIM: Delivered("77")}


def test_a_contact_whose_labels_cannot_be_read_costs_only_its_own_pairs(hub: Hub) -> None:
    bad = error("FROM_OBJECT_NOT_FOUND", id=["501"])
    hub.api.read_script = lambda contacts: Reply(404, bad) if "501" in contacts else None

    found = hub.settle(KIM, BO, primary=True)

    assert found[BO] == Delivered("77")
    assert isinstance(found[KIM], Rejected)
