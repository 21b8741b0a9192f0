# SPDX-License-Identifier: Apache-2.0
"""Sends figures by statsd: what is new in a snapshot, as lines, in datagrams."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from oslo_config import cfg

from ceilobatch.telemetry.levels import Level, series
from ceilobatch.telemetry.points import Difference, Point
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.statsd_lines import Dogstatsd, Plain, datagrams
from ceilobatch.telemetry.statsd_monasca import Monasca
from ceilobatch.telemetry.statsd_socket import Wire

# Senders' counters add up in the daemon, but of the same gauge of several only the last stays.
ONLY_COUNTS = f"{Level.INSTANCE.value}."


class Dialect(Protocol):
    """How a figure is written."""

    def lines(self, point: Point) -> Iterator[str]:
        """One or more, without an end of line."""


DIALECTS: dict[str, Callable[[str, dict[str, str]], Dialect]] = {
    "monasca": Monasca,
    "dogstatsd": Dogstatsd,
    "plain": Plain,
}


class Statsd:
    """One for each worker process; opens a socket with the first datagram, not before.

    Nothing is held back from one call of :meth:`send` to the next.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        section = conf.statsd
        self._dialect = DIALECTS[section.dialect](section.prefix, dict(section.dimensions))
        self._difference = Difference()
        self._told: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self._wire = Wire(section.host, section.port)

    @property
    def sent(self) -> int:
        """Datagrams handed to the network."""
        return self._wire.sent

    @property
    def lost(self) -> int:
        """Datagrams known to have been sent to nobody."""
        return self._wire.lost

    def send(self, snapshot: Snapshot) -> None:
        """Send what is new since the last time; never raises.

        Only for the address of a host given by name it waits, for a fraction of a second.
        """
        points = self._difference.points(series([snapshot]))
        lines = (line for point in self._wanted(points) for line in self._dialect.lines(point))
        self._wire.send(datagrams(lines))

    def close(self) -> None:
        """Close the socket."""
        self._wire.close()

    def _wanted(self, points: Iterable[Point]) -> Iterator[Point]:
        """Without gauges that would overwrite each other, and counters that tell nothing new."""
        for point in points:
            if not point.counts:
                if not point.name.startswith(ONLY_COUNTS):
                    yield point
                continue
            # A daemon knows a counter from the first time on, even where it has not moved.
            key = point.name, tuple(sorted(point.dimensions.items()))
            if point.value or key not in self._told:
                self._told.add(key)
                yield point
