"""How much memory the functions' processes take. One that takes more than its function has is ended.

Lambda does the same. Known by Linux's /proc; elsewhere nothing is seen.
"""

import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cli.embedded.aws import EmbeddedAws
from cli.embedded.processes import function_processes, send_signal

# A process grows by some 10 MB in that time, if it does nothing else.
LOOK_EVERY_S = 0.05
# Processes come seldom, and finding them means reading all of /proc.
FIND_EVERY = 5
_FIELDS = re.compile(r"^Vm(HWM|RSS):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Resident:
    """What a process has in memory: now, and at most since it began."""

    now_mb: int
    peak_mb: int


class MemoryWatch:
    """Looks at the processes of functions while used as a context manager.

    `peaks_mb` is the most that any process of a function has had, `ended` how many of its processes had more
    than the function's memory and were ended.
    """

    def __init__(self, aws: EmbeddedAws, *functions: str) -> None:
        client = aws.client("lambda")
        sizes = ((name, client.get_function_configuration(FunctionName=name)) for name in functions)
        self.limits_mb = {name: int(each["MemorySize"]) for name, each in sizes}
        self.peaks_mb = dict.fromkeys(functions, 0)
        self.ended: Counter[str] = Counter()
        self._aws = aws
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def out_of_memory(self) -> Iterator[str]:
        """Yield which function had processes that were ended."""
        for name, count in self.ended.items():
            had = f"{self.peaks_mb[name]} MB of {self.limits_mb[name]} MB"
            yield f"out of memory {count} times: {name} had {had}"

    def now_mb(self, function: str) -> int:
        """Return what the processes of a function have in memory together."""
        found = (resident(each) for each in function_processes(self._aws, function))
        return sum(each.now_mb for each in found if each)

    def _watch(self) -> None:
        processes: dict[str, list[int]] = {}
        turn = 0
        while not self._stopping.wait(LOOK_EVERY_S):
            if turn % FIND_EVERY == 0:
                processes = {name: list(function_processes(self._aws, name)) for name in self.limits_mb}
            turn += 1
            for name, ids in processes.items():
                for process in ids:
                    self._look(name, process)

    def _look(self, function: str, process: int) -> None:
        found = resident(process)
        if not found:
            return
        self.peaks_mb[function] = max(self.peaks_mb[function], found.peak_mb)
        if found.now_mb > self.limits_mb[function]:
            send_signal([process], signal.SIGKILL)
            self.ended[function] += 1


def resident(process: int) -> Resident | None:
    """Return what a process has in memory, None if it has gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = {name: int(kilobytes) // 1024 for name, kilobytes in _FIELDS.findall(text)}
    return Resident(found["RSS"], found["HWM"]) if {"RSS", "HWM"} <= found.keys() else None
