# SPDX-License-Identifier: Apache-2.0
"""Tally: which items of which message storage has newly taken."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ceilobatch.model import Event, Result, Sample, Status
from ceilobatch.plugins.base import Storage

Items = Sequence[Event] | Sequence[Sample]


class Stored(NamedTuple):
    """How many different items of a message were stored that had not been there."""

    events: int = 0
    samples: int = 0

    def __str__(self) -> str:
        parts = [_counted(self.events, "event"), _counted(self.samples, "sample")]
        return " and ".join(part for part in parts if part) or "nothing new"


class Tally:
    """Watches storages; used by the one thread that calls them.

    What several storages take of one item counts once.
    """

    def __init__(self) -> None:
        self._events: set[str] = set()
        self._samples: dict[str, set[tuple[str, int]]] = {}

    def watch(self, storages: Iterable[Storage]) -> None:
        """Look at the answers of these storages from now on."""
        for storage in {id(storage): storage for storage in storages}.values():
            store = functools.partial(self._watched, storage.store)
            storage.store = store  # type: ignore[method-assign]

    def clear(self) -> None:
        """Forget what was stored so far."""
        self._events.clear()
        self._samples.clear()

    def of(self, message_id: str) -> Stored:
        """What was stored of a message."""
        return Stored(int(message_id in self._events), len(self._samples.get(message_id, ())))

    def _watched(self, store: Any, items: Items, *more: Any) -> list[Result]:
        results: list[Result] = store(items, *more)
        # Answers that do not fit are for the isolation to judge.
        if len(results) == len(items):
            self._take(items, results)
        return results

    def _take(self, items: Items, results: Sequence[Result]) -> None:
        for item, result in zip(items, results, strict=True):
            if result.status is not Status.STORED:
                continue
            if isinstance(item, Event):
                self._events.add(item.message_id)
            elif isinstance(item, Sample):
                identities = self._samples.setdefault(item.message_id, set())
                identities.add((item.name, item.position))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""
