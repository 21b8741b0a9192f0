# SPDX-License-Identifier: Apache-2.0
"""What has to hold of whatever the bus brings; shared by all that fuzzes."""

import random
from collections.abc import Sequence

from ceilobatch import config, errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.definitions import load as definitions
from ceilobatch.message import Delivery, Notification, decode
from ceilobatch.model import Event, Result, Sample
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins.base import Storage
from ceilobatch.plugins.handlers.notification import NotificationHandler
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.memory import MemoryRecovery

from .mutations import SEEDS

GOOD = SEEDS[0].envelope()
FINAL = {Outcome.STORED, Outcome.DUPLICATE, Outcome.RECOVERED, Outcome.IGNORED}


class Fuzzed:
    """The shipped definitions in front of a storage.

    :ivar outcomes: how often which one came out.
    """

    def __init__(self, storage: Storage) -> None:
        conf = config.load([], [], {})
        self.storage = storage
        self.events = definitions.load_events(conf, CallRegistry())
        self.meters = definitions.load_meters(conf, CallRegistry())
        self.recovery = MemoryRecovery()
        both = [("storage", storage)]
        parts = Parts(
            self.events, self.meters, both, both, self.recovery, Origin("pool", "host", "w0")
        )
        self.handler = NotificationHandler(conf, parts)

    def check_steps(self, wire: bytes) -> None:
        """Every step ends as its contract says, with nothing left for an isolation to catch."""
        _be_random()
        notification = self._decode(wire)
        if notification is None:
            return
        event = self.events.convert(notification)
        if event is not None:
            self._check_results(self.storage.store([event]), [event])
        samples, _ = self.meters.convert(notification)
        if samples:
            self._check_results(self.storage.store(samples), samples)

    def _decode(self, wire: bytes) -> Notification | None:
        try:
            return decode(Delivery(wire))
        except errors.Malformed:
            return None

    def _check_results(
        self, results: Sequence[Result], items: Sequence[Event] | Sequence[Sample]
    ) -> None:
        assert len(results) == len(items)
        assert all(type(result) is Result for result in results)

    def check_batch(self, wires: Sequence[bytes]) -> None:
        """Each message has an outcome, each recovered one a letter with its very bytes, and a
        good one among them is none the worse for them.
        """
        _be_random()
        batch = MessageBatch(Limits(1000, 2**30, 10.0))
        for wire in (*wires, GOOD):
            batch.add(Delivery(wire))
        self.recovery.kept.clear()
        outcomes = self.handler.handle(batch)
        assert len(outcomes) == len(batch)
        assert set(outcomes) <= FINAL
        assert outcomes[-1] in (Outcome.STORED, Outcome.DUPLICATE)
        recovered = {
            wire
            for wire, outcome in zip(wires, outcomes, strict=False)
            if outcome is Outcome.RECOVERED
        }
        assert {letter.body for letter in self.recovery.kept} == recovered


def _be_random() -> None:
    """Hypothesis begins every example with the same random numbers; programs never do, and the
    SQL storage counts on that.
    """
    random.seed()
