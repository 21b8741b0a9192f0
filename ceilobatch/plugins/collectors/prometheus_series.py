# SPDX-License-Identifier: Apache-2.0
"""The series of an answer of Prometheus made into points."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.buckets import can_fold, fold
from ceilobatch.usage import Point

# What the methods of Prometheus are to those who fold.
_FOLDS = {"avg": "mean"}


class Series(NamedTuple):
    """One series.

    :ivar values: by begin of the period.
    """

    scope: str
    labels: Mapping[str, str]
    values: Mapping[datetime.datetime, Decimal]


def points_of(
    metric: Metric, series: Iterable[Series]
) -> dict[tuple[str, datetime.datetime], list[Point]]:
    """The points by scope and begin of the period.

    Series that differ only in what is told along, such as a name that was changed within the
    period, are one point, with the labels of the last of them by alphabet.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[Series]] = {}
    for one in series:
        key = tuple(one.labels.get(name, "") for name in metric.groupby)
        groups.setdefault((one.scope, key), []).append(one)
    points: dict[tuple[str, datetime.datetime], list[Point]] = {}
    for (scope, key), members in groups.items():
        members.sort(key=lambda one: _metadata(metric, one))
        groupby = dict(zip(metric.groupby, key, strict=True))
        for begin in dict.fromkeys(begin for one in members for begin in one.values):
            there = [one for one in members if begin in one.values]
            value = _folded(metric, [one.values[begin] for one in there])
            metadata = dict(zip(metric.metadata, _metadata(metric, there[-1]), strict=True))
            points.setdefault((scope, begin), []).append(Point(value, groupby, metadata))
    return points


def _metadata(metric: Metric, series: Series) -> tuple[str, ...]:
    return tuple(series.labels.get(name, "") for name in metric.metadata)


def _folded(metric: Metric, values: list[Decimal]) -> Decimal:
    method = metric.extra_args["aggregation_method"]
    method = _FOLDS.get(method, method)
    # A deviation cannot be had of deviations; the greatest of them is not less than it says.
    return Decimal(fold(method if can_fold(method) else "max", values))
