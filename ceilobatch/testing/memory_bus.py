# SPDX-License-Identifier: Apache-2.0
"""MemorySource: a bus in memory."""

from collections import deque
from collections.abc import Iterable, Sequence

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.message import Delivery
from ceilobatch.plugins.transports.source import Source


class MemorySource(Source):
    """A queue in memory.

    :ivar waiting: bodies and whether they were delivered before, oldest first.
    :ivar unsettled: delivered and neither acknowledged nor given back.
    :ivar acknowledged: bodies, in the order of their acknowledgement.
    :ivar settled: bodies with their outcome, in the order in which they were settled; a message
        that was requeued stands in it once for each time.
    :ivar given_back: how many deliveries have come back.
    :ivar most_unsettled: the largest number of unsettled deliveries at any time.
    :ivar ends: whether an empty queue means that nothing will ever come.
    """

    name = "memory"

    def __init__(self, bodies: Iterable[bytes] = (), *, ends: bool = False) -> None:
        self.waiting: deque[tuple[bytes, bool]] = deque((body, False) for body in bodies)
        self.unsettled: list[Delivery] = []
        self.acknowledged: list[bytes] = []
        self.settled: list[tuple[bytes, Outcome]] = []
        self.given_back = 0
        self.most_unsettled = 0
        self.opened = 0
        self.ends = ends
        self._is_cut = False

    @property
    def exhausted(self) -> bool:
        """True once everything is settled, where the queue ends."""
        return self.ends and not self.waiting and not self.unsettled

    def publish(self, *bodies: bytes) -> None:
        """Put messages at the end of the queue."""
        self.waiting.extend((body, False) for body in bodies)

    def cut(self) -> None:
        """Lose the connection: until it is opened again every call is ``Unavailable``."""
        self._is_cut = True

    def open(self) -> None:
        """Count the opening."""
        self.opened += 1
        self._is_cut = False

    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Deliver until the batch is full or the queue empty."""
        self._check()
        while self.waiting and batch.room > 0:
            body, redelivered = self.waiting.popleft()
            delivery = Delivery(body, exchange="memory", topic="t.info", redelivered=redelivered)
            self.unsettled.append(delivery)
            batch.add(delivery)
        self.most_unsettled = max(self.most_unsettled, len(self.unsettled))

    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """Acknowledge or give back."""
        self._check()
        for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
            self.unsettled.remove(delivery)
            self.settled.append((delivery.body, outcome))
            if outcome is Outcome.REQUEUED:
                self._give_back(delivery)
            else:
                self.acknowledged.append(delivery.body)

    def close(self) -> None:
        """Give back what is not settled, in its old order."""
        for delivery in reversed(self.unsettled):
            self._give_back(delivery)
        self.unsettled.clear()

    def _check(self) -> None:
        if self._is_cut:
            raise errors.Unavailable("the connection is cut")

    def _give_back(self, delivery: Delivery) -> None:
        self.given_back += 1
        self.waiting.appendleft((delivery.body, True))
