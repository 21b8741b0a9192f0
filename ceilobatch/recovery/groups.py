# SPDX-License-Identifier: Apache-2.0
"""Groups of letters that have something in common, counted."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ceilobatch.letter import Entry
from ceilobatch.recovery.kinds import kind_of

Value = str | None

KEYS: Mapping[str, Callable[[Entry], Value]] = {
    "reason": lambda entry: kind_of(entry.letter.reason),
    "stage": lambda entry: entry.letter.stage.value,
    "event_type": lambda entry: entry.letter.event_type,
    "error": lambda entry: entry.letter.error,
    "driver": lambda entry: entry.letter.driver,
    "exchange": lambda entry: entry.letter.exchange,
    "pool": lambda entry: entry.letter.pool,
}
"""What letters can be grouped by; reasons by their kind, see :func:`kind_of`."""


@dataclass(slots=True)
class Group:
    """The letters that have the same values.

    :ivar values: one a key.
    :ivar letters: how many there are.
    :ivar messages: how often they came, altogether.
    :ivar size: of their messages as they came, in bytes.
    :ivar oldest: when the first was recorded.
    :ivar newest: when the last came.
    :ivar example: the id of the oldest.
    :ivar example_reason: the reason of the oldest, in full.
    """

    values: tuple[Value, ...]
    oldest: datetime.datetime
    newest: datetime.datetime
    example: str
    example_reason: str
    letters: int = 0
    messages: int = 0
    size: int = 0

    def add(self, entry: Entry) -> None:
        """Count one more."""
        self.letters += 1
        self.messages += entry.seen
        self.size += len(entry.letter.body)
        self.newest = max(self.newest, entry.last)
        if entry.letter.recorded < self.oldest:
            self.oldest = entry.letter.recorded
            self.example, self.example_reason = entry.id, entry.letter.reason


def grouped(entries: Iterable[Entry], keys: Sequence[str]) -> list[Group]:
    """The groups by these keys of :data:`KEYS`, those with most messages first."""
    readers = [KEYS[key] for key in keys]
    groups: dict[tuple[Value, ...], Group] = {}
    for entry in entries:
        count(groups, tuple(read(entry) for read in readers), entry)
    return sorted(groups.values(), key=lambda group: (-group.messages, group.oldest))


def count(groups: dict[tuple[Value, ...], Group], values: tuple[Value, ...], entry: Entry) -> None:
    """Count an entry in its group, which is made where it is the first."""
    letter = entry.letter
    if values not in groups:
        groups[values] = Group(values, letter.recorded, entry.last, entry.id, letter.reason)
    groups[values].add(entry)
