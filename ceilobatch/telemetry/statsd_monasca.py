# SPDX-License-Identifier: Apache-2.0
"""Lines of statsd as monasca-statsd writes them; all that is peculiar about it stays in here.

Of the library there is what writes a metric. Its socket speaks IPv4 only, is connected, and
raises, in the constructor, and logs a traceback for each datagram that is lost; its buffer counts
metrics instead of bytes; its timer is a gauge.
"""

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

from ceilobatch.telemetry.points import Point
from ceilobatch.telemetry.statsd_lines import named, number

# What Monasca refuses, and what would end the dimensions of a line too early.
_REFUSED = re.compile(r"[<>={},\"\\;&|\x00-\x1f\x7f]")
_LONGEST = 255


class Monasca:
    """``name:value|type|#{'key': 'text'}``, by key, for monasca-agent.

    :param dimensions: to add to those of every figure, which win.
    """

    def __init__(self, prefix: str, dimensions: dict[str, str]) -> None:
        self._dimensions = dimensions
        self._taken: list[str] = []
        self._client = _client(named(prefix).rstrip("."), self._taken.append)

    def lines(self, point: Point) -> Iterator[str]:
        """A figure's."""
        dimensions = dict(self._accepted({**self._dimensions, **point.dimensions}))
        if point.counts:
            self._client.get_counter(point.name, dimensions=dimensions).increment(number(point))
        else:
            self._client.get_gauge(dimensions=dimensions).send(point.name, number(point))
        taken = self._taken[:]
        self._taken.clear()
        return iter(taken)

    def _accepted(self, dimensions: dict[str, str]) -> Iterator[tuple[str, str]]:
        for key in sorted(dimensions):
            if text := dimensions[key]:
                yield _REFUSED.sub("_", key)[:_LONGEST], _REFUSED.sub("_", text)[:_LONGEST]


def _client(prefix: str, take: Callable[[str], None]) -> Any:
    """A client that hands every line to ``take``."""
    library = _library()

    class Connection(library.Connection):  # type: ignore[misc,name-defined]
        """Without a socket: the library's own would be opened here."""

        def __init__(self) -> None:
            self._send = take

    return library.Client(name=prefix, connection=Connection())


def _library() -> Any:
    """Import it without its call of ``logging.basicConfig``, which a root with handlers ignores."""
    root, guard = logging.getLogger(), logging.NullHandler()
    root.addHandler(guard)
    try:
        import monascastatsd
    finally:
        root.removeHandler(guard)
    return monascastatsd
