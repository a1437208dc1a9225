"""Does HubSpot have the path of a call at all? Pure.

Sources: HubSpot's error handling page; its router answers an unknown path with "resource not found" and no
category, while a record or an event definition that is not there has a category or words of its own.
"""

from collections.abc import Sequence
from http import HTTPStatus

from relay.core.answers import Answer, NoReply, Reply
from relay.core.refusals import text, text_mapping
from relay.core.speakers import is_page

# The first word of a reason; the family follows.
UNKNOWN_PATH = "unknown_path"
_ROUTERS_WORDS = "resource not found"
# Where HubSpot's August 2026 drafts have the events, and the last version whose path all sources agree on.
_OTHER_EVENT_PATHS = ("/events/custom/{version}", "/events/2026-03")


def is_unknown(answer: Answer) -> bool:
    """Say whether an answer means that there is no such path.

    For calls whose path names no record: of one that does, the record may be what is not found.
    """
    if not isinstance(answer, Reply) or answer.status != HTTPStatus.NOT_FOUND or is_page(answer):
        # A page is nobody's word on HubSpot's paths.
        return False
    body = text_mapping(answer.body)
    if body.get("category") or body.get("errors") or body.get("context"):
        return False
    said = text(body.get("message")).strip().lower()
    return not said or _ROUTERS_WORDS in said


def known_path(answer: Answer, family: str) -> Answer:
    """Return an answer, or what stands for it where HubSpot has no such path: it has taken nothing."""
    return NoReply(f"{UNKNOWN_PATH}: {family}") if is_unknown(answer) else answer


def event_paths(version: str) -> Sequence[str]:
    """Return the paths below which events may be sent, the likeliest first."""
    others = [path.format(version=version) for path in _OTHER_EVENT_PATHS]
    return list(dict.fromkeys([f"/events/{version}", *others]))
