# SPDX-License-Identifier: Apache-2.0
"""Watches a chaos run: what is confirmed by the broker, what is stored, how long nothing was."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[1]
LOOK = 0.2
COUNT = b"SELECT count(*) FROM event"


class PublisherProcess:
    """The publisher, and what it says.

    :ivar confirmed: how many slots, from the first on, the broker has confirmed.
    :ivar report: its last words, None while it sends.
    """

    def __init__(self, url: str, count: int, seed: int) -> None:
        found = re.fullmatch(r"rabbit://(\w+):(\w+)@([\d.:]+)/([\w-]+)", url)
        assert found is not None, url
        user, password, host, vhost = found.groups()
        self.confirmed = 0
        self.report: dict[str, Any] | None = None
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.chaos_publisher"),
                *(host, user, password, vhost, str(count), str(seed)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def grant(self, slots: int) -> None:
        """Let it send so many slots, from the first on."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{slots}\n")
        self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self.report = json.loads(line)
            else:
                self.confirmed = int(line)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Watch(threading.Thread):
    """Counts stored events again and again.

    :param waypoints: how many events there are when the messages of 0, 1, 2, ... slots are stored.
    :param in_force: whether a fault is.
    :ivar longest_stop: seconds without a new event while messages waited and no fault was.
    :ivar stored: events at the last look.
    :ivar moved: monotonic time of the last new event.
    """

    def __init__(
        self,
        database: str,
        publisher: PublisherProcess,
        waypoints: Sequence[int],
        in_force: Callable[[], bool],
    ) -> None:
        super().__init__(daemon=True)
        self.longest_stop = 0.0
        self.stored = 0
        self.moved = time.monotonic()
        self._database = database.replace("+psycopg", "")
        self._connection: psycopg.Connection[Any] | None = None
        self._publisher = publisher
        self._waypoints = waypoints
        self._in_force = in_force
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look until closed."""
        since = time.monotonic()
        while not self._stopped.wait(LOOK):
            due = self._waypoints[self._publisher.confirmed]
            before, self.stored = self.stored, self._count()
            now = time.monotonic()
            if self.stored > before:
                self.moved = now
            if self.stored != before or self.stored >= due or self._in_force():
                since = now
            self.longest_stop = max(self.longest_stop, now - since)

    def close(self) -> None:
        """Stop looking."""
        self._stopped.set()
        self.join()
        self._disconnect()

    def _count(self) -> int:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._database, autocommit=True, connect_timeout=3
                )
            row = self._connection.execute(COUNT).fetchone()
        except psycopg.Error:
            self._disconnect()
            return self.stored
        return int(row[0]) if row else self.stored

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
