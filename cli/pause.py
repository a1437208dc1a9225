"""Switch the sender's event source off and on: whether what lies on the events queue is delivered.

The mapping is found by its function and its queue, not by an output of the template: so it is found in stacks
of any version, and nothing depends on the logical id that SAM makes up for it.
"""

import time
from collections.abc import Callable
from typing import Any

from cli.stack import RunningStack, StackError

# AWS says "several minutes at most"; it takes seconds.
TIMEOUT_S = 180
POLL_S = 1.0
_AT_REST = {"Enabled": True, "Disabled": False}


class NotYetError(Exception):
    """The event source changes, but takes too long; the text says what it is doing."""


def switch(stack: RunningStack, *, enabled: bool, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Switch the event source and wait until it is so; return whether anything was to be done.

    Raises:
        StackError: there is none.
        NotYetError: it takes too long.
    """
    mapping_id = mapping_of(stack)["UUID"]
    functions = stack.client("lambda")
    # While it changes, AWS takes no other change.
    before = _settled(functions, mapping_id, set(_AT_REST), sleep)
    if _AT_REST[before] == enabled:
        return False
    functions.update_event_source_mapping(UUID=mapping_id, Enabled=enabled)
    _settled(functions, mapping_id, {state for state, is_on in _AT_REST.items() if is_on == enabled}, sleep)
    return True


def mapping_of(stack: RunningStack) -> dict[str, Any]:
    """Return the sender's event source as Lambda lists it.

    Raises:
        StackError: there is none.
    """
    function = stack.outputs["SenderFunctionName"]
    queue = stack.outputs["EventsQueueUrl"].rpartition("/")[2]
    answer = stack.client("lambda").list_event_source_mappings(FunctionName=function)
    found = [
        each for each in answer["EventSourceMappings"] if each["EventSourceArn"].rpartition(":")[2] == queue
    ]
    if len(found) != 1:
        raise StackError(
            f"{function} has {len(found)} event sources for the queue {queue}, and not just one."
        )
    mapping: dict[str, Any] = found[0]
    return mapping


def _settled(functions: Any, mapping_id: str, states: set[str], sleep: Callable[[float], None]) -> str:  # noqa: ANN401 - a generated client
    state = ""
    for _ in range(int(TIMEOUT_S / POLL_S)):
        state = str(functions.get_event_source_mapping(UUID=mapping_id)["State"])
        if state in states:
            return state
        sleep(POLL_S)
    raise NotYetError(f"The event source is still {state} after {TIMEOUT_S} s. Try again later.")
