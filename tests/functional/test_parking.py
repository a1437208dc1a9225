"""What waits for a person is put back unread, and goes within a minute of `relay retry` or of its end."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
import pytest
from builders import identify
from functional.sender import AT_MS, invoke_with, outcomes
from functional.test_settled import record, sent_back, watch

from cli.standin.server import ACCESS_TOKEN, StandIn
from relay.adapters.trouble_table import TroubleTable
from relay.core.backoff import LOOKED_AT_WITHIN_S
from relay.core.envelopes import Envelope, pack

REFUSED = "access_token_refused"
LINES = "m-0", "m-1", "m-2"


@pytest.fixture
def asked(hubspot: StandIn) -> list[tuple[str, Any]]:
    """What SQS is asked for. HubSpot refuses the access token."""
    hubspot.access_token = "another one"
    return watch()


def look(*bodies: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    answer, lines = invoke_with(*[record(body, f"r-{n}") for n, body in enumerate(bodies)])
    assert answer == {"batchItemFailures": []}
    return outcomes(lines), lines


def people() -> Sequence[str]:
    events = [identify(messageId=name, traits={"email": f"{name}@example.org"}) for name in LINES]
    return [pack(Envelope("default", AT_MS, (event,)))[0] for event in events]


def put_back(asked: list[tuple[str, Any]]) -> Mapping[bool, str]:
    """Return the two messages that went back: the one that is parked, and the one that is not."""
    entries = sent_back(asked)
    assert all(entry["DelaySeconds"] < LOOKED_AT_WITHIN_S for entry in entries)
    return {"parked" in json.loads(entry["MessageBody"]): entry["MessageBody"] for entry in entries}


def retry() -> None:
    TroubleTable(boto3.client("dynamodb"), "profiles").mark("default", 1)


def test_looks_at_what_is_parked_ask_hubspot_nothing_and_write_one_line(
    hubspot: StandIn, asked: list[tuple[str, Any]]
) -> None:
    assert look(*people())[0] == dict.fromkeys(LINES, f"deferred: {REFUSED}")
    back = put_back(asked)
    hubspot.calls.clear()

    ends, lines = look(back[True])

    assert ends == {}
    assert hubspot.calls == []
    assert [(line["reason"], line["events"]) for line in lines if line["message"] == "parked"] == [
        (REFUSED, 2)
    ]
    assert put_back(asked) == {True: back[True]}


def test_after_retry_all_of_it_is_looked_at_when_it_is_taken_next(
    hubspot: StandIn, asked: list[tuple[str, Any]]
) -> None:
    look(*people())
    back = put_back(asked)
    hubspot.access_token = ACCESS_TOKEN

    retry()
    ends, _ = look(back[True])

    assert ends == dict.fromkeys(("m-1", "m-2"), "delivered")


def test_once_the_example_went_all_of_it_goes_without_a_command(
    hubspot: StandIn, asked: list[tuple[str, Any]]
) -> None:
    look(*people())
    back = put_back(asked)
    hubspot.access_token = ACCESS_TOKEN

    example, _ = look(back[False])
    others, _ = look(back[True])

    assert example == {"m-0": "delivered"}
    assert others == dict.fromkeys(("m-1", "m-2"), "delivered")


def test_a_mark_that_somebody_left_is_seen_once(hubspot: StandIn, asked: list[tuple[str, Any]]) -> None:
    look(*people())
    retry()
    look(put_back(asked)[True])
    again = put_back(asked)
    hubspot.calls.clear()

    assert look(again[True])[0] == {}
    assert hubspot.calls == []
