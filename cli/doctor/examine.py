"""The examination: read, judge, and go on with whatever is possible where something cannot be read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cli.doctor import aws
from cli.doctor.account import account_findings, is_valid, why_unasked
from cli.doctor.catalogue import company_finding, event_findings, property_findings, shared_finding
from cli.doctor.facts import ACCESS_TOKEN, Clocks, HubSpot, Parameters, Queues, Recent, Source
from cli.doctor.findings import Finding, State, Unread, not_checked
from cli.doctor.hubspot import ask, line_to
from cli.doctor.logs import recent as recent_of
from cli.doctor.making import making_findings
from cli.doctor.paths import path_findings
from cli.doctor.setup import (
    OUTPUTS,
    secrets_findings,
    settings_finding,
    stack_finding,
    token_stored,
    unread_findings,
)
from cli.doctor.traffic import (
    clock_finding,
    held_findings,
    log_finding,
    queue_findings,
    source_finding,
    waiting_findings,
)
from cli.stack import RunningStack, StackError, explained
from cli.waiting import waits_of
from relay.core.accounts import clean_token
from relay.settings import Destination

T = TypeVar("T")

_OF_HUBSPOT = (
    "token valid",
    "token kind",
    "hub id",
    "scopes",
    "plan limits",
    "API versions",
    "properties",
    "event definitions",
)


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, in the order of the way that events go, and how many calls HubSpot got for it."""

    findings: Sequence[Finding]
    hubspot_calls: int = 0


@dataclass(frozen=True, slots=True)
class _Patient:
    """A destination of a stack, and what AWS has told of it."""

    stack: RunningStack
    destination: str
    now_ms: int
    found: Parameters | Unread
    log: Recent | Unread
    ahead_ms: int | None

    @property
    def recent(self) -> Recent:
        """What the log says; nothing if it cannot be read."""
        return Recent(self.now_ms) if isinstance(self.log, Unread) else self.log


@dataclass(frozen=True, slots=True)
class _Portal:
    """The settings by which HubSpot was asked, and what it has said."""

    settings: Destination
    asked: HubSpot


def examine(stack: RunningStack, destination: str, now_ms: int) -> Examination:
    """Examine a destination of a stack; what cannot be read is not checked, and the rest is."""
    described = read(lambda: aws.described(stack))
    if isinstance(described, Unread):
        told = not_checked("stack", described.why)
    else:
        told = stack_finding(described.status, stack.outputs)
    if OUTPUTS - stack.outputs.keys():
        return Examination([told])
    patient = _met(stack, destination, now_ms)
    portal = _portal(patient)
    asked = HubSpot() if isinstance(portal, Unread) else portal.asked
    log_level = "" if isinstance(described, Unread) else described.log_level
    findings = [
        told,
        *_setup(patient.found),
        *_hubspot(patient, portal),
        *_traffic(stack, patient.recent),
        *held_findings(waits_of(stack, now_ms).of(destination), now_ms),
        *_logged(patient, log_level),
        clock_finding(Clocks(patient.ahead_ms, asked.ahead_ms)),
    ]
    return Examination(findings, asked.calls)


def _met(stack: RunningStack, destination: str, now_ms: int) -> _Patient:
    group = stack.outputs["SenderLogGroupName"]
    ahead = read(lambda: aws.clock_ms(stack))
    return _Patient(
        stack,
        destination,
        now_ms,
        found=read(lambda: aws.parameters(stack, destination)),
        log=read(lambda: recent_of(stack.client("logs"), group, destination, now_ms)),
        ahead_ms=None if isinstance(ahead, Unread) else ahead,
    )


def read(reader: Callable[[], T]) -> T | Unread:
    """Read something of AWS, or return in words why that is not possible."""
    try:
        return reader()
    except (BotoCoreError, ClientError) as error:
        return Unread(explained(error))
    except StackError as error:
        return Unread(str(error))


def _setup(found: Parameters | Unread) -> Iterator[Finding]:
    if isinstance(found, Unread):
        yield from unread_findings(found.why)
        return
    yield settings_finding(found)
    yield token_stored(found)
    yield from secrets_findings(found)


def _portal(patient: _Patient) -> _Portal | Unread:
    """Ask HubSpot, if there is all that it takes."""
    found = patient.found
    if isinstance(found, Unread):
        return found
    settings = found.settings
    if isinstance(settings, Unread):
        return Unread("the settings cannot be used")
    if token_stored(found).state is State.ERROR:
        return Unread("there is no usable access token")
    access_token = clean_token(found.values[ACCESS_TOKEN])
    with line_to(patient.stack, settings, access_token, patient.ahead_ms or 0) as line:
        return _Portal(settings, ask(line, patient.recent))


def _hubspot(patient: _Patient, portal: _Portal | Unread) -> Iterator[Finding]:
    if isinstance(portal, Unread):
        yield from (not_checked(check, portal.why) for check in _OF_HUBSPOT)
        return
    asked, settings, recent = portal.asked, portal.settings, patient.recent
    yield from account_findings(asked, settings, patient.destination, patient.now_ms)
    if is_valid(asked):
        yield from path_findings(asked, settings)
        yield from property_findings(asked, settings, recent)
        undefined = _undefined(patient, settings)
        yield from event_findings(asked, settings, recent, undefined)
        yield from making_findings(recent, undefined)
        yield from shared_finding(asked, recent)
    else:
        yield from (not_checked(check, why_unasked(asked)) for check in _OF_HUBSPOT[-3:])
    yield company_finding(settings)


def _undefined(patient: _Patient, settings: Destination) -> Sequence[str] | Unread:
    """Return the names of events that HubSpot had no definition for; the log does not hold them."""
    if not settings.policy.events.is_custom or "no_definition" not in patient.recent.rejected:
        return ()
    views = {str(kind): name for kind, name in settings.views.items()}
    return read(lambda: aws.undefined_events(patient.stack, patient.destination, views))


def _traffic(stack: RunningStack, recent: Recent) -> Iterator[Finding]:
    queues: Queues | Unread = read(lambda: aws.queues(stack))
    if isinstance(queues, Unread):
        yield from (not_checked(check, queues.why) for check in ("events queue", "rejects queue"))
    else:
        yield from queue_findings(queues, recent)
    source: Source | Unread = read(lambda: aws.source(stack))
    yield not_checked("event source", source.why) if isinstance(source, Unread) else source_finding(source)


def _logged(patient: _Patient, log_level: str) -> Iterator[Finding]:
    if isinstance(patient.log, Unread):
        why = patient.log.why
        yield from (not_checked(check, why) for check in ("put off lately", "sender's log"))
    else:
        yield from waiting_findings(patient.log, patient.now_ms)
        yield log_finding(patient.log, log_level, patient.now_ms)
