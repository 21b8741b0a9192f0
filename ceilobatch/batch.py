# SPDX-License-Identifier: Apache-2.0
"""MessageBatch: deliveries collected until full by count, bytes or age; and their outcomes."""

import enum
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ceilobatch.message import Delivery


class Outcome(enum.Enum):
    """What became of one message; exactly one of these."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    RECOVERED = "recovered"
    IGNORED = "ignored"
    REQUEUED = "requeued"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is full.

    :ivar count: messages.
    :ivar size: bytes of bodies.
    :ivar age: seconds since its first message was taken in.
    """

    count: int
    size: int
    age: float


class MessageBatch:
    """The deliveries that are handled, stored and settled together."""

    __slots__ = ("_clock", "deliveries", "id", "limits", "opened", "size")

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.id = uuid.uuid4().hex
        self.limits = limits
        self.deliveries: list[Delivery] = []
        self.size = 0
        self.opened: float | None = None
        self._clock = clock

    def __len__(self) -> int:
        return len(self.deliveries)

    def add(self, delivery: Delivery) -> None:
        """Take one delivery in; the first one starts the age."""
        if self.opened is None:
            self.opened = self._clock()
        self.deliveries.append(delivery)
        self.size += delivery.size

    def part(self, deliveries: Sequence[Delivery]) -> "MessageBatch":
        """A batch of some of the deliveries of this one, under the same id."""
        if len(deliveries) == len(self.deliveries):
            return self
        part = MessageBatch(self.limits, self._clock)
        part.id = self.id
        for delivery in deliveries:
            part.add(delivery)
        return part

    @property
    def room(self) -> int:
        """How many more messages fit by count; 0 once it is full by bytes."""
        if self.size >= self.limits.size:
            return 0
        return self.limits.count - len(self.deliveries)

    @property
    def remaining(self) -> float | None:
        """Seconds until it is full by age; None while it is empty."""
        if self.opened is None:
            return None
        return max(0.0, self.opened + self.limits.age - self._clock())

    @property
    def age(self) -> float:
        """Seconds since its first message was taken in; 0 while it is empty."""
        return 0.0 if self.opened is None else max(0.0, self._clock() - self.opened)

    @property
    def trigger(self) -> str | None:
        """What has filled it: ``count``, ``bytes`` or ``age``; None while it is not full."""
        if len(self.deliveries) >= self.limits.count:
            return "count"
        if self.size >= self.limits.size:
            return "bytes"
        if self.remaining == 0.0:
            return "age"
        return None
