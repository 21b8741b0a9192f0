# SPDX-License-Identifier: Apache-2.0
"""The loop of the agent: consume into a batch, hand it to the handler, settle, guard the gate."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from oslo_log import log

from ceilobatch import errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.gate import Backoff, Gate
from ceilobatch.isolation import handle_isolating
from ceilobatch.ledger import Ledger
from ceilobatch.letter import Stage
from ceilobatch.plugins.base import Handler
from ceilobatch.plugins.transports.source import Source
from ceilobatch.postmark import Postmark
from ceilobatch.telemetry.spread import Spread
from ceilobatch.telemetry.waiting import Lag

LOG = log.getLogger(__name__)

# How often the ledger is read before it is called unbalanced.
LOOKS = 3
# How long a quiet bus is listened to before the loop looks whether it shall stop.
IDLE_POLL = 0.5


class Consumer:
    """One source, one handler, one thread.

    :param probe: raises Unavailable while storage or recovery would not take anything.
    :param between_batches: called before each batch, in the loop's thread.
    :ivar limits: when a batch is full; may be replaced between batches.
    :ivar request_time: of each message, from the first of its batch to the acknowledgement.
    :ivar closed: batches by what closed them.
    :ivar lag: how old what comes is.
    :ivar lost: why the bus cannot be consumed from; None while it can.
    :ivar batch: the one in hand.
    :ivar turned: monotonic time at which the loop last went round.
    """

    def __init__(
        self,
        source: Source,
        handler: Handler,
        limits: Limits,
        probe: Callable[[], None],
        *,
        stop: threading.Event | None = None,
        between_batches: Callable[[], None] = lambda: None,
    ) -> None:
        self.source = source
        self.handler = handler
        self.ledger = Ledger()
        self.gate = Gate(source.name)
        self.request_time = Spread()
        self.closed: Counter[str] = Counter()
        self.lag = Lag()
        self.lost: str | None = None
        self.batch: MessageBatch | None = None
        self.turned = time.monotonic()
        self.limits = limits
        self._probe = probe
        self._stop = stop or threading.Event()
        self._between_batches = between_batches
        self._backoff = Backoff()

    @property
    def imbalance(self) -> int:
        """Messages that the ledger has lost sight of, from any thread.

        While the loop is at work the figures change between two looks; what counts is whether
        they ever agree.
        """
        return min((self.ledger.imbalance for _ in range(LOOKS)), key=abs)

    def stop(self) -> None:
        """Finish the batch, give back the rest and let ``run`` return; from any thread."""
        self._stop.set()

    def run(self) -> None:
        """Consume until stopped, or until the source is exhausted."""
        self.handler.parts.books.start()
        try:
            self._run()
        finally:
            self.handler.parts.books.finish()

    def _run(self) -> None:
        while not self._stop.is_set() and not self.source.exhausted:
            self.gate.wait_until_open(self._look, self._stop)
            if self._stop.is_set():
                return
            lost = self._consume_until_lost()
            self.lost = str(lost) if lost is not None else None
            self.turned = time.monotonic()
            if lost is not None:
                wait = self._backoff.failed()
                LOG.warning("%s; trying again in %.1f s", lost, wait)
                self._stop.wait(wait)

    def _look(self) -> None:
        self.turned = time.monotonic()
        self._probe()

    def _consume_until_lost(self) -> errors.Unavailable | None:
        """Consume on one connection; why that was lost, or None where it was given up."""
        try:
            self.source.open()
            self.lost = None
            LOG.info("Consuming from %s", self.source.name)
            self._consume()
        except errors.Unavailable as error:
            return error
        finally:
            self.source.close()
        return None

    def _consume(self) -> None:
        """Batch after batch while the gate is open.

        :raises Unavailable: the bus is lost.
        """
        while self.gate.is_open and not self._stop.is_set() and not self.source.exhausted:
            self.turned = time.monotonic()
            self._between_batches()
            batch = self.batch = MessageBatch(self.limits)
            try:
                self._fill(batch)
            except errors.Unavailable:
                self._give_back(batch)
                raise
            if len(batch):
                self._handle(batch)
                self._backoff.succeeded()
            else:
                self.lag.nothing_waits()
            self.batch = None

    def _fill(self, batch: MessageBatch) -> None:
        """Receive until the batch is full, or for a moment where nothing comes."""
        while batch.trigger is None and not self._stop.is_set() and not self.source.exhausted:
            self.source.receive(batch, IDLE_POLL)
            if not len(batch):
                return

    def _give_back(self, batch: MessageBatch) -> None:
        """The source takes back what it delivered before the bus was lost."""
        self.ledger.arrived(len(batch))
        self.ledger.returned(len(batch))
        if len(batch):
            self.handler.parts.books.begin(batch).give_back()

    def _handle(self, batch: MessageBatch) -> None:
        self.ledger.arrived(len(batch))
        self.closed[batch.trigger or "drain"] += 1
        self.lag.look(batch.deliveries[0])
        outcomes = self._outcomes(batch)
        if outcomes is None:
            return
        self.gate.handled()
        # The outcomes stand, even when the acknowledgement does not get through: what comes
        # again is received again, and recognised by storage.
        self.ledger.settled(outcomes)
        self.source.settle(batch, outcomes)
        self.request_time.record(int(batch.age * 1e9), len(batch))

    def _outcomes(self, batch: MessageBatch) -> list[Outcome] | None:
        """What the handler decides; None where the gate closes and all of it is given back."""
        entry = self.handler.parts.books.begin(batch)
        try:
            outcomes = handle_isolating(self.handler.handle, batch, self._recover)
            entry.close(outcomes)
            return outcomes
        except errors.Unavailable as error:
            reason = str(error)
        entry.give_back()
        self.ledger.returned(len(batch))
        self.batch = None
        self.gate.close(reason)
        return None

    def _recover(self, culprit: MessageBatch, error: Exception) -> Outcome:
        """A message that the handler has no outcome for, whatever it is offered with."""
        letter = Postmark(self.handler.parts.origin, culprit.id).letter(
            culprit.deliveries[0], Stage.CONVERT, error
        )
        self.handler.parts.recovery.add([letter])
        return Outcome.RECOVERED
