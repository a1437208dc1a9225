"""The stand-in's state: what one HubSpot account holds, and how it decides where HubSpot's word is not known.

No HTTP in here. Whoever acts on a portal holds its `lock`; the server does so for every call.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Literal

from cli.standin.contacts import Contacts
from cli.standin.properties import CUSTOM_LIMIT, Properties
from cli.standin.schema import whole


@dataclass
class Portal:
    """One HubSpot account, with a switch for each behaviour that HubSpot does not document.

    Attributes:
        unknown_property_fails_batch: An unknown property costs the whole batch, trace ids or not; otherwise
            it costs its own input.
        further_email: What comes of a write whose `email` is a further address of the contact itself.
            `conflict` refuses it, `keep` writes the rest and keeps the primary address, `swap` makes it the
            primary address and the old one a further one.
    """

    contacts: Contacts = field(default_factory=Contacts)
    properties: Properties = field(default_factory=Properties)
    unknown_property_fails_batch: bool = False
    further_email: Literal["conflict", "keep", "swap"] = "keep"
    lock: RLock = field(default_factory=RLock)
    _bulk: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def custom_property_limit(self) -> int:
        """How many properties may be created beside HubSpot's own."""
        return self.properties.custom_limit

    @custom_property_limit.setter
    def custom_property_limit(self, limit: int) -> None:
        self.properties.custom_limit = limit

    def reset(self) -> None:
        """Be as new: no contacts, no blocked addresses, the first properties, and every switch as it was."""
        with self.lock:
            self.contacts.clear()
            self.properties = Properties(custom_limit=CUSTOM_LIMIT)
            self.unknown_property_fails_batch = False
            self.further_email = "keep"

    def add_property(self, name: str, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Declare a property while the portal runs; `more` is as in `properties.json`, such as `type`."""
        with self.lock:
            self.properties.live[name] = whole({"name": name, "hubspotDefined": False, **more})

    def remove_property(self, name: str) -> None:
        """Let a property be gone, HubSpot's own ones too, as if an admin had deleted it.

        Raises:
            KeyError: there is none of that name.
        """
        with self.lock:
            del self.properties.live[name]

    def add_properties(self, count: int, options: int | Sequence[str] | Mapping[str, str] = 0) -> None:
        """Blow up the property list by `count` properties named `bulk_1` and so on.

        With `options`, or so many of them, they are enumerations. They count as HubSpot's own, so that they
        do not use up the limit of custom properties. 1,000 of them with 50 options are more than 5 MB.
        """
        chosen = [f"option_{n}" for n in range(options)] if isinstance(options, int) else options
        kind = {"type": "enumeration", "options": chosen} if chosen else {}
        with self.lock:
            for n in itertools.islice(self._bulk, count):
                self.add_property(f"bulk_{n}", hubspotDefined=True, **kind)
