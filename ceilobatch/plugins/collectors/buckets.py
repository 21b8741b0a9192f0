# SPDX-License-Identifier: Apache-2.0
"""Buckets: what a backend keeps of finer spans than a period, folded into one value a period."""

import datetime
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

Number = Decimal | float | int


def _total(values: Sequence[Number]) -> Number:
    """The sum; of floats the one that is nearest to the true sum, of all else the true sum."""
    if any(isinstance(value, float) for value in values):
        return math.fsum(values)
    return sum(values)


def _mean(values: Sequence[Number]) -> Number:
    return _total(values) / len(values)


_FOLDS: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "sum": _total,
    "count": _total,
    "mean": _mean,
    "max": max,
    "min": min,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}


class Grid:
    """Consecutive periods of the same length.

    ``end - begin`` is a whole number of periods.
    """

    def __init__(
        self, begin: datetime.datetime, end: datetime.datetime, period: datetime.timedelta
    ) -> None:
        self.begin = begin
        self.end = end
        self.period = period

    def begin_of(self, moment: datetime.datetime) -> datetime.datetime | None:
        """The begin of the period that a moment is in; None where it is in none of them.

        A period contains its begin but not its end.
        """
        if not self.begin <= moment < self.end:
            return None
        return self.begin + (moment - self.begin) // self.period * self.period


def can_fold(method: str) -> bool:
    """Whether the value of a period can be had of the values of its buckets.

    It cannot where it takes all measures at once: a median, a percentile, a deviation.

    :param method: a name such as ``max`` or ``rate:mean``; the rate of a span is made of those of
        its parts as any other value is.
    """
    return _plain(method) in _FOLDS


def fold(method: str, values: Sequence[Number]) -> Number:
    """One value made of those of several buckets.

    :param method: by which a bucket was made of its measures, one for which :func:`can_fold`.
    :param values: at least one, in the order of their time.
    """
    return _FOLDS[_plain(method)](values) if len(values) > 1 else values[0]


def fold_periods(
    grid: Grid, buckets: Iterable[tuple[datetime.datetime, Number]], method: str
) -> dict[datetime.datetime, Number]:
    """One value for each period that has a bucket.

    A bucket belongs to the period that contains its begin; what is outside of the grid is left
    out.

    :param buckets: begin and value, in the order of time.
    """
    by_period: dict[datetime.datetime, list[Number]] = {}
    for moment, value in buckets:
        begin = grid.begin_of(moment)
        if begin is not None:
            by_period.setdefault(begin, []).append(value)
    return {begin: fold(method, values) for begin, values in by_period.items()}


def _plain(method: str) -> str:
    return method.removeprefix("rate:")
