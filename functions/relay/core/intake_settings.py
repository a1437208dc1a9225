"""What ingest reads of a destination's settings: by hand, because it has no time for pydantic.

`relay.settings` has the same keys, says what they mean, and refuses what is wrong with them.
"""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """Who is let in, and how much.

    `ingest_limit` is in events a second, 0 without limit; None if nobody has set one.
    """

    require_header: bool = False
    ingest_limit: int | None = None


def read_intake_settings(text: str) -> IntakeSettings | None:
    """Read the settings; None if they cannot be used, because nobody knows then who may be let in."""
    try:
        content = json.loads(text or "{}")
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    more = content.get("more")
    found = content | (more if isinstance(more, dict) else {})
    header, limit = found.get("require_header", False), found.get("ingest_limit")
    is_limit = limit is None or (isinstance(limit, int) and limit >= 0)
    return IntakeSettings(header, limit) if isinstance(header, bool) and is_limit else None
