# SPDX-License-Identifier: Apache-2.0
"""Points: figures flat as Monasca has them: a name, dimensions and one number.

Counters tell what was added since the last time; a time becomes seven numbers, all of them in
microseconds but for ``count``:

``.count``, ``.sum``
    what was added since the last time
``.avg``, ``.min``, ``.max``, ``.p50``, ``.p99``
    of the period that ended last; only where there was anything
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from ceilobatch.telemetry.levels import Series, Value
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.reading import Dimensions
from ceilobatch.telemetry.spread import SpreadFigures

Key = tuple[str, tuple[tuple[str, str], ...]]


class Point(NamedTuple):
    """One number.

    :ivar counts: it tells what was added, and may be summed up; else it is a state.
    """

    name: str
    dimensions: Dimensions
    value: float
    counts: bool


class Difference:
    """Makes points of the same series again and again; each call tells what is new since."""

    def __init__(self) -> None:
        self._last: dict[Key, Value] = {}

    def points(self, series: Iterable[Series]) -> Iterator[Point]:
        """In order; counters to which nothing was added are told as 0."""
        for one in series:
            kind = one.measurement.kind
            if kind is Kind.GAUGE:
                yield Point(one.name, one.dimensions, cast(float, one.value), False)
                continue
            last = self._last.get(one.key)
            self._last[one.key] = one.value
            if kind is Kind.COUNTER:
                added = _added(cast(float, one.value), cast(float, last or 0))
                yield Point(one.name, one.dimensions, added, True)
            else:
                now = cast(SpreadFigures, one.value)
                yield from _of_time(one, now, cast(SpreadFigures, last or SpreadFigures()))


def _added(now: float, before: float) -> float:
    """A counter that went down began anew."""
    return now - before if now >= before else now


def _of_time(one: Series, now: SpreadFigures, before: SpreadFigures) -> Iterator[Point]:
    new = now.since(before)
    yield Point(f"{one.name}.count", one.dimensions, new.count, True)
    # Of the rounded sums, so that the parts add up to the rounded whole.
    total = _added(now.total // 1000, before.total // 1000)
    yield Point(f"{one.name}.sum", one.dimensions, total, True)
    if not new.count:
        return
    states: Mapping[str, int] = {
        "avg": new.mean,
        "min": new.extremes.shortest,
        "max": new.extremes.longest,
        "p50": new.quantile(0.5),
        "p99": new.quantile(0.99),
    }
    for suffix, nanoseconds in states.items():
        yield Point(f"{one.name}.{suffix}", one.dimensions, nanoseconds // 1000, False)
