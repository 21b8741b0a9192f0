# SPDX-License-Identifier: Apache-2.0
"""Reads the samples store in several threads at a time, each on a connection of its own."""

import contextlib
import threading
from collections.abc import Iterator

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.instance import naming
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import open_database, sqlite_file
from ceilobatch.plugins.storage.sql_places import database_of
from ceilobatch.plugins.storage.sql_schema import SAMPLE, SAMPLE_METADATA

COLUMNS = ("project_id", "user_id", "resource_id")


class SamplesReader:
    """Connections to the first database of ``[storage] samples``, one for each thread.

    A connection is made when its thread first reads, and stays.

    :raises ConfigurationError: the connection is not configured as it can be used.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = database_of(conf, "samples")
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._opened: list[sa.Engine] = []
        # What is wrong with the configuration is told now, not in a thread.
        self._open()

    @contextlib.contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """A connection for this thread, in a transaction that changes nothing.

        :raises Unavailable: the database is away, or has no tables; also inside of the ``with``.
        """
        with naming(self._conf):
            database = self._database()
            file = sqlite_file(database.url)
            if file is not None and not file.exists():
                # SQLite would make an empty file, and there would be no tables in it.
                raise errors.Unavailable(f"there is no database {file}")
            try:
                with database.connect() as connection:
                    yield connection
            except exc.DBAPIError as error:
                database.dispose()
                raise errors.Unavailable(sql_errors.reason(error)) from error

    def close(self) -> None:
        """Close the connections of all threads; none of them reads any more."""
        with self._lock:
            for database in self._opened:
                database.dispose()

    def _database(self) -> sa.Engine:
        if not hasattr(self._mine, "database"):
            self._mine.database = self._open()
        database: sa.Engine = self._mine.database
        return database

    def _open(self) -> sa.Engine:
        with naming(self._conf):
            database = open_database(self._conf, writing=False)
        with self._lock:
            self._opened.append(database)
        return database


def is_column(attribute: str) -> bool:
    """Whether an attribute is a column of the samples; all others are keys of their metadata."""
    return attribute in COLUMNS


def expression(attribute: str) -> sa.ColumnElement[str]:
    """An attribute of a sample as SQL; null where it has none.

    One of the metadata needs :func:`samples` with metadata.
    """
    if is_column(attribute):
        return SAMPLE.c[attribute]
    text: sa.ColumnElement[str] = SAMPLE_METADATA.c.metadata[attribute].as_string()
    return text


def samples(*, metadata: bool) -> sa.FromClause:
    """The samples, with their metadata or without."""
    if not metadata:
        return SAMPLE
    theirs = sa.and_(
        SAMPLE_METADATA.c.message_id == SAMPLE.c.message_id,
        SAMPLE_METADATA.c.part == SAMPLE.c.metadata_part,
    )
    return sa.outerjoin(SAMPLE, SAMPLE_METADATA, theirs)
