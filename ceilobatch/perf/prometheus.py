# SPDX-License-Identifier: Apache-2.0
"""PrometheusSource: a page of metrics in Prometheus' text format."""

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib import parse

from prometheus_client.parser import text_string_to_metric_families

from ceilobatch import errors
from ceilobatch.perf import naming
from ceilobatch.perf.sample import Counts, Period, Sample, Times, Worker
from ceilobatch.perf.source import Names
from ceilobatch.perf.web import Web, address, shown

PATH = "/metrics"
COUNTERS = {field: f"ceilobatch_requests_{field}_total" for field in Counts._fields}
TIME = "ceilobatch_request_time_seconds"
STARTED = "ceilobatch_worker_start_time_seconds"


class _Line(NamedTuple):
    labels: Mapping[str, str]
    value: float


class PrometheusSource:
    """Counters, and a histogram or a summary; series of threads of one process are added up.

    :raises ConfigurationError: it is not an address.
    """

    def __init__(self, url: str, names: Names, web: Web) -> None:
        self._url = address(url, PATH)
        self._web = web
        self._counters = names.counters or COUNTERS
        self._time = names.time or TIME
        self._where = names.where or ({} if names.counters else naming.AGENT)
        self._place = parse.urlsplit(self._url).netloc.rpartition("@")[2]

    def sample(self) -> Sample:
        """One scrape."""
        lines = self._scrape()
        counts: dict[Worker, Counts] = {}
        for field, name in self._counters.items():
            for worker, one in self._of(lines, name):
                added = Counts(**{field: round(one.value)})
                counts[worker] = counts.get(worker, Counts()).plus(added)
        started = {worker: one.value for worker, one in self._of(lines, STARTED)}
        return Sample(time.monotonic(), counts, self._times(lines), started=started)

    def close(self) -> None:
        """Close the connection."""
        self._web.close()

    def _scrape(self) -> dict[str, list[_Line]]:
        """The lines of the page, by name."""
        text = self._web.text(self._url, accept="text/plain")
        lines: dict[str, list[_Line]] = {}
        try:
            for family in text_string_to_metric_families(text):
                for one in family.samples:
                    lines.setdefault(one.name, []).append(_Line(one.labels, one.value))
        except (ValueError, IndexError, KeyError, UnboundLocalError):
            raise errors.ConfigurationError(
                f"{shown(self._url)} is not a page of metrics for Prometheus"
            ) from None
        return lines

    def _of(self, lines: Mapping[str, list[_Line]], name: str) -> Iterator[tuple[Worker, _Line]]:
        for one in lines.get(name, ()):
            if naming.has(one.labels, self._where) and math.isfinite(one.value):
                yield naming.worker_of(one.labels, self._place), one

    def _times(self, lines: Mapping[str, list[_Line]]) -> dict[Worker, Times]:
        found: dict[Worker, dict[str, Any]] = {}
        quantiles: dict[Worker, dict[float, float]] = {}

        def fields(worker: Worker) -> dict[str, Any]:
            empty = {"count": 0, "total": 0.0, "buckets": {}}
            return found.setdefault(worker, empty)

        for worker, one in self._of(lines, f"{self._time}_count"):
            fields(worker)["count"] += round(one.value)
        for worker, one in self._of(lines, f"{self._time}_sum"):
            fields(worker)["total"] += one.value
        for worker, one in self._of(lines, f"{self._time}_bucket"):
            buckets, limit = fields(worker)["buckets"], float(one.labels["le"])
            buckets[limit] = buckets.get(limit, 0) + round(one.value)
        for worker, one in self._of(lines, self._time):
            if "quantile" in one.labels:
                share = float(one.labels["quantile"])
                quantiles.setdefault(worker, {})[share] = one.value
        for worker, told in quantiles.items():
            fields(worker)["periods"] = (Period(None, told),)
        return {worker: Times(**values) for worker, values in found.items()}
