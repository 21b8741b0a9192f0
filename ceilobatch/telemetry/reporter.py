# SPDX-License-Identifier: Apache-2.0
"""Reporter: the thread of a worker process that tells its figures."""

import random
import resource
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from oslo_config import cfg
from oslo_log import log

from ceilobatch.telemetry import measurements
from ceilobatch.telemetry.board import Board
from ceilobatch.telemetry.reading import Kept, Reading
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import Spread
from ceilobatch.telemetry.statsd import Statsd

LOG = log.getLogger(__name__)

PAGE = resource.getpagesize()


class Health(NamedTuple):
    """How a worker is.

    :ivar turned: monotonic time at which its loop last went round.
    :ivar closed: why gates are closed, or the bus is lost, by thread.
    """

    turned: float
    closed: dict[str, str]


class Measured(Protocol):
    """What can be reported on; asked from the reporter's thread."""

    def readings(self) -> Iterable[Reading]:
        """All figures, as they are now."""

    def health(self) -> Health:
        """Whether it gets on."""


class Identity(NamedTuple):
    """Whose figures they are; see :class:`Snapshot`."""

    service: str
    host: str
    pool: str
    process: str


class Reporter(threading.Thread):
    """Writes the figures of a worker to the board, and sends them by statsd.

    :param wall: seconds since the epoch.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        identity: Identity,
        measured: Measured,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(name="reporter")
        self._conf = conf
        self._identity = identity
        self._measured = measured
        self._wall = wall
        self._began = wall()
        self._board = Board(conf) if conf.telemetry.enable else None
        self._statsd = Statsd(conf) if conf.statsd.enable else None
        self._stopped = threading.Event()
        self._complained = False

    def stop(self) -> None:
        """Tell the last figures, which are complete once the threads of the work are joined."""
        self._stopped.set()
        self.join()

    def run(self) -> None:
        """The body of the thread."""
        if self._board is None and self._statsd is None:
            return
        # Not when the other workers do, or a daemon's buffer would be too small for all of them.
        early = random.uniform(0.0, 0.5) * self._conf.statsd.flush_interval
        flushed = time.monotonic() - early
        self._tell(flush=False)
        while not self._stopped.wait(self._conf.telemetry.interval):
            now = time.monotonic()
            flush = now >= flushed + self._conf.statsd.flush_interval
            if flush:
                flushed = now
            self._tell(flush=flush)
        self._tell(flush=True)
        if self._statsd is not None:
            self._statsd.close()

    def snapshot(self, *, end_period: bool = False) -> Snapshot:
        """The figures now.

        :param end_period: the extremes told are those of the period that ends now.
        """
        health = self._measured.health()
        readings = [
            _kept(reading, end_period) for reading in (*self._measured.readings(), *self._own())
        ]
        return Snapshot(
            *self._identity,
            started=self._began,
            taken=self._wall(),
            ended=self._stopped.is_set(),
            idle=max(0.0, time.monotonic() - health.turned),
            closed=health.closed,
            readings=readings,
        )

    def _tell(self, *, flush: bool) -> None:
        """Nothing that goes wrong here ends the thread, and it is told once, not each second."""
        try:
            snapshot = self.snapshot(end_period=flush)
            if flush and self._statsd is not None:
                self._statsd.send(snapshot)
            if self._board is not None:
                self._board.hang(snapshot)
            self._complained = False
        except OSError as error:
            self._complain("The figures cannot be written: %s", error)
        except Exception as error:  # noqa: BLE001  (figures are not worth a worker)
            self._complain("The figures cannot be told: %r", error)

    def _complain(self, sentence: str, error: Exception) -> None:
        if not self._complained:
            LOG.warning(sentence, error)
        self._complained = True

    def _own(self) -> Iterator[Reading]:
        """Of the process as a whole."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = round((used.ru_utime + used.ru_stime) * 1e6)
        yield Reading(measurements.UPTIME.name, {}, round(self._wall() - self._began, 3))
        yield Reading(measurements.CPU.name, {}, cpu)
        yield Reading(measurements.MEMORY.name, {}, _resident())
        if self._statsd is not None:
            yield Reading(measurements.DATAGRAMS.name, {}, self._statsd.sent)
            yield Reading(measurements.LOST.name, {}, self._statsd.lost)


def _kept(reading: Reading, end_period: bool) -> Kept:
    name, dimensions, value = reading
    if not isinstance(value, Spread):
        return Kept(name, dimensions, value)
    return Kept(name, dimensions, value.figures(end_period=end_period))


def _resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
