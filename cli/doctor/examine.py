"""The examination: read, judge, and go on with whatever is possible where something cannot be read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cli.doctor import aws
from cli.doctor.account import account_findings, is_valid, why_unasked
from cli.doctor.catalogue import company_finding, event_findings, property_findings
from cli.doctor.facts import ACCESS_TOKEN, Clocks, HubSpot, Parameters, Queues, Recent, Source
from cli.doctor.findings import Finding, State, Unread, age_text, not_checked, ok
from cli.doctor.hubspot import ask, line_to
from cli.doctor.logs import recent as recent_of
from cli.doctor.setup import (
    OUTPUTS,
    secrets_findings,
    settings_finding,
    stack_finding,
    token_stored,
    unread_findings,
)
from cli.doctor.traffic import clock_finding, queue_findings, source_finding, waiting_findings
from cli.stack import RunningStack, StackError, explained
from relay.settings import Destination

T = TypeVar("T")

_OF_HUBSPOT = (
    "token valid",
    "token kind",
    "hub id",
    "scopes",
    "plan limits",
    "properties",
    "event definitions",
)


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, in the order of the way that events go, and how many calls HubSpot got for it."""

    findings: Sequence[Finding]
    hubspot_calls: int = 0


@dataclass(frozen=True, slots=True)
class _Portal:
    """What is needed to ask HubSpot, and what it has said."""

    settings: Destination
    access_token: str
    asked: HubSpot


def examine(stack: RunningStack, destination: str, now_ms: int) -> Examination:
    """Examine a destination of a stack; what cannot be read is not checked, and the rest is."""
    status = read(lambda: aws.status_of(stack))
    told = (
        not_checked("stack", status.why)
        if isinstance(status, Unread)
        else stack_finding(status, stack.outputs)
    )
    if OUTPUTS - stack.outputs.keys():
        return Examination([told])
    found = read(lambda: aws.parameters(stack, destination))
    log = read(
        lambda: recent_of(stack.client("logs"), stack.outputs["SenderLogGroupName"], destination, now_ms)
    )
    recent = Recent(now_ms) if isinstance(log, Unread) else log
    ahead = read(lambda: aws.clock_ms(stack))
    ahead_ms = None if isinstance(ahead, Unread) else ahead
    portal = _portal(stack, found, recent, ahead_ms or 0)
    findings = [
        told,
        *_setup(found),
        *_hubspot(stack, portal, destination, recent, now_ms),
        *_traffic(stack, recent, now_ms),
        not_checked("sender's log", log.why) if isinstance(log, Unread) else _log(log, now_ms),
        clock_finding(Clocks(ahead_ms, portal.asked.ahead_ms if isinstance(portal, _Portal) else None)),
    ]
    return Examination(findings, portal.asked.calls if isinstance(portal, _Portal) else 0)


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


def _portal(
    stack: RunningStack, found: Parameters | Unread, recent: Recent, aws_ahead_ms: int
) -> _Portal | Unread:
    """Ask HubSpot, if there is all that it takes."""
    if isinstance(found, Unread):
        return found
    settings = found.settings
    if isinstance(settings, Unread):
        return Unread("the settings cannot be used")
    if token_stored(found).state is State.ERROR:
        return Unread("there is no usable access token")
    access_token = found.values[ACCESS_TOKEN]
    with line_to(stack, settings, access_token, aws_ahead_ms) as line:
        return _Portal(settings, access_token, ask(line, access_token, recent))


def _hubspot(
    stack: RunningStack, portal: _Portal | Unread, destination: str, recent: Recent, now_ms: int
) -> Iterator[Finding]:
    if isinstance(portal, Unread):
        yield from (not_checked(check, portal.why) for check in _OF_HUBSPOT)
        return
    asked, settings = portal.asked, portal.settings
    yield from account_findings(asked, settings, destination, now_ms)
    if is_valid(asked):
        yield from property_findings(asked, settings, recent)
        yield from event_findings(asked, settings, recent, _undefined(stack, destination, settings, recent))
    else:
        yield from (not_checked(check, why_unasked(asked)) for check in _OF_HUBSPOT[-2:])
    yield company_finding(settings)


def _undefined(
    stack: RunningStack, destination: str, settings: Destination, recent: Recent
) -> Sequence[str] | Unread:
    """Return the names of events that HubSpot had no definition for; the log does not hold them."""
    if settings.policy.events.mode != "custom" or "no_definition" not in recent.rejected:
        return ()
    views = {str(kind): name for kind, name in settings.views.items()}
    return read(lambda: aws.undefined_events(stack, destination, views))


def _traffic(stack: RunningStack, recent: Recent, now_ms: int) -> Iterator[Finding]:
    queues: Queues | Unread = read(lambda: aws.queues(stack))
    if isinstance(queues, Unread):
        yield from (not_checked(check, queues.why) for check in ("events queue", "rejects queue"))
    else:
        yield from queue_findings(queues, recent)
    source: Source | Unread = read(lambda: aws.source(stack))
    yield not_checked("event source", source.why) if isinstance(source, Unread) else source_finding(source)
    yield from waiting_findings(recent, now_ms)


def _log(recent: Recent, now_ms: int) -> Finding:
    return ok("sender's log", f"Looked back {age_text(now_ms - recent.since_ms)}.")
