# SPDX-License-Identifier: Apache-2.0
"""What is known of an SQL database without changing it: its server, and how far its tables are."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.instance import naming
from ceilobatch.plugins.storage import sql_errors, sql_upgrade
from ceilobatch.plugins.storage.sql_connection import GROUP, open_database, sqlite_file
from ceilobatch.plugins.storage.sql_places import Place


class Schema(NamedTuple):
    """The state of a database.

    :ivar server: its kind and version, such as ``postgresql 15.4``.
    :ivar revision: of its tables; None where there are none.
    :ivar by_itself: whether the services make and upgrade the tables.
    """

    server: str
    revision: str | None
    by_itself: bool

    @property
    def current(self) -> bool:
        """Whether the tables are those that this program works with."""
        return self.revision == sql_upgrade.head_revision()


def read(place: Place) -> Schema:
    """Ask a database; one that SQLite would make now is not made.

    :raises ConfigurationError: its options cannot be used.
    :raises Unavailable: it is away, or refuses.
    """
    with naming(place.conf):
        database = open_database(place.conf, writing=False, url=place.url)
        wanted = place.conf[GROUP].auto_upgrade if place.url is None else None
        file = sqlite_file(database.url)
        by_itself = file is not None if wanted is None else bool(wanted)
        try:
            if file is not None and not file.exists():
                return Schema("sqlite", None, by_itself)
            with database.connect() as connection:
                revision = sql_upgrade.current_revision(connection)
                return Schema(_server(database), revision, by_itself)
        except exc.DBAPIError as error:
            raise errors.Unavailable(sql_errors.reason(error)) from error
        finally:
            database.dispose()


def _server(database: sa.Engine) -> str:
    version = database.dialect.server_version_info or ()
    return f"{database.dialect.name} {'.'.join(map(str, version))}".rstrip()
