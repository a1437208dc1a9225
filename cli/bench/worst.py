"""What the worst batches take of the sender's memory and of its CPU, and whether a neighbour suffers.

The real handler, in a process of its own for each batch, against the embedded AWS and the stand-in.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.bench.backlog import quiet_relay
from cli.bench.cpu import spent_ms
from cli.bench.poller import invoke_sender
from cli.bench.w2 import prepare
from cli.bench.worst_batches import BODIES, batch, neighbour_of
from cli.embedded.processes import function_processes, kill
from cli.local import LocalRelay
from cli.standin.server import StandIn

# The default, and less than a third of it.
MEMORY_MB = (1_769, 512)


def measure() -> None:
    """Print a line for each of the worst batches, with the memory that is the default and with 512 MB."""
    for memory_mb in MEMORY_MB:
        with quiet_relay(SenderMemorySize=str(memory_mb)) as (relay, standin):
            prepare(standin)
            for name in BODIES:
                fields = {"bench": "worst", "memory_mb": memory_mb, "batch": name}
                print(json.dumps({**fields, **asdict(run(relay, standin, name))}), flush=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """What an invocation has taken of a new process: memory at its peak, CPU time; and what became of it."""

    records: int
    peak_mb: float
    cpu_s: float
    failed: int
    back_on_the_queue: int
    rejected: int
    is_neighbour_delivered: bool


def run(relay: LocalRelay, standin: StandIn, name: str) -> Spent:
    """Hand a batch to a sender that has just started, with empty queues behind it."""
    records = batch(name)
    for queue in ("EventsQueueUrl", "RejectsQueueUrl"):
        relay.aws.client("sqs").purge_queue(QueueUrl=relay.stack.outputs[queue])
    process = _started(relay)
    began_ms = spent_ms(process)
    failed = invoke_sender(relay, records)
    return Spent(
        len(records),
        _peak_mb(process),
        round((spent_ms(process) - began_ms) / 1000, 2),
        len(failed),
        relay.waiting(),
        relay.rejected(),
        is_neighbour_delivered=neighbour_of(name) in _addresses(standin),
    )


def _started(relay: LocalRelay) -> int:
    """Start a new process of the sender, and return it."""
    function = relay.stack.outputs["SenderFunctionName"]
    kill(relay.aws, function)
    # The embedded AWS notices by a first invocation, which fails, that the one before is gone.
    relay.aws.client("lambda").invoke(FunctionName=function, Payload=b'{"Records":[]}')
    invoke_sender(relay, [])
    (process,) = function_processes(relay.aws, function)
    return process


def _addresses(standin: StandIn) -> set[str]:
    return {each.properties.get("email", "") for each in standin.portal.contacts.live.values()}


def _peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)
