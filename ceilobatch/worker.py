# SPDX-License-Identifier: Apache-2.0
"""What runs in one worker process of the agent: a consumer, in a thread, for each bus."""

import gc
import logging
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from oslo_config import cfg
from oslo_log import log

from ceilobatch import assembly, bus, config, errors
from ceilobatch.agent import Consumer
from ceilobatch.definitions import load as definitions
from ceilobatch.plugins.base import Handler
from ceilobatch.plugins.transports.source import Source
from ceilobatch.telemetry.calls import CallRegistry

LOG = log.getLogger(__name__)

# How often a worker looks whether its parent is still there, in seconds.
PARENT_CHECK = 0.5
# Allocations between two looks for cyclic garbage; a batch of 1000 messages has about 200,000.
GARBAGE_THRESHOLD = 500_000


class Setup(NamedTuple):
    """What a worker needs to load the same configuration as its parent; plain data."""

    config_files: Sequence[str] | None
    config_dirs: Sequence[str] | None
    overrides: dict[tuple[str, str], Any]
    debug: bool


def run(name: str, setup: Setup) -> dict[str, int]:
    """Consume until SIGTERM or until the parent is gone; the figures of the ledger."""
    happenings: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: happenings.put(received))
    conf = config.load(setup.config_files, setup.config_dirs, setup.overrides)
    config.setup_logging(conf, setup.debug)
    worker = Worker(conf, name)
    _collect_garbage_rarely()
    worker.start()
    try:
        orphaned = _obey(happenings, worker)
    finally:
        worker.stop()
    if orphaned:
        # Nobody is left to return to; the pool's own loop would wait for its parent for ever.
        logging.shutdown()
        os._exit(0)
    return worker.figures()


def _collect_garbage_rarely() -> None:
    """Keep the cyclic collector away from batches.

    The records of a batch have no cycles and die with it, but are so many that by default the
    collector walks over them again and again, for half of the time of a conversion.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 10, 10)


def _obey(happenings: "queue.SimpleQueue[int]", worker: "Worker") -> bool:
    """Do what signals say until one says stop; true where the parent is gone instead."""
    while True:
        number = _next(happenings)
        if number == signal.SIGTERM:
            return False
        if number == signal.SIGHUP:
            worker.reload()
        worker.raise_failures()
        if _is_orphan():
            LOG.error("The agent is gone: draining")
            return True


def _next(happenings: "queue.SimpleQueue[int]") -> int | None:
    try:
        return happenings.get(timeout=PARENT_CHECK)
    except queue.Empty:
        return None


def _is_orphan() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


class Worker:
    """The consumers of one process, a thread each; they share nothing."""

    def __init__(self, conf: cfg.ConfigOpts, name: str) -> None:
        sources = bus.sources(conf)
        # Each has a name of its own, under which it keeps its books.
        names = [name, *(f"{name}.{number}" for number in range(2, len(sources) + 1))]
        self._threads = [
            ConsumerThread(conf, own, source) for own, source in zip(names, sources, strict=True)
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
        try:
            handler.parts = handler.parts.with_converters(
                definitions.load_events(self._conf, self.calls),
                definitions.load_meters(self._conf, self.calls),
            )
            LOG.info("Definitions loaded again")
        except errors.ConfigurationError as error:
            for problem in error.problems:
                LOG.error("Definitions not loaded again, the old ones stay: %s", problem)
