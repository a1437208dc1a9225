"""Events that are tried: explained without any call, or posted to the relay as Segment posts them."""

import time
from collections.abc import Mapping
from typing import Any

from cli.console.kept import Kept
from cli.event_files import parse_events
from cli.explain import explain
from cli.parameters import settings_of
from cli.portal_schema import PortalSchema, standard_schema
from cli.sending import accepted_ids, door_of, posted, with_ids
from cli.stack import RunningStack
from cli.tryout import account_of

# The account's properties cost three or four calls that HubSpot counts.
ACCOUNT_S = 300.0
# A person reads what is explained.
MAX_EVENTS = 200
_WHERE = "What you gave"


class TooManyEventsError(Exception):
    """More events than anybody reads; the text says how many may be given."""


class Tester:
    """Explains and sends the events of a text, for one stack."""

    def __init__(self, stack: RunningStack, *, is_local: bool) -> None:
        self._stack = stack
        self._is_local = is_local
        self._accounts: dict[str, Kept[PortalSchema]] = {}

    def explain(self, text: str, destination: str, *, is_real: bool) -> Mapping[str, Any]:
        """Say what would become of events: with the account's properties if `is_real`, or standard ones.

        Raises:
            EventsError: there are none.
            TooManyEventsError: there are too many.
            StackError, SchemaError, InvalidSettingsError: the destination or its account cannot be read.
        """
        now_ms = time.time_ns() // 1_000_000
        events = parse_events(text.encode(), _WHERE, now_ms)
        if len(events) > MAX_EVENTS:
            raise TooManyEventsError(
                f"These are {len(events)} events; {MAX_EVENTS} at most are explained here. `relay explain` "
                "takes more."
            )
        settings = settings_of(self._stack, destination)
        schema = self._account(destination).value() if is_real else standard_schema()
        explanation = explain(events, settings, schema, now_ms)
        return {**explanation.as_json(), "hubspot_url": settings.hubspot_url}

    def send(self, text: str, destination: str) -> Mapping[str, Any]:
        """Post events to the relay, each with a message id; they reach HubSpot.

        Raises:
            EventsError: there are none.
            StackError: the destination has no secret, or cannot be reached.
        """
        events = with_ids(parse_events(text.encode(), _WHERE, time.time_ns() // 1_000_000))
        answers = posted(door_of(self._stack, destination), events, is_local=self._is_local)
        return {
            "accepted": sum(answer.accepted for answer in answers),
            "rejected": [each for answer in answers for each in answer.rejected],
            "answers": [
                {"status": answer.status, "message": answer.body.get("message")} for answer in answers
            ],
            "message_ids": sorted(accepted_ids(events, answers)),
        }

    def _account(self, destination: str) -> Kept[PortalSchema]:
        def read() -> PortalSchema:
            return account_of(self._stack, destination)[1]

        return self._accounts.setdefault(destination, Kept(read, ACCOUNT_S))
