"""CloudWatch's FilterLogEvents, page by page; where it is too busy, it is asked again instead of failing.

An account and region have a few of these calls a second, all that read logs together: several terminals, the
console, and tools of others. What was read is kept: only the page that was refused is asked for again.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from botocore.paginate import TokenEncoder

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

# Beyond what boto3 tries by itself (legacy mode: four times, in some seconds).
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 10.0
# What AWS's services say where somebody asks too often, or has too much open at once.
_TOO_OFTEN = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# Stands for a page that was refused, before the pause, so that its reader can look at the clock.
BUSY: list["FilteredLogEventTypeDef"] = []


def log_pages(
    logs: "CloudWatchLogsClient", asked: Mapping[str, Any], pause: Callable[[float], None] = time.sleep
) -> Iterator[list["FilteredLogEventTypeDef"]]:
    """Yield the events of each page of what is asked; `BUSY` for each time that CloudWatch was too busy.

    Ends when all is read, or when nobody asks for more. Raises ClientError for every other refusal.
    """
    token, refusals = "", 0
    while True:
        try:
            for page in logs.get_paginator("filter_log_events").paginate(**asked, **_from(token)):
                token, refusals = page.get("nextToken", ""), 0
                yield page["events"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in _TOO_OFTEN:
                raise
            yield BUSY
            pause(min(FIRST_PAUSE_S * 2**refusals, LAST_PAUSE_S) * random.uniform(0.5, 1))  # noqa: S311 - no secret
            refusals = min(refusals + 1, 10)
        else:
            return


def _from(token: str) -> dict[str, Any]:
    """Return what lets a paginator begin at the page of a token."""
    if not token:
        return {}
    return {"PaginationConfig": {"StartingToken": TokenEncoder().encode({"nextToken": token})}}
