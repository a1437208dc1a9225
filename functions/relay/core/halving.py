"""Which part of a batch is to be sent next, until each of its inputs has a verdict. Pure.

What HubSpot refuses as a whole is halved until the input at fault stands alone. A bad input in a hundred
costs about 14 calls to find. Where several are refused in the same words and nothing is accepted, the fault
is not theirs: then the rest is tried in large parts, and waits unless one of them is accepted.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from relay.core.answers import Answer, Split, Verdict, read_batch, refused_alike
from relay.core.outcomes import Deferred, Rejected
from relay.core.planning import Batch

# Many bad inputs must not cost hundreds of calls.
MAX_EXTRA_CALLS = 32
_TOO_MANY = Deferred("too_many_refusals")


class Halving:
    """One batch on its way. `is_suspicious` says whether what is refused alike is to wait.

    Unless it `attributes`, a refusal of a whole is not believed to be about some of its inputs alone. `spent`
    are calls that were made for it before.
    """

    def __init__(self, batch: Batch, *, is_suspicious: bool, attributes: bool = True, spent: int = 0) -> None:
        self._todo = deque([batch])
        self._attributes = attributes
        self._refused: list[Batch] = []
        self._apart: frozenset[str] = frozenset()
        self._verdicts: dict[str, Verdict] = {}
        self._calls_left = 1 + MAX_EXTRA_CALLS - spent
        self._is_suspicious = is_suspicious

    def next(self) -> Batch | None:
        """Return the part to send next, None if there is none."""
        if not self._todo or not self._calls_left:
            return None
        # The large parts tell most of whether HubSpot accepts anything; the small ones are nearly understood.
        return self._todo.popleft() if self._suspicion() else self._todo.pop()

    def read(self, part: Batch, answer: Answer) -> None:
        """Take note of HubSpot's answer to a part."""
        self._calls_left -= 1
        read = read_batch(part, answer, attributes=self._attributes)
        if isinstance(read, Split):
            self._refused.append(part)
            self._apart |= read.apart
        else:
            self._verdicts |= read
        if not self._suspicion():
            self._todo += [part for whole in self._refused for part in _parts(whole, self._apart)]
            self._refused.clear()

    def verdicts(self) -> Mapping[str, Verdict]:
        """Return a verdict for each trace id, once there is nothing more to send."""
        why = self._suspicion()
        unsent = [entry for part in (*self._todo, *self._refused) for entry in part.inputs]
        return {
            **{trace_id: _unless(why, verdict) for trace_id, verdict in self._verdicts.items()},
            **{entry.trace_id: why or _TOO_MANY for entry in unsent},
        }

    def _suspicion(self) -> Deferred | None:
        return refused_alike(self._verdicts.values()) if self._is_suspicious else None


def _parts(batch: Batch, apart: frozenset[str]) -> Iterable[Batch]:
    """Part a batch: those among which the fault is from the others, or in halves."""
    inside = tuple(entry for entry in batch.inputs if entry.trace_id in apart)
    outside = tuple(entry for entry in batch.inputs if entry.trace_id not in apart)
    return (Batch(inside), Batch(outside)) if inside and outside else batch.halves()


def _unless(why: Deferred | None, verdict: Verdict) -> Verdict:
    """Let an input wait that was refused for a reason that is not its own; after a day it is believed."""
    return replace(why, at_last=verdict) if why and isinstance(verdict, Rejected) else verdict
