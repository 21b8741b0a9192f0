# SPDX-License-Identifier: Apache-2.0
"""Makes the tables of the SQL storage and brings them up to date; tells their revision."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.instance import naming
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import check_file, open_database, sqlite_file

# Alembic is imported where it is used: it takes longer than any command that needs no upgrade.
if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_NUMBER = 0x6365696C6F
LOCK_SECONDS = 60

# Alembic works through names that all threads of a process share.
_ONE_AT_A_TIME = threading.Lock()


def upgrade(conf: cfg.ConfigOpts, url: sa.URL | None = None) -> tuple[str | None, str]:
    """Bring the database of ``[storage_sql] connection`` to the newest revision.

    Many processes may do it at the same time.

    :param url: another database than that of the configuration.
    :returns: the old revision, None where there was none, and the new one.
    :raises ConfigurationError: the option cannot be used.
    :raises Unavailable: the database is away or refuses.
    """
    with naming(conf):
        database = open_database(conf, writing=True, url=url)
        check_file(database.url)
        try:
            return upgrade_database(database)
        except exc.DBAPIError as error:
            raise errors.Unavailable(sql_errors.reason(error)) from error
        finally:
            database.dispose()


def upgrade_database(database: sa.Engine) -> tuple[str | None, str]:
    """As :func:`upgrade`, for a database that is open.

    :raises Unavailable: the tables were made by a newer program.
    :raises sqlalchemy.exc.DBAPIError: the database is away or refuses.
    """
    if sqlite_file(database.url):
        _let_readers_and_writer_be(database)
    with (
        _ONE_AT_A_TIME,
        database.connect() as connection,
        _locked(connection),
        connection.begin(),
    ):
        old = current_revision(connection)
        if old != head_revision():
            from alembic import command

            _refuse_unknown(old)
            command.upgrade(_config(connection), "head")
        return old, head_revision()


def current_revision(connection: sa.Connection) -> str | None:
    """The revision of the tables, or None where there are none."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """The revision that this program works with."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def _refuse_unknown(revision: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision is not None and revision not in known:
        raise errors.Unavailable(
            f"the tables have the revision {revision}, which is newer than this program"
        )


def _config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _let_readers_and_writer_be(database: sa.Engine) -> None:
    """With a write-ahead log readers need not wait for a writer; the file remembers it.

    While somebody else uses the file SQLite may refuse to change that, without waiting; then it
    is changed by him, or by who opens the file next.
    """
    with (
        contextlib.closing(database.raw_connection()) as connection,
        contextlib.suppress(sqlite3.OperationalError),
    ):
        connection.cursor().execute("PRAGMA journal_mode = WAL")


@contextlib.contextmanager
def _locked(connection: sa.Connection) -> Iterator[None]:
    """Hold a lock of the database server; SQLite's transaction is one."""
    name = connection.dialect.name
    if name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK_NUMBER})")
        connection.commit()
        unlock = f"SELECT pg_advisory_unlock({LOCK_NUMBER})"
    elif name == "mysql":
        lock = f"CONCAT('ceilobatch ', MD5(DATABASE())), {LOCK_SECONDS}"
        if connection.exec_driver_sql(f"SELECT GET_LOCK({lock})").scalar() != 1:
            raise errors.Unavailable("somebody else is upgrading the database")
        connection.commit()
        unlock = "SELECT RELEASE_LOCK(CONCAT('ceilobatch ', MD5(DATABASE())))"
    else:
        yield
        return
    try:
        yield
    finally:
        # A connection that broke has lost its lock already.
        with contextlib.suppress(exc.SQLAlchemyError):
            connection.exec_driver_sql(unlock)
            connection.commit()
