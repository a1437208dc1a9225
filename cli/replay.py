"""Send what was rejected to the events queue again: receive, send, and delete what SQS has confirmed.

Whatever happens in between, each message is in one of the queues, or in both: nothing is lost, and what comes
twice is harmless. What was rejected after the beginning is not touched, so a replay ends also when HubSpot
refuses everything again.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from cli.queues import Letters
from cli.rejected import Message, Plan, Wanted, plan, portions
from cli.stack import explained

# How long a received message is hidden, and for how much of that it is worked on.
HIDDEN_S = 300
WORK_S = 200
# SQS tells its time to the second. Only after that second does the first event go out, so that whatever is
# rejected again is younger than what was there before.
CLOCK_S = 1.0
# SQS lets about 120,000 messages of a queue be hidden.
MAX_HELD = 100_000
# Where new rejects come in all the time, the queue is never empty: so many receipts of nothing else end it.
MAX_IDLE = 20


@dataclass(slots=True)
class Count:
    """How far a replay has come: what was sent, what SQS did not take, and why it ended early, if it did."""

    read: int = 0
    messages: int = 0
    events: int = 0
    kept: int = 0
    not_deleted: int = 0
    error: str = ""

    @property
    def is_complete(self) -> bool:
        """Everything that was wanted has been sent, and is in one queue only."""
        return not (self.kept or self.not_deleted or self.error)


@dataclass(slots=True)
class Round:
    """What lies in the rejects queue at the beginning, received message by message, each once.

    What is received is hidden from others until `end`, so that it is not received again; what is done with is
    to be `let_go`. `error` says why the round has ended early, if it has.
    """

    rejects: Letters
    stop: threading.Event
    error: str = ""
    # The receipt handles of what we have received and still have, by message id.
    _held: dict[str, str] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)

    def news(self) -> Iterator[list[Message]]:
        """Yield what was not seen before, for as long as there is anything, ten messages at most."""
        latest_ms = self.rejects.depth().at_ms + 999
        self.stop.wait(CLOCK_S)
        idle = 0
        while idle < MAX_IDLE and not self.stop.is_set() and (messages := self.rejects.receive(HIDDEN_S)):
            known = self._held.keys() | self._done
            news = [
                each for each in messages if each.sent_at_ms <= latest_ms and each.message_id not in known
            ]
            self._held |= {message.message_id: message.handle for message in messages}
            idle = 0 if news else idle + 1
            yield news
            if len(self._held) > MAX_HELD:
                self.error = f"{MAX_HELD} messages were passed over, and SQS lets no more be received"
                return
        if self.stop.is_set():
            self.error = "interrupted"

    def let_go(self, message: Message) -> None:
        """Pass over a message from now on, wherever it is."""
        self._held.pop(message.message_id)
        self._done.add(message.message_id)

    def give_back(self, messages: Iterable[Message]) -> None:
        """Let these be received anew, by us or by others."""
        self.rejects.show([self._held.pop(each.message_id) for each in messages])

    def end(self) -> None:
        """Show to others what is still held."""
        self.rejects.show(self._held.values())


@dataclass(slots=True)
class Replay:
    """One replay, of so many events a second. `stop` ends it between two calls; `tell` hears of progress."""

    rejects: Letters
    events: Letters
    wanted: Wanted
    rate: int
    stop: threading.Event
    tell: Callable[[Count], None] = lambda _: None
    count: Count = field(default_factory=Count)
    _round: Round = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing received."""
        self._round = Round(self.rejects, self.stop)

    def run(self) -> Count:
        """Send all that was there at the beginning, each message once; show the others again at the end."""
        try:
            self._replay_all()
        except (BotoCoreError, ClientError) as error:
            self.count.error = explained(error)
        finally:
            self._round.end()
        return self.count

    def _replay_all(self) -> None:
        for news in self._round.news():
            self.count.read += len(news)
            self.tell(self.count)
            self._replay([made for message in news if (made := plan(message, self.wanted))])
        self.count.error = self._round.error

    def _replay(self, plans: Sequence[Plan]) -> None:
        work_until = time.monotonic() + WORK_S
        ahead = list(portions(plans, self.rate))
        while ahead and not self.stop.is_set():
            portion = ahead.pop(0)
            self._carry_out(portion)
            self.tell(self.count)
            self.stop.wait(sum(each.events for each in portion) / self.rate)
            if time.monotonic() >= work_until:
                # Nearly visible again, and then somebody else could send them too: they are received anew.
                self._give_back([each for portion in ahead for each in portion])
                return

    def _carry_out(self, portion: Sequence[Plan]) -> None:
        sent = confirmed(portion, self.events, lambda each: each.forward)
        done = confirmed(sent, self.rejects, lambda each: each.back)
        self.count.kept += len(portion) - len(done)
        self.count.events += sum(each.events for each in done)
        self.count.messages += len(done)
        self.count.not_deleted += len(self.rejects.delete([each.message for each in done]))
        for each in done:
            self._round.let_go(each.message)

    def _give_back(self, plans: Sequence[Plan]) -> None:
        self._round.give_back(each.message for each in plans)
        self.count.read -= len(plans)


def confirmed(
    portion: Sequence[Plan], queue: Letters, bodies_of: Callable[[Plan], Sequence[str]]
) -> list[Plan]:
    """Send what the plans have for this queue; return those of which SQS has confirmed everything."""
    letters = [(place, body) for place, each in enumerate(portion) for body in bodies_of(each)]
    stored = queue.send([(body, portion[place].lane) for place, body in letters])
    failed = {place for (place, _), is_stored in zip(letters, stored, strict=True) if not is_stored}
    return [each for place, each in enumerate(portion) if place not in failed]
