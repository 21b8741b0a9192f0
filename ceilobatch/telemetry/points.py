# SPDX-License-Identifier: Apache-2.0
"""Points: figures flat as Monasca has them: a name, dimensions and one number.

Counters tell what was added since the last time; a time becomes seven numbers, all of them in
microseconds but for ``count``:

``.count``, ``.sum``
    what was added since the last time
``.avg``, ``.min``, ``.max``, ``.p50``, ``.p99``
    of the period that ended last; only where there was anything
"""

import dataclasses
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
    """Makes points of the same series again and again; each call tells what is new since.

    For series of one process. Those of several together go down when one of them begins anew:
    of those, :class:`~ceilobatch.telemetry.added.Added` makes differences before they are summed.
    """

    def __init__(self) -> None:
        self._last: dict[Key, Value] = {}

    def points(self, series: Iterable[Series]) -> Iterator[Point]:
        """In order; counters to which nothing was added are told as 0."""
        for one in series:
            last = self._last.get(one.key)
            if one.measurement.kind is not Kind.GAUGE:
                self._last[one.key] = one.value
            yield from flat([one._replace(value=added(one.measurement.kind, one.value, last))])


def added(kind: Kind, now: Value, before: Value | None) -> Value:
    """What is new; of a gauge, and of what began anew, all of it.

    Of times the difference of the sums in whole microseconds, so that parts add up to the whole.

    :param before: None where nothing was known.
    """
    if kind is Kind.GAUGE:
        return now
    if kind is Kind.COUNTER:
        return _more(cast(float, now), cast(float, before or 0))
    figures, earlier = cast(SpreadFigures, now), cast(SpreadFigures, before or SpreadFigures())
    total = _more(figures.total // 1000, earlier.total // 1000) * 1000
    return dataclasses.replace(figures.since(earlier), total=int(total))


def flat(series: Iterable[Series]) -> Iterator[Point]:
    """The points of series whose values, but for gauges, are what was added."""
    for one in series:
        if one.measurement.kind is Kind.TIME:
            yield from _of_time(one, cast(SpreadFigures, one.value))
        else:
            counts = one.measurement.kind is Kind.COUNTER
            yield Point(one.name, one.dimensions, cast(float, one.value), counts)


def _more(now: float, before: float) -> float:
    """A counter that went down began anew."""
    return now - before if now >= before else now


def _of_time(one: Series, new: SpreadFigures) -> Iterator[Point]:
    yield Point(f"{one.name}.count", one.dimensions, new.count, True)
    yield Point(f"{one.name}.sum", one.dimensions, new.total // 1000, True)
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
