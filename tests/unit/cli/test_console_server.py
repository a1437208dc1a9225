"""The console over HTTP: what nobody gets but its page, and what is refused before any AWS is asked."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import httpx
import pytest

from cli.console.server import MAX_BODY_BYTES, Console, files
from cli.stack import RunningStack

JSON_HEADERS = {"content-type": "application/json"}
EVENT = {"type": "identify", "messageId": "m-1"}


class NoAws:
    """Clients of which none is used."""

    def __getattr__(self, name: str) -> NoReturn:
        pytest.fail(f"{name} was asked for")


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    clients: Any = NoAws()
    stack = RunningStack("relay-test", {"SenderLogGroupName": "/sender"}, lambda _: clients)
    with Console(stack, 0, since_ms=0, is_local=True) as console:
        yield console


@pytest.fixture
def http(console: Console) -> Iterator[httpx.Client]:
    """A client with the key."""
    with httpx.Client(base_url=console.address, headers={"x-relay-token": console.token}) as http:
        yield http


def test_every_file_of_the_page_comes_with_a_policy_that_lets_nothing_else_in(console: Console) -> None:
    assert {"/", "/index.html", "/style.css", "/app.js", "/icon.svg"} <= files().keys()
    for path in files():
        answer = httpx.get(f"{console.address}{path}")
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert console.token not in answer.text


@pytest.mark.parametrize("path", ["/server.py", "/page/app.js", "/..%2fserver.py", "/../server.py", "/api"])
def test_there_are_no_other_files(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404


@pytest.mark.parametrize("name", ["flow", "overview", "rejects", "replay", "explain", "pause", "nothing"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_key_nothing_is_answered(console: Console, method: str, name: str) -> None:
    answer = httpx.request(method, f"{console.address}/api/{name}", headers=JSON_HEADERS, content=b"{}")

    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")


@pytest.mark.parametrize(
    ("headers", "code"),
    [({"host": "evil.example"}, "wrong_host"), ({"origin": "https://evil.example"}, "other_origin")],
)
def test_other_names_and_pages_are_refused(http: httpx.Client, headers: dict[str, str], code: str) -> None:
    answer = http.post("/api/pause", json={}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_reading_does_nothing_and_nothing_is_done_by_reading(http: httpx.Client) -> None:
    assert http.get("/api/pause").status_code == 404
    assert http.post("/api/flow", json={}).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_not_known(http: httpx.Client, method: str) -> None:
    assert http.request(method, "/api/flow").status_code == 501


@pytest.mark.parametrize("body", ["", "[]", "{", '{"text": 5}', '{"reason": "x", "more": 1}'])
@pytest.mark.parametrize("name", ["explain", "replay", "pause", "stop"])
def test_bodies_of_another_form_are_refused_in_words(http: httpx.Client, name: str, body: str) -> None:
    answer = http.post(f"/api/{name}", content=body, headers=JSON_HEADERS)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["message"]


def test_a_body_that_is_too_large_is_not_read(http: httpx.Client) -> None:
    answer = http.post("/api/explain", content=b"x" * (MAX_BODY_BYTES + 1), headers=JSON_HEADERS)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is no JSON"), ("[]", "holds no event"), (json.dumps([EVENT] * 201), "200 at most are explained")],
)
def test_what_cannot_be_explained_is_said(http: httpx.Client, text: str, words: str) -> None:
    answer = http.post("/api/explain", json={"text": text, "is_real": False})

    assert (answer.status_code, answer.json()["code"]) == (400, "no_events")
    assert words in answer.json()["message"]
