# SPDX-License-Identifier: Apache-2.0
"""Lines of statsd in the dialects that we write ourselves, and the datagrams they travel in."""

import re
from collections.abc import Iterable, Iterator

from ceilobatch.telemetry.points import Point

# What fits into one Ethernet frame behind the headers of IPv6 and UDP, with room for a tunnel's.
LARGEST = 1432
# In a name without dimensions they stand in this order; others follow by name.
ORDER = (
    *("service", "hostname", "pool", "process", "thread"),
    *("namespace", "plugin", "operation", "trigger", "reason"),
)
_RANK = {key: rank for rank, key in enumerate(ORDER)}
_NOT_IN_NAME = re.compile(r"[^\w.-]")
_NOT_IN_PART = re.compile(r"[^\w-]")
_NOT_IN_TAG = re.compile(r"[^\w./:-]")


class Dogstatsd:
    """``name:value|type|#key:text,key:text``, by key.

    :param dimensions: to add to those of every figure, which win.
    """

    def __init__(self, prefix: str, dimensions: dict[str, str]) -> None:
        self._prefix = named(prefix)
        self._dimensions = dimensions

    def lines(self, point: Point) -> Iterator[str]:
        """A figure's."""
        dimensions = {**self._dimensions, **point.dimensions}
        tags = ",".join(
            f"{_NOT_IN_PART.sub('_', key)}:{_NOT_IN_TAG.sub('_', dimensions[key])}"
            for key in sorted(dimensions)
            if dimensions[key]
        )
        return _lines(f"{self._prefix}{point.name}", point, f"|#{tags}")


class Plain:
    """``name:value|type``; what tells series apart goes into the name.

    What is the same of all figures does not, so configured dimensions are left out.
    """

    def __init__(self, prefix: str, dimensions: dict[str, str]) -> None:
        self._prefix = named(prefix)

    def lines(self, point: Point) -> Iterator[str]:
        """A figure's."""
        keys = sorted(point.dimensions, key=lambda key: (_RANK.get(key, len(ORDER)), key))
        parts = (_NOT_IN_PART.sub("_", point.dimensions[key]) for key in keys)
        return _lines(f"{self._prefix}{'.'.join((point.name, *parts))}", point, "")


def named(prefix: str) -> str:
    """What names begin with."""
    return f"{_NOT_IN_NAME.sub('_', prefix)}." if prefix else ""


def number(point: Point) -> int | float:
    """The value: whole where it counts, since daemons cut off the rest."""
    value = point.value
    return int(value) if point.counts or float(value).is_integer() else value


def _lines(name: str, point: Point, tags: str) -> Iterator[str]:
    value = number(point)
    if point.counts:
        yield f"{name}:{value}|c{tags}"
        return
    if value < 0:
        # With a sign it is a change to many daemons, from 0 then.
        yield f"{name}:0|g{tags}"
    yield f"{name}:{value}|g{tags}"


def datagrams(lines: Iterable[str], largest: int = LARGEST) -> Iterator[bytes]:
    """Whole lines, as many as fit; a line that is too long by itself goes alone."""
    kept: list[bytes] = []
    size = 0
    for line in lines:
        encoded = line.encode("utf-8", "replace")
        if kept and size + len(encoded) + 1 > largest:
            yield b"\n".join(kept)
            kept, size = [], 0
        size += len(encoded) + (1 if kept else 0)
        kept.append(encoded)
    if kept:
        yield b"\n".join(kept)
