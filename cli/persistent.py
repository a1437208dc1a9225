"""Posting to a relay as Segment does: what is answered with 503 is posted again.

Ingest says so when SQS or SSM takes longer than a request may, as both do on a machine that is very busy.
"""

import time
from collections.abc import Callable

import httpx

# Half a minute: longer than any machine was seen to be too busy.
TRIES = 60
PAUSE_S = 0.5


class Persistent(httpx.BaseTransport):
    """Makes each request up to `TRIES` times until the answer is another than 503."""

    def __init__(
        self, transport: httpx.BaseTransport, *, pause: Callable[[float], object] = time.sleep
    ) -> None:
        self._transport = transport
        self._pause = pause

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer; the last one, if it is 503 each time."""
        for _ in range(TRIES - 1):
            response = self._transport.handle_request(request)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return response
            response.close()
            self._pause(PAUSE_S)
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
