# SPDX-License-Identifier: Apache-2.0
"""The figures of a report as texts, the same in tables and on pages."""

from collections.abc import Iterator

from ceilobatch.perf.report import Report, Row, Timing
from ceilobatch.perf.sample import Counts

RATES = ("received/s", "completed/s")
HEAD = ("instance", "process", *Counts._fields, *RATES)
TIMES = ("average", "minimum", "maximum")
ALL = "all"


def head(told: Report) -> list[str]:
    """The titles of the columns; those of times only where times are told."""
    return [*HEAD, *(_time_titles(told) if told.whole.time else [])]


def rows(told: Report) -> Iterator[list[str]]:
    """All, each instance and each process; cells as :func:`head` has titles."""
    titles = [title.removeprefix("p") for title in _time_titles(told)[len(TIMES) :]]
    for row in (told.whole, *told.instances, *told.processes):
        times = _times(row.time, titles) if told.whole.time else []
        yield [*_names(row), *_numbers(row), *times]


def remarks(told: Report) -> Iterator[str]:
    """What is to be known besides the figures, in sentences."""
    yield (
        f"Source {told.source}, begun {told.begun:%Y-%m-%d %H:%M:%S} UTC; the work took "
        f"{told.seconds:g} s; {told.samples} samples; ended: {told.ending}."
    )
    if told.restarts:
        yield f"Restarts noticed: {told.restarts}."
    if told.missed:
        yield f"Samples that could not be had: {told.missed}; the last one because {told.reason}."
    if told.whole.time is None:
        yield "This source told no times."
    elif told.whole.time.percentiles_from == "buckets":
        yield "Minimum, maximum and percentiles are as good as the buckets that the source has."
    else:
        yield "Percentiles are estimated from those that the source told from time to time."


def duration(seconds: float | None) -> str:
    """Seconds in a unit in which they can be read."""
    if seconds is None:
        return ""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def _time_titles(told: Report) -> list[str]:
    known = told.whole.time
    return [*TIMES, *(f"p{number}" for number in (known.percentiles if known else ()))]


def _names(row: Row) -> tuple[str, str]:
    return row.instance or ALL, row.process or ALL


def _numbers(row: Row) -> Iterator[str]:
    yield from map(str, row.counts)
    yield f"{row.received_per_second:.1f}"
    yield f"{row.completed_per_second:.1f}"


def _times(timing: Timing | None, percentiles: list[str]) -> list[str]:
    if timing is None:
        return [""] * (len(TIMES) + len(percentiles))
    told = [timing.percentiles.get(number) for number in percentiles]
    return [duration(one) for one in (timing.average, timing.minimum, timing.maximum, *told)]
