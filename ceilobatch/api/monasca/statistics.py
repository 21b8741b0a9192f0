# SPDX-License-Identifier: Apache-2.0
"""Statistics: averages, extremes, sums and counts of periods."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import falcon

from ceilobatch.api.access import require
from ceilobatch.api.history import History, Moment
from ceilobatch.api.monasca import times
from ceilobatch.api.monasca.groups import Asked, groups
from ceilobatch.api.monasca.links import answer
from ceilobatch.api.monasca.numbers import plain
from ceilobatch.api.monasca.pages import Offset, Rows, offset, page, rest
from ceilobatch.api.monasca.query import Query

STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda values: plain(sum(values) / len(values)),
    "min": lambda values: plain(min(values)),
    "max": lambda values: plain(max(values)),
    "sum": lambda values: plain(sum(values)),
    "count": len,
}


class Wanted(NamedTuple):
    """Which statistics.

    :ivar period: milliseconds; 0 for the whole time as one.
    """

    asked: Asked
    statistics: Sequence[str]
    period: int

    def after(self, time: str) -> int:
        """The first millisecond after the period that begins at this time."""
        return times.first_from(time) + (self.period or sys.maxsize)

    def begin(self, moment: Moment) -> int:
        """Of the period in which this is."""
        if not self.period:
            return self.asked.span.start or 0
        return moment.time // self.period * self.period


class Statistics:
    """``/v2.0/metrics/statistics``."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them."""
        require(req, "figures:read")
        query = Query(req)
        asked = Asked.of(query)
        wanted = Wanted(asked, query.statistics(), query.period() * 1000)
        begin, limit = offset(query.first("offset")), query.limit()
        found, following = page(self._parts(wanted, begin), limit, _described(wanted))
        answer(req, resp, [_element(wanted, one) for one in found], following)

    def _parts(self, wanted: Wanted, begin: Offset) -> Iterator[Rows]:
        known = groups(self._history, wanted.asked)
        for number, group in rest(known, begin, wanted.after, bool(wanted.asked.group_by)):
            yield Rows(number, group, list(_rows(wanted, group.moments)))


def _rows(wanted: Wanted, moments: Sequence[Moment]) -> Iterator[list[Any]]:
    for begin, part in groupby(moments, wanted.begin):
        values = [moment.value for moment in part]
        told = [STATISTICS[name](values) for name in wanted.statistics]
        yield [times.with_seconds(begin), *told]


def _described(wanted: Wanted) -> Callable[[Rows], str]:
    """Monasca tells the time alone, which does for a single group."""

    def described(last: Rows) -> str:
        time: str = last.rows[-1][0]
        return f"{last.number}_{time}" if wanted.asked.group_by else time

    return described


def _element(wanted: Wanted, part: Rows) -> dict[str, Any]:
    return {
        "name": wanted.asked.name,
        "id": str(part.number),
        "columns": ["timestamp", *_columns(wanted.statistics)],
        "statistics": part.rows,
        "dimensions": part.group.dimensions,
    }


def _columns(statistics: Sequence[str]) -> Iterator[str]:
    """Each has a name of its own, as InfluxDB makes them."""
    for place, name in enumerate(statistics):
        before = statistics[:place].count(name)
        yield f"{name}_{before}" if before else name
