# SPDX-License-Identifier: Apache-2.0
"""Processors on real servers, and what they have stored compared with what there has to be."""

from pathlib import Path
from typing import Any

import psycopg

from ceilobatch.processor.calendar import EPOCH, utc_now

from .agent_process import Stored
from .processor_process import Processor, settings
from .servers import PostgreSQL, wait_until
from .usage_formula import HOUR, KINDS, compare, expected, metrics_file, stored

NOTHING_WRONG = {"missing": 0, "doubled": 0, "wrong": 0}


class ProcessorScene:
    """A database, and processors that store the last so many hours into it.

    :ivar begin: of the first period.
    :ivar end: of the last period that is looked at; more may come while a test runs.
    """

    def __init__(
        self,
        directory: Path,
        server: PostgreSQL,
        *,
        scopes: int,
        periods: int,
        metrics: int = len(KINDS),
        points: int = 3,
    ) -> None:
        now = utc_now()
        self.end = now - (now - EPOCH) % HOUR
        self.begin = self.end - periods * HOUR
        self.server = server
        self.url = server.create_database()
        self.processors: list[Processor] = []
        self._directory = directory
        self._scopes, self._metrics, self._points = scopes, metrics, points
        self._file = directory / "metrics.yml"
        self._file.write_text(metrics_file(metrics))

    def processor(
        self,
        name: str = "one",
        *,
        collector: dict[str, object] | None = None,
        coordination: dict[str, object] | None = None,
        **options: Any,
    ) -> Processor:
        """Another host's processor, not started yet."""
        groups = settings(
            *(self._file, self.url, self.begin),
            scopes=self._scopes,
            collector={"points": self._points, **(collector or {})},
            coordination=coordination,
            **options,
        )
        groups["DEFAULT"] = {"host": name}
        self.processors.append(Processor(self._directory / name, groups))
        return self.processors[-1]

    def count(self, table: str, where: str = "true") -> int:
        """Rows of a table; 0 while there is none, or no server."""
        try:
            return Stored(self.server, self.url).count(table, where)
        except psycopg.OperationalError:
            return 0

    def wait_for_usage(self, count: int = 1) -> None:
        """Wait until something is stored."""
        wait_until(lambda: self.count("scope_usage") >= count, what=f"{count} usages")

    def is_done(self) -> bool:
        """Whether every scope has come to the end."""
        done = f"last_processed >= '{self.end.isoformat()}'"
        return self.count("scope", done) == self._scopes

    def wait_until_done(self, seconds: float = 60) -> None:
        """Wait until every scope has come to the end."""
        wait_until(self.is_done, seconds, "the end of every scope")

    def differences(self) -> dict[str, int]:
        """What is stored, compared with what there has to be."""
        wanted = expected(
            self._scopes, self.begin, self.end, points=self._points, metrics=self._metrics
        )
        return compare(wanted, stored(self.server, self.url, self.end))

    def close(self) -> None:
        """End what was started."""
        for processor in self.processors:
            processor.kill_all()
        self.server.ensure()
        self.server.drop_database(self.url)
