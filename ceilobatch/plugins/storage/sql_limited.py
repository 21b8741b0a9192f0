# SPDX-License-Identifier: Apache-2.0
"""Connections to PostgreSQL that give up waiting for a server that does not answer.

The server's own ``statement_timeout`` is of no use when it is the server that hangs.
"""

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

R = TypeVar("R")


class LimitedConnection(psycopg.Connection[Any]):
    """A connection on which no exchange with the server takes longer than a limit.

    :cvar limit: seconds.
    """

    limit = 30.0

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Wait for an exchange, as psycopg does, but not for ever."""
        return super().wait(self._limited(gen), *arguments, **options)

    def _limited(self, exchange: Generator[Any, Any, R]) -> Generator[Any, Any, R]:
        deadline = time.monotonic() + self.limit
        try:
            ready = yield next(exchange)
            while True:
                if not ready and time.monotonic() > deadline:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"the server has not answered for {self.limit:g} s"
                    )
                ready = yield exchange.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def connect_limited(limit: float, *arguments: Any, **options: Any) -> LimitedConnection:
    """Connect; ``limit`` holds from then on."""
    connection = LimitedConnection.connect(*arguments, **options)
    connection.limit = limit
    return connection
