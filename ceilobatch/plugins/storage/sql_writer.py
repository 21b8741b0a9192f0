# SPDX-License-Identifier: Apache-2.0
"""Writer: how rows get into one kind of database; and the choice of it."""

import abc
from typing import ClassVar

import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_rows import Row, Rows


class Writer(abc.ABC):
    """Adds rows that are not there yet.

    :cvar nul_allowed: whether the database keeps NUL characters in texts.
    :cvar examine_first: whether rows are to be examined before they are added, because the
        database would take some that it cannot keep; otherwise only when it has refused some.
    """

    nul_allowed: ClassVar[bool] = True
    examine_first: ClassVar[bool] = True

    @abc.abstractmethod
    def add(self, connection: sa.Connection, sheet: Rows, rows: list[Row]) -> list[Row]:
        """Add rows of a sheet, all or none; the answer is those that were there already.

        :raises Refused: one of the rows cannot be sent.
        :raises sqlalchemy.exc.DBAPIError: see :mod:`ceilobatch.plugins.storage.sql_errors`.
        """


def writer_for(dialect: str) -> Writer:
    """The writer for a database, by SQLAlchemy's name of its dialect."""
    if dialect == "postgresql":
        # It imports psycopg, which is only there where it is needed.
        from ceilobatch.plugins.storage.sql_postgresql import PostgresqlWriter

        return PostgresqlWriter()
    from ceilobatch.plugins.storage.sql_generic import GenericWriter

    return GenericWriter()
