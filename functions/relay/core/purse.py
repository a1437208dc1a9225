"""One sender's side of the bucket: what it holds, what it has to settle, and when to write. Pure.

The purse decides; whoever owns it does the writing. One write settles, observes and takes. Rules:

- A token is handed out within `USE_WITHIN_MS` of being lent, or it goes back unused.
- What is finished is settled with the next take, or within `SETTLE_WITHIN_MS`: a waiter elsewhere that sees
  only provisional times would wait far too long.
- While there is no token, one write in a while looks whether others have brought some back, however many
  threads are waiting. A sender that loses to others again and again looks later than they do.
- After a write whose fate is unknown, its settlements are forgotten: one that is applied twice could free
  somebody else's token. What it has lent lapses.
- It reckons by its own time, `now_ms`. What the bucket holds is of the shared time, which lies within `skew`:
  tokens come back by the earliest that it may be, and count as answered by the latest.
"""

from dataclasses import dataclass, field, replace

from relay.core.bucket import (
    AT_LEAST,
    CALL_DEADLINE_MS,
    USE_WITHIN_MS,
    Bucket,
    Family,
    Limits,
    Observation,
    Settlement,
    Take,
    Want,
    observe,
    roll_over,
    settle,
    take,
)
from relay.core.clocks import Skew

# One write lends this many: few enough that a crash strands at most a tenth of the smallest limit.
TOKENS_PER_TAKE = 10
SETTLE_WITHIN_MS = 500
# Rarely: whoever settles writes anyway, and the failed write of a sender that is behind shows it everything.
LOOK_AGAIN_MS = 3_000
# For each time in a row that another sender was first, up to four. Found by simulation, as are those above.
PATIENCE_MS = 400
MOST_PATIENCE = 4


@dataclass(frozen=True, slots=True)
class Token:
    """The right to one call: send before `use_by_ms`, give up by `answer_by_ms`, then settle it."""

    family: Family
    lent_free_at_ms: int
    use_by_ms: int

    @property
    def answer_by_ms(self) -> int:
        """The latest moment at which the call may still be waiting for its answer."""
        return self.use_by_ms + CALL_DEADLINE_MS


@dataclass(frozen=True, slots=True)
class NoToken:
    """There is no token; there may be one at `retry_at_ms`. `wait_ms` and `reason` are the bucket's own."""

    retry_at_ms: int
    wait_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Write:
    """A write that is under way: what is to be stored over the version before it, and what it settles."""

    taken: Take
    bucket: Bucket
    family: Family
    settlements: tuple[Settlement, ...]
    observations: tuple[Observation, ...]
    settle_by_ms: int
    sets: int
    use_by_ms: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored after a write, as far as is known; None if nothing is.

    `is_certain` is False if our write may have been applied and overwritten since.
    """

    bucket: Bucket | None
    is_certain: bool = True


@dataclass(slots=True)
class Purse:
    """What one sender holds. Not safe to use from several threads at once."""

    limits: Limits
    bucket: Bucket = field(default_factory=Bucket)
    tokens: list[Token] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    look_again_at_ms: int = 0
    settle_by_ms: int = 0
    lost_in_a_row: int = 0
    patience_ms: int = 0
    skew: Skew = field(default_factory=Skew)

    def believe(self, skew: Skew) -> None:
        """Take note of what the shared time is; what was noted before this sender's time was set lapses."""
        if skew.sets != self.skew.sets:
            self.forget()
        self.skew = skew

    def forget(self) -> None:
        """Let everything lapse that is at hand or to be settled."""
        self.tokens.clear()
        self.settlements.clear()

    @property
    def time_zone(self) -> str:
        """The account's time zone as far as this sender knows, "" if it does not."""
        told = [seen.learned.time_zone for seen in self.observations if seen.learned.time_zone]
        return told[-1] if told else self.bucket.learned.time_zone

    def pop(self, family: Family, now_ms: int) -> Token | NoToken | None:
        """Hand out a token that is at hand, or say that there is none for now; None asks for a write.

        A write is worth its cost if it lends something, if settlements are due, or if the bucket was seen so
        long ago that others may have brought some back.
        """
        self._discard([token for token in self.tokens if token.use_by_ms <= now_ms], now_ms)
        for token in self.tokens:
            if token.family == family:
                self.tokens.remove(token)
                return token
        taken = self._take(family, TOKENS_PER_TAKE, now_ms, self.bucket.day_ends_at_ms)
        if taken.lent or now_ms >= self._next_write_ms():
            return None
        retry_at_ms = min(now_ms + taken.wait_ms + self.patience_ms, self._next_write_ms())
        return NoToken(retry_at_ms, taken.wait_ms, taken.reason)

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None, now_ms: int) -> None:
        """Note when the call of `token` was answered, None if it was never made, and what its answer told."""
        self._add(Settlement(token.family, token.lent_free_at_ms, answered_at_ms), now_ms)
        if seen:
            self.tell(seen, now_ms)

    def tell(self, seen: Observation, now_ms: int) -> None:
        """Note what is known of HubSpot's limits; the next write that is worth its cost tells it."""
        if observe(self.bucket, seen, self.limits) == self.bucket:
            return
        self.observations.append(seen)
        shut = set(Family) if seen.day_is_spent else set(seen.blocked_until_ms)
        self._discard([token for token in self.tokens if token.family in shut], now_ms)

    def write_by_ms(self) -> int | None:
        """Return when what is settled has to be written at the latest; None if there is nothing to write."""
        return self.settle_by_ms if self.settlements else None

    def begin(self, family: Family, *, wanted: int, now_ms: int, day_ends_at_ms: int, nonce: str) -> Write:
        """Begin the write that settles all there is to settle and takes up to `wanted` tokens."""
        taken = self._take(family, wanted, now_ms, day_ends_at_ms)
        wish = replace(taken.bucket, version=self.bucket.version + 1, nonce=nonce)
        settle_by_ms, self.settle_by_ms = self.settle_by_ms, now_ms + SETTLE_WITHIN_MS
        told = tuple(self.settlements), tuple(self.observations)
        return Write(taken, wish, family, *told, settle_by_ms, self.skew.sets, now_ms + USE_WITHIN_MS)

    def stored(self, write: Write, found: Stored, *, now_ms: int, jitter: float) -> bool:
        """Take note of what is stored after `write`. `jitter` is a random number in [0, 1).

        False if somebody else was first: ask `pop` whether it is worth trying again.
        """
        self.look_again_at_ms = now_ms + int(LOOK_AGAIN_MS * (0.75 + jitter / 2))
        is_ours = found.bucket is not None and found.bucket.nonce == write.bucket.nonce
        self.lost_in_a_row = 0 if is_ours else self.lost_in_a_row + 1
        self.patience_ms = int(PATIENCE_MS * min(MOST_PATIENCE, self.lost_in_a_row) * jitter)
        self.bucket = found.bucket or self.bucket
        if found.bucket and found.is_certain and not is_ours:
            self.settle_by_ms = write.settle_by_ms
            return False
        self.settlements = self.settlements[len(write.settlements) :]
        if is_ours:
            self.observations = self.observations[len(write.observations) :]
        if is_ours and write.sets == self.skew.sets:
            token = Token(write.family, write.taken.free_at_ms, write.use_by_ms)
            self.tokens += [token] * write.taken.lent
        return True

    def give_back(self, now_ms: int) -> None:
        """Make ready to give back every token that is at hand."""
        self._discard(list(self.tokens), now_ms)

    def _take(self, family: Family, wanted: int, now_ms: int, day_ends_at_ms: int) -> Take:
        skew, limits = self.skew, self.limits
        bucket = settle(self.bucket, [_latest(each, skew) for each in self.settlements], limits)
        for seen in self.observations:
            bucket = observe(bucket, seen, limits)
        shared_ms = now_ms + skew.least_ms
        bucket = roll_over(bucket, day_ends_at_ms=day_ends_at_ms, limits=limits, now_ms=shared_ms)
        # A write that is due anyway takes what there is.
        at_least = 1 if now_ms >= self._next_write_ms() else AT_LEAST
        want = Want(family, wanted, at_least)
        return take(bucket, want, limits, shared_ms, skew.most_ms - skew.least_ms)

    def _next_write_ms(self) -> int:
        return min(self.look_again_at_ms, self.settle_by_ms if self.settlements else self.look_again_at_ms)

    def _discard(self, tokens: list[Token], now_ms: int) -> None:
        for token in tokens:
            self.tokens.remove(token)
            self._add(Settlement(token.family, token.lent_free_at_ms, None), now_ms)

    def _add(self, settlement: Settlement, now_ms: int) -> None:
        if not self.settlements:
            self.settle_by_ms = now_ms + SETTLE_WITHIN_MS
        self.settlements.append(settlement)


def _latest(settlement: Settlement, skew: Skew) -> Settlement:
    """Return a settlement with the latest moment of the shared time at which the answer may have come."""
    at_ms = settlement.answered_at_ms
    return settlement if at_ms is None else replace(settlement, answered_at_ms=at_ms + skew.most_ms)
