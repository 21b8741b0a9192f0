# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``sql``: events and samples in SQLite, PostgreSQL or MariaDB."""

import datetime
from collections.abc import Sequence

from oslo_config import cfg

from ceilobatch.model import Event, Result, Sample
from ceilobatch.plugins.base import Storage
from ceilobatch.plugins.storage.sql_call import Call
from ceilobatch.plugins.storage.sql_connection import GROUP, OPTIONS
from ceilobatch.plugins.storage.sql_transaction import Transactions
from ceilobatch.plugins.storage.sql_writer import writer_for

_PROBE = Event("ceilobatch probe", "probe", datetime.datetime.now(datetime.UTC), ())


class SqlStorage(Storage):
    """Stores events and samples in an SQL database: SQLite, PostgreSQL or MariaDB.

    :raises ConfigurationError: ``[storage_sql] connection`` cannot be used.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._transactions = Transactions(conf)
        self._writer = writer_for(self._transactions.dialect)

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Store a batch in one transaction."""
        if not items:
            return []
        return self._transactions.run(Call(self._writer, items).add)

    def probe(self) -> None:
        """Store an event and take it back."""
        self._transactions.rehearse(Call(self._writer, [_PROBE]).add)

    def close(self) -> None:
        """Close the connection."""
        self._transactions.close()
