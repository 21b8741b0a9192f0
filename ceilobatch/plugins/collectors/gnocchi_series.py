# SPDX-License-Identifier: Apache-2.0
"""Points made of Gnocchi's answer to an aggregates request."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.buckets import Grid, Number, can_fold, fold, fold_periods
from ceilobatch.usage import Point

# Begin as text, seconds of the bucket, value.
Bucket = tuple[str, float, float]
Key = tuple[str, ...]
Points = dict[tuple[str, datetime.datetime], list[Point]]


class Series:
    """Takes in groups of an answer; tells the points of the grid.

    :param scope_key: the attribute that names the scope of a group.
    """

    def __init__(self, metric: Metric, scope_key: str, grid: Grid) -> None:
        self._metric = metric
        self._scope_key = scope_key
        self._grid = grid
        self._groups: dict[tuple[str, Key], list[tuple[Mapping[str, Any], list[Bucket]]]] = {}
        # There are few times and many points.
        self._begins: dict[str, datetime.datetime] = {}

    def add(self, answer: Iterable[Mapping[str, Any]]) -> None:
        """Take in all groups.

        :raises Rejected: they have several values where there must be one.
        """
        for group in answer:
            attributes = group["group"]
            buckets = group["measures"]["measures"].get("aggregated")
            if buckets is None:
                raise errors.Rejected(
                    "custom_query does not aggregate, so that there is no single value"
                )
            key = tuple(text(attributes.get(name)) for name in self._metric.groupby)
            scope = text(attributes[self._scope_key])
            self._groups.setdefault((scope, key), []).append((attributes, buckets))

    def points(self, metadata: Mapping[str, Mapping[str, str]] | None) -> Points:
        """The points by scope and begin of the period.

        :param metadata: by the value of the resource key; None: they are with the groups.
        :raises Rejected: the points cannot be put together to periods.
        """
        found: Points = {}
        place = self._metric.groupby.index(self._metric.extra_args["resource_key"])
        for (scope, key), parts in self._groups.items():
            buckets = self._fitting(parts[0][1] if len(parts) == 1 else self._merged(parts))
            groupby = dict(zip(self._metric.groupby, key, strict=True))
            known = self._told(parts[-1][0]) if metadata is None else metadata.get(key[place], {})
            told = {name: known.get(name, "") for name in self._metric.metadata}
            for begin, value in self._fold(buckets).items():
                found.setdefault((scope, begin), []).append(Point(value, groupby, told))
        return found

    def _told(self, attributes: Mapping[str, Any]) -> dict[str, str]:
        return {name: text(attributes.get(name)) for name in self._metric.metadata}

    def _fold(self, buckets: Sequence[Bucket]) -> dict[datetime.datetime, Number]:
        moments = ((self._moment(begin), value) for begin, _, value in buckets)
        method = self._metric.extra_args["aggregation_method"]
        seconds = self._grid.period.total_seconds()
        if buckets and buckets[0][1] < seconds and not can_fold(method):
            raise errors.Rejected(
                f"aggregation_method {method} of {buckets[0][1]:g} s cannot "
                f"be put together to that of a period of {seconds:g} s"
            )
        return fold_periods(self._grid, moments, method)

    def _moment(self, begin: str) -> datetime.datetime:
        moment = self._begins.get(begin)
        if moment is None:
            moment = self._begins[begin] = datetime.datetime.fromisoformat(begin)
        return moment

    def _fitting(self, buckets: list[Bucket]) -> list[Bucket]:
        """The buckets of one granularity: of several the coarsest that periods consist of."""
        spans = {span for _, span, _ in buckets}
        seconds = self._grid.period.total_seconds()
        fitting = [span for span in spans if span <= seconds and seconds % span == 0]
        if spans and not fitting:
            raise errors.Rejected(
                f"a period of {seconds:g} s does not consist of "
                f"{' or '.join(f'{span:g}' for span in sorted(spans))} s, see force_granularity"
            )
        if len(spans) <= 1:
            return buckets
        return [bucket for bucket in buckets if bucket[1] == max(fitting)]

    def _merged(self, parts: Sequence[tuple[Mapping[str, Any], list[Bucket]]]) -> list[Bucket]:
        """Groups that have become one: revisions' resources, or values that read the same."""
        method = self._metric.extra_args["re_aggregation_method"]
        if not can_fold(method):
            raise errors.Rejected(
                f"re_aggregation_method {method} cannot be had of several "
                "resources in revisions, see use_all_resource_revisions"
            )
        values: dict[tuple[str, float], list[float]] = {}
        for _, buckets in parts:
            for begin, span, value in buckets:
                values.setdefault((begin, span), []).append(value)
        return [(*place, float(fold(method, several))) for place, several in sorted(values.items())]


def text(value: Any) -> str:
    """An attribute as points have it: empty where it is not known."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        # Gnocchi's numbers are floats; 3 is written as 3.
        return str(int(value))
    return str(value)
