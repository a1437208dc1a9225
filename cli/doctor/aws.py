"""What AWS tells of a stack and a destination. It reads, and changes nothing."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from cli.doctor.facts import (
    ACCESS_TOKEN,
    HEADER_SECRET,
    SETTINGS,
    SIGNING_SECRET,
    WRITE_KEYS,
    Described,
    Parameters,
    Queues,
    Source,
)
from cli.pause import mapping_of
from cli.queues import events_queue, rejects_queue
from cli.rejected import Wanted
from cli.rejects import look
from cli.stack import RunningStack

# SQS writes its metrics each minute, and they take a while; of an idle queue, every five minutes.
AGE_OF_LATE = timedelta(minutes=15)
# Of the rejects queue, so many messages are looked at for the names of events.
REJECTS_SEEN = 50


def described(stack: RunningStack) -> Described:
    """Return the stack's state in CloudFormation, and the level of its log."""
    (found,) = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    chosen = {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", ())}
    return Described(found["StackStatus"], chosen.get("LogLevel", ""))


def parameters(stack: RunningStack, destination: str) -> Parameters:
    """Read all parameters of a destination in one call, and the stack's write keys."""
    prefix = stack.outputs["ParameterPrefix"]
    path = f"{prefix}/{destination}"
    own = (SETTINGS, ACCESS_TOKEN, SIGNING_SECRET, HEADER_SECRET)
    names = {f"{path}/{name}": name for name in own} | {f"{prefix}/{WRITE_KEYS}": WRITE_KEYS}
    answer = stack.client("ssm").get_parameters(Names=list(names), WithDecryption=True)
    found = {names[each["Name"]]: each for each in answer["Parameters"]}
    return Parameters(
        destination,
        path,
        {name: each["Value"] for name, each in found.items()},
        {name: each["Type"] for name, each in found.items()},
    )


def clock_ms(stack: RunningStack) -> int | None:
    """Return how far AWS's clock is ahead of this machine's, to a second; None if it does not tell."""
    before_ms = _now_ms()
    answer = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["EventsQueueUrl"], AttributeNames=["QueueArn"]
    )
    return ahead_ms(answer["ResponseMetadata"]["HTTPHeaders"], before_ms, _now_ms())


def ahead_ms(headers: Mapping[str, str], before_ms: int, after_ms: int) -> int | None:
    """Return how far the clock of an answer is ahead of ours, which read so before and after the call."""
    try:
        told_ms = int(parsedate_to_datetime(headers.get("date", "")).timestamp() * 1000)
    except ValueError:
        return None
    # It is told in whole seconds, rounded down: half of one is the best guess of the rest.
    return told_ms + 500 - (before_ms + after_ms) // 2


def queues(stack: RunningStack) -> Queues:
    """Ask how full both queues are, and how old the oldest event is."""
    events = events_queue(stack)
    return Queues(events.depth(), rejects_queue(stack).depth(), age_s(stack, events.url))


def age_s(stack: RunningStack, url: str) -> int | None:
    """Ask CloudWatch how old the oldest event is that no sender has taken; None if it does not tell."""
    now = datetime.now(UTC)
    answer = stack.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
        StartTime=now - AGE_OF_LATE,
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )
    newest = max(answer["Datapoints"], key=lambda each: each["Timestamp"], default=None)
    return int(newest["Maximum"]) if newest else None


def source(stack: RunningStack) -> Source:
    """Ask for the state of the sender's event source."""
    mapping: Mapping[str, Any] = mapping_of(stack)
    return Source(str(mapping["State"]), str(mapping.get("LastProcessingResult", "")))


def undefined_events(stack: RunningStack, destination: str, views: Mapping[str, str]) -> Sequence[str]:
    """Return the names of the events that lie in the rejects queue for want of a definition."""
    seen = look(rejects_queue(stack), Wanted("no_definition"), REJECTS_SEEN, with_events=True)
    mine = (each for each in seen.rejects if each.destination == destination and each.event)
    names = ((each.event or {}).get("event") or views.get(each.type) for each in mine)
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
