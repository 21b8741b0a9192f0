# SPDX-License-Identifier: Apache-2.0
"""Watches how far the scopes come while a chaos run goes on."""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

LOOK = 0.1
_LOOK = (
    "SELECT coalesce(sum(extract(epoch FROM last_processed)), 0),"
    " count(*) FILTER (WHERE last_processed >= %s),"
    " (SELECT count(*) FROM reprocessing WHERE done < period_end),"
    " (SELECT coalesce(sum(extract(epoch FROM done)), 0) FROM reprocessing)"
    " FROM scope"
)


class ProgressWatch(threading.Thread):
    """Looks at the states again and again.

    :param end: where every scope has to come.
    :param in_force: whether a fault is.
    :ivar longest_stop: seconds in which nothing moved, something was left, and no fault was.
    :ivar moved: monotonic time of the last movement.
    :ivar done: whether all scopes are there, and every reprocessing is done.
    """

    def __init__(self, database: str, scopes: int, end: Any, in_force: Callable[[], bool]) -> None:
        super().__init__(name="watch", daemon=True)
        self.longest_stop = 0.0
        self.moved = time.monotonic()
        self.done = False
        self._database = database.replace("+psycopg", "")
        self._connection: psycopg.Connection[Any] | None = None
        self._scopes, self._end, self._in_force = scopes, end, in_force
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look until closed."""
        last: tuple[Any, ...] | None = None
        since = time.monotonic()
        while not self._stopped.wait(LOOK):
            found = self._look()
            now = time.monotonic()
            if found is not None and found != last:
                self.moved = since = now
                last = found
                self.done = found[1] == self._scopes and found[2] == 0
            if self.done or self._in_force():
                since = now
            self.longest_stop = max(self.longest_stop, now - since)

    def close(self) -> None:
        """Stop looking."""
        self._stopped.set()
        self.join()
        self._disconnect()

    def _look(self) -> tuple[Any, ...] | None:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._database, autocommit=True, connect_timeout=3
                )
            return self._connection.execute(_LOOK, [self._end]).fetchone()
        except psycopg.Error:
            self._disconnect()
            return None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
