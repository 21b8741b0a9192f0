# SPDX-License-Identifier: Apache-2.0
"""Whether what a collector answers is an answer to what it was asked."""

import datetime
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector, Retrieved
from ceilobatch.usage import Point


class Question(NamedTuple):
    """What a collector is asked for."""

    metric: Metric
    scopes: Sequence[str]
    begin: datetime.datetime
    end: datetime.datetime
    period: datetime.timedelta

    def ask(self, collector: Collector) -> Retrieved:
        """Ask it of a collector."""
        return collector.retrieve(*self)


def check_retrieved(answer: object, question: Question) -> None:
    """Pairs of scope and begin that were asked for, with points that are whole."""
    metric, scopes, begin, end, period = question
    assert isinstance(answer, Mapping), (
        f"retrieve() returned {type(answer).__name__}, not a mapping of (scope, begin) to points."
    )
    for key, points in answer.items():
        scope, moment = key
        assert scope in scopes, (
            f"retrieve() answers for the scope {scope!r}, which was not asked for: {list(scopes)}."
        )
        assert begin <= moment < end, (
            f"retrieve() answers for the period that begins at {moment}, and was asked from "
            f"{begin} to {end}: neighbours are asked for by themselves."
        )
        assert (moment - begin) % period == datetime.timedelta(0), (
            f"retrieve() answers for {moment}, which is not the begin of a period: periods begin "
            f"at {begin} and are {period} long."
        )
        groups = [tuple(sorted(point.groupby.items())) for point in points]
        assert len(set(groups)) == len(groups), (
            "retrieve() has several points of one metric, scope and period with the same groupby: "
            "fold the finer buckets of the backend into one value."
        )
        for point in points:
            check_point(point, metric)


def check_point(point: object, metric: Metric) -> None:
    """A finite number, and a text for each attribute."""
    assert isinstance(point, Point), f"{point!r} is no ceilobatch.usage.Point."
    assert isinstance(point.value, int | float | Decimal), (
        f"the value {point.value!r} of a point is no number."
    )
    assert math.isfinite(point.value), (
        f"the value of a point is {point.value}: what has no value has no point."
    )
    for name, wanted, found in (
        ("groupby", metric.groupby, point.groupby),
        ("metadata", metric.metadata, point.metadata),
    ):
        assert set(found) == set(wanted), (
            f"a point has the {name} {sorted(found)}, and the metric wants {sorted(wanted)}: each "
            "has a value, an empty text where the backend knows none."
        )
        assert all(isinstance(value, str) for value in found.values()), (
            f"the values of {name} are texts: {dict(found)!r}."
        )
