"""What the console shows at a glance: queues, event source, limits, and the calls of the last minutes.

Each part is read by itself: one that AWS does not give is left out, and a sentence says why.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from cli.console.gauges import accounts_of, gauges_of
from cli.console.kept import Kept
from cli.console.watch import Watch
from cli.doctor.aws import age_s
from cli.parameters import destinations_of
from cli.pause import mapping_of
from cli.queues import Depth, Letters, events_queue, rejects_queue
from cli.stack import RunningStack, StackError, explained
from cli.usages import usages_of
from cli.waiting import waits_of
from relay.settings import Destination, InvalidSettingsError, parse_destination

# How old a part may be that costs a call of AWS.
READ_S = 4.0
# Settings change seldom, and CloudWatch has a new value of the queue's age each minute.
SELDOM_S = 60.0


class Overview:
    """The parts of the overview, each kept for as long as it may be old."""

    def __init__(self, stack: RunningStack, watch: Watch, *, is_local: bool) -> None:
        self._stack = stack
        self._watch = watch
        self._is_local = is_local
        self._read_s = READ_S / 4 if is_local else READ_S
        self._queues = Kept(self._read_queues, self._read_s)
        self._source = Kept(lambda: str(mapping_of(stack)["State"]), self._read_s)
        self._settings = Kept(self._read_settings, SELDOM_S / 10 if is_local else SELDOM_S)
        self._gauges = Kept(self._read_gauges, self._read_s)
        self._untaken_s = Kept(self._read_untaken_s, SELDOM_S)
        self._endpoints = Kept(self._read_endpoints, self._read_s)
        self._waits = Kept(lambda: waits_of(stack, time.time_ns() // 1_000_000), self._read_s)

    def as_json(self) -> Mapping[str, Any]:
        """Return all parts; `troubles` says what could not be read."""
        troubles: list[str] = []

        def part(read: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
            try:
                return read()
            except (BotoCoreError, ClientError) as error:
                troubles.append(explained(error))
            except StackError as error:
                troubles.append(str(error))
            return None

        _, invalid = part(self._settings.value) or ({}, [])
        told = {
            "stack": {"name": self._stack.name, "is_local": self._is_local},
            "now_ms": time.time_ns() // 1_000_000,
            "source": part(self._source.value),
            "queues": part(self._queues.value),
            "oldest_s": part(self._oldest_s),
            "accounts": part(self._gauges.value),
            "last": part(self._watch.story),
            "endpoints": part(self._endpoints.value),
        }
        waits = self._waits.value()
        told["waiting"] = [each.as_json() for each in waits.found]
        troubles += filter(None, [waits.unread])
        return {**told, "troubles": [*dict.fromkeys(troubles), *invalid]}

    def settings(self) -> Mapping[str, Destination]:
        """Return the settings of every destination that can be used."""
        return self._settings.value()[0]

    def forget_source(self) -> None:
        """Let the event source's state be read anew, after a change."""
        self._source.forget()

    def _read_queues(self) -> Mapping[str, Any]:
        def counts(letters: Letters) -> Mapping[str, int]:
            depth: Depth = letters.depth()
            return {"visible": depth.visible, "hidden": depth.hidden + depth.delayed}

        return {"events": counts(events_queue(self._stack)), "rejects": counts(rejects_queue(self._stack))}

    def _read_settings(self) -> tuple[Mapping[str, Destination], list[str]]:
        found, invalid = {}, []
        for name, text in destinations_of(self._stack).items():
            try:
                found[name] = parse_destination(text)
            except InvalidSettingsError as error:
                invalid.append(f"The settings of {name} cannot be used: {error}")
        return found, invalid

    def _read_gauges(self) -> list[Mapping[str, Any]]:
        settings = self.settings()
        accounts = accounts_of(settings, usages_of(self._stack, settings))
        return gauges_of(self._stack, accounts, time.time_ns() // 1_000_000)

    def _oldest_s(self) -> float | None:
        """Return how long the oldest event waits, of those not taken yet and those that come back."""
        events = self._queues.value()["events"]
        if not events["visible"] + events["hidden"]:
            return 0
        return max(self._watch.oldest_s(), self._untaken_s.value()) or None

    def _read_untaken_s(self) -> int:
        # The embedded AWS has no metrics.
        return 0 if self._is_local else age_s(self._stack, events_queue(self._stack).url) or 0

    def _read_endpoints(self) -> Mapping[str, Any] | None:
        """Ask the stand-in which endpoints were called; HubSpot itself does not tell."""
        urls = {each.hubspot_url for each in self.settings().values()} if self._is_local else set()
        for url in sorted(url for url in urls if urlsplit(url).hostname == "127.0.0.1"):
            try:
                answer = httpx.get(f"{url}/_standin/traffic", timeout=5, trust_env=False)
            except httpx.TransportError:
                continue
            if answer.is_success and "json" in answer.headers.get("content-type", ""):
                traffic: Mapping[str, Any] = answer.json()
                return traffic
        return None
