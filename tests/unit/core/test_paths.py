"""A path that HubSpot does not have, and what only looks like one."""

import pytest

from relay.core.answers import Answer, NoReply, Reply
from relay.core.paths import event_paths, is_unknown, known_path

ROUTER = {"status": "error", "message": "resource not found", "correlationId": "c-1"}


@pytest.mark.parametrize(
    "answer",
    [
        Reply(404, ROUTER),
        Reply(404, {"message": "Resource not found."}),
        Reply(404, None),
        Reply(404, {}),
    ],
)
def test_a_path_that_hubspot_does_not_have_is_named(answer: Answer) -> None:
    assert is_unknown(answer)
    assert known_path(answer, "events") == NoReply("unknown_path: events")


@pytest.mark.parametrize(
    "answer",
    [
        Reply(404, {**ROUTER, "category": "OBJECT_NOT_FOUND"}),
        Reply(404, {"message": "No event definition found for pe1_sent"}),
        Reply(404, {"message": "resource not found", "context": {"id": ["501"]}}),
        Reply(404, {"message": "resource not found", "errors": [{"message": "no such event"}]}),
        Reply(400, ROUTER),
        Reply(200, None),
        Reply(404, None, {"content-type": "text/html"}),
        Reply(404, None, is_unreadable=True),
        Reply(404, []),
        Reply(410, None),
        NoReply("no_answer: ReadTimeout"),
    ],
)
def test_a_record_or_an_event_that_is_not_there_is_another_matter(answer: Answer) -> None:
    assert not is_unknown(answer)
    assert known_path(answer, "events") is answer


def test_events_have_other_documented_paths() -> None:
    assert event_paths("2026-09") == ["/events/2026-09", "/events/custom/2026-09", "/events/2026-03"]
    assert event_paths("2026-03") == ["/events/2026-03", "/events/custom/2026-03"]
