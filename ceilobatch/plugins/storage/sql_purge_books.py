# SPDX-License-Identifier: Apache-2.0
"""Removes old pages of the books; what is left balances.

The books count events that are on the shelves and messages in flight: rows of the ledger stay as
long as either is there, and so do the batches that such events came with.
"""

import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_purge import PORTION, walk
from ceilobatch.plugins.storage.sql_schema import ARRIVAL, BATCH, LEDGER
from ceilobatch.plugins.storage.sql_transaction import Transactions
from ceilobatch.plugins.storage.sql_upsert import KEY

HOUR = datetime.timedelta(hours=1)
Place = tuple[str, str, datetime.datetime]


class Pages(NamedTuple):
    """How many rows of each table were removed, or would be."""

    ledger: int
    batch: int
    arrival: int


class BooksPurge:
    """Removes what is older than an hour.

    :param before: the books have whole hours; those that were over by then are meant.
    :param dry: remove nothing.
    """

    def __init__(
        self, transactions: Transactions, before: datetime.datetime, *, dry: bool = False
    ) -> None:
        self._transactions = transactions
        self._before = _hour(before)
        self._dry = dry
        self._needed: set[Place] = set()

    def run(self) -> Pages:
        """Remove; the ledger comes last, when fewer batches have to be looked through.

        :raises Unavailable: the database is away; what was removed till then stays so.
        """
        self._needed = self._transactions.run(self._with_events)
        arrivals = walk(self._transactions, self._arrivals, 0)
        batches = walk(self._transactions, self._batches, "")
        hours = self._transactions.run(self._hours)
        rows = walk(self._transactions, self._ledger, hours) if hours else 0
        return Pages(rows, batches, arrivals)

    def left(self) -> int:
        """How many rows of the ledger are older and still there.

        :raises Unavailable: the database is away.
        """
        query = sa.select(sa.func.count()).select_from(LEDGER).where(LEDGER.c.hour < self._before)
        return self._transactions.run(lambda connection: connection.execute(query).scalar_one())

    def _with_events(self, connection: sa.Connection) -> set[Place]:
        columns = (LEDGER.c.worker, LEDGER.c.pool, LEDGER.c.hour)
        query = sa.select(*columns).where(LEDGER.c.hour < self._before, LEDGER.c.events != 0)
        return {(row.worker, row.pool, row.hour) for row in connection.execute(query.distinct())}

    def _arrivals(self, connection: sa.Connection, last: int) -> tuple[int | None, int]:
        """Numbers rise as time goes on: the walk ends where nothing old is found any more."""
        query = (
            sa.select(ARRIVAL.c.id, BATCH.c.id.label("batch"), BATCH.c.received, BATCH.c.in_flight)
            .join_from(ARRIVAL, BATCH, BATCH.c.id == ARRIVAL.c.batch_id, isouter=True)
            .where(ARRIVAL.c.id > last)
        )
        found = connection.execute(query.order_by(ARRIVAL.c.id).limit(PORTION)).all()
        old = [row for row in found if row.batch is None or row.received < self._before]
        if not old:
            return None, 0
        ids = [row.id for row in old if row.in_flight is None]
        return found[-1].id, self._remove(connection, ARRIVAL.c.id, ids)

    def _batches(self, connection: sa.Connection, last: str) -> tuple[str | None, int]:
        query = sa.select(BATCH.c.id, BATCH.c.worker, BATCH.c.pool, BATCH.c.received).where(
            BATCH.c.id > last, BATCH.c.received < self._before, BATCH.c.in_flight.is_(None)
        )
        found = connection.execute(query.order_by(BATCH.c.id).limit(PORTION)).all()
        if not found:
            return None, 0
        places = {row.id: (row.worker, row.pool, _hour(row.received)) for row in found}
        ids = [one for one, place in places.items() if place not in self._needed]
        return found[-1].id, self._remove(connection, BATCH.c.id, ids)

    def _hours(self, connection: sa.Connection) -> list[datetime.datetime]:
        query = sa.select(LEDGER.c.hour).where(LEDGER.c.hour < self._before, LEDGER.c.events == 0)
        return sorted(connection.execute(query.distinct()).scalars())

    def _ledger(
        self, connection: sa.Connection, hours: list[datetime.datetime]
    ) -> tuple[list[datetime.datetime] | None, int]:
        hour, *rest = hours
        query = sa.select(LEDGER).where(LEDGER.c.hour == hour, LEDGER.c.events == 0)
        query = query.order_by(*(LEDGER.c[name] for name in KEY))
        rows = connection.execute(query if self._dry else query.with_for_update()).all()
        # Only now that no worker can add to these rows: he may just have opened a batch there.
        flying = self._in_flight(connection, hour)
        free = [row for row in rows if (row.worker, row.pool) not in flying]
        if not self._dry:
            for row in free:
                its = [LEDGER.c[name] == getattr(row, name) for name in KEY]
                connection.execute(sa.delete(LEDGER).where(*its))
        return rest or None, len(free)

    def _in_flight(
        self, connection: sa.Connection, hour: datetime.datetime
    ) -> set[tuple[str, str]]:
        query = sa.select(BATCH.c.worker, BATCH.c.pool).where(
            BATCH.c.in_flight.is_not(None), BATCH.c.received >= hour, BATCH.c.received < hour + HOUR
        )
        return {(row.worker, row.pool) for row in connection.execute(query)}

    def _remove(self, connection: sa.Connection, key: sa.Column[Any], ids: list[Any]) -> int:
        if self._dry or not ids:
            return len(ids)
        return connection.execute(sa.delete(key.table).where(key.in_(ids))).rowcount


def _hour(time: datetime.datetime) -> datetime.datetime:
    return time.astimezone(datetime.UTC).replace(minute=0, second=0, microsecond=0)
