# SPDX-License-Identifier: Apache-2.0
"""Retention: old rows of the SQL storage removed, in every database that has them."""

import contextlib
import datetime
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.accounts import books_url
from ceilobatch.plugins.instance import group_name, label_of, naming
from ceilobatch.plugins.storage.sql_connection import (
    GROUP,
    STATE_FILE,
    database_url,
    sqlite_file,
)
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.plugins.storage.sql_places import Place, database_of, places
from ceilobatch.plugins.storage.sql_purge import count_older, purge_events, purge_samples
from ceilobatch.plugins.storage.sql_purge_books import BooksPurge
from ceilobatch.plugins.storage.sql_schema import EVENT, SAMPLE
from ceilobatch.plugins.storage.sql_transaction import Transactions

# In this order: rows of the ledger are free when the events that they count are gone.
EVENTS, SAMPLES, BOOKS = WHAT = ("events", "samples", "ledger")
_Purge = Callable[[Transactions, datetime.datetime], int]
_SHELVES: dict[str, tuple[sa.Column[Any], _Purge]] = {
    EVENTS: (EVENT.c.generated, purge_events),
    SAMPLES: (SAMPLE.c.timestamp, purge_samples),
}


class Removal(NamedTuple):
    """What was removed from a table, or would be.

    :ivar database: the group of its options, or the name of the state database.
    :ivar rows: how many.
    :ivar kept: older rows that stay, because others need them.
    """

    what: str
    database: str
    table: str
    rows: int
    kept: int = 0


def purge(
    conf: cfg.ConfigOpts, before: datetime.datetime, what: Collection[str], *, dry: bool = False
) -> Iterator[Removal]:
    """Remove what is older, and tell after each table.

    :param what: some of :data:`WHAT`.
    :raises Refused: there is no such thing in an SQL database.
    :raises ConfigurationError: a database cannot be used.
    :raises Unavailable: it is away or has no tables.
    """
    conf = with_database(conf)
    for one in (name for name in WHAT if name in what):
        if one == BOOKS:
            yield from _purge_books(conf, before, dry)
        else:
            yield from _purge_shelves(conf, one, before, dry)


def _purge_shelves(
    conf: cfg.ConfigOpts, what: str, before: datetime.datetime, dry: bool
) -> Iterator[Removal]:
    column, remove = _SHELVES[what]
    found = list(places(conf, (what,)))
    if not found:
        raise errors.Refused(f"no driver of [storage] {what} is sql: there is nothing to purge")
    for place in found:
        with _opened(place, dry) as transactions:
            if dry:
                rows = count_older(transactions, column, before)
            else:
                rows = remove(transactions, before)
        yield Removal(what, place.group, str(column.table), rows)


def _purge_books(conf: cfg.ConfigOpts, before: datetime.datetime, dry: bool) -> Iterator[Removal]:
    url = books_url(conf)
    own = conf if url is not None else database_of(conf, EVENTS)
    name = STATE_FILE if url is not None else group_name(GROUP, label_of(own))
    place = Place(name, own, url)
    with _opened(place, dry) as transactions:
        work = BooksPurge(transactions, before, dry=dry)
        pages = work.run()
        kept = work.left() - (pages.ledger if dry else 0)
    yield Removal(BOOKS, place.group, "ledger", pages.ledger, kept)
    yield Removal(BOOKS, place.group, "batch", pages.batch)
    yield Removal(BOOKS, place.group, "arrival", pages.arrival)


@contextlib.contextmanager
def _opened(place: Place, dry: bool) -> Iterator[Transactions]:
    with naming(place.conf):
        file = sqlite_file(place.url or database_url(place.conf))
        if file is not None and not file.exists():
            # It would be made, only to find nothing in it.
            raise errors.Unavailable(f"there is no database {file}")
        transactions = Transactions(place.conf, place.url, writing=not dry)
        try:
            yield transactions
        finally:
            transactions.close()
