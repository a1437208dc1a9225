"""Destinations in SSM: secrets, tokens and settings, each under `{prefix}/{destination}/{name}`.

Read in one call a destination, kept five minutes. When SSM is out of reach the last known values serve on.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

MAX_AGE_MS = 300_000
# SSM allows 40 reads a second: somebody who tries names must not use them up.
UNKNOWN_MAX_AGE_MS = 60_000
# A wrong signature or a refused token asks for fresh values, at most this often.
REFRESH_AFTER_MS = 5_000
# Names that nobody has set up must not fill the memory.
MAX_KNOWN = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    values: Mapping[str, str]
    read_at_ms: int


class Parameters:
    """Values of named parameters by destination, decrypted and cached. One object serves one set of names.

    `stack_names` are parameters of the stack itself, which lie beside the destinations.
    """

    def __init__(
        self,
        client: Callable[[], "SSMClient"],
        prefix: str,
        names: tuple[str, ...],
        *,
        stack_names: tuple[str, ...] = (),
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._names = names
        self._stack_names = stack_names
        self._now_ms = now_ms
        self._known: dict[str, _Known] = {}

    def read(self, destination: str, *, fresh: bool = False) -> Mapping[str, str] | None:
        """Return the values that exist, by name; none at all means that nobody has set up `destination`.

        The stack's own are those of the destination "".

        `fresh` asks SSM again unless it was asked within the last seconds. None when SSM does not answer and
        nothing is remembered.
        """
        known = self._known.get(destination)
        if known and self._now_ms() - known.read_at_ms < _max_age_ms(known, fresh=fresh):
            return known.values
        try:
            values = self._fetch(destination)
        except (BotoCoreError, ClientError):
            return known.values if known and known.values else None
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[destination] = _Known(values, self._now_ms())
        return values

    def forget(self, destination: str) -> None:
        """Let the values of a destination be read anew; the last ones serve on if that fails."""
        if known := self._known.get(destination):
            self._known[destination] = _Known(known.values, 0)

    def _fetch(self, destination: str) -> Mapping[str, str]:
        # Only what the role may read: a name too many, and SSM refuses them all.
        names, path = self._names, f"{self._prefix}/{destination}/"
        if not destination:
            names, path = self._stack_names, f"{self._prefix}/"
        found = self._client().get_parameters(Names=[path + name for name in names], WithDecryption=True)
        return {entry["Name"].removeprefix(path): entry["Value"] for entry in found["Parameters"]}


def _max_age_ms(known: _Known, *, fresh: bool) -> int:
    if not known.values:
        return UNKNOWN_MAX_AGE_MS
    return REFRESH_AFTER_MS if fresh else MAX_AGE_MS
