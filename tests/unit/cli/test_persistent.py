"""What is answered with 503 is posted again, whole."""

import httpx
import pytest

from cli.persistent import PAUSE_S, TRIES, Persistent


@pytest.mark.parametrize(
    ("refusals", "status", "tries"), [(0, 200, 1), (3, 200, 4), (TRIES - 1, 200, TRIES), (TRIES, 503, TRIES)]
)
def test_a_request_is_made_again_until_it_is_taken(refusals: int, status: int, tries: int) -> None:
    bodies: list[bytes] = []
    pauses: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(503 if len(bodies) <= refusals else 200)

    with httpx.Client(transport=Persistent(httpx.MockTransport(answer), pause=pauses.append)) as http:
        found = http.post("http://relay.invalid/webhook/default", json={"n": 1})

    assert found.status_code == status
    assert bodies == [b'{"n":1}'] * tries
    assert pauses == [PAUSE_S] * (tries - 1)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_any_other_answer_is_the_answer(status: int) -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        return httpx.Response(status)

    with httpx.Client(transport=Persistent(httpx.MockTransport(answer))) as http:
        assert http.post("http://relay.invalid/webhook/default").status_code == status
    assert calls == ["POST"]
