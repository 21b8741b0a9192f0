# SPDX-License-Identifier: Apache-2.0
"""Tally: what samples come to since the first one, whoever restarted meanwhile."""

from typing import NamedTuple

from ceilobatch.perf.duration import Duration
from ceilobatch.perf.sample import Counts, Sample, Times, Worker, total


class Moment(NamedTuple):
    """How far the work was.

    :ivar taken: as of the sample.
    :ivar counts: of all workers, since the first sample.
    :ivar timed: requests whose time was told, since the first sample; ``spent`` seconds.
    """

    taken: float
    counts: Counts
    timed: int
    spent: float


class Tally:
    """Adds samples up.

    A worker whose counters went down has been restarted: what it tells then is all new. What it
    did between its last sample and its end, a source that only tells what is has forgotten. A
    worker that was not in the first sample has started later: all that it tells is new, too.

    :ivar counts: by worker; likewise ``durations``.
    :ivar restarts: how many were noticed.
    """

    def __init__(self) -> None:
        self.counts: dict[Worker, Counts] = {}
        self.durations: dict[Worker, Duration] = {}
        self.moments: list[Moment] = []
        self._restarts = self._told = 0
        self._last: dict[Worker, Counts] = {}
        self._times: dict[Worker, Times] = {}
        self._started: dict[Worker, float] = {}

    def add(self, sample: Sample) -> bool:
        """Take a sample in; whether it has anything new."""
        self._forget(sample)
        for worker, counts in sample.counts.items():
            self._count(worker, counts)
        for worker, times in sample.times.items():
            before = self._times.get(worker, Times() if self.moments else times)
            self.durations.setdefault(worker, Duration()).add(times, before)
            self._times[worker] = times
        self._told = sample.restarts
        before_counts = self.whole
        self.moments.append(self._moment(sample.taken))
        return len(self.moments) > 1 and self.whole != before_counts

    @property
    def whole(self) -> Counts:
        """Of all workers, as of the last sample."""
        return self.moments[-1].counts if self.moments else Counts()

    @property
    def restarts(self) -> int:
        """Those that counters show and those that the source tells of."""
        return self._restarts + self._told

    @property
    def busy(self) -> tuple[int, int]:
        """Indexes of the moment before the first change and of the last change; equal if none."""
        changed = [
            index
            for index in range(1, len(self.moments))
            if self.moments[index].counts != self.moments[index - 1].counts
        ]
        return (changed[0] - 1, changed[-1]) if changed else (0, 0)

    def _forget(self, sample: Sample) -> None:
        """What those told before their restart that began anew since."""
        for worker, now in sample.counts.items():
            before = self._last.get(worker)
            started = self._started.get(worker)
            reborn = started is not None and started != sample.started.get(worker, started)
            if before is not None and (reborn or now.went_down_from(before)):
                self._restarts += 1
                del self._last[worker]
                self._times.pop(worker, None)
        self._started.update(sample.started)

    def _count(self, worker: Worker, now: Counts) -> None:
        before = self._last.get(worker, Counts() if self.moments else now)
        self._last[worker] = now
        self.counts[worker] = self.counts.get(worker, Counts()).plus(now.minus(before))

    def _moment(self, taken: float) -> Moment:
        durations = self.durations.values()
        return Moment(
            taken,
            total(self.counts.values()),
            sum(one.count for one in durations),
            sum(one.total for one in durations),
        )
