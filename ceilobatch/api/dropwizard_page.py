# SPDX-License-Identifier: Apache-2.0
"""The figures in the layout of DropWizard's metrics 3 as its servlet writes them.

Times are in seconds, as the servlet has them by default, and tell of all since the worker
was started; the layout is that of ``com.codahale.metrics.json.MetricsModule``.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ceilobatch.api.dropwizard_rates import NONE, Averages, Key, key_of
from ceilobatch.telemetry.levels import Series
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.reading import Dimensions
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import SpreadFigures, lower

VERSION = "3.0.0"
NANOSECONDS = 1_000_000_000
QUANTILES = {"p50": 0.5, "p75": 0.75, "p95": 0.95, "p98": 0.98, "p99": 0.99, "p999": 0.999}

Entry = dict[str, Any]


class Page:
    """All figures by kind and name.

    :param averages: of all series that count something.
    """

    def __init__(self, snapshots: Iterable[Snapshot], averages: Mapping[Key, Averages]) -> None:
        self._averages = averages
        self._ages = _ages(snapshots)
        self._kinds: dict[str, dict[str, Entry]] = {
            kind: {} for kind in ("gauges", "counters", "histograms", "meters", "timers")
        }

    def add(self, series: Iterable[Series]) -> None:
        """Add series, each under its name."""
        for one in series:
            self._add(name_of(one), one, self.averages([one]))

    def averages(self, series: Iterable[Series]) -> Averages:
        """Of these together."""
        total = NONE
        for one in series:
            key = key_of(one.measurement.name, one.dimensions)
            total = total.plus(self._averages.get(key, NONE))
        return total

    def add_counter(self, name: str, count: float) -> None:
        """Add what counts without a rate."""
        self._kinds["counters"][name] = {"count": count}

    def add_meter(
        self, name: str, dimensions: Dimensions, count: float, averages: Averages
    ) -> None:
        """Add what counts, with its rates.

        :param dimensions: of whom it is.
        """
        rates = self._rates(dimensions, count, averages)
        self._kinds["meters"][name] = {"count": count, **rates, "units": "events/second"}

    def add_timer(
        self, name: str, dimensions: Dimensions, figures: SpreadFigures, averages: Averages
    ) -> None:
        """Add times, with the rates at which there were any.

        :param dimensions: of whom they are.
        """
        self._kinds["timers"][name] = {
            "count": figures.count,
            **_distribution(figures),
            **self._rates(dimensions, figures.count, averages),
            "duration_units": "seconds",
            "rate_units": "calls/second",
        }

    def plain(self) -> Entry:
        """For JSON, in the order that the servlet has."""
        kinds = {kind: dict(sorted(entries.items())) for kind, entries in self._kinds.items()}
        return {"version": VERSION, **kinds}

    def _add(self, name: str, one: Series, averages: Averages) -> None:
        if one.measurement.kind is Kind.TIME:
            self.add_timer(name, one.dimensions, cast(SpreadFigures, one.value), averages)
        elif one.measurement.kind is Kind.GAUGE:
            self._kinds["gauges"][name] = {"value": cast(float, one.value)}
        elif one.measurement.levels:
            self.add_meter(name, one.dimensions, cast(float, one.value), averages)
        else:
            self.add_counter(name, cast(float, one.value))

    def _rates(self, dimensions: Dimensions, count: float, averages: Averages) -> Entry:
        age = self._ages.get(_whose(dimensions), 0.0)
        return {
            "m15_rate": averages.fifteen,
            "m1_rate": averages.one,
            "m5_rate": averages.five,
            "mean_rate": count / age if age > 0 else 0.0,
        }


def name_of(one: Series) -> str:
    """The whole name, such as ``ceilobatch.agent[host1,pool,p0,t0].requests.received``."""
    own = [one.dimensions[key] for key in one.measurement.dimensions]
    return ".".join([handler_of(one.dimensions), one.measurement.name, *own])


def handler_of(dimensions: Dimensions) -> str:
    """Whose figure it is: as a Java persister writes a class and which of its threads."""
    where = [dimensions.get("hostname", ""), dimensions.get("pool") or "-"]
    where += [dimensions[key] for key in ("process", "thread") if key in dimensions]
    return f"ceilobatch.{dimensions['service']}[{','.join(where)}]"


def _whose(dimensions: Dimensions) -> tuple[str, ...]:
    """The process, or all processes of an instance."""
    return tuple(dimensions.get(key, "") for key in ("service", "hostname", "pool", "process"))


def _ages(snapshots: Iterable[Snapshot]) -> dict[tuple[str, ...], float]:
    """For how long processes, and instances, have been counting; seconds."""
    begun: dict[tuple[str, ...], float] = {}
    told: dict[tuple[str, ...], float] = {}
    for one in snapshots:
        process = _whose(one.dimensions)
        for whose in (process, (*process[:-1], "")):
            begun[whose] = min(one.started, begun.get(whose, math.inf))
            told[whose] = max(one.taken, told.get(whose, 0.0))
    return {whose: told[whose] - begun[whose] for whose in begun}


def _distribution(figures: SpreadFigures) -> Entry:
    nanoseconds = {
        "max": figures.extremes.longest,
        "mean": figures.total / figures.count if figures.count else 0.0,
        "min": figures.extremes.shortest,
        **{name: figures.quantile(share) for name, share in QUANTILES.items()},
        "stddev": _deviation(figures),
    }
    return {name: value / NANOSECONDS for name, value in nanoseconds.items()}


def _deviation(figures: SpreadFigures) -> float:
    """The standard deviation, as good as the buckets; nanoseconds."""
    if figures.count < 2:
        return 0.0
    mean = figures.total / figures.count
    squares = sum(
        count * ((lower(index) + lower(index + 1)) / 2 - mean) ** 2
        for index, count in figures.buckets.items()
    )
    return math.sqrt(squares / (figures.count - 1))
