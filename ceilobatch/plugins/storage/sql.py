# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``sql``: events and samples in SQLite, PostgreSQL or MariaDB."""

import datetime
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch.model import Event, Result, Sample
from ceilobatch.page import Booking, Page
from ceilobatch.plugins.base import Bookkeeper
from ceilobatch.plugins.storage.sql_books import write_pages
from ceilobatch.plugins.storage.sql_call import Call
from ceilobatch.plugins.storage.sql_connection import GROUP, OPTIONS, state_url
from ceilobatch.plugins.storage.sql_transaction import Transactions
from ceilobatch.plugins.storage.sql_writer import writer_for

_PROBE = Event("ceilobatch probe", "probe", datetime.datetime.now(datetime.UTC), ())


class SqlStorage(Bookkeeper):
    """Stores events and samples in an SQL database: SQLite, PostgreSQL or MariaDB.

    :raises ConfigurationError: ``[storage_sql] connection`` cannot be used.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts, url: sa.URL | None = None) -> None:
        super().__init__(conf)
        self._transactions = Transactions(conf, url)
        self._writer = writer_for(self._transactions.dialect)

    def store(
        self,
        items: Sequence[Event] | Sequence[Sample],
        booking: Booking | None = None,
    ) -> list[Result]:
        """Store a batch, and what is to be booked of it, in one transaction."""
        if not items:
            return []
        call = Call(self._writer, items, booking)
        if booking is None:
            return self._transactions.run(call.add)

        def add(connection: sa.Connection) -> list[Result]:
            results = call.add(connection)
            write_pages(connection, booking.pages(results))
            return results

        return self._transactions.run(add)

    def book(self, pages: Sequence[Page]) -> None:
        """Write pages in a transaction of their own."""
        self._transactions.run(lambda connection: write_pages(connection, pages))

    def probe(self) -> None:
        """Store an event and take it back."""
        # An identity of its own, so that no probe waits for that of a worker that hangs.
        event = _PROBE._replace(message_id=f"ceilobatch probe {uuid.uuid4()}")
        self._transactions.rehearse(Call(self._writer, [event]).add)

    def close(self) -> None:
        """Close the connection."""
        self._transactions.close()


class StateStorage(SqlStorage):
    """Keeps the books in the state database where no storage of events can.

    Its tables are made when it is first used.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf, state_url(conf))
