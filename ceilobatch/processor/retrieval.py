# SPDX-License-Identifier: Apache-2.0
"""Retrieval: the threads of a worker that ask the collector, shared by all of its scopes."""

import datetime
import heapq
import itertools
import queue
import time
from collections.abc import Callable, Sequence
from concurrent import futures

import futurist
from oslo_log import log

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector
from ceilobatch.processor.happenings import Answered, CaughtUp, Happening
from ceilobatch.processor.request import Request

LOG = log.getLogger(__name__)

# Seconds that requests have to come back when everything ends; what they bring is not used.
LAST_WAIT = 3.0


class Retrieval:
    """Runs requests in threads; answers come through the queue.

    All methods are called from the conductor's thread. The collector is called from many.

    :ivar under_way: how many requests are in threads or wait for one.
    """

    def __init__(
        self,
        collector: Collector,
        metrics: Sequence[Metric],
        period: datetime.timedelta,
        threads: int,
        answers: "queue.SimpleQueue[Happening]",
    ) -> None:
        self.under_way = 0
        self.threads = threads
        self._collector = collector
        self._metrics = metrics
        self._period = period
        self._answers = answers
        self._pool = futurist.ThreadPoolExecutor(max_workers=threads)
        self._later: list[tuple[float, int, Request]] = []
        self._numbers = itertools.count()
        self._open: set[futures.Future[None]] = set()
        self._stopped = False

    @property
    def room(self) -> int:
        """How many requests should be added: what is next waits in the pool, not more."""
        return 2 * self.threads - self.under_way

    def submit(self, request: Request) -> None:
        """Ask as soon as a thread is free."""
        self.under_way += 1
        self._submit(lambda: self._answer(request))

    def submit_later(self, request: Request, seconds: float) -> None:
        """Ask again after a while; no thread waits for that."""
        due = time.monotonic() + seconds
        heapq.heappush(self._later, (due, next(self._numbers), request))

    def run(self, task: Callable[[], Happening]) -> None:
        """Run something else that waits for another host."""
        self._submit(lambda: self._answers.put(task()))

    def submit_due(self) -> None:
        """Ask again what is due."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            wanted = heapq.heappop(self._later)[2].without_dropped()
            if wanted is not None:
                self.submit(wanted)

    def seconds_until_due(self, longest: float) -> float:
        """How long nothing has to be asked again."""
        if not self._later:
            return longest
        return min(longest, max(0.0, self._later[0][0] - time.monotonic()))

    def stop(self) -> None:
        """Ask nothing more, wait a little for what is under way, and close the collector.

        The threads of the pool do not keep the process alive, however long a request hangs.
        """
        self._stopped = True
        begun = [future for future in set(self._open) if not future.cancel()]
        left = futures.wait(begun, LAST_WAIT).not_done
        if left:
            LOG.info("%d requests are left unanswered", len(left))
        self._pool.shutdown(wait=not left)
        if not left:
            self._collector.close()

    def _submit(self, call: Callable[[], None]) -> None:
        future = self._pool.submit(call)
        self._open.add(future)
        future.add_done_callback(self._open.discard)

    def _answer(self, request: Request) -> None:
        """In a thread of the pool."""
        if self._stopped:
            return
        start = time.perf_counter_ns()
        try:
            answer = self._ask(request)
        except Exception as error:  # noqa: BLE001  (a driver's bug is a failure of the request)
            # Its frames hold the request, which holds whole ranges.
            error.__traceback__ = None
            answer = Answered(request, 0, error=error)
        self._answers.put(answer._replace(elapsed=time.perf_counter_ns() - start))

    def _ask(self, request: Request) -> Answered:
        if request.metric is None:
            scopes = self._collector.caught_up(self._metrics, request.scopes)
            known = CaughtUp(False) if scopes is None else CaughtUp(True, frozenset(scopes))
            return Answered(request, 0, caught_up=known)
        retrieved = self._collector.retrieve(
            request.metric, request.scopes, request.begin, request.end, self._period
        )
        if not hasattr(retrieved, "get"):
            raise errors.Unavailable(f"the collector answered {type(retrieved).__name__}")
        return Answered(request, 0, retrieved=retrieved)
