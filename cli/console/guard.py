"""Who may ask the console for what. Pure.

Whoever the page was not meant for can reach the port: every web page that is open in the user's browser, also
under a name that it lets resolve to 127.0.0.1, and every other user of this machine. So the name and the
origin have to be ours, and the page shows a token that only the one at the terminal was told.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

TOKEN_HEADER = "x-relay-token"  # noqa: S105 - a header's name
JSON = "application/json"
# Nothing but our own files, and no other page around them.
HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: HTTPStatus
    code: str
    message: str


_WRONG_NAME = Refusal(
    HTTPStatus.FORBIDDEN, "wrong_host", "This console answers to 127.0.0.1 and localhost only."
)
_OTHER_ORIGIN = Refusal(HTTPStatus.FORBIDDEN, "other_origin", "Another page may not use this console.")
_NO_TOKEN = Refusal(
    HTTPStatus.UNAUTHORIZED, "no_token", "Open the console by the whole URL that was printed when it started."
)
_NO_JSON = Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "no_json", f"The content type has to be {JSON}.")


@dataclass(frozen=True, slots=True)
class Guard:
    """What a request to the console on `port` needs; header names are in lower case."""

    port: int
    token: str

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> Refusal | None:
        """Say why a request is refused, None if it is not. The page's files need no token."""
        hosts = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        if headers.get("host", "") not in hosts:
            return _WRONG_NAME
        if headers.get("origin", "") not in {"", *(f"http://{host}" for host in hosts)}:
            return _OTHER_ORIGIN
        if not path.startswith("/api/"):
            return None
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            return _NO_TOKEN
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return _NO_JSON if method == "POST" and kind != JSON else None
