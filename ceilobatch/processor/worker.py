# SPDX-License-Identifier: Apache-2.0
"""What runs in one worker process of the processor."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg
from oslo_log import log

from ceilobatch import process
from ceilobatch.plugins import loader
from ceilobatch.plugins.processing import Collector
from ceilobatch.processor import assembly
from ceilobatch.processor.conductor import Conductor
from ceilobatch.processor.discovery import Discovery
from ceilobatch.processor.happenings import Answered, Happening, Repartitioned
from ceilobatch.processor.partition import RingPartition
from ceilobatch.processor.pipeline import Pipeline
from ceilobatch.processor.planner import Planner
from ceilobatch.processor.ready import Ready
from ceilobatch.processor.retrieval import Retrieval
from ceilobatch.processor.storing import Storing
from ceilobatch.telemetry.calls import CallRegistry, CallStats
from ceilobatch.telemetry.processing import CONDUCTOR, STORING, readings
from ceilobatch.telemetry.reading import Reading
from ceilobatch.telemetry.reporter import Health

LOG = log.getLogger(__name__)


def run(name: str, setup: process.Setup) -> dict[str, int]:
    """Process until SIGTERM or until the parent is gone; what was stored."""
    return process.serve(name, setup, Worker)


class Worker:
    """The threads of one process: the conductor, the storing one, and those that retrieve.

    :ivar calls: the figures of the plugins that the storing thread calls.
    :ivar collector_calls: those of the collector; the conductor writes them.
    """

    def __init__(self, conf: cfg.ConfigOpts, name: str) -> None:
        self.name = f"{conf.host}/{name}"
        self.identity = process.identity(conf, "processor", name)
        self.calls = CallRegistry()
        self.collector_calls = CallRegistry()
        self._driver = conf.processor.collector
        happenings: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self._partition = RingPartition(conf, self.name, lambda: happenings.put(Repartitioned()))
        calendar = assembly.build_calendar(conf)
        metrics = assembly.build_metrics(conf)
        collector = assembly.build_collector(conf)
        asks_first = type(collector).caught_up is not Collector.caught_up
        ready = Ready(calendar, collector.characteristics, conf.processor.periods_ahead)
        self._retrieval = Retrieval(
            collector, metrics, calendar.period, conf.processor.max_threads, happenings
        )
        self._storing = Storing(
            self.name,
            metrics,
            calendar,
            lambda: (
                assembly.build_handlers(conf, self.calls),
                assembly.build_storage(conf, self.calls),
            ),
            happenings,
        )
        self._discovery = Discovery(
            assembly.build_sources(conf),
            collector,
            calendar,
            assembly.start_of_scopes(conf),
            conf.processor.scopes_interval,
        )
        pipeline = Pipeline(
            calendar, metrics, ready, self._retrieval, self._storing, asks_first=asks_first
        )
        self.conductor = Conductor(
            calendar,
            pipeline,
            planner=Planner(self._partition.member, calendar, self._partition),
            discovery=self._discovery,
            happenings=happenings,
            record=self._record,
        )
        self._thread = threading.Thread(target=self._run, name="conductor")
        self._failure: Exception | None = None

    def start(self) -> None:
        """Begin."""
        self._partition.start()
        self._storing.start()
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being stored, leave the rest, join every thread."""
        self.conductor.stop()
        self._thread.join()
        self._partition.stop()
        self._storing.stop()
        self._retrieval.stop()
        self._discovery.close()

    def reload(self) -> None:
        """Nothing: metric definitions are read when the processor starts."""
        LOG.info("The metric definitions stay as they are until the processor starts anew")

    def raise_failures(self) -> None:
        """Raise what ended a thread that should be running."""
        for failure in (self._failure, self._storing.failure):
            if failure is not None:
                raise failure

    def figures(self) -> dict[str, int]:
        """Periods of scopes that were stored, and requests to the collector."""
        requests = self._requests("retrieve").time.count
        return {"stored": self._storing.stored, "requests": requests}

    def readings(self) -> Iterator[Reading]:
        """Of the conductor (t0) and of the storing thread (t1), and of the plugins they call."""
        yield from readings(self.conductor, self._storing)
        yield from self.collector_calls.readings(CONDUCTOR)
        yield from self.calls.readings(STORING)

    def health(self) -> Health:
        """Whether plans are made, and why nothing can be stored where that is so."""
        reason = self._storing.gate.reason
        return Health(self.conductor.turned, {STORING: reason} if reason else {})

    def describe(self) -> dict[str, Any]:
        """What it is doing now: its scopes, its requests, its storage, its calls of plugins."""
        return {
            "member": self._partition.member,
            "storage": self._storing.gate.reason or "open",
            **self.conductor.describe(),
            "calls": {**self.collector_calls.described(), **self.calls.described()},
        }

    def _run(self) -> None:
        try:
            self.conductor.run()
        except Exception as error:  # noqa: BLE001  (raised again in the process's main thread)
            self._failure = error

    def _record(self, answer: Answered) -> None:
        operation = "retrieve" if answer.request.metric else "caught_up"
        items = len(answer.request.ranges)
        self._requests(operation).record(answer.elapsed, items, answer.error is not None)

    def _requests(self, operation: str) -> CallStats:
        return self.collector_calls.stats(loader.COLLECTORS, self._driver, operation)
