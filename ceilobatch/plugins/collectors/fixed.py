# SPDX-License-Identifier: Apache-2.0
"""The collector ``fixed``: known points, and faults as they are ordered; to try and to measure."""

import datetime
import random
import time
from collections.abc import Sequence
from pathlib import Path

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors.buckets import fold
from ceilobatch.plugins.collectors.fixed_file import Place, Points, Written, read_points
from ceilobatch.plugins.collectors.fixed_options import GROUP, OPTIONS
from ceilobatch.plugins.collectors.formula import formula_points
from ceilobatch.plugins.processing import Collector, CollectorCharacteristics, Retrieved
from ceilobatch.processor.calendar import utc_now
from ceilobatch.usage import Point


class FixedCollector(Collector):
    """Answers with points of a file or of a formula, as slowly and badly as it is told to.

    :raises ConfigurationError: the file cannot be used.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        super().__init__(conf, threads)
        own = conf[GROUP]
        self.characteristics = self.declares(conf)
        period = datetime.timedelta(seconds=conf.processor.period)
        self._file = read_points(Path(own.file), period) if own.file else None
        self._points = own.points
        self._latency, self._jitter = own.latency, own.jitter
        self._hangs, self._failures = own.hangs, own.failures
        self._patience = conf.processor.request_timeout
        self._lateness = datetime.timedelta(seconds=own.lateness)
        self._rejected = frozenset(own.rejected)
        # One call of it is never interrupted by another thread.
        self._draw = random.Random(own.seed).random

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> CollectorCharacteristics:
        """As wide as the options say; 0 stands for any number."""
        own = conf[GROUP]
        return CollectorCharacteristics(own.periods or None, own.scopes or None)

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """See the contract."""
        self._misbehave()
        if metric.name in self._rejected:
            raise errors.Rejected(f"[{GROUP}] rejected names {metric.name}")
        appeared = utc_now() - self._lateness - period
        begins = [
            moment
            for place in range((end - begin) // period)
            if (moment := begin + place * period) <= appeared
        ]
        return {
            (scope, moment): points
            for scope in scopes
            for moment in begins
            if (points := self._answer(metric, scope, moment))
        }

    def first(self, scopes: Sequence[str]) -> dict[str, datetime.datetime]:
        """Of a file the first begin of each scope; a formula has always been there."""
        wanted = set(scopes)
        found: dict[str, datetime.datetime] = {}
        for place in self._file or ():
            if place.scope in wanted:
                found[place.scope] = min(place.begin, found.get(place.scope, place.begin))
        return found

    def _misbehave(self) -> None:
        if self._hangs or self._failures:
            fate = self._draw()
            if fate < self._hangs:
                time.sleep(self._patience)
                raise errors.Unavailable(f"no answer for {self._patience} s, as ordered")
            if fate < self._hangs + self._failures:
                raise errors.Unavailable("a failure, as ordered")
        if self._latency or self._jitter:
            time.sleep(self._latency + (self._jitter * self._draw() if self._jitter else 0.0))

    def _answer(self, metric: Metric, scope: str, begin: datetime.datetime) -> list[Point]:
        if self._file is None:
            return formula_points(metric, scope, begin, self._points)
        return _of_file(self._file, metric, scope, begin)


def _of_file(file: Points, metric: Metric, scope: str, begin: datetime.datetime) -> list[Point]:
    """What the file has; points that the metric does not keep apart are summed up."""
    groups: dict[tuple[str, ...], list[Written]] = {}
    for written in file.get(Place(metric.name, scope, begin), ()):
        key = tuple(written.groupby.get(name, "") for name in metric.groupby)
        groups.setdefault(key, []).append(written)
    return [
        Point(
            fold("sum", [written.value for written in group]),
            dict(zip(metric.groupby, key, strict=True)),
            {name: group[-1].metadata.get(name, "") for name in metric.metadata},
        )
        for key, group in groups.items()
    ]
