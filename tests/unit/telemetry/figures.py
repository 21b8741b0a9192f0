# SPDX-License-Identifier: Apache-2.0
"""Snapshots and spreads for tests, and a daemon that listens to statsd."""

import contextlib
import socket
from collections.abc import Iterable, Iterator, Sequence

from hypothesis import settings

from ceilobatch.telemetry.reading import Kept
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import Spread, SpreadFigures

MS = 1_000_000
# The same examples in each run, however slow.
SAME = settings(deadline=None, derandomize=True, database=None, max_examples=100)


def spread_of(times: Iterable[int]) -> Spread:
    spread = Spread()
    for one in times:
        spread.record(one)
    return spread


def figures_of(*times: int) -> SpreadFigures:
    """Of one period that has ended."""
    return spread_of(times).figures(end_period=True)


def snapshot_of(*readings: tuple[str, dict[str, str], object], process: str = "p0") -> Snapshot:
    kept = [Kept(name, own, value) for name, own, value in readings]
    return Snapshot("agent", "host1", "pool1", process, 1.0, 2.0, False, 0.5, {}, kept)


T0 = {"thread": "t0"}
RECEIVED = ("requests.received", T0, 5)
TIMES = ("request.time", T0, figures_of(2 * MS, 4 * MS, 6 * MS))


class Daemon:
    """A UDP port that is listened to, as that of a statsd daemon."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.settimeout(0.5)
        self.port: int = self._socket.getsockname()[1]

    def datagrams(self, count: int) -> list[bytes]:
        """So many; they are there already, or come at once."""
        return [self._socket.recv(65535) for _ in range(count)]

    def is_quiet(self) -> bool:
        """Whether nothing is there."""
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self._socket.recv(65535)
            return False
        self._socket.settimeout(0.5)
        return True

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def daemon(host: str = "127.0.0.1", port: int = 0) -> Iterator[Daemon]:
    one = Daemon(host, port)
    try:
        yield one
    finally:
        one.close()


def lines_of(datagrams: Sequence[bytes]) -> list[str]:
    return [line for datagram in datagrams for line in datagram.decode().split("\n")]
