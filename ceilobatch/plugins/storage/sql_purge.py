# SPDX-License-Identifier: Apache-2.0
"""Removes old events and samples, a portion in each transaction; the books agree after each."""

import datetime
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_schema import BATCH, EVENT, LEDGER, SAMPLE, SAMPLE_METADATA
from ceilobatch.plugins.storage.sql_transaction import Transactions
from ceilobatch.plugins.storage.sql_upsert import KEY

PORTION = 1000
# Older than anything, and a time in every database.
BEGINNING = datetime.datetime(1000, 1, 1, tzinfo=datetime.UTC)

P = TypeVar("P")
Portion = Callable[[sa.Connection, P], tuple[P | None, int]]
Keys = tuple[str, str, datetime.datetime, str]


def walk(transactions: Transactions, portion: Portion[P], start: P) -> int:
    """Run portions, each from where the last one ended; how many rows they removed.

    Between two of them the database is left to others for as long as the last one took.

    :param portion: returns where the next one starts, or None, and its rows; it may be run again.
    :raises Unavailable: the database is away; earlier portions are done.
    """
    position: P | None = start
    rows = 0
    while position is not None:
        begun = time.monotonic()
        position, number = transactions.run(partial(_at, portion, position))
        rows += number
        if position is not None:
            time.sleep(time.monotonic() - begun)
    return rows


def _at(portion: Portion[P], position: P, connection: sa.Connection) -> tuple[P | None, int]:
    return portion(connection, position)


def purge_events(transactions: Transactions, before: datetime.datetime) -> int:
    """Remove events that were generated earlier; how many.

    :raises Unavailable: as :func:`walk`.
    """

    def portion(
        connection: sa.Connection, since: datetime.datetime
    ) -> tuple[datetime.datetime | None, int]:
        columns = (EVENT.c.generated, *(EVENT.c[name] for name in _BOOKED))
        found = connection.execute(
            _oldest(sa.select(EVENT.c.message_id, *columns), EVENT.c.generated, since, before)
            # Whoever purges at the same time must not book them a second time.
            .with_for_update()
        ).all()
        if not found:
            return None, 0
        ids = [row.message_id for row in found]
        connection.execute(sa.delete(EVENT).where(EVENT.c.message_id.in_(ids)))
        _take_out(connection, found)
        return found[-1].generated, len(found)

    return walk(transactions, portion, BEGINNING)


def purge_samples(transactions: Transactions, before: datetime.datetime) -> int:
    """Remove samples with an earlier timestamp, and metadata that no sample has; how many samples.

    :raises Unavailable: as :func:`walk`.
    """

    def portion(
        connection: sa.Connection, since: datetime.datetime
    ) -> tuple[datetime.datetime | None, int]:
        query = sa.select(SAMPLE.c.message_id, SAMPLE.c.timestamp)
        found = connection.execute(_oldest(query, SAMPLE.c.timestamp, since, before)).all()
        if not found:
            return None, 0
        ids = sorted({row.message_id for row in found})
        old = sa.and_(SAMPLE.c.message_id.in_(ids), SAMPLE.c.timestamp < before)
        removed = connection.execute(sa.delete(SAMPLE).where(old)).rowcount
        connection.execute(_unused_metadata(ids))
        return found[-1].timestamp, removed

    return walk(transactions, portion, BEGINNING)


def count_older(
    transactions: Transactions, column: sa.Column[Any], before: datetime.datetime
) -> int:
    """How many rows of a table have an earlier time.

    :raises Unavailable: the database is away.
    """
    query = sa.select(sa.func.count()).select_from(column.table).where(column < before)
    return transactions.run(lambda connection: int(connection.execute(query).scalar_one()))


_BOOKED = ("batch_id", "received", "event_type")


def _oldest(
    query: sa.Select[Any],
    column: sa.Column[Any],
    since: datetime.datetime,
    before: datetime.datetime,
) -> sa.Select[Any]:
    """With the lower bound, so that databases do not pass over what was just removed."""
    return query.where(column >= since, column < before).order_by(column).limit(PORTION)


def _unused_metadata(ids: Sequence[str]) -> sa.Delete:
    its_sample = sa.and_(
        SAMPLE.c.message_id == SAMPLE_METADATA.c.message_id,
        SAMPLE.c.metadata_part == SAMPLE_METADATA.c.part,
    )
    return sa.delete(SAMPLE_METADATA).where(
        SAMPLE_METADATA.c.message_id.in_(ids), ~sa.exists().where(its_sample)
    )


def _take_out(connection: sa.Connection, events: Sequence[sa.Row[Any]]) -> None:
    """Subtract removed events from where they were booked, so that books and shelves agree."""
    booked = [row for row in events if row.received is not None]
    ids = {row.batch_id for row in booked}
    query = sa.select(BATCH.c.id, BATCH.c.worker, BATCH.c.pool).where(BATCH.c.id.in_(ids))
    workers = {row.id: (row.worker, row.pool) for row in connection.execute(query)}
    removed = Counter[Keys]()
    for row in booked:
        hour = row.received.replace(minute=0, second=0, microsecond=0)
        removed[(*workers.get(row.batch_id, ("", "")), hour, row.event_type)] += 1
    for key, number in sorted(removed.items()):
        if not _subtract(connection, key, number):
            _subtract_elsewhere(connection, key, number)


def _subtract(connection: sa.Connection, key: Keys, number: int) -> bool:
    """Whether there is such a row, and it has so many."""
    its = [LEDGER.c[name] == value for name, value in zip(KEY, key, strict=True)]
    change = sa.update(LEDGER).where(*its, LEDGER.c.events >= number)
    return connection.execute(change.values(events=LEDGER.c.events - number)).rowcount == 1


def _subtract_elsewhere(connection: sa.Connection, key: Keys, number: int) -> None:
    """From other rows of the hour, those of the type first: the batch is not known any more."""
    *_, hour, event_type = key
    query = sa.select(LEDGER).where(LEDGER.c.hour == hour, LEDGER.c.events > 0).with_for_update()
    rows = connection.execute(query.order_by(*(LEDGER.c[name] for name in KEY))).all()
    for row in sorted(rows, key=lambda row: row.event_type != event_type):
        part = min(number, row.events)
        if part:
            _subtract(connection, (row.worker, row.pool, row.hour, row.event_type), part)
            number -= part
