# SPDX-License-Identifier: Apache-2.0
"""Messages and definitions for the handler suite, and a desk on which batches are handled."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ceilobatch import errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.message import Notification
from ceilobatch.model import Event, MeterProblem, Sample, Trait
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins.base import Handler
from ceilobatch.testing.handler_checks import Kept, check_answer, check_durable
from ceilobatch.testing.killed import Killed
from ceilobatch.testing.memory import MemoryRecovery, MemorySource, MemoryStorage

Make = Callable[[Parts], Handler]
MakeBody = Callable[[int], bytes]
MADE = "suite.made"
UNWANTED = "suite.unwanted"
ODD = "suite.odd"
NO_JSON = b"\xff this is no message at all"
BATCH = 10
MOST_ROUNDS = 1000


def notification(number: int, event_type: str = MADE) -> bytes:
    """A notification with an id of its own, as it lies on the wire."""
    message = {
        "message_id": f"message-{number:05}",
        "publisher_id": "suite.host1",
        "event_type": event_type,
        "priority": "INFO",
        "payload": {"id": f"resource-{number:05}", "size": 3},
        "timestamp": "2026-01-02 03:04:05.678901",
    }
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)}).encode()


class SuiteEvents:
    """Definitions of events: one of every notification but the unwanted and the odd ones."""

    def convert(self, notification: Notification) -> Event | None:
        """See :class:`ceilobatch.parts.EventConverter`."""
        if notification.event_type == UNWANTED:
            return None
        if notification.event_type == ODD:
            raise errors.Malformed("the definitions cannot make an event of it")
        return Event(
            notification.message_id,
            notification.event_type,
            notification.timestamp,
            (Trait("size", "int", 3),),
        )


class SuiteMeters:
    """Definitions of meters: two samples of every notification but the same."""

    def convert(self, notification: Notification) -> tuple[list[Sample], list[MeterProblem]]:
        """See :class:`ceilobatch.parts.MeterConverter`."""
        if notification.event_type == UNWANTED:
            return [], []
        if notification.event_type == ODD:
            return [], [MeterProblem("size", "the definitions cannot make a sample of it")]
        owner = (None, "project", str(notification.message_id))
        return [
            Sample(
                *(notification.message_id, name, 0, "gauge", "B", 3, *owner),
                *(notification.timestamp, {}),
            )
            for name in ("size", "count")
        ], []


@dataclass
class Desk:
    """A worker without a bus: messages and drivers in memory, and the handler in between.

    :ivar outcomes: what each message ended with.
    :ivar given_back: how often a batch came back.
    """

    make: Make
    make_body: MakeBody = notification
    source: MemorySource = field(default_factory=lambda: MemorySource(ends=True))
    events: MemoryStorage = field(default_factory=MemoryStorage)
    samples: MemoryStorage = field(default_factory=MemoryStorage)
    recovery: MemoryRecovery = field(default_factory=MemoryRecovery)
    outcomes: dict[bytes, Outcome] = field(default_factory=dict)
    given_back: int = 0
    handlers: list[Handler] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def handler(self) -> Handler:
        """The one at work."""
        return self.handlers[-1]

    def restart(self) -> None:
        """The process is gone; another begins with drivers and a handler of its own."""
        self.events = MemoryStorage(beside=self.events)
        self.samples = MemoryStorage(beside=self.samples)
        self.recovery = MemoryRecovery(beside=self.recovery)
        parts = Parts(
            SuiteEvents(),
            SuiteMeters(),
            [("events", self.events)],
            [("samples", self.samples)],
            self.recovery,
            Origin("suite", "host1", "w0"),
        )
        self.handlers.append(self.make(parts))

    @property
    def stores(self) -> frozenset[type]:
        """The record types that the handler declares to store."""
        return self.handler.characteristics.stores

    def bodies(self, count: int) -> list[bytes]:
        """Good messages."""
        return [self.make_body(number) for number in range(count)]

    def handle(self, *bodies: bytes, redelivered: bool = False) -> list[Outcome]:
        """Let the handler decide about messages, and see that what it says is true."""
        source = MemorySource(bodies)
        source.waiting.extend((source.waiting.popleft()[0], redelivered) for _ in bodies)
        return self._decide(self._received(source, len(bodies)))

    def run(self, chance: random.Random | None = None) -> None:
        """Round after round until every message is settled."""
        for _ in range(MOST_ROUNDS):
            if self.source.exhausted:
                return
            self.round(chance.randint(1, 2 * BATCH) if chance else BATCH)
        raise AssertionError(
            f"after {MOST_ROUNDS} batches messages still come back though nothing is away any "
            "more: a message that can never be handled goes to recovery, it is not given back."
        )

    def round(self, size: int = BATCH) -> None:
        """One batch: received, handled and settled, or given back."""
        batch = self._received(self.source, size)
        try:
            outcomes = self._decide(batch)
        except errors.Unavailable:
            self._give_back()
        except Killed:
            self._give_back()
            self.restart()
        else:
            self.source.settle(batch, outcomes)
            for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
                if outcome is not Outcome.REQUEUED:
                    self.outcomes[delivery.body] = outcome

    def _decide(self, batch: MessageBatch) -> list[Outcome]:
        handler = self.handler
        handler.parts.books.begin(batch)
        try:
            outcomes = handler.handle(batch)
        except errors.Unavailable:
            raise
        except Exception as error:
            raise AssertionError(
                f"handle() raised {type(error).__name__}: {error}. It may raise Unavailable only; "
                "a message that cannot be handled goes to recovery, the others are stored."
            ) from error
        check_answer(outcomes, batch)
        kept = Kept(self.stores, self.events, self.samples, self.recovery)
        check_durable(outcomes, batch, kept)
        return outcomes

    def _give_back(self) -> None:
        self.given_back += 1
        self.source.close()
        self.source.open()

    def _received(self, source: MemorySource, size: int) -> MessageBatch:
        batch = MessageBatch(Limits(size, 1 << 30, 60.0))
        source.receive(batch, 0.0)
        return batch


def letters_of(recovery: MemoryRecovery) -> Sequence[bytes]:
    """The messages that stand in recovery, each once."""
    return [entry.letter.body for entry in recovery.entries()]
