# SPDX-License-Identifier: Apache-2.0
"""Storing: the one thread of a worker that runs the handlers and talks to the usage storage."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from oslo_log import log

from ceilobatch import errors
from ceilobatch.gate import Gate
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Conflict, PeriodHandler, UsageStorage
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.happenings import Happening, NotStored, Stored
from ceilobatch.processor.track import Range, Track, Work
from ceilobatch.telemetry.spread import Spread
from ceilobatch.usage import Order, PeriodBatch

LOG = log.getLogger(__name__)

Job = Callable[[], Happening | None]


class Storing(threading.Thread):
    """Does one job after the other; while the storage is away the jobs wait.

    Everything that talks to the usage storage is done here, so that what the conductor is told
    of states and of progress comes in the order in which it happened.

    :param build: makes the handlers and the storage, in this thread.
    :ivar failure: what has ended the thread, if it should still run.
    :ivar gate: closed while the storage is away.
    :ivar stored: periods of scopes that are, since the start.
    :ivar conflicts: periods that another worker had moved on from meanwhile.
    :ivar dropped: periods that nobody wanted any more when their turn came.
    :ivar request_time: of each period, from setting about its range to storing it.
    """

    def __init__(
        self,
        worker: str,
        metrics: Sequence[Metric],
        calendar: Calendar,
        build: Callable[[], tuple[Sequence[PeriodHandler], UsageStorage]],
        happenings: "queue.SimpleQueue[Happening]",
    ) -> None:
        super().__init__(name="storing")
        self.failure: Exception | None = None
        self.gate = Gate("usage storage")
        self.stored = self.conflicts = self.dropped = 0
        self.request_time = Spread()
        self._worker = worker
        self._metrics = metrics
        self._calendar = calendar
        self._build = build
        self._happenings = happenings
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._handlers: Sequence[PeriodHandler] = ()
        self._storage: UsageStorage

    @property
    def storage(self) -> UsageStorage:
        """For jobs, in this thread only."""
        return self._storage

    def add(self, job: Job) -> None:
        """Do this after everything that was added before."""
        self._jobs.put(job)

    def store(self, track: Track, ranges: Sequence[Range]) -> None:
        """Handle and store the first ranges of a track."""
        self.add(lambda: self._store(track, ranges))

    def enroll(self, scopes: Collection[str] | None, starts: Mapping[str, datetime]) -> None:
        """Note which scopes there are; None: those that are known stay active."""

        def job() -> None:
            if starts:
                self._storage.enroll(starts)
            if scopes is not None:
                self._storage.activate(scopes)

        self.add(job)

    def note_failure(self, scopes: Sequence[str], error: str) -> None:
        """Show why scopes do not go on."""
        self.add(lambda: self._storage.failed(scopes, error))

    def stop(self) -> None:
        """Finish the job in hand and leave the rest."""
        self._stopped.set()
        self._jobs.put(None)
        self.join()

    def run(self) -> None:
        """The body of the thread."""
        try:
            self._handlers, self._storage = self._build()
            with contextlib.ExitStack() as stack:
                for plugin in (self._storage, *self._handlers):
                    stack.callback(plugin.close)
                self._work()
        except Exception as error:  # noqa: BLE001  (raised again in the process's main thread)
            self.failure = error

    def _work(self) -> None:
        while not self._stopped.is_set() and (job := self._jobs.get()) is not None:
            self._do(job)

    def _do(self, job: Job) -> None:
        while not self._stopped.is_set():
            reason = None
            try:
                happening = job()
            except errors.Unavailable as error:
                reason = str(error)
            if reason is None:
                self.gate.handled()
                if happening is not None:
                    self._happenings.put(happening)
                return
            self.gate.close(reason)
            self.gate.wait_until_open(self._storage.probe, self._stopped)

    def _store(self, track: Track, ranges: Sequence[Range]) -> Happening:
        if ranges[0].dropped:
            self.dropped += sum(one.periods for one in ranges)
            return NotStored(track, ranges, None)
        batches = [
            batch for one in ranges for batch in batches_of(one, self._metrics, self._calendar)
        ]
        error = self._handle(batches)
        if error is not None:
            return NotStored(track, ranges, error)
        try:
            order = self._write(track, batches, ranges[0].final)
        except Conflict as conflict:
            LOG.debug("%s: not stored, %s", track.scope, conflict)
            self.conflicts += len(batches)
            return NotStored(track, ranges, None)
        self.stored += len(batches)
        for one in ranges:
            self.request_time.record(time.perf_counter_ns() - one.begun, one.periods)
        return Stored(track, ranges, order)

    def _handle(self, batches: Sequence[PeriodBatch]) -> str | None:
        """Run the chain; why it failed, or None."""
        for batch in batches:
            for handler in self._handlers:
                try:
                    handler.handle(batch)
                except errors.Unavailable as error:
                    return str(error)
                except Exception as error:
                    LOG.exception("A handler failed for %s at %s", batch.scope, batch.begin)
                    return f"{type(handler).__name__}: {type(error).__name__}: {error}"
        return None

    def _write(self, track: Track, batches: Sequence[PeriodBatch], final: bool) -> Order | None:
        expected = batches[0].begin
        if track.order is not None:
            return self._storage.redo(track.order, batches, self._worker)
        if track.work is Work.SECOND_LOOK:
            found = self._storage.correct(expected, batches, self._worker)
            if found:
                LOG.info("%s: %d corrections from %s on", track.scope, found, expected)
        else:
            self._storage.store(expected, batches, self._worker, final=final)
        return None


def batches_of(one: Range, metrics: Sequence[Metric], calendar: Calendar) -> list[PeriodBatch]:
    """A range cut into its periods."""
    return [
        PeriodBatch(
            one.track.scope,
            begin,
            begin + calendar.period,
            metrics,
            {key: points.get(begin, ()) for key, points in one.points.items()},
            one.rejected,
        )
        for begin in calendar.begins(one.begin, one.end)
    ]
