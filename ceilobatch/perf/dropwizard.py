# SPDX-License-Identifier: Apache-2.0
"""DropWizardSource: the page of metrics of a DropWizard service, as its servlet writes it."""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib import parse

from ceilobatch import errors
from ceilobatch.perf.dropwizard_names import Dialect, dialects, worker_of
from ceilobatch.perf.sample import Counts, Period, Sample, Times, Worker
from ceilobatch.perf.source import Names
from ceilobatch.perf.web import Web, address, shown

PATH = "/admin/metrics"
COUNTED = ("meters", "counters", "timers", "histograms")
TIMED = ("timers", "histograms")
SECONDS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9}
QUANTILES = {
    "min": 0.0,
    "p50": 0.5,
    "p75": 0.75,
    "p95": 0.95,
    "p98": 0.98,
    "p99": 0.99,
    "p999": 0.999,
    "max": 1.0,
}


class DropWizardSource:
    """Counters and timers, by names of which a part tells whose they are.

    :raises ConfigurationError: it is not an address, or a name is no pattern.
    """

    def __init__(self, url: str, names: Names, web: Web) -> None:
        self._url = address(url, PATH)
        self._web = web
        self._dialects = dialects(names)
        self._place = parse.urlsplit(self._url).netloc.rpartition("@")[2]

    def sample(self) -> Sample:
        """The page as it is now."""
        page = self._web.json(self._url)
        if not any(isinstance(page.get(kind), dict) for kind in COUNTED):
            raise errors.ConfigurationError(
                f"{shown(self._url)} is not a page of metrics of DropWizard"
            )
        try:
            return self._read(page)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise errors.ConfigurationError(
                f"{shown(self._url)} has metrics that are not those of DropWizard"
            ) from None

    def close(self) -> None:
        """Close the connection."""
        self._web.close()

    def _read(self, page: Mapping[str, Any]) -> Sample:
        for dialect in self._dialects:
            counts = self._counts(page, dialect)
            if counts:
                return Sample(time.monotonic(), counts, self._times(page, dialect))
        return Sample(time.monotonic(), {})

    def _counts(self, page: Mapping[str, Any], dialect: Dialect) -> dict[Worker, Counts]:
        counts: dict[Worker, Counts] = {}
        for name, entry in _entries(page, COUNTED):
            for field, pattern in dialect.counters.items():
                if match := pattern.fullmatch(name):
                    worker = worker_of(match, self._place)
                    added = Counts(**{field: int(entry["count"])})
                    counts[worker] = counts.get(worker, Counts()).plus(added)
        return counts

    def _times(self, page: Mapping[str, Any], dialect: Dialect) -> dict[Worker, Times]:
        times = {}
        for name, entry in _entries(page, TIMED) if dialect.time else ():
            if match := dialect.time and dialect.time.fullmatch(name):
                times[worker_of(match, self._place)] = _told(entry, dialect.lifetime)
        return times


def _entries(
    page: Mapping[str, Any], kinds: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in kinds:
        yield from page.get(kind, {}).items()


def _told(entry: Mapping[str, Any], lifetime: bool) -> Times:
    unit = SECONDS[entry.get("duration_units", "seconds")]
    count, mean = int(entry["count"]), entry["mean"] * unit
    quantiles = {share: entry[name] * unit for name, share in QUANTILES.items() if name in entry}
    return Times(
        count,
        total=mean * count if lifetime else None,
        mean=mean,
        shortest=quantiles[0.0],
        longest=quantiles[1.0],
        periods=(Period(None, quantiles),),
        lifetime=lifetime,
    )
