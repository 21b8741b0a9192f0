# SPDX-License-Identifier: Apache-2.0
"""Rates: moving averages of everything that is counted, as DropWizard's meters have them.

Every five seconds the rate of what was added meanwhile is let into three averages that forget
exponentially, over one, five and fifteen minutes (as the load average of a Unix system does).
"""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from oslo_log import log

from ceilobatch.telemetry.levels import LEFT_OUT
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.measurements import BY_NAME
from ceilobatch.telemetry.reading import Dimensions, Kept
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import SpreadFigures

LOG = log.getLogger(__name__)

TICK = 5.0
MINUTES = (1, 5, 15)

# A measurement's name and all dimensions of a series.
Key = tuple[str, frozenset[tuple[str, str]]]


class Averages(NamedTuple):
    """Events a second, over the last minutes."""

    one: float = 0.0
    five: float = 0.0
    fifteen: float = 0.0

    def plus(self, other: "Averages") -> "Averages":
        """Of both together."""
        return Averages(*(mine + its for mine, its in zip(self, other, strict=True)))

    def moved(self, rate: float, seconds: float) -> "Averages":
        """After so many seconds with this rate."""
        return Averages(
            *(
                average + (1 - math.exp(-seconds / 60 / minutes)) * (rate - average)
                for average, minutes in zip(self, MINUTES, strict=True)
            )
        )


NONE = Averages()


class _Meter(NamedTuple):
    """What is known of a series of a thread; no averages before the first rate."""

    counted: float
    averages: Averages | None = None

    def moved(self, counted: float, added: float, seconds: float) -> "_Meter":
        rate = added / seconds
        if self.averages is None:
            return _Meter(counted, Averages(rate, rate, rate))
        return _Meter(counted, self.averages.moved(rate, seconds))


class _Worker(NamedTuple):
    """What is known of a worker process."""

    started: float
    taken: float
    meters: Mapping[Key, _Meter]


class Rates:
    """The averages of all threads of all workers of the board, kept by a thread of its own.

    :param read: the snapshots as they are now.
    """

    def __init__(self, read: Callable[[], Iterable[Snapshot]]) -> None:
        self._read = read
        self._workers: Mapping[tuple[str, ...], _Worker] = {}
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to keep averages; nothing where that has begun."""
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="rates", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for that."""
        with self._starting:
            self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def now(self) -> dict[Key, Averages]:
        """Of all series: those of threads, and their sums for processes and instances."""
        sums: dict[Key, Averages] = {}
        for worker in self._workers.values():
            for (name, dimensions), meter in worker.meters.items():
                averages = meter.averages or NONE
                for key in _keys(name, dimensions):
                    sums[key] = sums.get(key, NONE).plus(averages)
        return sums

    def tick(self) -> None:
        """Let in what was added since the last time."""
        self._workers = {
            identity: _moved(self._workers.get(identity), snapshot)
            for snapshot in self._read()
            for identity in [tuple(snapshot.dimensions.values())]
        }

    def _run(self) -> None:
        while True:
            try:
                self.tick()
            except Exception:  # the averages must not end with one bad look
                LOG.exception("Moving averages not updated")
            if self._stopped.wait(TICK):
                return


def _moved(known: _Worker | None, snapshot: Snapshot) -> _Worker:
    """A worker five seconds later."""
    counts = dict(_counts(snapshot))
    if known is None or known.started != snapshot.started:
        return _begun(known, snapshot, counts)
    seconds = snapshot.taken - known.taken
    if seconds <= 0:  # it has not told anything new: nothing is added
        meters = {key: one.moved(one.counted, 0, TICK) for key, one in known.meters.items()}
        return known._replace(meters=meters)
    meters = {}
    for key, count in counts.items():
        meter = known.meters.get(key, _Meter(0))
        meters[key] = meter.moved(count, max(0, count - meter.counted), seconds)
    return _Worker(snapshot.started, snapshot.taken, meters)


def _begun(known: _Worker | None, snapshot: Snapshot, counts: Mapping[Key, float]) -> _Worker:
    """A worker that is new, or that one of the same name was before.

    What it has counted was added since it was started; where that is longer ago than a tick or
    two, nobody knows when, and the averages begin with the next tick.
    """
    before = known.meters if known is not None else {}
    seconds = snapshot.taken - snapshot.started
    meters = {
        key: _Meter(count, before[key].averages if key in before else None)
        for key, count in counts.items()
    }
    if 0 < seconds <= 2 * TICK:
        meters = {key: one.moved(one.counted, one.counted, seconds) for key, one in meters.items()}
    return _Worker(snapshot.started, snapshot.taken, meters)


def _counts(snapshot: Snapshot) -> Iterator[tuple[Key, float]]:
    common = snapshot.dimensions
    for reading in snapshot.readings:
        count = _count(reading)
        if count is not None:
            yield key_of(reading.name, {**common, **reading.dimensions}), count


def _count(reading: Kept) -> float | None:
    """How often something has happened; None where nothing happens."""
    measurement = BY_NAME.get(reading.name)
    if measurement is None or measurement.kind is Kind.GAUGE:
        return None
    if measurement.kind is Kind.TIME:
        return cast(SpreadFigures, reading.value).count
    return cast(float, reading.value)


def key_of(name: str, dimensions: Dimensions) -> Key:
    """Of a series of a measurement."""
    return name, frozenset(dimensions.items())


def _keys(name: str, dimensions: frozenset[tuple[str, str]]) -> Iterator[Key]:
    """Of a thread's series and of all it is a part of."""
    if not BY_NAME[name].levels:
        yield name, dimensions
        return
    for left_out in LEFT_OUT.values():
        yield name, frozenset(pair for pair in dimensions if pair[0] not in left_out)
