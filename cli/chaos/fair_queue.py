"""SQS's fair queues, which the embedded AWS lacks: who has much in flight waits for those who have little.

AWS's guide, "Amazon SQS fair queues": a group becomes noisy when it has more than a tenth of all messages in
flight, and 30 at least; then the others' messages are handed out first, until its backlog is consumed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any

from cli.local import LocalRelay

NOISY_SHARE, NOISY_FROM = 0.1, 30
# SQS hands out ten messages a receive, and takes ten entries in a batch.
MOST = 10
# Messages that wait in here must not come back meanwhile.
KEPT_S = 600

Message = Mapping[str, Any]


@dataclass
class FairQueue:
    """The events queue of a relay. Safe to use from many threads."""

    relay: LocalRelay
    visibility_s: int
    _waiting: list[Message] = field(default_factory=list)
    _in_flight: Counter[str] = field(default_factory=Counter)
    _noisy: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def take(self, most: int) -> Sequence[Message]:
        """Hand out up to so many messages."""
        with self._lock:
            self._noisy &= set(map(group_of, self._waiting))
            self._waiting += self._received()
            self._waiting.sort(key=lambda message: group_of(message) in self._noisy)
            taken, self._waiting = self._waiting[:most], self._waiting[most:]
            self._in_flight.update(map(group_of, taken))
            self._noisy |= set(filter(self._has_much, self._in_flight))
        for first in range(0, len(taken), MOST):
            part = zip(count(), taken[first : first + MOST], strict=False)
            entries = [
                {
                    "Id": str(n),
                    "ReceiptHandle": message["ReceiptHandle"],
                    "VisibilityTimeout": self.visibility_s,
                }
                for n, message in part
            ]
            self.relay.aws.client("sqs").change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        return taken

    def done(self, messages: Sequence[Message]) -> None:
        """Take messages for no longer in flight, whatever became of them."""
        with self._lock:
            self._in_flight -= Counter(map(group_of, messages))

    def _has_much(self, group: str) -> bool:
        own = self._in_flight[group]
        return own >= NOISY_FROM and own > NOISY_SHARE * self._in_flight.total()

    def _received(self) -> list[Message]:
        found: list[Message] = []
        while messages := self._receive():
            found += messages
        return found

    def _receive(self) -> list[Message]:
        answer = self.relay.aws.client("sqs").receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=MOST,
            VisibilityTimeout=KEPT_S,
            MessageSystemAttributeNames=["All"],
        )
        messages: list[Message] = answer.get("Messages", [])
        return messages

    @property
    def _url(self) -> str:
        return self.relay.stack.outputs["EventsQueueUrl"]


def group_of(message: Message) -> str:
    """Return whose a message is."""
    group: str = message["Attributes"].get("MessageGroupId", "")
    return group
