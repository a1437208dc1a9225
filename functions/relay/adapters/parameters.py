"""Destinations in SSM: secrets, tokens and settings, each under `{prefix}/{destination}/{name}`.

Read in one call a destination, kept five minutes. When SSM is out of reach the last known values serve on, at
once, and it is asked again after seconds. What strangers can make us ask is bounded, and pushes out nothing
that is known (docs/decisions/0028).
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.guesses import Guesses

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

MAX_AGE_MS = 300_000
# Read again up to a minute earlier: 300 functions that have begun at once must not come back at once.
MAX_EARLIER_MS = 60_000
# A name that nobody has set up may be set up meanwhile.
UNKNOWN_MAX_AGE_MS = 60_000
# A wrong signature or a refused token asks for fresh values, at most this often.
REFRESH_AFTER_MS = 5_000
# After a read that has failed SSM is asked again this much later, or up to 4 s earlier: many fail at once.
REST_MS = 5_000
MAX_EARLIER_REST_MS = 4_000
# Names that nobody has set up must not fill the memory: 300 bytes each. Those that are known are as many as
# somebody has set up.
MAX_UNKNOWN = 10_000
# Reads a function may waste, of SSM's 40 a second for all: 100 functions at a time waste 20 a second.
BURST, RESERVED, EVERY_MS = 10, 5, 5_000
# What SSM says when it is too busy, or KMS behind it, beside 429 and 5xx.
_BUSY = ("Throttl", "TooManyRequests", "RequestLimitExceeded")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a name, None if nothing is; it is good until it is `max_age_ms` old.

    After a read that has failed nothing is asked before `resting_until_ms`.
    """

    values: Mapping[str, str] | None = None
    read_at_ms: int = 0
    max_age_ms: int = 0
    resting_until_ms: int = 0


_NOTHING = _Known()


class Parameters:
    """Values of named parameters by destination, decrypted and cached. One object serves one set of names.

    `stack_names` are parameters of the stack itself, which lie beside the destinations. `guesses` bounds the
    reads that change nothing of what is known.
    """

    def __init__(  # noqa: PLR0913 - what differs between the functions, and what tests choose
        self,
        client: Callable[[], "SSMClient"],
        prefix: str,
        names: tuple[str, ...],
        *,
        stack_names: tuple[str, ...] = (),
        guesses: Guesses | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._names = names
        self._stack_names = stack_names
        self._guesses = guesses or Guesses(BURST, RESERVED, EVERY_MS)
        self._now_ms = now_ms
        self._jitter = jitter
        self._known: dict[str, _Known] = {}
        # Apart from the others, so that no made-up name can push one out; the oldest goes first.
        self._unknown: dict[str, _Known] = {}
        self._resting_until_ms = 0

    def read(
        self, destination: str, *, fresh: bool = False, is_named: bool = False
    ) -> Mapping[str, str] | None:
        """Return the values that exist, by name; none at all means that nobody has set up `destination`.

        The stack's own are those of the destination "". `is_named` says that they name this one, so that
        nobody has made it up.

        `fresh` asks SSM again unless it was asked within the last seconds. None when SSM does not answer, or
        is not to be asked now, and nothing is remembered; if `fresh`, also where something is remembered.
        """
        known = self._known.get(destination) or self._unknown.get(destination, _NOTHING)
        now_ms = self._now_ms()
        if 0 <= now_ms - known.read_at_ms < _max_age_ms(known, fresh=fresh):
            return known.values
        # What is known and has grown old is read for nothing, and so is what no stranger can have made up.
        is_sure = destination in self._known or is_named or not destination
        values = self._asked(destination, known, now_ms, is_guess=fresh or not is_sure)
        if values is None and known.values and not fresh:
            return known.values
        return values

    def forget(self, destination: str) -> None:
        """Let the values of a destination be read anew; the last ones serve on if that fails."""
        for names in (self._known, self._unknown):
            if known := names.get(destination):
                names[destination] = replace(known, max_age_ms=0, resting_until_ms=0)

    def _asked(
        self, destination: str, known: _Known, now_ms: int, *, is_guess: bool
    ) -> Mapping[str, str] | None:
        """Ask SSM, and remember what it says; None if it says nothing, or is not to be asked now."""
        if now_ms < max(self._resting_until_ms, known.resting_until_ms):
            return None
        if is_guess and not self._guesses.take(now_ms, is_new=self._is_new(destination)):
            self._remember(destination, known)
            return None
        try:
            values = self._fetch(destination)
        except (BotoCoreError, ClientError) as error:
            is_told_of_all = self._rest(destination, known, error)
            values, is_worth_it = None, is_told_of_all
        else:
            is_worth_it = bool(values) and values != known.values
            max_age_ms = MAX_AGE_MS - int(MAX_EARLIER_MS * self._jitter()) if values else UNKNOWN_MAX_AGE_MS
            self._remember(destination, _Known(values, self._now_ms(), max_age_ms))
        if is_guess and is_worth_it:
            self._guesses.give_back()
        return values

    def _is_new(self, destination: str) -> bool:
        # The stack's own parameters are nobody's guess.
        return bool(destination) and destination not in self._known and destination not in self._unknown

    def _rest(self, destination: str, known: _Known, error: BotoCoreError | ClientError) -> bool:
        """Ask nothing for a while: of this name, or of none where SSM is out of reach or busy.

        Return whether it is of none.
        """
        until_ms = self._now_ms() + REST_MS - int(MAX_EARLIER_REST_MS * self._jitter())
        if isinstance(error, ClientError) and not _is_busy(error):
            self._remember(destination, replace(known, resting_until_ms=until_ms))
            return False
        self._resting_until_ms = until_ms
        return True

    def _remember(self, destination: str, known: _Known) -> None:
        self._unknown.pop(destination, None)
        # The stack's own parameters are no guess, whether there are any or not.
        if known.values or not destination:
            self._known[destination] = known
            return
        self._known.pop(destination, None)
        if len(self._unknown) >= MAX_UNKNOWN:
            self._unknown.pop(next(iter(self._unknown)), None)
        self._unknown[destination] = known

    def _fetch(self, destination: str) -> Mapping[str, str]:
        # Only what the role may read: a name too many, and SSM refuses them all.
        names, path = self._names, f"{self._prefix}/{destination}/"
        if not destination:
            names, path = self._stack_names, f"{self._prefix}/"
        found = self._client().get_parameters(Names=[path + name for name in names], WithDecryption=True)
        if found.get("Parameters") is None:
            # Something in between has answered.
            raise BotoCoreError
        return {entry["Name"].removeprefix(path): entry["Value"] for entry in found["Parameters"]}


def _max_age_ms(known: _Known, *, fresh: bool) -> int:
    return min(REFRESH_AFTER_MS, known.max_age_ms) if fresh and known.values else known.max_age_ms


def _is_busy(error: ClientError) -> bool:
    answer = error.response
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_status = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_status or any(word in answer.get("Error", {}).get("Code", "") for word in _BUSY)
