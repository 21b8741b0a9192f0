# SPDX-License-Identifier: Apache-2.0
"""Points: measurements of a Monasca API, each counted once however often it is seen."""

import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ceilobatch.isotime import utc

Series = tuple[tuple[str, str], ...]


class Point(NamedTuple):
    """A measurement that is new.

    :ivar when: as the API writes it.
    :ivar added: its value, less what the same point was before where it was changed.
    """

    series: Series
    when: str
    value: float
    added: float


class Points:
    """The measurements of one name that were seen lately.

    Windows that are asked for overlap, because points come late and borders are nobody's: what
    was seen before is recognised by its series and time.
    """

    def __init__(self) -> None:
        self._seen: dict[Series, dict[str, float]] = {}

    def new(self, series: Series, measurements: Iterable[tuple[str, float]]) -> list[Point]:
        """Those that were not seen yet, and those whose value has changed."""
        seen = self._seen.setdefault(series, {})
        points = []
        for when, value in measurements:
            before = seen.get(when)
            if before != value:
                points.append(Point(series, when, value, value - (before or 0.0)))
                seen[when] = value
        return points

    def forget(self, until: datetime.datetime) -> None:
        """Let go of points before a time that will not be asked for again."""
        for seen in self._seen.values():
            for when in [one for one in seen if utc(one) < until]:
                del seen[when]

    def value(self, series: Series, when: str) -> float | None:
        """Of a point that was seen lately."""
        return self._seen.get(series, {}).get(when)


def series_of(dimensions: Mapping[str, str]) -> Series:
    """The same for the same dimensions."""
    return tuple(sorted(dimensions.items()))
