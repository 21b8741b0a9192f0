# SPDX-License-Identifier: Apache-2.0
"""MonascaSource: what was added in each period, as a Monasca API tells it, summed up."""

import datetime
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ceilobatch.perf import naming
from ceilobatch.perf.monasca_pages import Pages
from ceilobatch.perf.monasca_points import Point, Points, Series, series_of
from ceilobatch.perf.sample import Counts, Period, Sample, Times, Worker
from ceilobatch.perf.source import Names

COUNTERS = {name: f"ceilobatch.process.requests.{name}" for name in Counts._fields}
TIME = "ceilobatch.process.request.time"
UPTIME = "ceilobatch.worker.uptime"
MICROSECONDS = 1e6
QUANTILES = {"min": 0.0, "p50": 0.5, "p99": 0.99, "max": 1.0}
# Seconds that a point may take from its time stamp to the API.
LATE = 60.0


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(slots=True)
class _Sums:
    """Of a worker since the source was opened."""

    counts: dict[str, float] = field(default_factory=dict)
    count: float = 0.0
    total: float = 0.0

    def counted(self) -> Counts:
        return Counts(**{name: round(value) for name, value in self.counts.items()})


class MonascaSource:
    """Counts every point that comes to be there after the first sample, once.

    :param names: of counters that tell what was added, and of a time that has ``.count``,
        ``.sum``, ``.min``, ``.max``, ``.p50`` and ``.p99`` in microseconds.
    :param late: seconds; a point that comes later than that after its own time is missed.
    """

    def __init__(
        self,
        pages: Pages,
        names: Names,
        late: float = LATE,
        now: Callable[[], datetime.datetime] = _now,
    ) -> None:
        self._pages = pages
        self._counters = names.counters or COUNTERS
        self._time = names.time or TIME
        self._where = names.where or ({} if names.counters else naming.AGENT)
        self._late = datetime.timedelta(seconds=late)
        self._now = now
        self._points: dict[str, Points] = {}
        self._sums: dict[Worker, _Sums] = {}
        self._uptimes: dict[Series, tuple[str, float]] = {}
        self._restarts = 0
        self._asked: datetime.datetime | None = None

    def sample(self) -> Sample:
        """Ask for everything that may be new."""
        now, first = self._now(), self._asked is None
        since = (self._asked or now) - self._late
        for name, metric in self._counters.items():
            for worker, point in self._new(metric, since):
                if not first:
                    counts = self._sums.setdefault(worker, _Sums()).counts
                    counts[name] = counts.get(name, 0.0) + point.added
        times = self._add_times(since, first)
        self._watch_uptime(since, first)
        for points in self._points.values():
            points.forget(since)
        self._asked = now
        counts_now = {worker: sums.counted() for worker, sums in self._sums.items()}
        return Sample(time.monotonic(), counts_now, times, self._restarts)

    def close(self) -> None:
        """Close the connection."""
        self._pages.close()

    def _new(self, metric: str, since: datetime.datetime) -> Iterable[tuple[Worker, Point]]:
        """Points that were not seen before, all of them fetched before the first is counted."""
        points = self._points.setdefault(metric, Points())
        found = list(self._pages.elements(metric, since, self._where))
        return [
            (naming.worker_of(one.dimensions), point)
            for one in found
            for point in points.new(series_of(one.dimensions), one.measurements)
        ]

    def _add_times(self, since: datetime.datetime, first: bool) -> dict[Worker, Times]:
        found = {
            suffix: list(self._new(f"{self._time}.{suffix}", since))
            for suffix in ("count", "sum", *QUANTILES)
        }
        if first:
            return {}
        for worker, point in found["count"]:
            self._sums.setdefault(worker, _Sums()).count += point.added
        for worker, point in found["sum"]:
            self._sums.setdefault(worker, _Sums()).total += point.added / MICROSECONDS
        return {
            worker: Times(
                round(sums.count),
                sums.total,
                shortest=min(_values(found["min"], worker), default=None),
                longest=max(_values(found["max"], worker), default=None),
                periods=self._periods(found, worker),
            )
            for worker, sums in self._sums.items()
        }

    def _periods(
        self, found: Mapping[str, list[tuple[Worker, Point]]], worker: Worker
    ) -> list[Period]:
        """Those that are new: what was told of one series at one time."""
        counted = self._points[f"{self._time}.count"]
        told: dict[tuple[Series, str], dict[float, float]] = {}
        for suffix, share in QUANTILES.items():
            for point in (point for one, point in found[suffix] if one == worker):
                quantiles = told.setdefault((point.series, point.when), {})
                quantiles[share] = point.value / MICROSECONDS
        return [
            Period(counted.value(*place) or 1.0, quantiles) for place, quantiles in told.items()
        ]

    def _watch_uptime(self, since: datetime.datetime, first: bool) -> None:
        """A worker whose time since its start became less has been started again."""
        for _, point in self._new(UPTIME, since):
            when, uptime = self._uptimes.get(point.series, ("", 0.0))
            if point.when > when:
                self._restarts += point.value < uptime and not first
                self._uptimes[point.series] = (point.when, point.value)


def _values(found: Iterable[tuple[Worker, Point]], worker: Worker) -> list[float]:
    return [point.value / MICROSECONDS for one, point in found if one == worker]
