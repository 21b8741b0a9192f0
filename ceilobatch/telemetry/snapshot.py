# SPDX-License-Identifier: Apache-2.0
"""Snapshot: all figures of one worker process at one moment, and its form on disk."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ceilobatch.telemetry.reading import Kept
from ceilobatch.telemetry.spread import Extremes, SpreadFigures

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Plain data.

    :ivar service: ``agent`` or ``processor``.
    :ivar pool: of the agent; empty for a processor.
    :ivar process: ``p0`` for worker ``w0``, and so on: the same for its successor.
    :ivar started: when the process was, seconds since the epoch.
    :ivar taken: when this was.
    :ivar ended: the worker has drained; nothing newer will come of this process.
    :ivar idle: seconds since its loop last went round.
    :ivar closed: why gates are closed, or the bus is lost, by thread; those that are well are not
        in it.
    """

    service: str
    host: str
    pool: str
    process: str
    started: float
    taken: float
    ended: bool
    idle: float
    closed: Mapping[str, str]
    readings: Sequence[Kept]

    @property
    def dimensions(self) -> dict[str, str]:
        """What all its readings have in common."""
        pool = {"pool": self.pool} if self.pool else {}
        return {"service": self.service, "hostname": self.host, **pool, "process": self.process}


def to_bytes(snapshot: Snapshot) -> bytes:
    """As it stands in a file."""
    fields = {field.name: getattr(snapshot, field.name) for field in dataclasses.fields(snapshot)}
    fields["readings"] = [
        (name, dimensions, _plain(value)) for name, dimensions, value in snapshot.readings
    ]
    return orjson.dumps({"format": FORMAT, **fields}, option=orjson.OPT_NON_STR_KEYS)


def from_bytes(content: bytes) -> Snapshot:
    """What :func:`to_bytes` has made.

    :raises ValueError: it is something else.
    """
    fields = orjson.loads(content)
    if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
        raise ValueError(f"not a snapshot of format {FORMAT}")
    try:
        fields["readings"] = [
            Kept(name, dimensions, _figures(value))
            for name, dimensions, value in fields["readings"]
        ]
        return Snapshot(**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a snapshot: {error}") from None


def _plain(value: float | SpreadFigures) -> Any:
    if not isinstance(value, SpreadFigures):
        return value
    return {
        "count": value.count,
        "total": value.total,
        "extremes": tuple(value.extremes),
        "period": tuple(value.period),
        "buckets": value.buckets,
    }


def _figures(value: Any) -> float | SpreadFigures:
    if not isinstance(value, dict):
        return float(value) if isinstance(value, float) else int(value)
    return SpreadFigures(
        value["count"],
        value["total"],
        Extremes(*value["extremes"]),
        Extremes(*value["period"]),
        {int(index): count for index, count in value["buckets"].items()},
    )
