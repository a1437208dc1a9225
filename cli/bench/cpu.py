"""The CPU time of the function processes, by Linux's own count; what is not Linux counts nothing."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.bench.backlog import invoke_sender
from cli.local import LocalRelay

_PROC = Path("/proc")
# Fields of /proc/PID/stat after the name of the program, which may hold anything: group, user and system time.
_GROUP, _USER, _SYSTEM = 2, 11, 12


@dataclass
class SenderCpu:
    """Time that the senders have worked, user and system, without their start (imports, clients).

    In it is all that a function process does on an invocation: parsing, mapping, memory, TLS-free HTTP to
    HubSpot and AWS, logging, and the embedded AWS's shim around the handler.
    """

    relay: LocalRelay
    start_ms: float = 0
    counted_ms: float = 0

    def begin(self) -> None:
        """Start a sender, so that it is known what a start takes."""
        invoke_sender(self.relay, [])
        self.start_ms = sum(self._processes_ms())

    def lap_ms(self) -> float | None:
        """Return the milliseconds since the beginning or the last lap; None where nobody counts them."""
        processes = list(self._processes_ms())
        if not processes:
            return None
        total_ms = sum(processes) - len(processes) * self.start_ms
        before_ms, self.counted_ms = self.counted_ms, total_ms
        return total_ms - before_ms

    def per_1k(self, events: int) -> float | None:
        """Return the milliseconds of a lap for a thousand of its events."""
        spent_ms = self.lap_ms()
        return None if spent_ms is None else round(spent_ms * 1000 / events, 1)

    def _processes_ms(self) -> Iterator[float]:
        name = f"AWS_LAMBDA_FUNCTION_NAME={self.relay.stack.outputs['SenderFunctionName']}".encode()
        for stat in _PROC.glob("[0-9]*/stat"):
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[_GROUP]) == self.relay.aws.process_group:
                environment = (stat.parent / "environ").read_bytes().split(b"\0")
                if name in environment:
                    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
                    yield ticks * 1000 / os.sysconf("SC_CLK_TCK")
