# SPDX-License-Identifier: Apache-2.0
"""Plots: what of a report is drawn, whoever draws it."""

from collections.abc import Iterator
from typing import NamedTuple

from ceilobatch.perf.report import Report


class Line(NamedTuple):
    """A named line through points, by ascending x."""

    name: str
    points: list[tuple[float, float]]


class Plot(NamedTuple):
    """Lines over time.

    :ivar unit: of y; x is seconds since the first sample.
    """

    title: str
    unit: str
    lines: list[Line]


def plots(told: Report) -> Iterator[Plot]:
    """Rates, progress, and times where they are told."""
    steps = told.steps
    yield Plot(
        "Requests per second",
        "requests/s",
        [
            Line("received", [(one.at, one.received_per_second) for one in steps]),
            Line("completed", [(one.at, one.completed_per_second) for one in steps]),
        ],
    )
    accounted = [(one.at, float(one.accounted)) for one in steps]
    yield Plot(
        "Requests accounted for", "requests", [Line("accounted for", [(0.0, 0.0), *accounted])]
    )
    times = [(one.at, one.average_time) for one in steps if one.average_time is not None]
    if times:
        line = Line("average", [(at, seconds * 1000) for at, seconds in times])
        yield Plot("Time of requests", "ms", [line])
