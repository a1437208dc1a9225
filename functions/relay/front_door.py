"""Which way a request goes: to a webhook, to the Tracking API, or nowhere.

Everything comes through one route, so that no error is API Gateway's own: its bodies have no `code`, and
older libraries take that for a broken connection and send everything again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from relay.core.tracking import BATCHES, CALLS, METRICS
from relay.intake import Answer, Request, error
from relay.tracking_api import TrackingApi
from relay.webhooks import Webhooks

_POST = ("POST",)
_WEBHOOK_METHODS = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Answers every request that reaches the API."""

    webhooks: Webhooks
    tracking_api: TrackingApi

    def receive(self, request: Request, *, received_at_ms: int) -> Answer:
        """Answer one request. Slashes too many, or one at the end, do not matter: nobody is redirected."""
        parts = [unquote(part) for part in request.path.split("/") if part]
        if request.method == "OPTIONS" and parts[:1] in (["v1"], ["beacon"]):
            return self.tracking_api.preflight(request)
        way = self._way(request, parts, received_at_ms)
        if not way:
            return error(404, "no_such_path", "There is nothing here. Check the URL.")
        methods, act = way
        return act() if request.method in methods else error(404, "no_such_method", f"Use {methods[0]} here.")

    def _way(
        self, request: Request, parts: Sequence[str], received_at_ms: int
    ) -> tuple[Sequence[str], Callable[[], Answer]] | None:
        """Return the methods that a path takes, and what it does; None if there is no such path."""
        track = partial(self.tracking_api.receive, request, received_at_ms=received_at_ms)
        match parts:
            case ["webhook", destination]:
                return _WEBHOOK_METHODS, partial(self.webhooks.receive, request, destination, received_at_ms)
            case ["v1", name] if name in CALLS:
                return _POST, partial(track, CALLS[name])
            case ["v1", name] | ["beacon", "v1", name] if name in BATCHES:
                return _POST, partial(track, "")
            case ["v1", name] if name == METRICS:
                return _POST, partial(self.tracking_api.swallow, request)
            case ["v1", "projects", write_key, "settings"]:
                return ("GET",), partial(self.tracking_api.settings, request, write_key)
        return None
