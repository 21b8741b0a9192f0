# SPDX-License-Identifier: Apache-2.0
"""SIGKILL to a worker of an agent that is writing letters at this moment."""

import contextlib
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import psutil
import psycopg

LOCKS = Path("/proc/locks")
WAITING = """
SELECT client_port FROM pg_stat_activity WHERE datname = current_database()
AND state = 'active' AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO letter %'
"""
# Statement, commit and what the worker does after that lie within so many seconds.
A_MOMENT = 0.01


class Watch(Protocol):
    """Waits until a worker writes, and kills it."""

    def kill(self, workers: Sequence[int], seconds: float) -> bool:
        """Whether there was one in time."""


class FileWatch:
    """Kills who holds the lock of the journal and has noted that it appends.

    :param directory: of the letters.
    """

    def __init__(self, directory: Path) -> None:
        self._lock = directory / ".lock"

    def kill(self, workers: Sequence[int], seconds: float) -> bool:
        """See :class:`Watch`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._lock.exists() and self._lock.stat().st_size:
                for pid in self._holders().intersection(workers):
                    psutil.Process(pid).kill()
                    return True
        return False

    def _holders(self) -> set[int]:
        inode = str(self._lock.stat().st_ino)
        rows = [row.split() for row in LOCKS.read_text().splitlines()]
        return {
            int(row[4])
            for row in rows
            if row[1:4:2] == ["FLOCK", "WRITE"] and row[5].rpartition(":")[2] == inode
        }


class SqlWatch:
    """Holds all who add letters up, kills the first, and lets the others go on.

    Every other one is killed a moment after it was let go, so that it dies in its commit or
    between that and the acknowledgement.
    """

    def __init__(self, url: str, seed: int = 0) -> None:
        self._url = re.sub(r"^\w+\+\w+", "postgresql", url)
        self._random = random.Random(seed)
        self._later = False

    def kill(self, workers: Sequence[int], seconds: float) -> bool:
        """See :class:`Watch`."""
        with self._held() as holder, psycopg.connect(self._url, autocommit=True) as looker:
            pid = _first_waiting(looker, workers, time.monotonic() + seconds)
            if pid is None:
                return False
            if self._later:
                holder.rollback()
                time.sleep(self._random.uniform(0, A_MOMENT))
            psutil.Process(pid).kill()
            self._later = not self._later
            return True

    @contextlib.contextmanager
    def _held(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        with psycopg.connect(self._url) as holder:
            holder.execute("LOCK TABLE letter IN SHARE MODE")
            yield holder


def _first_waiting(
    looker: "psycopg.Connection[tuple[object, ...]]", workers: Sequence[int], end: float
) -> int | None:
    ports = {port: pid for pid in workers for port in _ports(pid)}
    while time.monotonic() < end:
        for (port,) in looker.execute(WAITING).fetchall():
            if port in ports:
                return ports[int(str(port))]
    return None


def _ports(pid: int) -> list[int]:
    try:
        return [one.laddr.port for one in psutil.Process(pid).net_connections() if one.laddr]
    except psutil.NoSuchProcess:
        return []
