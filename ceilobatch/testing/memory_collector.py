# SPDX-License-Identifier: Apache-2.0
"""In-memory collector and scope source that keep the promises of the real ones."""

import datetime
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, cast

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import (
    Collector,
    CollectorCharacteristics,
    Retrieved,
    ScopeSource,
)
from ceilobatch.testing.reading import Reading
from ceilobatch.usage import Point

Answer = Callable[[str, str, datetime.datetime], Sequence[Point]]


class MemoryCollector(Collector):
    """Answers by a function.

    :ivar points: given metric name, scope and begin of a period.
    :ivar faults: exceptions for the next calls for a metric, by its name.
    :ivar refuses: called with metric name and scopes; an exception it returns is raised.
    :ivar latency: seconds that a call takes.
    :ivar asked: metric name, scopes, begin and end of every call.
    :ivar down: while true, every call is ``Unavailable``.
    """

    def __init__(
        self,
        points: Answer,
        characteristics: CollectorCharacteristics | None = None,
        latency: float = 0.0,
    ) -> None:
        super().__init__(cast(Any, None))
        self.points = points
        self.characteristics = characteristics or CollectorCharacteristics()
        self.latency = latency
        self.faults: dict[str, deque[Exception]] = {}
        self.refuses: Callable[[str, Sequence[str]], Exception | None] = lambda *_: None
        self.asked: list[tuple[str, tuple[str, ...], datetime.datetime, datetime.datetime]] = []
        self.closed = 0
        self.down = False

    @classmethod
    def over(
        cls,
        readings: Iterable[Reading],
        characteristics: CollectorCharacteristics | None = None,
    ) -> Self:
        """One that answers with readings; each is of the hour that it is in."""
        kept: dict[tuple[str, datetime.datetime], list[Point]] = {}
        for one in readings:
            begin = one.moment.replace(minute=0, second=0, microsecond=0)
            point = Point(one.value, {"resource_id": one.resource_id}, {})
            kept.setdefault((one.scope, begin), []).append(point)
        return cls(lambda _, scope, begin: kept.get((scope, begin), ()), characteristics)

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """See the contract."""
        self.asked.append((metric.name, tuple(scopes), begin, end))
        time.sleep(self.latency)
        if self.down:
            raise errors.Unavailable("the memory is down")
        fault = self.faults.get(metric.name)
        error = fault.popleft() if fault else self.refuses(metric.name, scopes)
        if error is not None:
            raise error
        begins = [begin + place * period for place in range((end - begin) // period)]
        return {
            (scope, moment): points
            for scope in scopes
            for moment in begins
            if (points := self.points(metric.name, scope, moment))
        }

    def close(self) -> None:
        """Count the closing."""
        self.closed += 1


class MemoryScopes(ScopeSource):
    """Names what it was given; ``down`` makes it unavailable."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(cast(Any, None))
        self.names = list(names)
        self.down = False

    def scopes(self) -> Iterable[str]:
        """See the contract."""
        if self.down:
            raise errors.Unavailable("the memory is down")
        return list(self.names)
