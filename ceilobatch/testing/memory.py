# SPDX-License-Identifier: Apache-2.0
"""In-memory bus, storage and recovery that keep the promises of the real ones, for tests."""

import threading
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from ceilobatch import errors
from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample, rejected
from ceilobatch.plugins.base import Damage, Recovery, Storage
from ceilobatch.testing.faults import Faults
from ceilobatch.testing.memory_bus import MemorySource

__all__ = ["MemoryRecovery", "MemorySource", "MemoryStorage"]


class Power:
    """Whether a store is there, for all drivers on it."""

    def __init__(self) -> None:
        self.down = False


class MemoryStorage(Storage):
    """Stores in dictionaries.

    :param beside: another one, to share what it holds, as drivers of two processes do.
    :ivar events: by message id.
    :ivar samples: by message id, name and position.
    :ivar down: while true, every call of all drivers on this store is ``Unavailable``.
    :ivar faults: exceptions that the next calls raise before anything is stored.
    :ivar half_faults: the same, once half of the items are stored.
    :ivar late_faults: the same, once all are stored: the answer is lost.
    :ivar refuses: why an item can never be stored, or an empty text.
    :ivar calls: how many items each call of ``store`` was given.
    """

    def __init__(self, conf: Any = None, *, beside: "MemoryStorage | None" = None) -> None:
        super().__init__(conf)
        self.events: dict[str, Event] = beside.events if beside else {}
        self.samples: dict[tuple[str, str, int], Sample] = beside.samples if beside else {}
        self._lock: threading.Lock = beside._lock if beside else threading.Lock()
        self._power: Power = beside._power if beside else Power()
        self._faults = Faults()
        self.faults = self._faults.before
        self.half_faults = self._faults.half
        self.late_faults = self._faults.late
        self.refuses: Callable[[Event | Sample], str] = lambda _: ""
        self.calls: list[int] = []

    @property
    def down(self) -> bool:
        """Whether the store is away."""
        return self._power.down

    @down.setter
    def down(self, down: bool) -> None:
        self._power.down = down

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """See the contract."""
        self.calls.append(len(items))
        self.probe()
        return self._faults.run(items, self._write)

    def probe(self) -> None:
        """See the contract."""
        if self.down:
            raise errors.Unavailable("the memory is down")

    def identities(self) -> Counter[Any]:
        """What it holds, as the fixture ``read_back`` of the storage suite tells it."""
        return Counter([*self.events, *self.samples])

    def _write(self, items: Sequence[Event | Sample]) -> list[Result]:
        with self._lock:
            return [self._store(item) for item in items]

    def _store(self, item: Event | Sample) -> Result:
        if reason := self.refuses(item):
            return rejected(reason)
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
    :ivar down: while true, every call of all drivers on this store is ``Unavailable``.
    :ivar faults: exceptions that the next calls of ``add`` raise before anything is kept.
    :ivar half_faults: the same, once half of the letters are kept.
    :ivar late_faults: the same, once all are kept.
    """

    def __init__(self, conf: Any = None, *, beside: "MemoryRecovery | None" = None) -> None:
        super().__init__(conf)
        self.kept: list[Letter] = beside.kept if beside else []
        self.history: dict[str, list[Change]] = beside.history if beside else {}
        self._lock: threading.Lock = beside._lock if beside else threading.Lock()
        self._power: Power = beside._power if beside else Power()
        self._faults = Faults()
        self.faults = self._faults.before
        self.half_faults = self._faults.half
        self.late_faults = self._faults.late

    @property
    def down(self) -> bool:
        """Whether the store is away."""
        return self._power.down

    @down.setter
    def down(self, down: bool) -> None:
        self._power.down = down

    def add(self, letters: Sequence[Letter]) -> None:
        """See the contract."""
        self.probe()
        self._faults.run(letters, self._keep)

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

    def _keep(self, letters: Sequence[Letter]) -> None:
        with self._lock:
            self.kept.extend(letters)

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
