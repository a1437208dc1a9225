"""A refused batch is halved; what is refused alike with everything else waits."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from relay.core.answers import Answer, Confirmed, Reply, Verdict
from relay.core.halving import MAX_EXTRA_CALLS, Halving
from relay.core.mapping import ObjectRef
from relay.core.outcomes import Deferred, Rejected
from relay.core.planning import Batch, Input

REFUSED = Rejected("refused", "no", "VALIDATION_ERROR")
ALIKE = Deferred("refused_alike")


@dataclass
class HubSpot:
    """Refuses a batch that holds one of the bad inputs, in words that `words` makes of it."""

    bad: set[int]
    words: Callable[[int], str] = lambda _: "no"
    sizes: list[int] = field(default_factory=list)

    def answer(self, part: Batch) -> Answer:
        self.sizes.append(len(part.inputs))
        bad = [int(entry.trace_id) for entry in part.inputs if int(entry.trace_id) in self.bad]
        if bad:
            return Reply(400, {"category": "VALIDATION_ERROR", "message": self.words(bad[0])})
        results = [
            {"id": f"9{entry.trace_id}", "objectWriteTraceId": entry.trace_id} for entry in part.inputs
        ]
        return Reply(200, {"results": results})


def settle(hubspot: HubSpot, count: int = 100, *, is_suspicious: bool = True) -> dict[int, Verdict]:
    inputs = (Input(str(n), ObjectRef("contacts", "email", f"p{n}"), {}, (n,)) for n in range(count))
    halving = Halving(Batch(tuple(inputs)), is_suspicious=is_suspicious)
    while part := halving.next():
        halving.read(part, hubspot.answer(part))
    return {int(trace_id): verdict for trace_id, verdict in halving.verdicts().items()}


def test_the_input_at_fault_is_found_and_the_others_are_accepted() -> None:
    hubspot = HubSpot({13})

    found = settle(hubspot)

    assert found.pop(13) == REFUSED
    assert found == {n: Confirmed(f"9{n}") for n in range(100) if n != 13}
    assert len(hubspot.sizes) <= 15


@pytest.mark.parametrize("first", [0, 40, 95])
def test_several_bad_ones_side_by_side_are_rejected_because_others_are_accepted(first: int) -> None:
    """Also where they happen to be tried before any good one."""
    bad = set(range(first, first + 5))

    found = settle(HubSpot(bad))

    assert {n for n, verdict in found.items() if verdict == REFUSED} == bad
    assert {n for n, verdict in found.items() if isinstance(verdict, Confirmed)} == set(range(100)) - bad


def test_where_all_are_refused_alike_all_wait_and_the_calls_end() -> None:
    hubspot = HubSpot(set(range(100)))

    found = settle(hubspot)

    assert set(found.values()) == {ALIKE, Deferred("refused_alike", at_last=REFUSED)}
    assert len(found) == 100
    # The rest was tried in large parts, each once.
    assert hubspot.sizes.count(50) == 2
    assert len(hubspot.sizes) < 1 + MAX_EXTRA_CALLS


@pytest.mark.parametrize("count", [4, 5])
def test_a_few_that_are_alone_are_at_fault_themselves(count: int) -> None:
    found = settle(HubSpot(set(range(count))), count)

    assert set(found.values()) == {REFUSED if count < 5 else Deferred("refused_alike", at_last=REFUSED)}


def test_what_is_refused_each_in_words_of_its_own_is_rejected_as_far_as_the_calls_reach() -> None:
    hubspot = HubSpot(set(range(100)), words=lambda n: f"p{n} is not welcome")

    found = settle(hubspot)

    assert len(hubspot.sizes) == 1 + MAX_EXTRA_CALLS
    assert {type(verdict) for verdict in found.values()} == {Rejected, Deferred}
    assert {v.reason for v in found.values() if isinstance(v, Deferred)} == {"too_many_refusals"}


def test_without_suspicion_what_is_refused_alike_is_rejected() -> None:
    assert set(settle(HubSpot(set(range(6))), 6, is_suspicious=False).values()) == {REFUSED}
