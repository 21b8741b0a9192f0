# SPDX-License-Identifier: Apache-2.0
"""What runs in one worker process of the agent: a consumer, in a thread, for each bus."""

import threading
import time
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg
from oslo_log import log

from ceilobatch import assembly, bus, errors, process
from ceilobatch.agent import Consumer
from ceilobatch.batch import MessageBatch
from ceilobatch.definitions import load as definitions
from ceilobatch.plugins.base import Handler
from ceilobatch.plugins.transports.source import Source
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.telemetry.consumer import readings as consumer_readings
from ceilobatch.telemetry.reading import Reading
from ceilobatch.telemetry.reporter import Health
from ceilobatch.telemetry.waiting import Depth

LOG = log.getLogger(__name__)

# Workers of one pool see the same queue, and one of them is enough to tell how long it is.
TELLS_DEPTH = "p0"


def run(name: str, setup: process.Setup) -> dict[str, int]:
    """Consume until SIGTERM or until the parent is gone; the figures of the ledger."""
    return process.serve(name, setup, Worker)


class Worker:
    """The consumers of one process, a thread each; they share nothing."""

    def __init__(self, conf: cfg.ConfigOpts, name: str) -> None:
        self._began = time.monotonic()
        sources = bus.sources(conf)
        # Each has a name of its own, under which it keeps its books.
        names = [name, *(f"{name}.{number}" for number in range(2, len(sources) + 1))]
        self._threads = [
            ConsumerThread(conf, own, source) for own, source in zip(names, sources, strict=True)
        ]
        self.identity = process.identity(conf, "agent", name, conf.notification.pool)
        tells = self.identity.process == TELLS_DEPTH
        self._depths = [
            Depth(
                source.depth if tells else lambda: None,
                lambda: float(conf.statsd.flush_interval),
            )
            for source in sources
        ]

    def start(self) -> None:
        """Start consuming."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Drain and join every thread."""
        for thread in self._threads:
            thread.stop()
        for thread in self._threads:
            thread.join()

    def reload(self) -> None:
        """Load the definition files again, before the next batch."""
        for thread in self._threads:
            thread.reload.set()

    def raise_failures(self) -> None:
        """Raise what ended a thread that should be running."""
        for thread in self._threads:
            if thread.failure is not None:
                raise thread.failure

    def figures(self) -> dict[str, int]:
        """The sums of the ledgers."""
        total: dict[str, int] = {}
        for thread in self._threads:
            for key, value in thread.figures().items():
                total[key] = total.get(key, 0) + value
        return total

    def readings(self) -> Iterator[Reading]:
        """Of each consumer, and of the plugins it calls."""
        for number, (thread, depth) in enumerate(zip(self._threads, self._depths, strict=True)):
            label = f"t{number}"
            if thread.consumer is not None:
                yield from consumer_readings(thread.consumer, label, depth.messages())
            yield from thread.calls.readings(label)

    def health(self) -> Health:
        """As well as the consumer that is worst off."""
        consumers = {
            f"t{number}": thread.consumer
            for number, thread in enumerate(self._threads)
            if thread.consumer is not None
        }
        turned = min((one.turned for one in consumers.values()), default=self._began)
        closed = {label: one.gate.reason or one.lost for label, one in consumers.items()}
        return Health(turned, {label: why for label, why in closed.items() if why})

    def describe(self) -> dict[str, Any]:
        """Each consumer: its bus, its gate, its messages by outcome, its calls of plugins."""
        return {thread.name: thread.describe() for thread in self._threads}


class ConsumerThread(threading.Thread):
    """Builds a handler with parts of its own and runs a consumer until stopped."""

    def __init__(self, conf: cfg.ConfigOpts, worker: str, source: Source) -> None:
        super().__init__(name=f"consumer-{source.name}")
        self.failure: Exception | None = None
        self.reload = threading.Event()
        self.calls = CallRegistry()
        self.consumer: Consumer | None = None
        self._conf = conf
        self._worker = worker
        self._source = source
        self._stopped = threading.Event()

    def run(self) -> None:
        """The body of the thread."""
        try:
            handler = assembly.build_handler(self._conf, self.calls, self._worker)
            try:
                self._consume(handler)
            finally:
                handler.close()
                handler.parts.close()
        except Exception as error:  # noqa: BLE001  (raised again in the process's main thread)
            self.failure = error

    def stop(self) -> None:
        """Drain, from any thread."""
        self._stopped.set()

    def figures(self) -> dict[str, int]:
        """The ledger of its consumer."""
        return self.consumer.ledger.figures() if self.consumer else {}

    def describe(self) -> dict[str, Any]:
        """What it is doing now."""
        consumer = self.consumer
        if consumer is None:
            return {"state": "starting"}
        return {
            "bus": consumer.lost or "connected",
            "gate": consumer.gate.reason or "open",
            "batch in hand": _described(consumer.batch),
            "messages": consumer.ledger.figures(),
            "calls": self.calls.described(),
        }

    def _consume(self, handler: Handler) -> None:
        self.consumer = Consumer(
            self._source,
            handler,
            bus.limits(self._conf),
            handler.parts.probe,
            stop=self._stopped,
            between_batches=lambda: self._reload_if_asked(handler),
        )
        self.consumer.run()

    def _reload_if_asked(self, handler: Handler) -> None:
        if not self.reload.is_set():
            return
        self.reload.clear()
        if self.consumer is not None:
            self.consumer.limits = bus.limits(self._conf)
        try:
            handler.parts = handler.parts.with_converters(
                definitions.load_events(self._conf, self.calls),
                definitions.load_meters(self._conf, self.calls),
            )
            LOG.info("Definitions loaded again")
        except errors.ConfigurationError as error:
            for problem in error.problems:
                LOG.error("Definitions not loaded again, the old ones stay: %s", problem)


def _described(batch: MessageBatch | None) -> dict[str, int | float]:
    """How much is in a batch, and since when."""
    if batch is None:
        return {"messages": 0}
    return {"messages": len(batch), "bytes": batch.size, "seconds": round(batch.age, 3)}
