"""Do events flow? Findings from queues, the event source, the log and the clocks. Pure."""

from collections.abc import Iterator, Mapping

from cli.doctor.facts import Clocks, Queues, Recent, Seen, Source
from cli.doctor.findings import Finding, age_text, error, listed, not_checked, ok, warning
from cli.queues import Depth
from cli.reasons import words_for
from cli.waiting import Waits
from relay.core.outcomes import Deferred
from relay.core.troubles import Trouble, waits_for

# As the stack's alarms have it.
LATE_S = 3600
# Waiting events are looked at every 15 minutes at the latest: what was not said for longer is over.
OF_LATE_MS = 1_800_000
# Clocks are read to the second, and an answer takes its time.
CLOCK_ERROR_MS = 5_000
# HubSpot's window is short, and other senders are at work: to wait for these is the relay's daily business.
_ORDINARY = frozenset(
    {"window_full", "blocked", "portal_busy", "resting", "company_may_be_coming", "person_pending"}
)
_REMEDIES: Mapping[str, str] = {
    "access_token_refused": "Store a valid token with `relay connect`.",
    "wrong_account": "Store a token of that account with `relay connect`, or put hub_id right.",
    "account_unknown": "Store the token of a service key or a private app with `relay connect`.",
    "no_access_token": "Store one with `relay connect`.",
    "no_settings": "Set the destination up with `relay connect`, or take its mapping out of Segment.",
    "invalid_settings": "Put the settings right.",
    "missing_scope": "Add the scope to the service key or the private app.",
    "missing_tier": "Set `events` to `off`, or upgrade the plan.",
    "forbidden": "HubSpot's words stand in the events' log lines: mend what they say in HubSpot.",
    "not_hubspot": "Something in front of HubSpot answers: look at proxies and firewalls on the way.",
    "day_spent": "They are sent after midnight in the account's time zone. Which app uses the calls up?",
    "refused_alike": "HubSpot refuses whatever it is sent: is the account full, or a property required?",
    "unknown_path": 'Set `api_versions` for that family, such as {"events": "2026-03"}.',
    "bucket_unavailable": "Look at DynamoDB in this account and at the sender's permissions.",
    "memory_unavailable": "Look at DynamoDB in this account and at the sender's permissions.",
    "lease_unavailable": "Look at DynamoDB in this account and at the sender's permissions.",
    "parameters_unavailable": "Look at SSM in this account and at the sender's permissions.",
    "no_answer": "HubSpot does not answer: https://status.hubspot.com tells of trouble.",
    "status_477": "HubSpot moves the portal to another data centre: wait.",
}
_UNTOLD = "If it lasts: docs/operations.md and the sender's log tell more."
# Nothing gets better by itself.
_GRAVE = frozenset({"refused_alike", "no_settings", "wrong_account", "account_unknown"})


def source_finding(source: Source) -> Finding:
    """Say whether the sender gets events."""
    if source.state == "Enabled":
        if source.last_result.startswith("PROBLEM"):
            return error(
                "event source",
                f"Enabled, but AWS reports: {source.last_result}",
                "Look at the sender's role.",
            )
        return ok("event source", "Enabled: events are delivered.")
    if source.state == "Disabled":
        return warning(
            "event source",
            "Paused: events are accepted and kept, each for 14 days, and none is delivered.",
            "Deliver again with `relay resume`.",
        )
    return warning("event source", f"It is {source.state} just now.", "Look again in a minute.")


def queue_findings(queues: Queues, recent: Recent) -> Iterator[Finding]:
    """Yield how much waits, since when, and what was rejected."""
    yield _waiting(queues, recent)
    count = queues.rejects.visible + queues.rejects.hidden
    if count:
        reasons = sorted(recent.rejected, key=lambda reason: -recent.rejected[reason].events)
        lately = f" In the last day: {listed(reasons)}." if reasons else ""
        yield warning(
            "rejects queue",
            f"{count} message{'' if count == 1 else 's'} with rejected events.{lately}",
            "`relay rejects` says why; once that is mended, `relay replay` sends them again.",
            reasons,
        )
    else:
        yield ok("rejects queue", "Empty.")


def _waiting(queues: Queues, recent: Recent) -> Finding:
    depth, tried_ms = _depth_text(queues.events), _oldest_ms(recent)
    ages_s = [age for age in (queues.age_s, tried_ms and tried_ms // 1000) if age]
    if not ages_s:
        unknown = "" if queues.age_s is not None or not queues.events.visible else " CloudWatch tells no age."
        return ok("events queue", f"{depth}.{unknown}")
    told = f"{depth}, the oldest for about {age_text(max(ages_s) * 1000)}"
    if max(ages_s) < LATE_S or not queues.events.total:
        return ok("events queue", f"{told}.")
    return warning(
        "events queue",
        f"{told}.",
        "See below what they wait for; a backlog ends by itself at HubSpot's pace.",
    )


def _depth_text(depth: Depth) -> str:
    if not depth.total:
        return "Empty"
    return f"{depth.visible} messages wait, {depth.hidden + depth.delayed} are looked at or put off"


def _oldest_ms(recent: Recent) -> int | None:
    return max((seen.oldest_age_ms for seen in recent.deferred.values()), default=None)


def held_findings(waits: Waits, now_ms: int) -> Iterator[Finding]:
    """Yield what events wait for until a person or HubSpot has done something, in HubSpot's words."""
    if waits.unread:
        yield not_checked("waits", waits.unread)
    for each in waits.found:
        yield _held(each.trouble, now_ms)
    if not (waits.unread or waits.found):
        yield ok("waits", "Nothing waits for a person.")


def _held(trouble: Trouble, now_ms: int) -> Finding:
    words = words_for("deferred", trouble.reason)
    is_persons = waits_for(Deferred(trouble.reason)) == "person"
    since, seen = (age_text(now_ms - at_ms) for at_ms in (trouble.since_ms, trouble.seen_ms))
    said = f"HubSpot says: {trouble.said.rstrip('.')}." if trouble.said else f"{words.meaning}."
    text = f"{trouble.reason}: for {since}, the last time {seen} ago, such as {trouble.message_id}. {said}"
    remedy = _REMEDIES.get(trouble.word, words.remedy) or _UNTOLD
    return (error if is_persons else warning)("waits", text, remedy, (trouble.word,))


def waiting_findings(recent: Recent, now_ms: int) -> Iterator[Finding]:
    """Yield for what events were put off in the last half hour."""
    fresh = {why: seen for why, seen in recent.deferred.items() if now_ms - seen.newest_at_ms <= OF_LATE_MS}
    odd = {why: seen for why, seen in fresh.items() if _word(why) not in _ORDINARY}
    for why, seen in sorted(odd.items(), key=lambda each: -each[1].events):
        yield _put_off(why, seen, now_ms)
    if not odd:
        usual = f" Waits as usual: {listed(sorted(fresh))}." if fresh else ""
        yield ok("put off lately", f"Nothing to mend.{usual}")


def _put_off(why: str, seen: Seen, now_ms: int) -> Finding:
    make = error if _word(why) in _GRAVE else warning
    count = f"{seen.events} event{'' if seen.events == 1 else 's'}"
    ago = age_text(now_ms - seen.newest_at_ms)
    remedy = _REMEDIES.get(_word(why), _UNTOLD)
    return make("put off lately", f"{why}: {count}, the last time {ago} ago.", remedy, (_word(why),))


def log_finding(recent: Recent, log_level: str, now_ms: int) -> Finding:
    """Say how far back the log was read, and whether there is anything in it."""
    if log_level in {"WARN", "ERROR"}:
        return warning(
            "sender's log",
            f"LogLevel is {log_level}: there are no lines about events, no metrics, and alarms keep silent.",
            "Deploy with LogLevel=INFO.",
        )
    return ok("sender's log", f"Looked back {age_text(now_ms - recent.since_ms)}.")


def _word(reason: str) -> str:
    return reason.partition(":")[0]


def clock_finding(clocks: Clocks) -> Finding:
    """Say whether this machine, AWS and HubSpot agree on the time."""
    if clocks.aws_ms is None:
        return not_checked("clocks", "AWS has told no time")
    if abs(clocks.aws_ms) > CLOCK_ERROR_MS:
        ahead = "behind" if clocks.aws_ms > 0 else "ahead of"
        return warning(
            "clocks",
            f"This machine's is {age_text(abs(clocks.aws_ms))} {ahead} AWS's, by which the relay goes.",
            "Set this machine's clock: AWS refuses requests of one that is more than a few minutes off.",
        )
    if clocks.hubspot_ms is None:
        return ok("clocks", "This machine's agrees with AWS's; HubSpot has told no time.")
    apart_ms = clocks.hubspot_ms - clocks.aws_ms
    if abs(apart_ms) > CLOCK_ERROR_MS:
        return warning(
            "clocks",
            f"HubSpot's is {age_text(abs(apart_ms))} {'ahead of' if apart_ms > 0 else 'behind'} AWS's.",
            "Nothing to do here: it passes, or HubSpot's support should know.",
        )
    return ok("clocks", "This machine's, AWS's and HubSpot's agree.")
