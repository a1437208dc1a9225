"""A list of properties that is doubted: what changed in HubSpot a moment ago counts in the very same look."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from functional.hub import PROPERTIES, UPDATE, UPSERT, Hub
from portals import event, identify

from relay.core.outcomes import Delivered, Skipped
from relay.refused_values import FOR_MS
from relay.schemas import ASK_AFTER_MS, MAX_AGE_MS

KIM, BO = "kim@example.org", "bo@example.org"
TIERS = {"free": "Free", "gold": "Gold"}
OWNER = "hubspot_owner_id"
COMPANIES = "GET /crm/properties/2026-09/companies"
WRITTEN = "POST companies/batch/update"

Change = Callable[[Hub], None]


def adds(name: str = "tier", object_type: str = "contacts", /, **more: Any) -> Change:
    return lambda hub: hub.standin.portal.add_property(name, object_type, **more)


def removes(name: str = "tier", object_type: str = "contacts") -> Change:
    return lambda hub: hub.standin.portal.remove_property(name, object_type)


SELECT = adds(type="enumeration", options=TIERS)
NUMBER, TEXT, FLAG, DATE = (adds(type=kind) for kind in ("number", "string", "bool", "date"))
MORE = adds(type="enumeration", options={**TIERS, "own": "Own"})
CHECKBOXES = adds(type="enumeration", fieldType="checkbox", options=TIERS)


def read(hub: Hub, *changes: Change) -> None:
    """Let the relay read the list, then let HubSpot change a second before the next event."""
    before, after = changes
    before(hub)
    hub.deliver(identify(1, email=KIM))
    after(hub)
    hub.clock.now += ASK_AFTER_MS
    hub.new_calls()


@pytest.mark.parametrize(
    ("before", "after", "value", "text"),
    [
        pytest.param(
            SELECT, adds(type="enumeration", options={**TIERS, "own": "Own"}), "Own", "own", id="option"
        ),
        pytest.param(NUMBER, TEXT, "seven", "seven", id="number to text"),
        pytest.param(DATE, TEXT, "soon", "soon", id="date to text"),
        pytest.param(SELECT, TEXT, "any", "any", id="select to text"),
        pytest.param(lambda _: None, NUMBER, 7, "7", id="new"),
        pytest.param(adds(readOnly=True), TEXT, "any", "any", id="writable"),
        pytest.param(
            SELECT, CHECKBOXES, ["free", "gold"], "free;gold", id="several options where one was allowed"
        ),
    ],
)
def test_what_had_no_form_that_fits_gets_one_by_the_newest_list(
    hub: Hub, before: Change, after: Change, value: object, text: str
) -> None:
    read(hub, before, after)

    (report,) = hub.reports(identify(100, email=KIM, tier=value, city="Odense"))

    assert (report.outcome, report.dropped) == (Delivered("501"), {})
    assert hub.contacts == {KIM: {"tier": text, "city": "Odense"}}
    assert hub.new_calls() == {PROPERTIES: 1, UPDATE: 1}


@pytest.mark.parametrize(
    ("before", "after", "value", "text", "dropped"),
    [
        pytest.param(TEXT, FLAG, "yes", "true", {}, id="text to bool"),
        pytest.param(TEXT, SELECT, "GOLD", "gold", {}, id="text to select"),
        pytest.param(TEXT, NUMBER, "+7.50", "7.5", {}, id="text to number"),
        pytest.param(
            CHECKBOXES,
            adds(type="enumeration", fieldType="checkbox", options={"free": "Free"}),
            ["free", "gold"],
            "free",
            {"tier[1]": "no_such_option"},
            id="an option less",
        ),
        pytest.param(TEXT, NUMBER, "seven", None, {"tier": "refused_invalid_integer"}, id="no number"),
        pytest.param(
            TEXT, removes(), "seven", None, {"tier": "refused_property_doesnt_exist"}, id="property gone"
        ),
        pytest.param(
            TEXT, adds(readOnly=True), "seven", None, {"tier": "refused_read_only_value"}, id="read only now"
        ),
    ],
)
def test_what_hubspot_refuses_is_converted_anew_and_sent_in_the_same_look(  # noqa: PLR0913, PLR0917 - a table
    hub: Hub, before: Change, after: Change, value: object, text: str | None, dropped: Mapping[str, str]
) -> None:
    read(hub, before, after)

    reports = hub.reports(
        identify(100, email=KIM, tier=value, city="Odense"), identify(100, email=BO, city="Rom")
    )

    assert [(each.outcome, each.dropped) for each in reports] == [
        (Delivered("501"), dropped),
        (Delivered("502"), {}),
    ]
    tier = {} if text is None else {"tier": text}
    assert hub.contacts == {KIM: {"city": "Odense", **tier}, BO: {"city": "Rom"}}
    # The first try, the one without the property, and the one with what it takes.
    assert hub.new_calls() == {UPSERT: 1, PROPERTIES: 1, UPDATE: 2 if text is None else 3}


def test_what_is_sent_a_second_time_is_no_more_than_what_was_refused(hub: Hub) -> None:
    hub.restart(resend_after=0)
    read(hub, TEXT, FLAG)
    hub.deliver(identify(100, email=KIM, tier="yes", city="Odense"))

    last = [call["body"] for call in hub.standin.calls if "batch/update" in call["path"]][-1]
    assert [each["properties"] for each in last["inputs"]] == [{"tier": "true"}]


def test_a_property_that_hubspot_has_lost_is_made_again_in_the_same_look_if_that_is_wanted(hub: Hub) -> None:
    hub.standin.grant("crm.schemas.contacts.write")
    hub.restart(create_properties=True)
    read(hub, TEXT, removes())

    (report,) = hub.reports(identify(100, email=KIM, tier="any", city="Odense"))

    assert (report.outcome, report.dropped) == (Delivered("501"), {})
    assert hub.contacts == {KIM: {"tier": "any", "city": "Odense"}}


def test_what_only_fills_is_converted_anew_as_well(hub: Hub) -> None:
    hub.restart(context_traits="fill")
    read(hub, TEXT, FLAG)

    track = event("t-1", 100, kind="track", event="Ride", context={"traits": {"email": KIM, "tier": "yes"}})
    (report,) = hub.reports(track)

    assert report.dropped == {}
    assert hub.contacts == {KIM: {"tier": "true"}}


def test_a_list_that_cannot_be_read_is_not_asked_for_with_each_bad_value(hub: Hub) -> None:
    read(
        hub, SELECT, lambda hub: hub.standin.revoke("crm.schemas.contacts.read", "crm.objects.contacts.read")
    )
    for n in range(10):
        (report,) = hub.reports(identify(100 + n, email=KIM, tier="bad", city=str(n)))
        assert report.dropped == {"tier": "no_such_option"}

    assert hub.new_calls()[PROPERTIES] == 1


# ------------------------------------------------------------------------------------ refused every time


def owned(at_ms: int, owner: str = "kim@acme-demo.com", email: str = KIM, /) -> Any:
    return identify(at_ms, email=email, hubspot_owner_id=owner, city=str(at_ms))


def calls_of(hub: Hub, *events: Any) -> Mapping[str, int]:
    hub.new_calls()
    for each in hub.reports(*events):
        assert (type(each.outcome), each.dropped) == (Delivered, {OWNER: "refused_invalid_option"})
    return hub.new_calls()


def test_a_value_that_is_refused_every_time_costs_its_call_once_an_hour(hub: Hub) -> None:
    hub.deliver(identify(1, email=KIM))
    assert calls_of(hub, owned(100)) == {UPDATE: 2}

    assert calls_of(hub, owned(200)) == {UPDATE: 1}
    # Of another contact, and for another process.
    hub.restart()
    assert calls_of(hub, owned(300), owned(300, "kim@acme-demo.com", BO)) == {UPDATE: 1, UPSERT: 1}
    # Another value is another matter.
    assert calls_of(hub, owned(400, "bo@acme-demo.com")) == {UPDATE: 2}
    hub.clock.now += FOR_MS
    assert calls_of(hub, owned(500))[UPDATE] == 2


def test_a_value_that_hubspot_takes_is_sent_beside_one_that_it_does_not(hub: Hub) -> None:
    hub.deliver(owned(100))

    assert hub.deliver(owned(200, "4711")) == [Delivered("501")]
    assert hub.contacts[KIM][OWNER] == "4711"


def test_of_a_value_that_is_refused_every_time_nothing_but_its_hash_is_kept(hub: Hub) -> None:
    hub.deliver(owned(100))

    assert hub.refused.known is not None
    assert hub.refused.known.keys() == {OWNER}
    assert "acme" not in str(hub.refused.known)


def test_a_refusal_is_forgotten_when_hubspot_lists_the_property_otherwise(hub: Hub) -> None:
    hub.deliver(owned(100))
    adds(OWNER, type="string")(hub)
    hub.clock.now += MAX_AGE_MS

    (report,) = hub.reports(owned(200))

    assert (report.dropped, hub.contacts[KIM][OWNER]) == ({}, "kim@acme-demo.com")


# --------------------------------------------------------------------------------------------- companies


def group(at_ms: int, /, **traits: object) -> Any:
    return event(
        f"g-{at_ms}",
        at_ms,
        kind="group",
        groupId="g-1",
        traits={"website": "https://www.lantern08.com", **traits},
    )


def company(hub: Hub) -> Mapping[str, str]:
    (found,) = hub.standin.state()["companies"]
    properties: Mapping[str, str] = found["properties"]
    return properties


def read_companies(hub: Hub, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    hub.standin.portal.add_property("tier", "companies", **before)
    hub.deliver(group(1, name="Lantern"))
    hub.standin.portal.add_property("tier", "companies", **after)
    hub.clock.now += ASK_AFTER_MS
    hub.new_calls()


def test_a_company_gets_what_had_no_form_that_fits_by_the_newest_list(hub: Hub) -> None:
    read_companies(hub, {"type": "number"}, {"type": "string"})

    (report,) = hub.reports(group(100, tier="seven"))

    assert report.dropped == {}
    assert company(hub)["tier"] == "seven"
    assert hub.new_calls() == {COMPANIES: 1, WRITTEN: 1}


def test_what_hubspot_refuses_of_a_company_is_converted_anew_in_the_same_look(hub: Hub) -> None:
    read_companies(hub, {"type": "string"}, {"type": "bool"})

    (report,) = hub.reports(group(100, tier="yes", name="Lantern 8"))

    assert report.dropped == {}
    assert (company(hub)["tier"], company(hub)["name"]) == ("true", "Lantern 8")


def test_a_value_that_is_refused_of_every_company_costs_its_call_once(hub: Hub) -> None:
    hub.deliver(group(1, name="Lantern"))
    hub.deliver(group(100, hubspot_owner_id="kim@acme-demo.com", name="a"))
    hub.new_calls()

    (report,) = hub.reports(group(200, hubspot_owner_id="kim@acme-demo.com", name="b"))

    assert report.dropped == {OWNER: "refused_invalid_option"}
    assert hub.new_calls() == {WRITTEN: 1}
    assert hub.deliver(group(300, name="b")) == [Skipped("unchanged")]
