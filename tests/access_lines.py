"""Lines of the API's access log, as API Gateway writes them in our template's format."""

import json
import re
from collections.abc import Mapping
from typing import Any

from cloudformation import RESOURCES

FORMAT: str = RESOURCES["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
VARIABLES = re.findall(r"\$context\.([\w.]+)", FORMAT)
# What is unknown, or does not apply, is written so.
UNKNOWN = "-"


def written(values: Mapping[str, str]) -> str:
    """Return the line with these values of `$context`, put in as they are; API Gateway escapes nothing."""
    return re.sub(r"\$context\.([\w.]+)", lambda found: values.get(found[1], UNKNOWN), FORMAT)


def answered(status: int) -> Mapping[str, Any]:
    """Return the line of a request that the function has answered with this status."""
    values = {
        "status": str(status),
        "integration.status": str(status),
        "integration.integrationStatus": "200",
    }
    line: Mapping[str, Any] = json.loads(written(values))
    return line


def refused(status: int, lambdas: str = UNKNOWN) -> Mapping[str, Any]:
    """Return the line of a request that the API itself has refused; `lambdas` is what Lambda has answered."""
    line: Mapping[str, Any] = json.loads(
        written({"status": str(status), "integration.integrationStatus": lambdas})
    )
    return line
