# SPDX-License-Identifier: Apache-2.0
"""The figures of the board as families of Prometheus, made anew at each scrape."""

import dataclasses
import importlib.metadata
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

from prometheus_client import Metric
from prometheus_client.registry import Collector

from ceilobatch.api import prometheus_names as names
from ceilobatch.api.presence import Presence, presence
from ceilobatch.api.prometheus_names import Family
from ceilobatch.telemetry.levels import Level, Series, series
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.measurements import BY_NAME, REQUEST_TIME
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import NO_EXTREMES, Extremes, SpreadFigures

NANOSECONDS = 1_000_000_000
BORDERS = {limit: str(limit / NANOSECONDS) for limit in names.LIMITS}
VERSION = importlib.metadata.version("ceilobatch")


class BoardCollector(Collector):
    """Series of threads only, so that a sum over all of them counts nothing twice.

    :param read: the snapshots as they are now.
    :param more: series that no worker tells.
    :param stale_after: seconds without figures after which a worker is taken for gone.
    :param wall: seconds since the epoch.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[Snapshot]],
        more: Callable[[], Iterable[Series]],
        stale_after: float,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._read = read
        self._more = more
        self._stale_after = stale_after
        self._wall = wall

    def collect(self) -> Iterator[Metric]:
        """All families that have anything to tell."""
        now = self._wall()
        there = [(one, presence(one, now, self._stale_after)) for one in self._read()]
        families = Families()
        told = [_lasting(one, how) for one, how in there if how.counts]
        for one in (*series(told, [Level.THREAD]), *self._more()):
            families.add_series(one)
        for snapshot, how in there:
            _add_worker(families, snapshot, how, now)
        families.add(names.BUILD, {"version": VERSION}, 1, "_info")
        return families.all()


class Families:
    """Families in the making, each begun with its first sample."""

    def __init__(self) -> None:
        self._families: dict[str, Metric] = {}

    def all(self) -> Iterator[Metric]:
        """Those that were begun, by name."""
        return (self._families[name] for name in sorted(self._families))

    def add(self, family: Family, labels: dict[str, str], value: float, suffix: str = "") -> None:
        """Add one sample."""
        self._of(family).add_sample(f"{family.name}{suffix}", labels, value)

    def add_series(self, one: Series) -> None:
        """Add one sample, or those of a histogram."""
        family, labels = names.FAMILIES[one.measurement.name], dict(one.dimensions)
        if one.measurement.kind is Kind.TIME:
            limits = names.limits(one.measurement)
            self._add_histogram(family, labels, cast(SpreadFigures, one.value), limits)
        else:
            suffix = "_total" if one.measurement.kind is Kind.COUNTER else ""
            self.add(family, labels, cast(float, one.value) / family.divisor, suffix)

    def _add_histogram(
        self, family: Family, labels: dict[str, str], value: SpreadFigures, limits: Sequence[int]
    ) -> None:
        add = self._of(family).add_sample
        bucket = f"{family.name}_bucket"
        for limit, count in zip(limits, value.below(limits), strict=True):
            add(bucket, {**labels, "le": BORDERS[limit]}, count)
        add(bucket, {**labels, "le": "+Inf"}, value.count)
        add(f"{family.name}_count", labels, value.count)
        add(f"{family.name}_sum", labels, value.total / NANOSECONDS)

    def _of(self, family: Family) -> Metric:
        known = self._families.get(family.name)
        if known is None:
            known = Metric(family.name, family.sentence, family.type, family.unit)
            self._families[family.name] = known
        return known


def _lasting(snapshot: Snapshot, how: Presence) -> Snapshot:
    """Without gauges where it is not known any more how things are."""
    if how is Presence.FRESH:
        return snapshot
    readings = [one for one in snapshot.readings if not _is_gauge(one.name)]
    return dataclasses.replace(snapshot, readings=readings)


def _is_gauge(name: str) -> bool:
    return name in BY_NAME and BY_NAME[name].kind is Kind.GAUGE


def _add_worker(families: Families, snapshot: Snapshot, how: Presence, now: float) -> None:
    """What is told of a worker besides its figures."""
    labels = snapshot.dimensions
    if how.missing:
        families.add(names.UP, labels, 0)
    if how is not Presence.FRESH:
        return
    families.add(names.UP, labels, 1)
    families.add(names.IDLE, labels, snapshot.idle + max(0.0, now - snapshot.taken))
    families.add(names.START, labels, snapshot.started)
    period = _period(snapshot)
    if period.longest:
        families.add(names.PERIOD_MIN, labels, period.shortest / NANOSECONDS)
        families.add(names.PERIOD_MAX, labels, period.longest / NANOSECONDS)


def _period(snapshot: Snapshot) -> Extremes:
    """The extremes of the requests of all threads in the period that ended last."""
    extremes = NO_EXTREMES
    for reading in snapshot.readings:
        if reading.name == REQUEST_TIME.name and isinstance(reading.value, SpreadFigures):
            extremes = extremes.or_of(reading.value.period)
    return extremes
