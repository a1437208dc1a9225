"""The faults, each by its id."""

from collections.abc import Mapping

from cli.chaos.attacks import ATTACKS
from cli.chaos.deeds import (
    SECOND,
    WRONG_ACCOUNT,
    add_second_destination,
    block_addresses,
    bring_its_token,
    delete_contacts,
    end_storm,
    first_part_stays,
    grant,
    merge_contacts,
    name_other_account,
    nothing_to_other,
    open_other_account,
    put_foreign_token,
    put_own_token_back,
    refuse_value,
    renew_senders,
    require_nothing,
    require_property,
    revoke,
    rotate_token,
    when_waiting,
    wrong_clock,
)
from cli.chaos.kinds import (
    BY_RECORD,
    CONTACTS,
    CREATE,
    LATE_MS,
    LEGACY,
    LINK,
    SEND,
    SEND_BACK,
    TURNED_AWAY,
    UPSERT,
    Chaos,
    as_legacy,
    aws_fails,
    hubspot_fails,
    killed_after_call,
    killed_at_aws,
    killed_idle,
    killed_in_call,
    legacy,
)
from cli.chaos.workload import Shape
from cli.embedded.aws_faults import AwsFault
from cli.local import DESTINATION
from cli.standin.faults import Fault

# All that HubSpot is asked to write, but companies that are made: one of unknown fate is waited for a minute.
WRITES = f"{CONTACTS}|{SEND}|{LINK}"
HTML = "<html><body>We will be back soon.</body></html>"
# What stands in front of HubSpot has not let a call through.
BLOCKED = "<html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1></body></html>"
EMPTY = {"status": "COMPLETE", "results": []}
READ, WRITE, UPDATE = "DynamoDB.BatchGetItem", "DynamoDB.BatchWriteItem", "DynamoDB.UpdateItem"
# In the keys of what is remembered of people; of companies for the same reason nothing is lost.
PEOPLE = "#email#"
THROTTLED = (400, "ProvisionedThroughputExceededException")
FAILED = (500, "InternalServerError")
# boto3 tries three times, and so does the relay where it sends: one more, and somebody has to come back.
TRIES = 4
UNAVAILABLE = Fault(path=CONTACTS, status=503, times=2)

KILLS: Mapping[str, Chaos] = {
    "kill-before-call": killed_at_aws(
        "killed before the call: the memory is read, HubSpot not called", READ, is_done=True
    ),
    "kill-during-call": killed_in_call("killed during a call that HubSpot then does", CONTACTS),
    "kill-during-lost-call": killed_in_call(
        "killed during a call that HubSpot never gets", CONTACTS, drop="before"
    ),
    "kill-after-call": killed_after_call("killed when HubSpot has done the call", CONTACTS),
    "kill-before-memory": killed_at_aws("killed before the memory is written", WRITE, is_done=False),
    "kill-after-memory": killed_at_aws("killed after the memory is written", WRITE, is_done=True),
    "kill-holding-lease": killed_idle("killed while it holds the lease and waits for HubSpot"),
    "kill-sending-events": killed_after_call("killed when HubSpot has taken events", SEND),
    "kill-linking": killed_after_call("killed when HubSpot has made links", LINK),
    "kill-before-sending-back": killed_at_aws(
        "killed before what is open goes back", SEND_BACK, is_done=False, hubspot=lambda _: [UNAVAILABLE]
    ),
    "kill-after-sending-back": killed_at_aws(
        "killed when what is open has gone back, and its records are still there",
        SEND_BACK,
        is_done=True,
        hubspot=lambda _: [UNAVAILABLE],
    ),
    "kill-making-companies": killed_after_call("killed when HubSpot has made companies", CREATE),
}

ANSWERS: Mapping[str, Chaos] = {
    "lost-answers": hubspot_fails(
        "answers are lost after HubSpot has done what was asked",
        *(Fault(path=path, drop="after", times=2) for path in (UPSERT, BY_RECORD, SEND, LINK)),
    ),
    "lost-company": Chaos(
        "the answer to the making of companies is lost",
        hubspot=lambda _: [Fault(path=CREATE, drop="after")],
        is_slow=True,
    ),
    "resets": hubspot_fails(
        "connections are reset before HubSpot has read anything",
        Fault(path=f"{WRITES}|search", drop="before", times=6),
    ),
    "storm-429": hubspot_fails(
        "every third call is over HubSpot's limit",
        Fault(status=429, body=TURNED_AWAY, headers={"Retry-After": "1"}, every=3, times=None),
    ),
    "locked-423": hubspot_fails("HubSpot says 423", Fault(path=WRITES, status=423, body={}, times=4)),
    "500": hubspot_fails("HubSpot says 500", Fault(path=WRITES, status=500, body={}, times=4)),
    "502": hubspot_fails("HubSpot says 502", Fault(path=WRITES, status=502, times=4)),
    "503": hubspot_fails("HubSpot says 503", Fault(path=WRITES, status=503, body={}, times=4)),
    "504": hubspot_fails("HubSpot says 504", Fault(path=WRITES, status=504, times=4)),
    "504-but-done": hubspot_fails(
        "a gateway says 504 after HubSpot has done what was asked", Fault(path=WRITES, answer=504, times=3)
    ),
    "html-503": hubspot_fails("HubSpot says 503 in HTML", Fault(path=WRITES, status=503, body=HTML, times=4)),
    "html-200": hubspot_fails("HubSpot says 200 in HTML", Fault(path=WRITES, status=200, body=HTML, times=3)),
    "html-reads": hubspot_fails(
        "HubSpot says 200 in HTML where it is asked what there is",
        Fault(path="search|batch/read", status=200, body=HTML, times=2),
    ),
    "truncated": hubspot_fails("answers are cut short", Fault(path=WRITES, truncate=20, times=3)),
    "empty-200": hubspot_fails(
        "HubSpot says 200, and has done nothing",
        *(Fault(path=path, status=200, body=EMPTY, times=2) for path in (UPSERT, BY_RECORD, LINK)),
    ),
    "missing-outcomes": hubspot_fails(
        "every other result is missing", Fault(path=f"{CONTACTS}|{LINK}", forget=True, times=3)
    ),
    "stall": Chaos(
        "HubSpot keeps quiet beyond the time-out, and then does what was asked",
        hubspot=lambda world: [Fault(path=CONTACTS, delay_ms=world.scale.hubspot_s * 1000 + LATE_MS)],
    ),
    "stall-30s": hubspot_fails(
        "HubSpot keeps quiet for 30 s, and hangs up",
        Fault(path=WRITES, delay_ms=30_000, drop="before", times=2),
    ),
    "rotated-token": Chaos("HubSpot says 401; the new token is there a moment later", between=rotate_token),
    "conflicts-409": Chaos(
        "HubSpot says 409: the address belongs to another contact",
        shape=Shape(merged=5),
        prepare=merge_contacts,
    ),
    "contact-deleted": Chaos(
        "contacts are deleted in HubSpot", shape=Shape(revived=5), between=delete_contacts
    ),
}

AWS: Mapping[str, Chaos] = {
    "throttled-bucket": aws_fails(
        "no tokens are lent", AwsFault(UPDATE, '"bucket#', error=THROTTLED, times=TRIES)
    ),
    "throttled-lease": aws_fails(
        "no lease is given", AwsFault(UPDATE, '"lease#', error=THROTTLED, times=TRIES)
    ),
    "throttled-reads": aws_fails("the memory is not read", AwsFault(READ, error=THROTTLED, times=TRIES)),
    "throttled-writes": aws_fails(
        "the memory is not written", AwsFault(WRITE, PEOPLE, error=THROTTLED, times=TRIES)
    ),
    "unread-keys": aws_fails(
        "reads of the memory come back in part", AwsFault(READ, unprocessed=0.5, times=12)
    ),
    "unwritten-items": aws_fails(
        "writes of the memory come back in part", AwsFault(WRITE, PEOPLE, unprocessed=0.5, times=12)
    ),
    "unwritten-at-all": aws_fails(
        "writes of the memory come back whole", AwsFault(WRITE, PEOPLE, unprocessed=1, times=12)
    ),
    "lost-memory": aws_fails(
        "the memory is written, but not confirmed", AwsFault(WRITE, PEOPLE, cut="after", times=TRIES)
    ),
    "lost-updates": aws_fails(
        "leases and tokens are given, but not confirmed", AwsFault(UPDATE, cut="after", times=6)
    ),
    "dynamodb-500": aws_fails(
        "DynamoDB fails in all it does", AwsFault("DynamoDB.*", error=FAILED, times=12)
    ),
    "ssm-500": Chaos(
        "SSM fails, and the senders are new",
        aws=lambda _: [AwsFault("SSM.*", error=FAILED, times=TRIES)],
        between=renew_senders,
    ),
    "sending-back-fails": Chaos(
        "what is open cannot be sent back",
        hubspot=lambda _: [UNAVAILABLE],
        aws=lambda _: [AwsFault(SEND_BACK, error=FAILED, times=TRIES - 1)],
    ),
    "sending-back-unknown": Chaos(
        "what is open goes back, but that is not confirmed",
        hubspot=lambda _: [UNAVAILABLE],
        aws=lambda _: [AwsFault(SEND_BACK, cut="after", times=TRIES - 1)],
    ),
    "visibility-fails": Chaos(
        "what is open cannot be sent back, and its records cannot be hidden",
        hubspot=lambda _: [UNAVAILABLE],
        aws=lambda _: [
            AwsFault(SEND_BACK, error=FAILED, times=TRIES - 1),
            AwsFault("SQS.ChangeMessageVisibilityBatch", error=FAILED),
        ],
        # One alone: its three tries are those that fail.
        senders=1,
    ),
    "rejects-fail": Chaos(
        "rejects cannot be stored",
        aws=lambda _: [AwsFault(SEND_BACK, error=FAILED, times=TRIES)],
        shape=Shape(poison=0.05),
        prepare=block_addresses,
    ),
}

SENDERS: Mapping[str, Chaos] = {
    "duplicates": Chaos("SQS hands each record to two senders at once, and then again", copies=2),
    "four-senders": Chaos("four senders at once", senders=4),
    "clock-ahead": Chaos("clocks are 5 min ahead", environment=lambda world: wrong_clock(world, "300000")),
    # The embedded Lambda reckons the time that is left by the sender's own wall clock, as the real one does
    # not: here such a sender has none left, and hands everything back. The real case is in
    # tests/integration/test_clock.py.
    "clock-behind": Chaos(
        "clocks are 5 min behind", environment=lambda world: wrong_clock(world, "-300000"), is_slow=True
    ),
    "clocks-apart": Chaos("clocks are 150 ms apart", environment=lambda world: wrong_clock(world, "-75 75")),
}

EVENTS: Mapping[str, Chaos] = {
    "nothing": Chaos("nothing goes wrong"),
    "year-2099": Chaos("a tenth of the events is dated 2099", shape=Shape(dates="2099")),
    "the-1970s": Chaos("a tenth of the events is dated in the 1970s", shape=Shape(dates="1970s")),
    "poison": Chaos(
        "one event in a hundred cannot be delivered as it is",
        shape=Shape(poison=0.01),
        prepare=block_addresses,
    ),
    "mailboxes": Chaos("people have mailboxes at their companies", shape=Shape(mailboxes=True), is_slow=True),
}

ACCOUNTS: Mapping[str, Chaos] = {
    "portal-changed": Chaos(
        "the settings, and then the token, become those of another account while events wait",
        prepare=open_other_account,
        between=name_other_account,
        meanwhile=bring_its_token,
        shares=first_part_stays,
        waits_for=WRONG_ACCOUNT,
    ),
    "two-destinations": Chaos(
        "two destinations of one account and token, with four senders at once",
        prepare=add_second_destination,
        destinations=(DESTINATION, SECOND),
        senders=4,
    ),
    "foreign-token": Chaos(
        "the token of another account is put in, and a moment later the right one",
        prepare=open_other_account,
        between=put_foreign_token,
        meanwhile=put_own_token_back,
        shares=nothing_to_other,
        waits_for=WRONG_ACCOUNT,
    ),
}


def _storm(about: str, *faults: Fault) -> Chaos:
    """Return pages on every call, to new senders as well, until events have waited for a while."""
    reason = "not_hubspot: status_403"
    return Chaos(
        about,
        between=renew_senders,
        hubspot=lambda _: faults,
        meanwhile=when_waiting(reason, end_storm),
        waits_for=reason,
    )


def _without(about: str, *scopes: str) -> Chaos:
    """Return that the token lacks scopes until events have waited for them for a while."""
    reason = f"missing_scope: {scopes[0]}"
    return Chaos(
        about,
        between=revoke(*scopes),
        meanwhile=when_waiting(reason, grant(*scopes)),
        waits_for=reason,
    )


_PAGE = Fault(status=403, body=BLOCKED, times=None)

# Nothing of these is the events' fault, but for the values that are refused.
REFUSALS: Mapping[str, Chaos] = {
    "unnamed-values": Chaos(
        "one event in fifty is a custom event with a value that HubSpot refuses, naming nothing",
        shape=Shape(unliked=0.02),
        prepare=refuse_value,
    ),
    "html-403": _storm("a proxy answers every call with 403 and a page for a while", _PAGE),
    "html-403-502": _storm(
        "proxies answer every call with a page for a while, half of them with 403 and half with 502",
        # Of a 502 nobody knows what became of the call: it would be a minute for companies.
        _PAGE.model_copy(update={"path": CREATE}),
        _PAGE.model_copy(update={"every": 2}),
        _PAGE.model_copy(update={"status": 502}),
    ),
    "property-required": Chaos(
        "a property that no event brings is required of new contacts, until that is taken back",
        # Fewer than five of them in a batch are believed to be at fault themselves.
        shape=Shape(newcomers=2),
        between=require_property,
        meanwhile=when_waiting("refused_alike", require_nothing),
        waits_for="refused_alike",
    ),
    "scope-contacts": _without("the token may not write contacts for a while", "crm.objects.contacts.write"),
    "scope-companies": _without(
        "the token may not write companies and their people for a while", "crm.objects.companies.write"
    ),
    "scope-events": _without("the token may not send events for a while", "analytics.behavioral_events.send"),
}

LEGACY_EVENTS: Mapping[str, Chaos] = {
    "legacy-one-percent": legacy(
        "one in a hundred legacy events fails, and the first one",
        hubspot=lambda _: [
            Fault(path=LEGACY, status=503),
            Fault(path=LEGACY, status=503, every=100, times=None),
        ],
    ),
    "legacy-duplicates": legacy(
        "SQS hands each record with legacy events to two senders, and again", copies=2
    ),
    "legacy-kill": killed_at_aws(
        "killed when legacy events are remembered, and their records are still there",
        SEND_BACK,
        is_done=True,
        hubspot=lambda _: [Fault(path=LEGACY, status=503)],
        **as_legacy(),
    ),
    "legacy-unread": Chaos(
        "it is not read which legacy events were delivered",
        aws=lambda _: [AwsFault(READ, "#sent#", error=THROTTLED, times=TRIES)],
        **as_legacy(),
    ),
}

FAULTS: Mapping[str, Chaos] = {
    **KILLS,
    **ANSWERS,
    **AWS,
    **SENDERS,
    **EVENTS,
    **ACCOUNTS,
    **REFUSALS,
    **LEGACY_EVENTS,
    **ATTACKS,
}
