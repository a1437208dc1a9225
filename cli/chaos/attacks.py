"""The attacks, each by its id: what strangers do, and what breaks around a sender that means well."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

from cli.chaos import bodies
from cli.chaos.attack import JSON, STRANGER, STRANGERS_DOMAIN, Attack, Shot
from cli.chaos.deeds import renew_senders
from cli.chaos.frost import PATIENCE_S, Frost
from cli.chaos.kinds import CONTACTS, SEND_BACK, TURNED_AWAY, Chaos
from cli.chaos.workload import Workload
from cli.chaos.world import World
from cli.embedded.aws_faults import AwsFault, Quota
from cli.embedded.processes import function_processes
from cli.local import DESTINATION
from cli.samples import BROWSER_WRITE_KEY
from cli.standin.faults import Fault

# SSM serves 40 reads a second for all of an account, unless somebody pays for more, and API Gateway lets 500
# requests in. This machine does a hundred or two.
SSM_READS_A_SECOND = 10
THROTTLED = (400, "ThrottlingException")
# For each event of the honest sender; thousands of names, but no more than that.
NAMES_AN_EVENT, MOST_NAMES = 4, 10_000
FORGED_AN_EVENT, FLOOD_AN_EVENT = 3, 1
# Longer than anybody should wait; and so slow that one header takes longer than that.
SILENT_S, DRIP_S = 30, 0.3
# As many digits as no number has.
LONG = 400
# HubSpot takes so few calls that senders wait for tokens while clocks jump.
FEW_CALLS = 25
JUMPS_S = (3, -3, 600, -600, 0)
# A few calls may be made with each of them; but who rests longer than this makes none.
CALLS_A_JUMP, JUMP_FOR_S = 4, 2
UNAVAILABLE = Fault(path=CONTACTS, status=503, times=2)


def flood(_: World, events: int) -> Iterator[Shot]:
    """Yield identifies with a key that everybody can read in a page, one a request."""
    for n in range(events * FLOOD_AN_EVENT):
        event = {
            "type": "identify",
            "messageId": f"{STRANGER}-{n}",
            "userId": f"{STRANGER}-{n}",
            "writeKey": BROWSER_WRITE_KEY,
            "traits": {"email": f"{n}@{STRANGERS_DOMAIN}", "plan": STRANGER},
        }
        yield Shot("/v1/identify", json.dumps(event).encode(), {**JSON, "origin": "https://www.example.com"})


def made_up(_: World, events: int) -> Iterator[Shot]:
    """Yield requests for destinations, and with write keys, that nobody has set up: each is another one."""
    for n in range(min(events * NAMES_AN_EVENT, MOST_NAMES)):
        event = {"type": "identify", "userId": STRANGER, "writeKey": f"made-up-write-key-{n}"}
        body = json.dumps(event).encode()
        yield Shot(f"/webhook/made-up-{n}", body, bodies.FORGED) if n % 2 else Shot("/v1/identify", body)


def forged(_: World, events: int) -> Iterator[Shot]:
    """Yield requests for a destination that there is, with signatures and secrets that are guessed."""
    body = json.dumps([{"type": "identify", "userId": STRANGER}] * 20).encode()
    kinds = (
        {"x-signature": "0" * 40},
        {"x-segment-signature": "f" * 40},
        {"authorization": "Bearer guessed"},
        {"x-api-key": "guessed", "authorization": "Basic Z3Vlc3NlZDpndWVzc2Vk"},
        {"x-signature": "0" * 6000},
    )
    for headers in islice(cycle(kinds), events * FORGED_AN_EVENT):
        yield Shot(f"/webhook/{DESTINATION}", body, {**JSON, **headers})


def ssm_quota(_: World) -> Sequence[AwsFault]:
    """Return SSM's quota."""
    quota = Quota(SSM_READS_A_SECOND)
    return [AwsFault("SSM.*", error=THROTTLED, times=None, when=quota.is_used_up)]


def slow(operation: str) -> Sequence[AwsFault]:
    """Return an operation that first is never answered, then byte by byte, and then refused for a while."""
    return [
        AwsFault(operation, delay_s=SILENT_S, cut="before", times=3),
        AwsFault(operation, drip_s=DRIP_S, times=3),
        AwsFault(operation, error=THROTTLED, times=9),
    ]


def slow_hubspot(_: World) -> Sequence[Fault]:
    """Return a HubSpot that does the same."""
    odd = ("1", "0", "2.5", "Fri, 31 Dec 1999 23:59:59 GMT", "-7", "soon")
    # Seconds are waited for, up to a quarter of an hour: the longest text asks for one.
    said = (*zip(odd, odd, strict=True), ("1".zfill(LONG), "1" * LONG))
    refused = [
        Fault(status=429, body=TURNED_AWAY, headers={"Retry-After": wait, "X-HubSpot-RateLimit-Max": most})
        for wait, most in said
    ]
    return [
        Fault(path=CONTACTS, delay_ms=SILENT_S * 1000, drop="before", times=2),
        Fault(path=CONTACTS, drip_ms=int(DRIP_S * 1000), times=2),
        *refused,
    ]


def jumping_clock(world: World) -> Mapping[str, str]:
    """Return the environment in which a sender's clock can be set: see `jump`."""
    folder = _site(world, "jumping_clock.py")
    return {"PYTHONPATH": str(folder), "CLOCK_FOLDER": str(folder)}


def jump(world: World, _: Workload) -> None:
    """Let the clock of one sender jump to and fro while others' go right."""
    folder = world.relay.aws.folder / "site"
    for offset_s in JUMPS_S:
        for process in list(function_processes(world.relay.aws, world.function))[:1]:
            (folder / str(process)).write_text(str(offset_s), encoding="utf-8")
        _some_calls(world)
    if not any(folder.glob("*.jumped")):
        raise RuntimeError("no sender's clock has jumped")


def _some_calls(world: World) -> None:
    before, give_up_at = len(world.hubspot.calls), time.monotonic() + JUMP_FOR_S
    while len(world.hubspot.calls) < before + CALLS_A_JUMP and time.monotonic() < give_up_at:
        time.sleep(0.05)


def short_deadline(world: World) -> Mapping[str, str]:
    """Return the environment in which a sender believes in its time-out, though Lambda has more patience."""
    return {"PYTHONPATH": str(_site(world, "deadline.py")), "DEADLINE_S": str(world.scale.sender_s)}


def _site(world: World, name: str) -> Path:
    """Put a file of this folder where Python runs it before anything else; return that folder."""
    folder = world.relay.aws.folder / "site"
    folder.mkdir(exist_ok=True)
    code = Path(__file__).with_name(name).read_text(encoding="utf-8")
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return folder


FROST = Frost()
ATTACKS: Mapping[str, Chaos] = {
    "attack-public-key": Chaos(
        "a flood comes through a key that stands in a page",
        # One: two would wait for each other's lease, whoever's events they have.
        senders=1,
        attack=Attack(flood, threads=4, batch=40, is_backlog=True),
    ),
    "attack-names": Chaos(
        "thousands of destinations and write keys are made up, and SSM has few reads",
        attack=Attack(made_up, threads=6, ingest=ssm_quota, copies=4),
        is_slow=True,
    ),
    "attack-forged": Chaos(
        "signatures for a destination are forged, and SSM has few reads",
        attack=Attack(forged, threads=6, ingest=ssm_quota, copies=4),
        is_slow=True,
    ),
    "attack-bodies": Chaos(
        "bodies that are small and large inside are posted", attack=Attack(lambda _, __: bodies.shots())
    ),
    "attack-messages": Chaos(
        "messages of 100 MB inside 100 KB lie on the queue",
        attack=Attack(on_queue=lambda _: bodies.messages()),
    ),
    "attack-slow-ssm": Chaos(
        "SSM keeps quiet, drips and refuses, to new functions",
        between=renew_senders,
        aws=lambda _: [AwsFault("SSM.*", delay_s=SILENT_S, cut="before", times=2)],
        attack=Attack(ingest=lambda _: slow("SSM.*")),
        is_slow=True,
    ),
    "attack-slow-sqs": Chaos(
        "SQS keeps quiet, drips and refuses",
        hubspot=lambda _: [UNAVAILABLE],
        aws=lambda _: [AwsFault(SEND_BACK, delay_s=SILENT_S, cut="before", times=2)],
        attack=Attack(ingest=lambda _: slow(SEND_BACK)),
        is_slow=True,
    ),
    "attack-slow-hubspot": Chaos(
        "HubSpot keeps quiet, drips, and refuses with headers of any kind",
        hubspot=slow_hubspot,
        attack=Attack(),
        is_slow=True,
    ),
    "attack-clock": Chaos(
        "the clock of one sender jumps by seconds and minutes, where HubSpot takes few calls",
        environment=jumping_clock,
        settings=lambda _: {"burst_limit": FEW_CALLS},
        meanwhile=jump,
        attack=Attack(limit=FEW_CALLS),
    ),
    "attack-frozen": Chaos(
        "senders are stopped in the midst of a call, and wake when their leases are over",
        hubspot=FROST.fault,
        meanwhile=FROST.others,
        environment=short_deadline,
        patience_s=PATIENCE_S,
        attack=Attack(check=FROST.late_writes),
    ),
}
