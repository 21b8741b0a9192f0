# SPDX-License-Identifier: Apache-2.0
"""In-memory bus, storage and recovery that keep the promises of the real ones, for tests."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.letter import Letter
from ceilobatch.message import Delivery
from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample
from ceilobatch.plugins.base import Recovery, Storage
from ceilobatch.plugins.transports.source import Source


class MemorySource(Source):
    """A queue in memory.

    :ivar waiting: bodies and whether they were delivered before, oldest first.
    :ivar unsettled: delivered and neither acknowledged nor given back.
    :ivar acknowledged: bodies, in the order of their acknowledgement.
    :ivar given_back: how many deliveries have come back.
    :ivar most_unsettled: the largest number of unsettled deliveries at any time.
    :ivar ends: whether an empty queue means that nothing will ever come.
    """

    name = "memory"

    def __init__(self, bodies: Iterable[bytes] = (), *, ends: bool = False) -> None:
        self.waiting: deque[tuple[bytes, bool]] = deque((body, False) for body in bodies)
        self.unsettled: list[Delivery] = []
        self.acknowledged: list[bytes] = []
        self.given_back = 0
        self.most_unsettled = 0
        self.opened = 0
        self.ends = ends

    @property
    def exhausted(self) -> bool:
        """True once everything is settled, where the queue ends."""
        return self.ends and not self.waiting and not self.unsettled

    def open(self) -> None:
        """Count the opening."""
        self.opened += 1

    def receive(self, batch: MessageBatch, timeout: float) -> None:
        """Deliver until the batch is full or the queue empty."""
        while self.waiting and batch.room > 0:
            body, redelivered = self.waiting.popleft()
            delivery = Delivery(body, exchange="memory", topic="t.info", redelivered=redelivered)
            self.unsettled.append(delivery)
            batch.add(delivery)
        self.most_unsettled = max(self.most_unsettled, len(self.unsettled))

    def settle(self, batch: MessageBatch, outcomes: Sequence[Outcome]) -> None:
        """Acknowledge or give back."""
        for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
            self.unsettled.remove(delivery)
            if outcome is Outcome.REQUEUED:
                self._give_back(delivery)
            else:
                self.acknowledged.append(delivery.body)

    def close(self) -> None:
        """Give back what is not settled, in its old order."""
        for delivery in reversed(self.unsettled):
            self._give_back(delivery)
        self.unsettled.clear()

    def _give_back(self, delivery: Delivery) -> None:
        self.given_back += 1
        self.waiting.appendleft((delivery.body, True))


class MemoryStorage(Storage):
    """Stores in dictionaries.

    :ivar events: by message id.
    :ivar samples: by message id, name and position.
    :ivar down: while true, every call is ``Unavailable``.
    :ivar faults: exceptions that the next calls raise before anything is stored.
    :ivar calls: how many items each call of ``store`` was given.
    """

    def __init__(self, conf: Any = None) -> None:
        super().__init__(conf)
        self.events: dict[str, Event] = {}
        self.samples: dict[tuple[str, str, int], Sample] = {}
        self.down = False
        self.faults: deque[Exception] = deque()
        self.calls: list[int] = []

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """See the contract."""
        self.calls.append(len(items))
        self.probe()
        if self.faults:
            raise self.faults.popleft()
        return [self._store(item) for item in items]

    def probe(self) -> None:
        """See the contract."""
        if self.down:
            raise errors.Unavailable("the memory is down")

    def _store(self, item: Event | Sample) -> Result:
        if isinstance(item, Event):
            return _keep(self.events, item.message_id, item)
        return _keep(self.samples, (item.message_id, item.name, item.position), item)


def _keep(kept: dict[Any, Any], identity: Any, item: Event | Sample) -> Result:
    if identity in kept:
        return DUPLICATE
    kept[identity] = item
    return STORED


class MemoryRecovery(Recovery):
    """Keeps letters in a list.

    :ivar kept: the letters, oldest first.
    :ivar down: while true, every call is ``Unavailable``.
    """

    def __init__(self, conf: Any = None) -> None:
        super().__init__(conf)
        self.kept: list[Letter] = []
        self.down = False

    def add(self, letters: Sequence[Letter]) -> None:
        """See the contract."""
        self.probe()
        self.kept.extend(letters)

    def letters(self) -> Iterator[Letter]:
        """See the contract."""
        return iter(list(self.kept))

    def get(self, letter_id: str) -> Letter | None:
        """See the contract."""
        return next((letter for letter in self.kept if letter.id == letter_id), None)

    def probe(self) -> None:
        """See the contract."""
        if self.down:
            raise errors.Unavailable("the memory is down")
