# SPDX-License-Identifier: Apache-2.0
"""Added: what workers have counted since they were looked at last, one process at a time.

The sum over several workers goes down when one of them is started anew; the differences of each,
summed, are right whatever starts and ends.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.measurements import BY_NAME
from ceilobatch.telemetry.points import added
from ceilobatch.telemetry.reading import Kept
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import SpreadFigures

# A measurement's name and the dimensions of a reading.
Key = tuple[str, frozenset[tuple[str, str]]]


class _Seen(NamedTuple):
    """A worker process as it was seen last."""

    started: float
    taken: float
    values: Mapping[Key, float | SpreadFigures]


class Added:
    """One looker.

    :param begun: seconds since the epoch; what a process that was started before had counted when
        it is seen for the first time is not told as added.
    """

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._seen: dict[tuple[str, str, str, str], _Seen] = {}

    def news(self, snapshot: Snapshot) -> bool:
        """Whether it tells what has not been told, of a process whose counts are known."""
        seen = self._seen.get(_name(snapshot))
        if seen is None or seen.started != snapshot.started:
            return snapshot.started >= self._begun
        return snapshot.taken > seen.taken

    def since_last(self, snapshot: Snapshot) -> Snapshot:
        """The same, counters and times being what was added; gauges stay as they are."""
        name = _name(snapshot)
        values = {_key(reading): reading.value for reading in snapshot.readings}
        seen = self._seen.get(name)
        if seen is None or seen.started != snapshot.started:
            old = snapshot.started < self._begun
            seen = _Seen(snapshot.started, snapshot.taken, values if old else {})
        self._seen[name] = _Seen(snapshot.started, snapshot.taken, values)
        return dataclasses.replace(
            snapshot, readings=list(_differences(snapshot.readings, seen.values))
        )


def _differences(
    readings: Iterable[Kept], before: Mapping[Key, float | SpreadFigures]
) -> Iterator[Kept]:
    for reading in readings:
        measurement = BY_NAME.get(reading.name)
        kind = measurement.kind if measurement else Kind.GAUGE
        yield reading._replace(value=added(kind, reading.value, before.get(_key(reading))))


def _key(reading: Kept) -> Key:
    return reading.name, frozenset(reading.dimensions.items())


def _name(snapshot: Snapshot) -> tuple[str, str, str, str]:
    return snapshot.service, snapshot.host, snapshot.pool, snapshot.process
