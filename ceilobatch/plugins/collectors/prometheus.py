# SPDX-License-Identifier: Apache-2.0
"""The collector ``prometheus``: metrics made of the series of a Prometheus."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.collectors import prometheus_arguments
from ceilobatch.plugins.collectors.prometheus_options import GROUP, OPTIONS
from ceilobatch.plugins.collectors.prometheus_query import (
    is_custom,
    query_of_scope,
    query_of_scopes,
)
from ceilobatch.plugins.collectors.prometheus_series import Series, points_of
from ceilobatch.plugins.collectors.prometheus_server import PrometheusServer
from ceilobatch.plugins.processing import Collector, CollectorCharacteristics, Retrieved
from ceilobatch.processor.calendar import EPOCH

_MILLISECOND = datetime.timedelta(milliseconds=1)
# One series with a sample each millisecond: are both ends of a range in it?
_BOTH_ENDS = "count_over_time(vector(1)[1ms:1ms])"


class PrometheusCollector(Collector):
    """Reads Prometheus, or what speaks its language, by range queries over HTTP.

    The value of a period is evaluated at its end, of all samples from its begin on and before
    its end. One query asks for many periods and, where nobody has written a part of it, for many
    scopes.

    :raises ConfigurationError: a file that the options name is not there.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        super().__init__(conf, threads)
        self.characteristics = self.declares(conf)
        self._scope_key = conf.processor.scope_key
        self._server = PrometheusServer(conf, threads)
        self._closed_ranges: bool | None = None

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> CollectorCharacteristics:
        """As wide as the options allow."""
        return CollectorCharacteristics(conf[GROUP].periods, conf[GROUP].scopes)

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """See the contract."""
        return prometheus_arguments.checked(arguments)

    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """See the contract."""
        deadline = self._server.deadline()
        grid = _Grid(begin, end, period, self._span(period, deadline))
        if not is_custom(metric):
            query = query_of_scopes(metric, self._scope_key, scopes, grid.span)
            return points_of(metric, self._series(query, grid, deadline))
        found: dict[tuple[str, datetime.datetime], Any] = {}
        for scope in scopes:
            query = query_of_scope(metric, self._scope_key, scope, grid.span)
            found |= points_of(metric, self._series(query, grid, deadline, scope))
        return found

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _span(self, period: datetime.timedelta, deadline: float) -> int:
        """Milliseconds before the last one of a period that make the whole of it.

        Before version 3 a range has both of its ends in it, since then only the later one.
        """
        if self._closed_ranges is None:
            try:
                answer = self._server.post("query", {"query": _BOTH_ENDS, "time": "1"}, deadline)
                self._closed_ranges = answer["result"][0]["value"][1] == "2"
            except (errors.Rejected, LookupError, TypeError) as error:
                # That is no fault of the metric, which would be left out if it were rejected.
                raise errors.Unavailable(f"there is no answer to {_BOTH_ENDS}: {error}") from None
        return period // _MILLISECOND - self._closed_ranges

    def _series(
        self, query: str, grid: "_Grid", deadline: float, scope: str | None = None
    ) -> Iterator[Series]:
        answer = self._server.post("query_range", {"query": query, **grid.parameters()}, deadline)
        try:
            for series in answer["result"]:
                theirs = series["metric"]
                values = {
                    grid.begin_of(moment): value
                    for moment, text in series["values"]
                    if not (value := Decimal(text)).is_nan()
                }
                yield Series(theirs[self._scope_key] if scope is None else scope, theirs, values)
        except (LookupError, TypeError, ValueError, InvalidOperation) as error:
            raise errors.Unavailable(f"the answer is none of a range query: {error!r}") from None


class _Grid(NamedTuple):
    """The periods of a request, and the moments at which they are evaluated."""

    begin: datetime.datetime
    end: datetime.datetime
    period: datetime.timedelta
    span: int

    def parameters(self) -> dict[str, str]:
        """Those of a range query: the last millisecond of each period."""
        return {
            "start": _seconds(self.begin + self.period - _MILLISECOND),
            "end": _seconds(self.end - _MILLISECOND),
            "step": f"{self.period // _MILLISECOND}ms",
        }

    def begin_of(self, moment: float) -> datetime.datetime:
        """The begin of the period that is evaluated at a moment."""
        since = datetime.timedelta(milliseconds=round(moment * 1000)) - (self.begin - EPOCH)
        return self.begin + since // self.period * self.period


def _seconds(moment: datetime.datetime) -> str:
    milliseconds = (moment - EPOCH) // _MILLISECOND
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}"
