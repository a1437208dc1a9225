"""Replays that the console has been asked for: one at a time, in a thread of its own."""

import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cli.queues import events_queue, rejects_queue
from cli.rejected import Wanted
from cli.replay import Replay
from cli.stack import RunningStack

# Events a second, as `relay replay` has it.
RATE = 50


class BusyError(Exception):
    """A replay is under way; another one would get into its way."""


class Replays:
    """At most one replay, and how far it has come. To be closed at the end."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._lock = threading.Lock()
        self._work: Replay | None = None
        self._thread: threading.Thread | None = None

    def close(self) -> None:
        """Stop the replay, and wait for its end."""
        self.stop()
        if self._thread:
            # What it holds is shown to others again.
            self._thread.join()

    def start(self, wanted: Wanted) -> None:
        """Begin to send again what is wanted.

        Raises:
            BusyError: another replay has not ended yet.
        """
        with self._lock:
            if self._thread and self._thread.is_alive():
                raise BusyError
            source, target = rejects_queue(self._stack), events_queue(self._stack)
            self._work = Replay(source, target, wanted, RATE, threading.Event())
            self._thread = threading.Thread(target=self._work.run, name="replay")
            self._thread.start()

    def stop(self) -> None:
        """End the replay between two calls; nothing is lost."""
        if self._work:
            self._work.stop.set()

    def as_json(self) -> Mapping[str, Any]:
        """Return how far the latest replay has come; `is_running` is false before the first one, too."""
        with self._lock:
            work, thread = self._work, self._thread
        if not work or not thread:
            return {"is_running": False, "wanted": None, "count": None, "is_complete": False}
        # In this order: what has ended by now has counted everything.
        is_running = thread.is_alive()
        return {
            "is_running": is_running,
            "wanted": asdict(work.wanted),
            "count": asdict(work.count),
            "is_complete": not is_running and work.count.is_complete,
        }
