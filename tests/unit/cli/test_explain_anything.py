"""Whatever events are given, each is explained."""

import io
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from cli.explain import explain
from cli.explain_print import print_explanation
from cli.portal_schema import standard_schema
from relay.settings import Destination

NOW_MS = 1_793_527_200_000
SCHEMA = standard_schema()
ALL = Destination(
    hub_id=1,
    plan="enterprise",
    create_properties=True,
    create_event_definitions=True,
    deletes="gdpr",
    views={"page": "Page Viewed"},
    email_change="update",
    link_context_groups=True,
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["kim@example.org", "ada@example.org", "u-1", "https://example.org", "2026-11-01", "\ud800"]
    ),
)
KEYS = st.one_of(
    st.sampled_from(["email", "firstName", "website", "name", "lifecyclestage", "id", "createdAt", "a.b"]),
    st.text(max_size=10),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["identify", "track", "page", "group", "alias", "delete", "other"])},
    optional={
        "messageId": st.one_of(st.sampled_from(["m-1", "m-2"]), SCALARS),
        "userId": st.one_of(st.sampled_from(["u-1", "u-2"]), SCALARS),
        "anonymousId": SCALARS,
        "previousId": SCALARS,
        "groupId": SCALARS,
        "event": SCALARS,
        "traits": JSON,
        "properties": JSON,
        "context": st.one_of(JSON, st.fixed_dictionaries({"traits": JSON, "groupId": SCALARS})),
        "timestamp": SCALARS,
        "writeKey": SCALARS,
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(st.one_of(EVENTS, EVENTS, EVENTS, JSON), max_size=8))
def test_each_event_is_explained_in_its_place_and_can_be_shown(events: list[Any]) -> None:
    explanation = explain(events, ALL, SCHEMA, NOW_MS)

    assert [each.index for each in explanation.events] == list(range(len(events)))
    for event, told in zip(events, explanation.events, strict=True):
        assert not isinstance(event, Mapping) or told.type in ("", str(event.get("type")))
    json.dumps(explanation.as_json())
    screen = io.StringIO()
    print_explanation(Console(file=screen, width=120), explanation, ALL.hubspot_url)
    # A terminal takes no half of a character.
    assert screen.getvalue().encode()
