"""Switching the sender's event source."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.pause import NotYetError, switch
from cli.stack import RunningStack, StackError

OUTPUTS = {
    "SenderFunctionName": "sender",
    "EventsQueueUrl": "https://sqs.us-east-1.amazonaws.com/1/events",
}


@dataclass
class FakeLambda:
    """An AWS Lambda whose mapping goes through these states, one a look, and stays in the last."""

    states: list[str]
    queues: Sequence[str] = ("events",)
    updates: list[bool] = field(default_factory=list)
    then: Sequence[str] = ()

    def list_event_source_mappings(self, **arguments: Any) -> Any:
        assert arguments == {"FunctionName": "sender"}
        arns = [f"arn:aws:sqs:us-east-1:1:{name}" for name in self.queues]
        return {
            "EventSourceMappings": [
                {"UUID": f"uuid-{n}", "EventSourceArn": arn} for n, arn in enumerate(arns)
            ]
        }

    def get_event_source_mapping(self, **arguments: Any) -> Any:
        assert arguments == {"UUID": "uuid-0"}
        return {"State": self.states.pop(0) if len(self.states) > 1 else self.states[0]}

    def update_event_source_mapping(self, **arguments: Any) -> None:
        # AWS refuses a change while there is another one.
        assert self.states in (["Enabled"], ["Disabled"])
        self.updates.append(arguments["Enabled"])
        self.states = list(self.then)


def switched(functions: FakeLambda, *, enabled: bool) -> bool:
    stack = RunningStack("stack", OUTPUTS, lambda _: functions)
    return switch(stack, enabled=enabled, sleep=lambda _: None)


def test_it_is_paused_and_waited_for() -> None:
    functions = FakeLambda(["Enabled"], then=["Enabled", "Disabling", "Disabled"])

    assert switched(functions, enabled=False)
    assert (functions.updates, functions.states) == ([False], ["Disabled"])


def test_it_is_resumed_and_waited_for() -> None:
    functions = FakeLambda(["Disabled"], then=["Enabling", "Enabled"])

    assert switched(functions, enabled=True)
    assert (functions.updates, functions.states) == ([True], ["Enabled"])


@pytest.mark.parametrize(("state", "enabled"), [("Enabled", True), ("Disabled", False)])
def test_what_is_so_already_is_left_alone(state: str, *, enabled: bool) -> None:
    functions = FakeLambda([state])

    assert not switched(functions, enabled=enabled)
    assert functions.updates == []


def test_a_change_that_is_under_way_is_waited_for_first() -> None:
    functions = FakeLambda(["Creating", "Updating", "Enabled"], then=["Disabled"])

    assert switched(functions, enabled=False)


def test_a_change_that_never_ends_is_told() -> None:
    with pytest.raises(NotYetError, match="still Disabling"):
        switched(FakeLambda(["Enabled"], then=["Disabling"]), enabled=False)


@pytest.mark.parametrize("queues", [(), ("elsewhere",)])
def test_a_function_without_this_event_source_is_told(queues: Sequence[str]) -> None:
    with pytest.raises(StackError, match="0 event sources"):
        switched(FakeLambda(["Enabled"], queues), enabled=False)


def test_another_event_source_is_left_alone() -> None:
    functions = FakeLambda(["Enabled"], ("events", "elsewhere"), then=["Disabled"])

    assert switched(functions, enabled=False)
