"""A relay that works off identifies, and a line for each time that it does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cli.bench.backlog import WAYS, Requests, call_figures, quiet_relay
from cli.bench.cpu import SenderCpu
from cli.bench.people import Contacts, upserts, wrong_contacts
from cli.standin.server import StandIn


@dataclass(frozen=True, slots=True)
class Session:
    """A HubSpot that must hold these contacts in the end, and a sender whose work is counted."""

    bench: str
    contacts: Contacts
    standin: StandIn
    cpu: SenderCpu

    def work_off(self, mode: str, way: str, requests: Requests) -> None:
        """Work off the requests in one of the `WAYS`, and print what that took."""
        self.standin.calls.clear()
        WAYS[way](self.cpu.relay, requests)
        events = sum(map(len, requests))
        fields = {
            "bench": self.bench,
            "mode": mode,
            **({} if mode == way else {"way": way}),
            **call_figures(self.standin, events),
            "upserts": upserts(self.standin.calls),
            "wrong_contacts": wrong_contacts(self.contacts, self.standin.portal.contacts.live.values()),
            "cpu_ms_per_1k_events": self.cpu.per_1k(events),
        }
        print(json.dumps(fields), flush=True)


@contextmanager
def session(bench: str, contacts: Contacts) -> Iterator[Session]:
    """Run a relay, its sender started already."""
    with quiet_relay() as (relay, standin):
        cpu = SenderCpu(relay)
        cpu.begin()
        yield Session(bench, contacts, standin, cpu)
