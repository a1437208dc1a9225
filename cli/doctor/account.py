"""Is the access token good, and is it this portal's? Findings from HubSpot's answers. Pure."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from cli.doctor.facts import HubSpot
from cli.doctor.findings import Finding, error, listed, not_checked, ok, warning
from cli.doctor.needs import EVENTS, NeededScope, scopes_for
from relay.core.accounts import account_from_details, account_from_token_info, why_untold
from relay.core.answers import Answer, NoReply, Reply, content
from relay.core.bucket import Family, Limits
from relay.core.plans import PLANS
from relay.core.ratelimits import observation
from relay.core.refusals import missing_scopes, strings, text_mapping
from relay.settings import Destination

# Of a day's calls, when fewer than this are left it is worth a look.
FEW_LEFT = 0.2


def is_valid(asked: HubSpot) -> bool:
    """Say whether HubSpot knows the token: it has answered, and not with a refusal of the token itself."""
    return any(
        isinstance(answer, Reply) and answer.status in (HTTPStatus.OK, HTTPStatus.FORBIDDEN)
        for answer in (asked.token, asked.account)
    )


def why_unasked(asked: HubSpot) -> str:
    """Return why HubSpot tells nothing more: no answer, or the token is refused."""
    answers = (asked.account, asked.token)
    unanswered = next((each.reason for each in answers if isinstance(each, NoReply)), "")
    return unanswered or "HubSpot refuses the access token"


def token_findings(asked: HubSpot, settings: Destination, destination: str) -> Iterator[Finding]:
    """Yield whether the token is valid, of which kind, and whose."""
    if not is_valid(asked):
        yield _invalid(asked, destination)
        return
    yield ok("token valid", "HubSpot accepts it.")
    yield _kind(asked)
    yield from _portal(asked, settings, destination)


def _invalid(asked: HubSpot, destination: str) -> Finding:
    answers = (asked.account, asked.token)
    statuses = [answer.status for answer in answers if isinstance(answer, Reply)]
    if HTTPStatus.UNAUTHORIZED in statuses:
        return error(
            "token valid",
            "HubSpot refuses it (401): it was revoked, has ended, or was not copied as a whole. Events wait.",
            f"Store a valid one with `relay connect {destination}`; it is picked up by itself.",
        )
    if statuses:
        return warning(
            "token valid",
            f"HubSpot answered with status {statuses[0]}, which says nothing of it.",
            "Look again later; https://status.hubspot.com tells of trouble.",
        )
    return not_checked("token valid", why_unasked(asked))


def _kind(asked: HubSpot) -> Finding:
    info = content(asked.token)
    if "hubId" in info:
        app = info.get("appId")
        return ok("token kind", f"A service key or a private app's (app {app}); HubSpot does not tell which.")
    return warning(
        "token kind",
        "Cannot be told: HubSpot's call for private apps and service keys does not know it.",
        "If it is an OAuth access token, it ends within the hour: use a service key instead.",
    )


def _portal(asked: HubSpot, settings: Destination, destination: str) -> Iterator[Finding]:
    account = account_from_details(asked.account) or account_from_token_info(asked.token)
    if account is None and any(why_untold(each) for each in (asked.account, asked.token)):
        yield not_checked("hub id", "HubSpot does not tell just now whose token it is")
        return
    if account is None:
        yield error(
            "hub id",
            "HubSpot does not tell whose the token is, so nothing is written with it: events wait.",
            f"Store the token of a service key or a private app with `relay connect {destination}`.",
        )
        return
    hub_id = account.portal_id
    kind = f" ({account.kind.replace('_', ' ').lower()})" if account.kind not in ("", "STANDARD") else ""
    if hub_id != settings.hub_id:
        how = "deploy with HubId" if destination == "default" else f"`relay connect {destination} --hub-id`"
        yield error(
            "hub id",
            f"The token is of portal {hub_id}{kind}, the settings say {settings.hub_id}: events wait.",
            f"Store a token of portal {settings.hub_id}, or put the settings right: {how} {hub_id}.",
            (str(hub_id),),
        )
    else:
        yield ok("hub id", f"The token is of portal {hub_id}{kind}, as the settings say.")
    yield from _region(account.region, settings)


def _region(location: str, settings: Destination) -> Iterator[Finding]:
    # Only the tracking host depends on it, and only legacy events go there.
    told = "eu" if location.startswith("eu") else "us"
    if location and told != settings.region and settings.policy.events.mode == "legacy":
        yield error(
            "region",
            f"The portal's data lives in {location}, the settings say {settings.region}: legacy events go "
            "to the wrong host.",
            f"Set region to {told}.",
        )


def scope_finding(asked: HubSpot, settings: Destination) -> Finding:
    """Say which scopes the settings need and the token lacks."""
    needed = list(scopes_for(settings))
    info = content(asked.token)
    if isinstance(info.get("scopes"), list):
        granted = list(strings(info["scopes"]))
        return _missing([scope for scope in needed if not scope.is_among(granted)], len(needed))
    return _tried(asked, needed)


def _missing(missing: Sequence[NeededScope], needed: int) -> Finding:
    names = [scope.name for scope in missing]
    if not missing:
        return ok("scopes", f"All {needed} that the settings need.")
    purposes = listed(list(dict.fromkeys(scope.purpose for scope in missing)))
    if any(scope.is_essential for scope in missing):
        return error("scopes", f"Missing for {purposes}: {listed(names)}.", _GRANT, names)
    return warning("scopes", f"Missing for {purposes}, if any come: {listed(names)}.", _GRANT, names)


_GRANT = (
    "Add them to the service key or the private app in HubSpot. A private app may get a new token by that: "
    "store it with `relay connect`."
)


def _tried(asked: HubSpot, needed: Sequence[NeededScope]) -> Finding:
    """Judge by harmless reads, where HubSpot does not list a token's scopes."""
    # Where it is for HubSpot to say whether there are events, a no is an answer.
    events = [asked.definitions] if any(scope.purpose == EVENTS for scope in needed) else []
    reads = [each for each in (asked.contacts, asked.companies, *events) if isinstance(each, Reply)]
    if not reads:
        return not_checked("scopes", "HubSpot does not list them for this token, and no read was answered")
    refused = [answer for answer in reads if answer.status == HTTPStatus.FORBIDDEN]
    named = [missing_scopes(text_mapping(answer.body)) for answer in refused]
    if refused:
        words = listed([each for each in named if each] or ["HubSpot does not say which"])
        return error(
            "scopes", f"A read was refused for a missing scope: {words}.", _GRANT, list(filter(None, named))
        )
    return warning(
        "scopes",
        "Cannot be told for this token. Reading works; whether it may write, the first event will tell.",
        f"Compare in HubSpot: {', '.join(scope.name for scope in needed)}.",
    )


def limit_findings(asked: HubSpot, settings: Destination, now_ms: int) -> Iterator[Finding]:
    """Yield what HubSpot's headers say of its limits, and how much of the day is left."""
    reply = _with_headers((asked.account, asked.token, asked.contact_properties))
    seen = observation(Family.BURST, reply, now_ms) if reply else None
    if not seen or not seen.learned.burst:
        yield not_checked("plan limits", "HubSpot's answers name no limits")
        return
    learned, plan = seen.learned, PLANS[settings.plan]
    told = f"{learned.burst} calls in 10 s" + (f" and {learned.day:,} a day" if learned.day else "")
    if (learned.burst, learned.day or plan.day) == (plan.burst, plan.day):
        yield ok("plan limits", f"HubSpot allows {told}, as plan {settings.plan} does.")
    else:
        yield warning(
            "plan limits",
            f"HubSpot allows {told}; plan {settings.plan} in the settings is {plan.burst} and {plan.day:,}.",
            _plan_remedy(_plans_of(learned.burst, learned.day)),
        )
    if seen.day_remaining is not None and learned.day:
        yield _day(seen.day_remaining, learned.day, settings.limits)


def _with_headers(answers: Sequence[Answer]) -> Reply | None:
    replies = (answer for answer in answers if isinstance(answer, Reply))
    return next((reply for reply in replies if "x-hubspot-ratelimit-max" in reply.headers), None)


def _plans_of(burst: int, day: int) -> list[str]:
    """Return the plans that allow so much; the first ones of equal ones are HubSpot's own."""
    return [name for name, plan in PLANS.items() if (plan.burst, plan.day) == (burst, day)]


def _plan_remedy(plans: Sequence[str]) -> str:
    learns = "The relay keeps to HubSpot's numbers by itself; but the plan decides what `events` does."
    return f"Set plan to {' or '.join(plans)}. {learns}" if plans else learns


def _day(left: int, day: int, limits: Limits) -> Finding:
    used = day - left
    ceiling = min(day, limits.day_ceiling or day)
    remaining = max(0, ceiling - used)
    told = f"{remaining:,} of {ceiling:,} are left" + (" (daily_limit)" if ceiling < day else "")
    if not remaining:
        return error(
            "calls today",
            f"None of {ceiling:,} are left: events wait until midnight in the account's time zone.",
            "Find out which of the account's apps uses them up, or raise the limit.",
        )
    if remaining < FEW_LEFT * ceiling:
        return warning("calls today", f"{told}.", "Find out which of the account's apps uses them up.")
    return ok("calls today", f"{told}.")


def account_findings(
    asked: HubSpot, settings: Destination, destination: str, now_ms: int
) -> Iterator[Finding]:
    """Yield all that HubSpot tells of the token, the portal and its limits."""
    yield from token_findings(asked, settings, destination)
    if not is_valid(asked):
        why = why_unasked(asked)
        for check in ("token kind", "hub id", "scopes", "plan limits"):
            yield not_checked(check, why)
        return
    yield scope_finding(asked, settings)
    yield from limit_findings(asked, settings, now_ms)
