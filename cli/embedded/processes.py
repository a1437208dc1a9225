"""The processes that run a function on the embedded AWS. Known by Linux's /proc; elsewhere there are none."""

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from cli.embedded.aws import EmbeddedAws

# In /proc/PID/stat, counted from behind the program's name, which may hold anything.
_GROUP = 2


def function_processes(aws: EmbeddedAws, function: str) -> Sequence[int]:
    """Return the processes of `aws` whose command line names `function`, or a part of such a name."""
    return [process for process in _group(aws.process_group) if function.encode() in _command(process)]


def kill(aws: EmbeddedAws, function: str) -> None:
    """End a function's processes at once, wherever they are in their work."""
    send_signal(function_processes(aws, function), signal.SIGKILL)


def send_signal(processes: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to processes; those that have gone get none."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def _group(group: int) -> Sequence[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[_GROUP]) == group:
                found.append(int(entry.parent.name))
    return found


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
