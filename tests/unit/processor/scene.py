# SPDX-License-Identifier: Apache-2.0
"""A worker's threads on fakes, for tests."""

import contextlib
import datetime
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any, cast

from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector, CollectorCharacteristics, PeriodHandler
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.claims import Partition
from ceilobatch.processor.conductor import Conductor
from ceilobatch.processor.discovery import Discovery
from ceilobatch.processor.happenings import Answered, Happening
from ceilobatch.processor.pipeline import Pipeline
from ceilobatch.processor.planner import Everything, Planner
from ceilobatch.processor.ready import Ready
from ceilobatch.processor.retrieval import Retrieval
from ceilobatch.processor.storing import Storing
from ceilobatch.testing.processing import MemoryCollector, MemoryScopes, MemoryUsage
from ceilobatch.usage import PeriodBatch, Point, Usage

HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime(2026, 3, 10, 12, 30, tzinfo=datetime.UTC)
# The end of the last period that is complete by its age: two hours have passed since.
COMPLETE = datetime.datetime(2026, 3, 10, 10, tzinfo=datetime.UTC)


class Plain(PeriodHandler):
    """Makes a usage of every point, as it is."""

    def __init__(self) -> None:
        super().__init__(cast(Any, None))

    def handle(self, batch: PeriodBatch) -> None:
        """See the contract."""
        batch.usages = [
            Usage(key, "unit", Decimal(point.value), point.groupby, point.metadata)
            for key, points in batch.points.items()
            for point in points
        ]


def metrics(*names: str) -> list[Metric]:
    """One for each name."""
    return [Metric(name, "unit", name) for name in names]


def number(metric: str, scope: str, begin: datetime.datetime) -> list[Point]:
    """A point that is different for each metric, scope and period."""
    value = (begin - COMPLETE) // HOUR + 1000 * len(metric) + 10 * ord(scope[-1])
    return [Point(value, {"id": scope}, {})]


def expected(
    scopes: Sequence[str], names: Sequence[str], periods: int
) -> dict[tuple[str, datetime.datetime], set[tuple[str, int]]]:
    """What there is to be stored of the last periods."""
    begins = [COMPLETE - place * HOUR for place in range(1, periods + 1)]
    return {
        (scope, begin): {(name, int(number(name, scope, begin)[0].value)) for name in names}
        for scope in scopes
        for begin in begins
    }


class Scene:
    """One worker; ``running`` starts and ends it."""

    def __init__(
        self,
        scopes: Sequence[str],
        names: Sequence[str] = ("cpu", "ram"),
        *,
        periods: int = 6,
        answer: Callable[[str, str, datetime.datetime], Sequence[Point]] = number,
        characteristics: CollectorCharacteristics | None = None,
        latency: float = 0.0,
        threads: int = 4,
        ahead: int = 48,
        revisit: int = 0,
        usage: MemoryUsage | None = None,
        collector: MemoryCollector | None = None,
        partition: Partition | None = None,
        worker: str = "host/w0",
        handler: PeriodHandler | None = None,
    ) -> None:
        self.now = NOW
        self.usage = usage or MemoryUsage()
        self.collector = collector or MemoryCollector(answer, characteristics, latency)
        self.sources = MemoryScopes(scopes)
        self.answers: list[Answered] = []
        happenings: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self.happenings = happenings
        self.calendar = calendar = Calendar(
            HOUR, 2, datetime.timedelta(minutes=1), revisit, lambda: self.now
        )
        wanted = metrics(*names)
        self.retrieval = Retrieval(self.collector, wanted, HOUR, threads, happenings)
        self.storing = Storing(
            worker, wanted, calendar, lambda: ([handler or Plain()], self.usage), happenings
        )
        self.pipeline = Pipeline(
            calendar,
            wanted,
            Ready(calendar, self.collector.characteristics, ahead),
            self.retrieval,
            self.storing,
            asks_first=type(self.collector).caught_up is not Collector.caught_up,
        )
        self.discovery = Discovery(
            [("memory", self.sources)], self.collector, calendar, COMPLETE - periods * HOUR, 0.2
        )
        self.conductor = Conductor(
            calendar,
            self.pipeline,
            planner=Planner(worker, calendar, partition or Everything()),
            discovery=self.discovery,
            happenings=happenings,
            record=self.answers.append,
        )
        self.most_cells = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Start the threads; end and join them."""
        thread = threading.Thread(target=self.conductor.run)
        self.storing.start()
        thread.start()
        try:
            yield
        finally:
            self.conductor.stop()
            thread.join()
            self.storing.stop()
            self.retrieval.stop()
        assert self.storing.failure is None

    def run_until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Run until something is true."""
        with self.running():
            self.wait_until(condition, seconds)

    def wait_until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait, while it runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.most_cells = max(self.most_cells, self.pipeline.cells)
            assert time.monotonic() < deadline, (self.usage.known, self.storing.failure)
            time.sleep(0.005)

    def is_at(self, moment: datetime.datetime, *scopes: str) -> bool:
        """Whether these scopes, or all, have come so far."""
        states = self.usage.states(scopes or None)
        wanted = scopes or self.sources.names
        return len(states) == len(wanted) and all(
            state.last_processed == moment for state in states
        )

    def stored(self) -> dict[tuple[str, datetime.datetime], set[tuple[str, int]]]:
        """What is stored, without empty periods."""
        return {
            key: {(usage.metric, int(usage.quantity)) for usage in usages}
            for key, usages in self.usage.rows.items()
            if usages
        }


class Nobody:
    """A partition in which nothing is this worker's, but for what concerns all."""

    def __init__(self, *own: str) -> None:
        self.own = set(own)
        self.gone: set[str] = set()

    def mine(self, scopes: Sequence[str]) -> Collection[str]:
        """Those it was given."""
        return [scope for scope in scopes if scope in self.own]

    def is_gone(self, worker: str) -> bool:
        """Those that were said to be."""
        return worker in self.gone
