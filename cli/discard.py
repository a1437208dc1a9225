"""Delete rejected events that can never be sent, after a copy of each is safe in a file.

For each message: its wanted events are written and on the disk; what else it holds is sent back to the queue
as a message of its own, and SQS has confirmed that; only then is it deleted. Whatever happens in between,
nothing is lost: at worst something stands in the file and lies in the queue, or lies there twice, which is
harmless.
"""

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from cli.export import Export, lines_of
from cli.queues import Letters
from cli.rejected import Plan, Wanted, plan, portions
from cli.replay import Count, Round, confirmed
from cli.stack import explained


@dataclass(slots=True)
class Discard:
    """One pass over what lies there at the beginning. `count` tells what was deleted, not what was sent."""

    rejects: Letters
    wanted: Wanted
    export: Export
    stop: threading.Event
    tell: Callable[[Count], None] = lambda _: None
    count: Count = field(default_factory=Count)
    _round: Round = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing received."""
        self._round = Round(self.rejects, self.stop)

    def run(self) -> Count:
        """Delete what is wanted, each message once; show the others again at the end."""
        try:
            self._discard_all()
        except (BotoCoreError, ClientError) as error:
            self.count.error = explained(error)
        except OSError as error:
            self.count.error = f"{self.export.path} cannot be written: {error.strerror or error}"
        finally:
            self._round.end()
        return self.count

    def _discard_all(self) -> None:
        for news in self._round.news():
            self.count.read += len(news)
            plans = [made for message in news if (made := plan(message, self.wanted))]
            for portion in portions(plans, sys.maxsize):
                self._carry_out(portion)
            self.tell(self.count)
        self.count.error = self._round.error

    def _carry_out(self, portion: Sequence[Plan]) -> None:
        self.export.write([line for each in portion for line in lines_of(each.message, self.wanted)])
        parted = confirmed(portion, self.rejects, lambda each: each.back)
        self.count.kept += len(portion) - len(parted)
        # What was not deleted is held until the end, and so is not tried again.
        left = self.rejects.delete([each.message for each in parted])
        done = [each for each in parted if each.message not in left]
        self.count.not_deleted += len(left)
        self.count.messages += len(done)
        self.count.events += sum(each.events for each in done)
        for each in done:
            self._round.let_go(each.message)
