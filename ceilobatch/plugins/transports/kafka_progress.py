# SPDX-License-Identifier: Apache-2.0
"""Progress: how far the partitions of a Kafka consumer may be committed."""

from collections.abc import Iterable
from typing import NamedTuple

Partition = tuple[str, int]


class Position(NamedTuple):
    """Where a message lies, and for which assignment of its partition it was taken."""

    topic: str
    partition: int
    offset: int
    assignment: int


class _Place:
    """One partition while it is ours.

    :ivar waiting: the offsets that were taken and have no durable outcome yet, in their order.
    :ivar following: the offset after the last one taken; None before the first one.
    :ivar committed: what the group knows already.
    """

    __slots__ = ("assignment", "committed", "following", "waiting")

    def __init__(self, assignment: int) -> None:
        self.assignment = assignment
        self.waiting: dict[int, None] = {}
        self.following: int | None = None
        self.committed: int | None = None

    def reached(self) -> int | None:
        """The offset before which everything has a durable outcome."""
        return next(iter(self.waiting), self.following)


class Progress:
    """The books of the partitions that are assigned to one consumer.

    :ivar assignments: how often partitions were assigned so far.
    """

    def __init__(self) -> None:
        self.assignments = 0
        self._places: dict[Partition, _Place] = {}

    def assign(self, partitions: Iterable[Partition]) -> None:
        """These are ours from now on; reading begins at what the group has committed."""
        self.assignments += 1
        for partition in partitions:
            self._places[partition] = _Place(self.assignments)

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """These are no longer ours; what is not committed of them comes to whoever has them."""
        for partition in partitions:
            self._places.pop(partition, None)

    def owns(self, partition: Partition) -> bool:
        """Whether a partition is ours."""
        return partition in self._places

    def take(self, partition: Partition, offset: int) -> Position:
        """A message was read.

        :raises KeyError: its partition is not ours.
        """
        place = self._places[partition]
        if place.committed is None:
            place.committed = offset
        place.waiting[offset] = None
        place.following = offset + 1
        return Position(*partition, offset, place.assignment)

    def done(self, position: Position) -> None:
        """Its outcome is durable; nothing happens where its partition was revoked meanwhile."""
        place = self._place(position)
        if place is not None:
            place.waiting.pop(position.offset, None)

    def give_back(self, positions: Iterable[Position]) -> dict[Partition, int]:
        """Forget these messages and all after them; where each partition is to be read again.

        What lies after a place that is read again already comes again by itself.
        """
        first: dict[Partition, int] = {}
        for position in positions:
            place = self._place(position)
            if place is None or place.following is None or position.offset >= place.following:
                continue
            place.following = position.offset
            first[position.topic, position.partition] = position.offset
        for partition, offset in first.items():
            place = self._places[partition]
            place.waiting = {one: None for one in place.waiting if one < offset}
        return first

    def committable(self) -> dict[Partition, int]:
        """The offset to commit of each partition that has moved since it was committed."""
        reached = {partition: place.reached() for partition, place in self._places.items()}
        return {
            partition: offset
            for partition, offset in reached.items()
            if offset is not None and offset != self._places[partition].committed
        }

    def commit(self, offsets: dict[Partition, int]) -> None:
        """The group knows these offsets."""
        for partition, offset in offsets.items():
            if partition in self._places:
                self._places[partition].committed = offset

    def _place(self, position: Position) -> _Place | None:
        place = self._places.get((position.topic, position.partition))
        return place if place and place.assignment == position.assignment else None
