"""Senders that share HubSpot's limit, played in virtual time with the relay's own bucket.

Each process has clocks of its own, each of its destinations a purse and threads that always have something
to send. The table answers after a few milliseconds, tells the second, and lets one of two colliding writers
win; the server counts each call at some moment between its sending and its answer.
"""

import math
from collections.abc import Callable

from cli.bench.machines import Machine
from cli.bench.virtual import EPOCH_MS, Engine, Outcome, Schedule
from relay.core.bucket import Bucket, Family, Limits
from relay.core.clocks import TICK_MS, Reading
from relay.core.purse import TOKENS_PER_TAKE, NoToken, Purse, Stored, Token, Write


class Table:
    """The one item, with conditional writes that are sometimes lost, or whose answer is."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.bucket = Bucket()

    def look(self, done: Callable[[Stored, int], None]) -> None:
        """Read the bucket; tell `done` what is stored, and the date of the answer."""
        engine = self.engine

        def arrive() -> None:
            found, date_ms = Stored(self.bucket), self._date_ms()
            engine.after(engine.dice.uniform(1, 6), lambda: done(found, date_ms))

        self.engine.outcome.looks += 1
        engine.after(engine.dice.uniform(1, 6), arrive)

    def write(self, wish: Write, done: Callable[[Stored, int | None], None]) -> None:
        """Store `wish` if nobody was first; tell `done` what is stored then, as far as one can know.

        With it comes the date of the answer, None if there is none.
        """
        engine = self.engine
        is_unknown = engine.happens(engine.schedule.unknown_writes)
        is_lost = is_unknown and engine.happens(0.5)
        is_tried_again = is_unknown and engine.happens(0.5)

        def arrive() -> None:
            if not is_lost:
                self._put(wish)
            if is_tried_again:
                engine.after(engine.dice.uniform(50, 500), again)
            else:
                found, date_ms = Stored(self.bucket), self._date_ms()
                told = (Stored(None), None) if is_unknown else (found, date_ms)
                engine.after(engine.dice.uniform(1, 6), lambda: done(*told))

        def again() -> None:
            self._put(wish)
            done(Stored(self.bucket, is_certain=False), self._date_ms())

        engine.after(engine.dice.uniform(1, 6), arrive)

    def _date_ms(self) -> int:
        """Return the second that one of the table's machines writes into its answer."""
        error_ms = self.engine.dice.randint(-self.engine.schedule.skew_ms, self.engine.schedule.skew_ms)
        return (self.engine.now_ms + EPOCH_MS + error_ms) // TICK_MS * TICK_MS

    def _put(self, wish: Write) -> None:
        self.engine.outcome.writes += 1
        if self.bucket.version == wish.bucket.version - 1:
            self.bucket = self.engine.outcome.bucket = wish.bucket


class Sender:
    """One destination in one process: threads that always have something to send, one write at a time."""

    def __init__(self, engine: Engine, table: Table, machine: Machine) -> None:
        self.engine = engine
        self.table = table
        self.machine = machine
        self.is_alive = True
        self.is_writing = False
        self.waiting = 0
        self.looks_again_at_ms: float = math.inf
        self.purse = Purse(self._limits())
        for _ in range(engine.schedule.threads):
            engine.after(engine.dice.uniform(0, 50), self.look_for_work)

    def look_for_work(self) -> None:
        """A thread has nothing to do."""
        idle_for_ms = self.engine.idle_for_ms()
        if idle_for_ms and self.is_alive:
            self.engine.after(idle_for_ms, self.look_for_work)
            return
        self.waiting += 1
        self.serve()

    def serve(self) -> None:
        """Give waiting threads what is at hand; write for more when it is time."""
        while self.waiting and self.is_alive:
            found = self.purse.pop(Family.BURST, self.clock_ms()) if self.knows_the_time() else None
            if isinstance(found, Token):
                self.waiting -= 1
                self.engine.call(lambda late_ms, token=found: self.answered(token, late_ms))  # type: ignore[misc] # a default binds the loop's variable
            elif isinstance(found, NoToken):
                self.look_again(found.retry_at_ms)
                return
            else:
                self.write(TOKENS_PER_TAKE)
                return

    def look_again(self, at_ms: int) -> None:
        """Serve again at that moment of this process's clock, once for all who wait."""
        if at_ms >= self.looks_again_at_ms:
            return
        self.looks_again_at_ms = at_ms

        def look() -> None:
            if self.looks_again_at_ms == at_ms:
                self.looks_again_at_ms = math.inf
            self.serve()

        self.engine.after(at_ms - self.clock_ms(), look)

    def write(self, wanted: int) -> None:
        """Settle and take, unless that is under way already."""
        if self.is_writing:
            return
        self.is_writing = True
        sent = self.machine.read()
        if not self.knows_the_time():
            self.table.look(lambda found, date_ms: self.looked(sent, found, date_ms))
            return
        self.purse.limits = self._limits()
        now_ms, day_ms = self.clock_ms(), self.engine.schedule.day_ms
        today_ms = now_ms + self.purse.skew.least_ms
        wish = self.purse.begin(
            Family.BURST,
            wanted=wanted,
            now_ms=now_ms,
            day_ends_at_ms=(today_ms // day_ms + 1) * day_ms,
            nonce=str(self.engine.dice.random()),
        )
        self.table.write(wish, lambda found, date_ms: self.written(sent, wish, found, date_ms))

    def knows_the_time(self) -> bool:
        """Say whether the shared time is known; if not, forget what is at hand."""
        skew = self.machine.skew()
        if skew is None:
            self.purse.forget()
            return False
        self.purse.believe(skew)
        return True

    def looked(self, sent: Reading, found: Stored, date_ms: int) -> None:
        """The bucket was read for the time."""
        self.machine.hear(sent, date_ms)
        self.is_writing = False
        self.purse.bucket = found.bucket or self.purse.bucket
        self.serve()

    def written(self, sent: Reading, wish: Write, found: Stored, date_ms: int | None) -> None:
        """A write was answered, or is given up."""
        self.machine.hear(sent, date_ms)
        self.is_writing = False
        jitter = self.engine.dice.random()
        is_done = self.purse.stored(wish, found, now_ms=self.clock_ms(), jitter=jitter)
        self.engine.after(0 if is_done else 20 * jitter, self.serve)

    def answered(self, token: Token, late_ms: int) -> None:
        """A call has ended."""
        if not self.is_alive:
            return
        self.purse.settle(token, self.clock_ms() + late_ms, None, self.clock_ms())
        due_ms = self.purse.write_by_ms()
        if due_ms is not None:
            self.engine.after(due_ms - self.clock_ms(), self.flush)
        self.look_for_work()

    def flush(self) -> None:
        """Write what was settled half a second ago, if no take has done so."""
        due_ms = self.purse.write_by_ms()
        if self.is_alive and due_ms is not None and due_ms <= self.clock_ms():
            self.write(TOKENS_PER_TAKE if self.waiting else 0)

    def clock_ms(self) -> int:
        """Return what this process believes the time to be."""
        return self.machine.now_ms()

    def _limits(self) -> Limits:
        schedule = self.engine.schedule
        changed = schedule.change and self.engine.now_ms >= schedule.change[0]
        limit = schedule.change[1] if schedule.change and changed else schedule.limit
        return Limits(burst=limit, day=schedule.day, clock_error_ms=schedule.clock_error_ms)


def simulate(schedule: Schedule) -> Outcome:
    """Play a schedule."""
    engine = Engine(schedule)
    table = Table(engine)
    for _ in range(schedule.workers):
        _start_process(engine, table)
    return engine.run()


def _start_process(engine: Engine, table: Table) -> None:
    machine = Machine(engine)
    senders = [Sender(engine, table, machine) for _ in range(engine.schedule.destinations)]

    def tick() -> None:
        # A crash takes everything along that is in the air; half a second later there is another process.
        if not engine.happens(engine.schedule.crashes):
            engine.after(1_000, tick)
            return
        for sender in senders:
            sender.is_alive = False
        engine.after(500, lambda: _start_process(engine, table))

    if engine.schedule.crashes:
        engine.after(engine.dice.uniform(0, 1_000), tick)
