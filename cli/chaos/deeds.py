"""What is done to a world, where a fault is more than a wrong answer."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Timer

from cli.chaos.kinds import Shares
from cli.chaos.workload import Workload
from cli.chaos.world import World, furnish
from cli.standin.portal import Portal

# The senders' token is refused for so long before SSM has the new one.
ROTATED_AFTER_S = 1
# Another account, as a sandbox's production is, or a customer's.
OTHER_ID, OTHER_TOKEN = 7_654_399, "pat-na1-another-account"
SECOND = "second"
WRONG_ACCOUNT = "wrong_account"
# An event waits within a second or two; whoever looks for longer looks in vain.
SEEN_WITHIN_S, LOOK_EVERY_S = 60, 0.2


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
    wait_for_wrong_account(world)
    put_foreign_token(world, events)


def put_foreign_token(world: World, _: Workload) -> None:
    """Give new senders the other account's token."""
    world.put_parameter("access-token", OTHER_TOKEN)
    world.kill_senders()


def put_own_token_back(world: World, _: Workload) -> None:
    """Give new senders the first account's token again, when events wait for it."""
    wait_for_wrong_account(world)
    world.put_parameter("access-token", world.hubspot.access_token)
    world.kill_senders()


def wait_for_wrong_account(world: World) -> None:
    """Wait until events wait because the token is of another account than the settings say.

    Ends after `SEEN_WITHIN_S` if none does: the verdict names that.
    """
    journal = replace(world.relay.journal, since_ms=time.time_ns() // 1_000_000)
    give_up_at = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < give_up_at:
        if any(line.reason.startswith(WRONG_ACCOUNT) for line in journal.all()):
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
