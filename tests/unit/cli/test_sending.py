"""Requests as Segment makes them, which the relay's own code lets in."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from cli import sending
from cli.sending import Answer, Door, ids_of, portions, with_ids
from relay.core.signatures import WHOLE_BODY_HEADER, Cover, covered

URL = "http://127.0.0.1/webhook/default"
EVENTS: Sequence[Mapping[str, Any]] = [{"type": "track", "messageId": f"m-{n}"} for n in range(5)]


def sent(secrets: Mapping[str, str], events: Sequence[object]) -> tuple[list[Answer], list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        rejected = [{"index": 1, "reason": "missing_type"}]
        return httpx.Response(200, json={"success": True, "accepted": 1, "rejected": rejected})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        return list(Door(URL, secrets).post(http, events)), requests


@pytest.mark.parametrize("count", [1, 5])
def test_a_request_is_signed_as_a_whole_and_has_the_secret_header(count: int) -> None:
    _, (request,) = sent({"signing-secret": "one", "header-secret": "two"}, EVENTS[:count])

    assert covered(request.content, request.headers[WHOLE_BODY_HEADER], ["one"]) is Cover.WHOLE
    assert request.headers["x-api-key"] == "two"
    content = json.loads(request.content)
    assert content == (EVENTS[0] if count == 1 else EVENTS)


@pytest.mark.parametrize(
    ("name", "header"), [("signing-secret", "x-api-key"), ("header-secret", WHOLE_BODY_HEADER)]
)
def test_what_has_no_secret_is_left_out(name: str, header: str) -> None:
    _, (request,) = sent({name: "secret"}, EVENTS)

    assert header not in request.headers


def test_much_is_sent_in_several_requests_and_places_are_counted_over_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "MAX_EVENTS", 2)

    answers, requests = sent({"header-secret": "two"}, EVENTS)

    assert [len(json.loads(each.content)) for each in requests] == [2, 2, 2]
    assert [(each.first, each.events) for each in answers] == [(0, 2), (2, 2), (4, 1)]
    assert [each.rejected[0]["index"] for each in answers] == [1, 3, 5]
    assert [each.accepted for each in answers] == [1, 1, 1]


def test_large_events_go_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_BYTES", 100)
    large = {"type": "track", "text": "x" * 90}

    assert [len(each) for each in portions([large, EVENTS[0], EVENTS[1], large, large])] == [1, 2, 1, 1]
    assert list(portions([])) == []


def test_events_without_an_id_get_one_of_their_own() -> None:
    given = [{"type": "track"}, {"type": "track", "messageId": ""}, {"messageId": "m-1"}, 7]

    first, second, *others = with_ids(given)

    assert others == given[2:]
    assert len({*ids_of([first, second])}) == 2
    assert ids_of(given) == ["", "", "m-1", ""]
    assert all(each.startswith("relay-") for each in ids_of([first, second]))


def test_an_id_in_another_spelling_is_the_events_id() -> None:
    given = {"type": "track", "message_id": "m-2"}

    assert with_ids([given]) == [{**given, "messageId": "m-2"}]


@pytest.mark.parametrize(
    ("body", "words"),
    [({"message": "No secret."}, "No secret."), ({"code": "no_such_path"}, "no_such_path"), ({}, "no words")],
)
def test_a_refusal_is_told_in_the_relays_words(body: Mapping[str, Any], words: str) -> None:
    answer = Answer(401, body, events=3, first=0)

    assert (answer.message, answer.accepted, answer.rejected) == (words, 0, [])
