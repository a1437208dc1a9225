"""Groups in concurrent requests: each domain is one company, and everybody belongs to theirs."""

import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
from e2e.posting import TIMEOUT_S

from cli.local import LocalRelay
from cli.standin.server import StandIn

pytestmark = pytest.mark.stack

PEOPLE, DOMAINS, BATCH, REQUESTS_AT_A_TIME = 500, 250, 10, 8


def identify(key: str, n: int) -> dict[str, Any]:
    traits = {"email": f"{key}-{n}@example.org"}
    return {"type": "identify", "messageId": f"{key}-i-{n}", "userId": f"{key}-{n}", "traits": traits}


def group(key: str, n: int) -> dict[str, Any]:
    domain = f"{key}{n % DOMAINS}.com"
    traits = {"website": f"https://www.{domain}/", "name": domain}
    ids = {"messageId": f"{key}-g-{n}", "userId": f"{key}-{n}", "groupId": domain}
    return {"type": "group", **ids, "traits": traits}


def test_groups_of_half_as_many_domains_make_exactly_those_companies_and_all_links(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    key = f"g{uuid.uuid4().hex[:8]}"
    # Groups before and after the identifies of their people, and both at once.
    events = [
        make(key, n) for n in range(PEOPLE) for make in ((identify, group) if n % 2 else (group, identify))
    ]
    bodies = [json.dumps(events[n : n + BATCH]).encode() for n in range(0, len(events), BATCH)]

    with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as threads:
        answers = list(threads.map(relay.post, bodies))
    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    assert relay.wait_until_empty(2 * TIMEOUT_S)

    state = hubspot.state()
    domains = Counter(each["properties"]["domain"] for each in state["companies"])
    assert len(domains) == DOMAINS
    assert set(domains.values()) == {1}
    by_id = {each["id"]: each["properties"]["domain"] for each in state["companies"]}
    for contact in state["contacts"]:
        number = int(contact["properties"]["email"].partition("@")[0].rpartition("-")[2])
        assert [by_id[company] for company in contact["associations"]] == [f"{key}{number % DOMAINS}.com"]
    assert state["count"] == PEOPLE
    assert relay.rejected() == 0
