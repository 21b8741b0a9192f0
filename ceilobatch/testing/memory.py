# SPDX-License-Identifier: Apache-2.0
"""In-memory bus, storage and recovery that keep the promises of the real ones, for tests."""

import threading
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from ceilobatch import errors
from ceilobatch.batch import MessageBatch, Outcome
from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.message import Delivery
from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample
from ceilobatch.plugins.base import Damage, Recovery, Storage
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

    :param beside: another one, to share its letters and changes, as drivers of two processes do.
    :ivar kept: the letters as they were added, oldest first.
    :ivar history: the changes of each letter id.
    :ivar down: while true, every call is ``Unavailable``.
    """

    def __init__(self, conf: Any = None, *, beside: "MemoryRecovery | None" = None) -> None:
        super().__init__(conf)
        self.kept: list[Letter] = beside.kept if beside else []
        self.history: dict[str, list[Change]] = beside.history if beside else {}
        self._lock: threading.Lock = beside._lock if beside else threading.Lock()
        self.down = False

    def add(self, letters: Sequence[Letter]) -> None:
        """See the contract."""
        self.probe()
        with self._lock:
            self.kept.extend(letters)

    def entries(self) -> Iterator[Entry]:
        """See the contract."""
        self.probe()
        with self._lock:
            found = list(self._entries())
        yield from found

    def change(self, changes: Sequence[Change]) -> list[bool]:
        """See the contract."""
        self.probe()
        with self._lock:
            known = {letter.id for letter in self.kept}
            return [self._change(change, known) for change in changes]

    def remove(self, letter_ids: Sequence[str]) -> int:
        """See the contract."""
        self.probe()
        with self._lock:
            gone = {letter.id for letter in self.kept} & set(letter_ids)
            self.kept[:] = [letter for letter in self.kept if letter.id not in gone]
            for letter_id in gone:
                self.history.pop(letter_id, None)
        return len(gone)

    def verify(self) -> Iterator[Damage]:
        """Memory is never damaged."""
        self.probe()
        return iter(())

    def probe(self) -> None:
        """See the contract."""
        if self.down:
            raise errors.Unavailable("the memory is down")

    def _entries(self) -> Iterator[Entry]:
        copies: dict[str, list[Letter]] = {}
        for letter in self.kept:
            copies.setdefault(letter.id, []).append(letter)
        for letter_id, same in copies.items():
            history = tuple(self.history.get(letter_id, ()))
            yield Entry(same[0], len(same), same[-1].recorded, history)

    def _change(self, change: Change, known: Container[str]) -> bool:
        history = self.history.get(change.letter_id, [])
        if change.letter_id not in known or len(history) != change.revision:
            return False
        self.history.setdefault(change.letter_id, []).append(change)
        return True
