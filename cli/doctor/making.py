"""What was not made in HubSpot although it is wanted. Findings from the log and the rejects. Pure."""

from collections.abc import Iterator, Sequence

from cli.doctor.facts import Recent
from cli.doctor.findings import Finding, Unread, listed, warning

# In place of a property's name: the event itself, whose name no log line holds.
EVENT = "event"
DATA = "looks_like_data"
_MEND_DATA = (
    "Mend it where the events are made, or block the trait in `traits`. If a name is right after all, make "
    "it in HubSpot, or name it in `traits` or `event_names`."
)


def making_findings(recent: Recent, undefined: Sequence[str] | Unread) -> Iterator[Finding]:
    """Yield for each reason what was not made in the last day; `undefined` are names of rejected events."""
    for reason in sorted({reason for reason, _ in recent.not_made}):
        names = sorted(name for why, name in recent.not_made if why == reason and name != EVENT)
        yield _finding(reason, names, list(_events(recent, reason, undefined)))


def _events(recent: Recent, reason: str, undefined: Sequence[str] | Unread) -> Iterator[str]:
    seen = recent.not_made.get((reason, EVENT))
    if seen is None:
        return
    told = f"for {seen.events} track{'' if seen.events == 1 else 's'} no event"
    # The rejects tell the names, not which of them is meant.
    examples = listed(list(undefined)) if not isinstance(undefined, Unread) and undefined else ""
    yield f"{told} (rejected for want of one: {examples})" if examples else told


def _finding(reason: str, names: Sequence[str], events: Sequence[str]) -> Finding:
    what = ", and ".join([*([f"properties for {listed(names)}"] if names else []), *events])
    if reason == DATA:
        return warning("not made", f"Names that look like data were not made: {what}.", _MEND_DATA, names)
    remedy = (
        f"Make what is wanted in HubSpot, or raise {reason} in the settings; then "
        "`relay replay --reason no_definition` for tracks."
    )
    return warning("not made", f"The limit {reason} is reached; not made: {what}.", remedy, names)
