# SPDX-License-Identifier: Apache-2.0
"""LedgerSource: the books of the agents, as they stand in their database."""

import contextlib
import time
from collections.abc import Iterator

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.perf import naming
from ceilobatch.perf.sample import Counts, Sample, Worker
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import open_database, sqlite_file
from ceilobatch.plugins.storage.sql_schema import LEDGER

# By field of a sample's counts.
COLUMNS = {
    "received": LEDGER.c.received,
    "completed": LEDGER.c.stored,
    "failed": LEDGER.c.recovered,
    "retried": LEDGER.c.requeued,
    "duplicate": LEDGER.c.duplicate,
    "dropped": LEDGER.c.ignored,
}


class LedgerSource:
    """Counters that survive restarts; there are no times in the books.

    :param conf: with the options of the SQL storage.
    :param url: of the database; None for that of the configuration.
    :raises ConfigurationError: it is not the address of a database that can be used.
    """

    def __init__(self, conf: cfg.ConfigOpts, url: sa.URL | None = None) -> None:
        self._database = open_database(conf, writing=False, url=url)

    def sample(self) -> Sample:
        """Read all hours; a message that is in flight is received and nothing else."""
        with self._reading() as connection:
            rows = connection.execute(_QUERY).mappings().all()
        counts: dict[Worker, Counts] = {}
        for row in rows:
            worker = _worker(row["worker"], row["pool"])
            told = Counts(**{name: int(row[name]) for name in COLUMNS})
            counts[worker] = counts.get(worker, Counts()).plus(told)
        return Sample(time.monotonic(), counts)

    def close(self) -> None:
        """Close the connection."""
        self._database.dispose()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        file = sqlite_file(self._database.url)
        if file is not None and not file.exists():
            raise errors.Unavailable(f"there is no database {file}")
        try:
            with self._database.connect() as connection:
                yield connection
        except exc.DBAPIError as error:
            raise errors.Unavailable(f"the ledger: {sql_errors.reason(error)}") from error


def _worker(name: str, pool: str) -> Worker:
    """``host/w0``, and ``host/w0.2`` of its second bus, are told as process ``p0`` by telemetry."""
    host, _, worker = name.rpartition("/")
    number = worker.removeprefix("w").partition(".")[0]
    return Worker(naming.instance(host, pool), f"p{number}" if number.isdigit() else worker)


_QUERY = sa.select(
    LEDGER.c.worker,
    LEDGER.c.pool,
    *(sa.func.sum(column).label(name) for name, column in COLUMNS.items()),
).group_by(LEDGER.c.worker, LEDGER.c.pool)
