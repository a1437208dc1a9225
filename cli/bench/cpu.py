"""The CPU time of the sender's processes, by Linux's own count; on other systems nothing is counted."""

import os
from dataclasses import dataclass
from pathlib import Path

from cli.bench.poller import invoke_sender
from cli.embedded.processes import function_processes
from cli.local import LocalRelay

# User and system time in /proc/PID/stat, counted from behind the program's name, which may hold anything.
_USER, _SYSTEM = 11, 12


@dataclass
class SenderCpu:
    """The time that the senders have worked, user and system, but for their start (imports, clients of AWS).

    It is all that their processes do in an invocation: reading and mapping, calls to HubSpot and AWS over
    plain HTTP, the log, and the embedded AWS's own shim around the handler.
    """

    relay: LocalRelay
    start_ms: float = 0
    counted_ms: float = 0

    def begin(self) -> None:
        """Start a sender, so that it is known what a start takes."""
        invoke_sender(self.relay, [])
        self.start_ms = sum(self._spent_ms())

    def per_1k(self, events: int) -> float | None:
        """Return the milliseconds since the last time for a thousand events; None where nobody counts."""
        spent = self._spent_ms()
        total_ms = sum(spent) - len(spent) * self.start_ms
        lap_ms, self.counted_ms = total_ms - self.counted_ms, total_ms
        return round(lap_ms * 1000 / events, 1) if spent else None

    def _spent_ms(self) -> list[float]:
        """Return the milliseconds of each of the sender's processes."""
        function = self.relay.stack.outputs["SenderFunctionName"]
        return [spent_ms(process) for process in function_processes(self.relay.aws, function)]


def spent_ms(process: int) -> float:
    """Return the milliseconds that a process has worked."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")
