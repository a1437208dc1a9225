"""What is done to a world, where a fault is more than a wrong answer."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Timer

from cli.chaos.kinds import Deed, Shares
from cli.chaos.workload import UNLIKED, Workload
from cli.chaos.world import World, furnish
from cli.standin.portal import Portal

# The senders' token is refused for so long before SSM has the new one.
ROTATED_AFTER_S = 1
# Another account, as a sandbox's production is, or a customer's.
OTHER_ID, OTHER_TOKEN = 7_654_399, "pat-na1-another-account"
SECOND = "second"
WRONG_ACCOUNT = "wrong_account"
# No event brings it.
REQUIRED = "company"
# An event waits within a second or two; whoever looks for longer looks in vain.
SEEN_WITHIN_S, LOOK_EVERY_S = 60, 0.2
# What events wait for goes on for so long after the first of them, so that all senders meet it.
GOES_ON_S = 3


def rotate_token(world: World, _: Workload) -> None:
    """Let HubSpot refuse the old access token at once; SSM has the new one a moment later."""
    world.hubspot.access_token = f"pat-na1-{uuid.uuid4()}"
    Timer(ROTATED_AFTER_S, world.put_parameter, ("access-token", world.hubspot.access_token)).start()


def renew_senders(world: World, _: Workload) -> None:
    """Let the senders begin with nothing in their hands: whatever they knew they have to read again."""
    world.kill_senders()


def delete_contacts(world: World, events: Workload) -> None:
    """Let somebody delete contacts in HubSpot."""
    portal = world.hubspot.portal
    with portal.lock:
        for address in events.revived:
            contact = portal.contacts.by_email(address)
            if contact:
                portal.contacts.archive(contact.id)


def block_addresses(world: World, events: Workload) -> None:
    """Let HubSpot refuse addresses for good, as it does with those that were erased for data protection."""
    world.hubspot.portal.contacts.blocked |= set(events.blocked)


def refuse_value(world: World, _: Workload) -> None:
    """Let HubSpot refuse a value in custom events, in words that name nothing."""
    world.hubspot.portal.rules = world.hubspot.portal.rules.changed({"refused_values": [UNLIKED]})


def require_property(world: World, _: Workload) -> None:
    """Let an admin require of new contacts what no event brings."""
    world.hubspot.portal.rules = world.hubspot.portal.rules.changed({"required": {"contacts": [REQUIRED]}})


def require_nothing(world: World, _: Workload) -> None:
    """Let the admin take that back."""
    world.hubspot.portal.rules = world.hubspot.portal.rules.changed({"required": {}})


def revoke(*scopes: str) -> Deed:
    """Return what takes scopes from the token."""
    return lambda world, _: world.hubspot.revoke(*scopes)


def grant(*scopes: str) -> Deed:
    """Return what gives the token scopes, with new senders: for a minute, the old ones ask for no events."""

    def deed(world: World, _: Workload) -> None:
        world.hubspot.grant(*scopes)
        world.kill_senders()

    return deed


def end_storm(world: World, _: Workload) -> None:
    """Let HubSpot answer by itself again."""
    world.hubspot.faults.clear()


def merge_contacts(world: World, events: Workload) -> None:
    """Let HubSpot have merged contacts: the addresses of the events are further ones."""
    portal = world.hubspot.portal
    portal.further_email = "conflict"
    for address, own in events.merged.items():
        portal.contacts.create({"email": own, "hs_additional_emails": address})


def open_other_account(world: World, _: Workload) -> None:
    """Let HubSpot have another account: nothing is in it but what it needs for the events."""
    furnish(world.hubspot.open_account(OTHER_ID, OTHER_TOKEN))


def name_other_account(world: World, _: Workload) -> None:
    """Let the settings name the other account, to new senders: the token is still of the first one."""
    world.put_settings(OTHER_ID)
    world.kill_senders()


def bring_its_token(world: World, events: Workload) -> None:
    """Give new senders the token of the account that the settings name, when events wait for it."""
    wait_for(world, WRONG_ACCOUNT)
    put_foreign_token(world, events)


def put_foreign_token(world: World, _: Workload) -> None:
    """Give new senders the other account's token."""
    world.put_parameter("access-token", OTHER_TOKEN)
    world.kill_senders()


def put_own_token_back(world: World, _: Workload) -> None:
    """Give new senders the first account's token again, when events wait for it."""
    wait_for(world, WRONG_ACCOUNT)
    world.put_parameter("access-token", world.hubspot.access_token)
    world.kill_senders()


def when_waiting(reason: str, deed: Deed) -> Deed:
    """Return what is done a moment after events have begun to wait for a reason."""

    def later(world: World, events: Workload) -> None:
        wait_for(world, reason)
        time.sleep(GOES_ON_S)
        deed(world, events)

    return later


def wait_for(world: World, reason: str) -> None:
    """Wait until events wait for a reason that begins so.

    Ends after `SEEN_WITHIN_S` if none does: the verdict names that.
    """
    journal = replace(world.relay.journal, since_ms=time.time_ns() // 1_000_000)
    give_up_at = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < give_up_at:
        if any(line.reason.startswith(reason) for line in journal.all()):
            return
        time.sleep(LOOK_EVERY_S)


def first_part_stays(world: World, events: Workload) -> Shares:
    """Return that the first account gets what came before the fault, and the other one all the rest."""
    return [
        (world.hubspot.portal, events.part("before")),
        (other_account(world), events.part("during", "after")),
    ]


def nothing_to_other(world: World, events: Workload) -> Shares:
    """Return that the first account gets all events, and the other one none."""
    return [(world.hubspot.portal, events), (other_account(world), events.part())]


def other_account(world: World) -> Portal:
    """Return the other account."""
    return world.hubspot.accounts.further[OTHER_TOKEN].portal


def add_second_destination(world: World, _: Workload) -> None:
    """Set up a second destination of the same account and token."""
    world.add_destination(SECOND)


def wrong_clock(world: World, offsets_ms: str) -> Mapping[str, str]:
    """Return the environment in which a sender's clock is wrong by one of several offsets."""
    folder = world.relay.aws.folder / "clock"
    folder.mkdir(exist_ok=True)
    code = Path(__file__).with_name("clock.py").read_text(encoding="utf-8")
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(folder), "CLOCK_OFFSETS_MS": offsets_ms}
