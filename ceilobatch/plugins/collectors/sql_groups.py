# SPDX-License-Identifier: Apache-2.0
"""Samples folded into points: by scope, period and the attributes that a metric groups by."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.buckets import Grid
from ceilobatch.plugins.collectors.sql_arguments import AGGREGATIONS, DEFAULT_METHOD, METHOD
from ceilobatch.plugins.collectors.sql_reading import COLUMNS, is_column
from ceilobatch.usage import Point

Place = tuple[str, datetime.datetime]


class Found(NamedTuple):
    """A sample as it is read.

    :ivar document: its metadata as JSON; None where nobody wants to know, or it has none.
    """

    scope: str
    timestamp: datetime.datetime
    message_id: str
    position: int
    volume: float
    project_id: str | None
    user_id: str | None
    resource_id: str | None
    document: str | None = None

    @property
    def when(self) -> tuple[datetime.datetime, str, int]:
        """Its place in time; that of no two samples of a metric is the same."""
        return self.timestamp, self.message_id, self.position


class Groups:
    """Takes samples of one metric in, in any order, and makes points of them.

    What comes out depends on the samples alone, not on the order in which they came.
    """

    def __init__(self, metric: Metric, grid: Grid) -> None:
        self._metric = metric
        self._grid = grid
        self._by_metadata = not all(map(is_column, metric.groupby))
        self._groups: dict[tuple[Place, tuple[str, ...]], list[Found]] = {}

    def add(self, sample: Found) -> None:
        """Take in a sample; one outside of the periods is left out."""
        begin = self._grid.begin_of(sample.timestamp)
        if begin is None:
            return
        document = decoded(sample.document) if self._by_metadata else {}
        key = tuple(attribute(sample, document, name) for name in self._metric.groupby)
        kept = self._groups.setdefault(((sample.scope, begin), key), [])
        if kept and sample.document is not None:
            # Only the last one's is told: the others' need not fill the memory.
            if kept[-1].when < sample.when:
                kept[-1] = kept[-1]._replace(document=None)
            else:
                sample = sample._replace(document=None)
                kept.insert(-1, sample)
                return
        kept.append(sample)

    def points(self) -> dict[Place, list[Point]]:
        """The points of all groups, by scope and begin of the period."""
        points: dict[Place, list[Point]] = {}
        for (place, key), samples in self._groups.items():
            points.setdefault(place, []).append(self._point(key, samples))
        return points

    def _point(self, key: tuple[str, ...], samples: list[Found]) -> Point:
        metric = self._metric
        samples.sort(key=_when)
        aggregate = AGGREGATIONS[metric.extra_args.get(METHOD, DEFAULT_METHOD)]
        last = samples[-1]
        document = decoded(last.document) if metric.metadata else {}
        return Point(
            aggregate([sample.volume for sample in samples]),
            dict(zip(metric.groupby, key, strict=True)),
            {name: attribute(last, document, name) for name in metric.metadata},
        )


_when = Found.when.fget  # type: ignore[attr-defined]


def decoded(document: str | None) -> Mapping[str, Any]:
    """The metadata of a sample; none where they are no mapping."""
    content = orjson.loads(document) if document else None
    return content if isinstance(content, dict) else {}


def attribute(sample: Found, document: Mapping[str, Any], name: str) -> str:
    """An attribute as text: what is no text is written as JSON; empty where there is none."""
    value = getattr(sample, name) if name in COLUMNS else document.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
