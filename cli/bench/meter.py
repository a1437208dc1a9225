"""What a relay uses of AWS between two moments."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cli.bench.backlog import Requests
from cli.bench.prices import Usage, Work
from cli.bench.template import default_of
from cli.bench.units import Units, receiving, units_of
from cli.embedded.proxy import AwsProxy
from cli.local import LocalRelay

# Lambda's line at the end of each invocation.
_REPORT = re.compile(r"^REPORT .*\tBilled Duration: (\d+) ms")
# A line of the API's own log: the template's format with its values filled in.
ACCESS_LOG_BYTES = 260


@dataclass
class Meter:
    """Counts what both functions ask of AWS through the proxy, and reads their logs."""

    relay: LocalRelay
    proxy: AwsProxy
    _seen: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for output in ("IngestFunctionName", "SenderFunctionName"):
            self.proxy.serve(self.relay.aws, self.relay.stack.outputs[output])

    def begin(self) -> None:
        """Count from here on."""
        self.proxy.calls.clear()
        for function in ("Ingest", "Sender"):
            self._seen[function] = len(self._log(function))

    def usage(self, requests: Requests) -> Usage:
        """Return what these requests have used since the beginning."""
        calls = list(self.proxy.calls)
        units = sum((units_of(c.request.operation, c.request.json, c.response) for c in calls), Units())
        stored = [
            entry["MessageBody"]
            for call in calls
            if call.request.operation == "SQS.SendMessageBatch"
            for entry in call.request.json["Entries"]
        ]
        logs = {function: self._log(function)[seen:] for function, seen in self._seen.items()}
        return Usage(
            events=sum(map(len, requests)),
            api_requests=len(requests),
            ingest=_work(logs["Ingest"], default_of("IngestMemorySize")),
            sender=_work(logs["Sender"], default_of("SenderMemorySize")),
            sqs_requests=units.sqs + receiving(stored),
            reads=units.reads,
            writes=units.writes,
            log_bytes=sum(len(line.encode()) for lines in logs.values() for line in lines)
            + len(requests) * ACCESS_LOG_BYTES,
        )

    def _log(self, function: str) -> list[str]:
        """Return the lines of a function's log."""
        name = self.relay.stack.outputs[f"{function}FunctionName"]
        configuration = self.relay.aws.client("lambda").get_function_configuration(FunctionName=name)
        group = configuration["LoggingConfig"]["LogGroup"]
        pages = self.relay.aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [entry["message"] for page in pages for entry in page["events"]]


def _work(lines: Sequence[str], memory_mb: int) -> Work:
    reports = [float(found[1]) for found in map(_REPORT.match, lines) if found]
    return Work(len(reports), sum(reports), memory_mb)
