"""Who may use the console: nobody but the page itself, on this machine, with the key."""

from http import HTTPStatus

import pytest

from cli.console.guard import HEADERS, Guard

PORT, TOKEN = 4711, "the-token"
GUARD = Guard(PORT, TOKEN)
OWN = {"host": f"127.0.0.1:{PORT}", "x-relay-token": TOKEN}
POSTED = {**OWN, "content-type": "application/json", "origin": f"http://127.0.0.1:{PORT}"}


def refused(headers: dict[str, str], method: str = "GET", path: str = "/api/flow") -> tuple[int, str] | None:
    refusal = GUARD.refusal(method, path, headers)
    return (refusal.status, refusal.code) if refusal else None


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_page_itself_is_let_in(name: str) -> None:
    own = {"host": f"{name}:{PORT}", "origin": f"http://{name}:{PORT}"}

    assert refused(OWN | own) is None
    assert refused(POSTED | own, "POST", "/api/replay") is None
    assert refused(POSTED | {"content-type": "application/json; charset=utf-8"}, "POST") is None


def test_the_files_of_the_page_need_no_key() -> None:
    assert refused({"host": f"localhost:{PORT}"}, path="/") is None
    assert refused({"host": f"localhost:{PORT}"}, path="/app.js") is None


@pytest.mark.parametrize(
    "host", ["", "evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil:{PORT}"]
)
@pytest.mark.parametrize("path", ["/", "/api/flow"])
def test_a_name_that_was_let_resolve_to_this_machine_is_refused(host: str, path: str) -> None:
    assert refused(OWN | {"host": host}, path=path) == (HTTPStatus.FORBIDDEN, "wrong_host")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:3000"]
)
def test_another_page_is_refused_even_with_the_key(origin: str) -> None:
    for method in ("GET", "POST"):
        assert refused(POSTED | {"origin": origin}, method) == (HTTPStatus.FORBIDDEN, "other_origin")


@pytest.mark.parametrize("token", [None, "", "the-toke", "the-token ", "thé-token"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_key_nothing_is_told_and_nothing_is_done(token: str | None, method: str) -> None:
    headers = {**POSTED, "x-relay-token": token} if token is not None else POSTED
    if token is None:
        headers = {name: value for name, value in POSTED.items() if name != "x-relay-token"}

    assert refused(headers, method) == (HTTPStatus.UNAUTHORIZED, "no_token")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_of_another_page_could_send_is_refused(kind: str) -> None:
    assert refused(POSTED | {"content-type": kind}, "POST") == (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "no_json")


def test_the_policy_lets_in_nothing_from_elsewhere() -> None:
    policy = dict(
        directive.strip().partition(" ")[::2] for directive in HEADERS["content-security-policy"].split(";")
    )

    assert policy.pop("default-src") == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in HEADERS["content-security-policy"]
