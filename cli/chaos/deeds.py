"""What is done to a world, where a fault is more than a wrong answer."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from threading import Timer

from cli.chaos.workload import Workload
from cli.chaos.world import World

# The senders' token is refused for so long before SSM has the new one.
ROTATED_AFTER_S = 1


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


def wrong_clock(world: World, offsets_ms: str) -> Mapping[str, str]:
    """Return the environment in which a sender's clock is wrong by one of several offsets."""
    folder = world.relay.aws.folder / "clock"
    folder.mkdir(exist_ok=True)
    code = Path(__file__).with_name("clock.py").read_text(encoding="utf-8")
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(folder), "CLOCK_OFFSETS_MS": offsets_ms}
