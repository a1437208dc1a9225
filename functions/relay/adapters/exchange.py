"""One exchange over httpx, limited in time and size: an answer of any status is a value, and so is none."""

import json
from collections.abc import Callable

import httpx

from relay.core.answers import Answer, NoReply, Reply


def timeouts(timeout_s: float) -> httpx.Timeout:
    """Return time-outs for a call that may take `timeout_s` in all."""
    # httpx counts connecting and each read apart: together they may take as long as the call may.
    return httpx.Timeout(timeout_s * 0.8, connect=timeout_s * 0.2)


def exchange(
    http: httpx.Client,
    request: httpx.Request,
    *,
    answer_by_ms: int,
    max_bytes: int,
    now_ms: Callable[[], int],
) -> Answer:
    """Send `request`; return what came until `answer_by_ms`. No redirect is followed."""
    # httpx limits each read, not the whole: an answer that trickles in would outlive its call.
    try:
        response = http.send(request, stream=True, follow_redirects=False)
        content = bytearray()
        try:
            for chunk in response.iter_bytes():
                content += chunk
                if now_ms() >= answer_by_ms or len(content) > max_bytes:
                    return NoReply("no_answer: too slow or too long")
        finally:
            response.close()
    except httpx.RequestError as error:
        return NoReply(f"no_answer: {type(error).__name__}")
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = _parsed(bytes(content))
    return Reply(response.status_code, body, headers, is_unreadable=body is None and bool(content.strip()))


def _parsed(content: bytes) -> object:
    try:
        parsed: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return parsed
