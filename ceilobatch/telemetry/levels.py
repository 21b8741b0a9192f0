# SPDX-License-Identifier: Apache-2.0
"""Levels: the figures of threads, and what they come to for a process and for the instance."""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from ceilobatch.telemetry.measurement import Kind, Measurement, Merge
from ceilobatch.telemetry.measurements import BY_NAME
from ceilobatch.telemetry.reading import Dimensions
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import SpreadFigures

Value = float | SpreadFigures
_GAUGES: Mapping[Merge, Callable[[float, float], float]] = {
    Merge.SUM: lambda one, other: one + other,
    Merge.MAX: max,
    Merge.MIN: min,
}


class Level(enum.Enum):
    """Whose figure it is; the values are what names begin with, and the dimensions told."""

    THREAD = "thread"
    PROCESS = "process"
    INSTANCE = "instance"


LEFT_OUT = {
    Level.THREAD: frozenset[str](),
    Level.PROCESS: frozenset({"thread"}),
    Level.INSTANCE: frozenset({"thread", "process"}),
}


class Series(NamedTuple):
    """A figure with all its dimensions: service, hostname, pool, process, thread and its own.

    :ivar level: None for a measurement that is told of threads, or processes, only.
    """

    measurement: Measurement
    level: Level | None
    dimensions: Dimensions
    value: Value

    @property
    def name(self) -> str:
        """With the level, such as ``process.requests.received``; without a prefix."""
        level = f"{self.level.value}." if self.level else ""
        return f"{level}{self.measurement.name}"

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The same for the same series at another time."""
        return self.name, tuple(sorted(self.dimensions.items()))


def series(snapshots: Iterable[Snapshot], levels: Iterable[Level] = tuple(Level)) -> list[Series]:
    """Everything that the snapshots tell, measurements with levels at each of these levels."""
    wanted = tuple(levels)
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Series] = {}
    for one in _each(snapshots, wanted):
        known = found.get(one.key)
        found[one.key] = one if known is None else _sum(known, one)
    return list(found.values())


def _each(snapshots: Iterable[Snapshot], levels: Iterable[Level]) -> Iterator[Series]:
    for snapshot in snapshots:
        common = snapshot.dimensions
        for name, own, value in snapshot.readings:
            measurement = BY_NAME.get(name)
            if measurement is None:
                continue  # of a worker of another version
            dimensions = {**common, **own}
            if not measurement.levels:
                yield Series(measurement, None, dimensions, value)
                continue
            for level in levels:
                left_out = LEFT_OUT[level]
                kept = {key: text for key, text in dimensions.items() if key not in left_out}
                yield Series(measurement, level, kept, value)


def _sum(one: Series, other: Series) -> Series:
    if one.measurement.kind is Kind.TIME:
        added: Value = cast(SpreadFigures, one.value).plus(cast(SpreadFigures, other.value))
    elif one.measurement.kind is Kind.COUNTER:
        added = cast(float, one.value) + cast(float, other.value)
    else:
        merge = _GAUGES[one.measurement.merge]
        added = merge(cast(float, one.value), cast(float, other.value))
    return one._replace(value=added)
