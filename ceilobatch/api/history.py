# SPDX-License-Identifier: Apache-2.0
"""History: figures of some time past, in memory and bounded."""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from oslo_log import log

LOG = log.getLogger(__name__)

# One takes some two kilobytes besides its points, which take 16 bytes each.
MOST_SERIES = 20_000

Wanted = Callable[[Mapping[str, str]], bool]


class Moment(NamedTuple):
    """A number at a time.

    :ivar time: milliseconds since the epoch.
    """

    time: int
    value: float


class Track:
    """The moments of one series, in order of time; one for each time.

    :ivar dimensions: in order of their names.
    """

    __slots__ = ("_times", "_values", "dimensions", "name")

    def __init__(self, name: str, dimensions: Mapping[str, str]) -> None:
        self.name = name
        self.dimensions = dimensions
        self._times = array("q")
        self._values = array("d")

    def add(self, time: int, value: float) -> None:
        """Put it where it belongs, in place of what is there for the same time."""
        place = bisect_left(self._times, time)
        if place < len(self._times) and self._times[place] == time:
            self._values[place] = value
        else:
            self._times.insert(place, time)
            self._values.insert(place, value)

    def forget(self, before: int) -> bool:
        """Drop what is older; whether anything is left."""
        place = bisect_left(self._times, before)
        del self._times[:place]
        del self._values[:place]
        return bool(self._times)

    def has(self, start: int | None, end: int | None) -> bool:
        """Whether there are moments from ``start`` to before ``end``."""
        first, last = self._range(start, end)
        return first < last

    def between(self, start: int | None, end: int | None) -> list[Moment]:
        """The moments from ``start`` to before ``end``, in milliseconds; None is no bound."""
        first, last = self._range(start, end)
        return list(map(Moment, self._times[first:last], self._values[first:last]))

    def _range(self, start: int | None, end: int | None) -> tuple[int, int]:
        first = 0 if start is None else bisect_left(self._times, start)
        return first, len(self._times) if end is None else bisect_left(self._times, end)


class Label(NamedTuple):
    """Which series it is."""

    name: str
    dimensions: Mapping[str, str]


class Found(NamedTuple):
    """A series and those of its moments that were asked for."""

    name: str
    dimensions: Mapping[str, str]
    moments: list[Moment]


class History:
    """May be used from any thread; what it returns does not change any more.

    :param retention: seconds that a point is kept; :meth:`expire` drops those that are older.
    :param most_series: so many are kept; points of further ones are dropped, and logged once.
    """

    def __init__(self, retention: float, most_series: int = MOST_SERIES) -> None:
        self._retention = round(retention * 1000)
        self._most_series = most_series
        self._newest = 0
        self._complained = False
        self._tracks: dict[tuple[str, str], Track] = {}
        self._lock = threading.Lock()

    def add(self, name: str, dimensions: Mapping[str, str], timestamp: float, value: float) -> None:
        """Keep one number; it replaces that of the same series and millisecond.

        :param timestamp: seconds since the epoch.
        """
        time = round(timestamp * 1000)
        with self._lock:
            self._newest = max(self._newest, time)
            track = self._track(name, dimensions)
            if track is not None and time >= self._newest - self._retention:
                track.add(time, value)

    def expire(self, now: float) -> None:
        """Drop what is older than is to be kept, and series of which nothing is left.

        :param now: seconds since the epoch; may be before points that a wrong clock has given.
        """
        with self._lock:
            self._newest = round(now * 1000)
            before = self._newest - self._retention
            for key in [key for key, track in self._tracks.items() if not track.forget(before)]:
                del self._tracks[key]

    def labels(
        self,
        name: str | None = None,
        wanted: Wanted = lambda _dimensions: True,
        start: int | None = None,
        end: int | None = None,
    ) -> list[Label]:
        """The series that :meth:`find` would find and that have moments, without these."""
        with self._lock:
            return [
                Label(track.name, track.dimensions)
                for track in self._sorted(name)
                if wanted(track.dimensions) and track.has(start, end)
            ]

    def find(
        self, name: str, wanted: Wanted, start: int | None = None, end: int | None = None
    ) -> list[Found]:
        """The series of a name, in order of their dimensions.

        :param wanted: whether dimensions are those of a series that is asked for.
        :param start: milliseconds; with the moments from then on.
        :param end: milliseconds; the first that is too late.
        """
        with self._lock:
            return [
                Found(track.name, track.dimensions, track.between(start, end))
                for track in self._sorted(name)
                if wanted(track.dimensions)
            ]

    def _sorted(self, name: str | None) -> Iterator[Track]:
        keys = self._tracks if not name else [key for key in self._tracks if key[0] == name]
        return (self._tracks[key] for key in sorted(keys))

    def _track(self, name: str, dimensions: Mapping[str, str]) -> Track | None:
        ordered = {key: text for key, text in sorted(dimensions.items()) if text}
        key = name, ",".join(_written(ordered))
        track = self._tracks.get(key)
        if track is None and len(self._tracks) < self._most_series:
            track = self._tracks[key] = Track(name, ordered)
        elif track is None and not self._complained:
            LOG.warning("More than %d series: further ones are left out", self._most_series)
            self._complained = True
        return track


def _written(dimensions: Mapping[str, str]) -> Iterator[str]:
    """With commas as InfluxDB escapes them, which orders series as it does."""
    for key, text in dimensions.items():
        yield f"{key}={text}".replace(",", "\\,")
