"""The legacy event URL: it always answers with a picture, and records what makes sense."""

import httpx
import pytest

from cli.standin.server import StandIn


def track(standin: StandIn, query: str) -> httpx.Response:
    return httpx.get(f"{standin.url}/v1/event?{query}")


def test_an_event_is_recorded_for_a_contact_that_is_new(standin: StandIn) -> None:
    query = (
        "_a=7654321&_n=Order%20Completed&_m=19.90&email=kim%2Bnews@example.org&city=Odense&score=many&plann=x"
    )

    answer = track(standin, query)

    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/gif", b"")
    assert standin.state()["legacy_events"] == [
        {
            "name": "Order Completed",
            "value": "19.90",
            "contactId": "501",
            "email": "kim+news@example.org",
            "properties": {"city": "Odense"},
        }
    ]
    (contact,) = standin.state()["contacts"]
    assert (contact["properties"]["email"], contact["properties"]["city"]) == (
        "kim+news@example.org",
        "Odense",
    )
    assert [(call["path"], call["query"]) for call in standin.calls] == [("/v1/event", query)]


def test_a_contact_is_known_by_its_address_and_not_by_an_id(standin: StandIn) -> None:
    kim = standin.portal.contacts.create({"email": "kim@example.org"})

    for who in (f"id={kim.id}", "email=KIM@example.org"):
        track(standin, f"_a=7654321&_n=clicked&{who}")

    assert [each.contact_id for each in standin.portal.legacy_events.received] == ["", kim.id]
    assert standin.state()["count"] == 1


def test_a_name_gets_an_id_by_which_it_is_known_from_then_on(standin: StandIn) -> None:
    track(standin, "_a=7654321&_n=clicked&email=kim@example.org")
    (event_id,) = standin.portal.legacy_events.ids.values()

    track(standin, f"_a=7654321&_n={event_id}&email=kim@example.org")

    assert [each.name for each in standin.portal.legacy_events.received] == ["clicked", "clicked"]
    assert standin.portal.legacy_events.ids == {"clicked": event_id}


@pytest.mark.parametrize(
    ("query", "events", "contacts"),
    [
        ("", 0, 0),
        ("_a=7654321&email=kim@example.org", 0, 0),
        ("_a=1&_n=clicked&email=kim@example.org", 0, 0),
        ("_a=7654321&_n=clicked", 1, 0),
        ("_a=7654321&_n=clicked&email=kim+news@example.org", 1, 0),
        ("_a=7654321&_n=clicked&email=%GG%ff", 1, 0),
        ("_a=7654321&_n=clicked&email=kim@example.org&hs_object_id=7&createdate=x", 1, 1),
        ("_a=7654321&_n=clicked&email=kim@example.org&hs_additional_emails=taken@example.org", 1, 1),
    ],
)
def test_whatever_comes_is_answered_with_a_picture(
    standin: StandIn, query: str, events: int, contacts: int
) -> None:
    standin.portal.contacts.create({"email": "taken@example.org"})

    answer = track(standin, query)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert len(standin.portal.legacy_events.received) == events
    assert standin.state()["count"] == contacts + 1


def test_neither_token_nor_limit_nor_tier_shows(standin: StandIn) -> None:
    standin.limiter.limit = standin.limiter.daily = 0
    standin.portal.tier = "professional"

    answer = track(standin, "_a=7654321&_n=clicked&email=kim@example.org")

    assert (answer.status_code, standin.report()["call_count"]) == (200, 0)
    assert standin.state()["legacy_events"] == []


def test_a_reset_forgets_them(standin: StandIn) -> None:
    track(standin, "_a=7654321&_n=clicked&email=kim@example.org")

    standin.reset()

    assert (standin.portal.legacy_events.received, standin.portal.legacy_events.ids) == ([], {})
