# SPDX-License-Identifier: Apache-2.0
"""Sampler: the thread that keeps a history of what the workers of this host tell."""

import threading
import time
from collections.abc import Callable

from oslo_log import log

from ceilobatch.api.context import Context
from ceilobatch.api.presence import Presence, presence
from ceilobatch.telemetry.added import Added
from ceilobatch.telemetry.levels import series
from ceilobatch.telemetry.points import flat
from ceilobatch.telemetry.snapshot import Snapshot

LOG = log.getLogger(__name__)

PREFIX = "ceilobatch."


class Sampler(threading.Thread):
    """Adds points to the history, from its start on and every ``[api] interval`` seconds.

    Counters tell what was added since the sample before. A worker that was at work before the
    sampler begins with 0, one that is started later counts from its own beginning, and one that
    has ended, or does not tell its figures any more, adds no points.

    :param wall: seconds since the epoch.
    """

    def __init__(self, context: Context, wall: Callable[[], float] = time.time) -> None:
        super().__init__(name="sampler")
        self._context = context
        self._wall = wall
        self._added = Added(wall())
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End; nothing happens where it was not started."""
        self._stopped.set()
        if self.ident is not None:
            self.join()

    def run(self) -> None:
        """The body of the thread."""
        interval, due = self._context.conf.api.interval, time.monotonic()
        while not self._stopped.wait(max(0.0, due - time.monotonic())):
            due = max(due + interval, time.monotonic())
            try:
                self.sample()
            except Exception:
                # What is wrong with one sample need not be wrong with the next.
                LOG.exception("A sample of the workers' figures failed")

    def sample(self) -> None:
        """Add one point of every series, all of them at the same time."""
        now = self._wall()
        told = [snapshot for snapshot in self._context.board.read() if self._tells(snapshot, now)]
        new = [self._added.since_last(snapshot) for snapshot in told]
        history = self._context.history
        for point in flat(series(new)):
            history.add(f"{PREFIX}{point.name}", point.dimensions, now, point.value)
        history.expire(now)

    def _tells(self, snapshot: Snapshot, now: float) -> bool:
        """What a worker counted at its end is told, too, where its beginning is known."""
        there = presence(snapshot, now, self._context.conf.api.stale_after)
        return there is Presence.FRESH or self._added.news(snapshot)
