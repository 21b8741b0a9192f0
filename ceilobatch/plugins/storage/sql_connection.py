# SPDX-License-Identifier: Apache-2.0
"""Where the SQL database is and how to connect to it: options, URLs, time limits."""

import importlib
import os
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import event, exc

from ceilobatch import errors
from ceilobatch.plugins.instance import label_of
from ceilobatch.state import state_directory

GROUP = "storage_sql"
OPTION = f"[{GROUP}] connection"
DEFAULT_FILE = "ceilobatch.sqlite"
STATE_FILE = "state.sqlite"

OPTIONS = [
    cfg.StrOpt(
        "connection",
        default="",
        secret=True,
        help="The database, as an SQLAlchemy URL, such as "
        "postgresql://user:password@host/ceilobatch or mysql://user:password@host/ceilobatch. "
        f"Empty stands for the SQLite file {DEFAULT_FILE} below [DEFAULT] state_path.",
    ),
    cfg.BoolOpt(
        "auto_upgrade",
        sample_default="<true for SQLite, else false>",
        help="Make and upgrade the tables when the database is first used, instead of asking for "
        "'ceilobatch db upgrade'.",
    ),
    cfg.IntOpt(
        "connect_timeout",
        default=5,
        min=2,
        help="Seconds until a database that does not answer a new connection is away.",
    ),
    cfg.IntOpt(
        "statement_timeout",
        default=30,
        min=1,
        help="Seconds until a database that does not answer a statement is away. SQLite waits so "
        "long for other writers.",
    ),
]

# By the name that stands before "://" or "+": SQLAlchemy's name, driver, module and extra.
_KINDS = {
    "sqlite": ("sqlite", "pysqlite", "sqlite3", ""),
    "postgresql": ("postgresql", "psycopg", "psycopg", "postgresql"),
    "postgres": ("postgresql", "psycopg", "psycopg", "postgresql"),
    "mysql": ("mysql", "pymysql", "pymysql", "mysql"),
    "mariadb": ("mysql", "pymysql", "pymysql", "mysql"),
}


def database_url(conf: cfg.ConfigOpts) -> sa.URL:
    """The URL of the database, with the driver that is used for it.

    :raises ConfigurationError: it is not a URL of a database that can be used.
    """
    text = conf[GROUP].connection
    if not text and label_of(conf):
        raise errors.ConfigurationError(
            f"{OPTION} is needed: empty, it would stand for the file {DEFAULT_FILE}, which"
            " belongs to the driver without a label"
        )
    if not text:
        return sa.URL.create("sqlite", database=str(state_directory(conf) / DEFAULT_FILE))
    try:
        url = sa.make_url(text)
    except (exc.ArgumentError, ValueError):
        raise errors.ConfigurationError(
            f"{OPTION} cannot be read as the URL of a database, such as"
            " postgresql://user:password@host/ceilobatch"
        ) from None
    name, _, driver = url.drivername.partition("+")
    if name not in _KINDS:
        raise errors.ConfigurationError(
            f"{OPTION}: {name!r} is not a database that is known here"
            " (sqlite, postgresql, mysql, mariadb)"
        )
    return _with_driver(url, name, driver)


def _with_driver(url: sa.URL, name: str, driver: str) -> sa.URL:
    dialect, expected, module, extra = _KINDS[name]
    if driver and driver != expected:
        raise errors.ConfigurationError(
            f"{OPTION}: the driver {driver!r} is not used here; write {dialect}+{expected}://"
        )
    if dialect == "sqlite" and url.database in (None, "", ":memory:"):
        raise errors.ConfigurationError(f"{OPTION}: an SQLite database needs a file")
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise errors.ConfigurationError(
            f"{OPTION}: {dialect} needs a package that is not installed:"
            f" pip install 'ceilobatch[{extra}]' ({error})"
        ) from None
    return url.set(drivername=f"{dialect}+{expected}")


def state_url(conf: cfg.ConfigOpts) -> sa.URL:
    """The URL of the state database.

    :raises ConfigurationError: its directory cannot be made.
    """
    return sa.URL.create("sqlite+pysqlite", database=str(state_directory(conf) / STATE_FILE))


def open_database(conf: cfg.ConfigOpts, *, writing: bool, url: sa.URL | None = None) -> sa.Engine:
    """A source of connections to the database; nothing is connected yet.

    :param url: another database than that of the configuration.
    :param writing: transactions take the lock for writing at once where there is only one.
    :raises ConfigurationError: see :func:`database_url`.
    """
    url = database_url(conf) if url is None else url
    options: dict[str, Any] = {}
    if url.get_backend_name() != "sqlite":
        options = {"isolation_level": "READ COMMITTED", "pool_pre_ping": True}
    try:
        database = sa.create_engine(
            url,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,
            # Documents are encoded by whoever made the rows.
            json_serializer=bytes.decode,
            json_deserializer=orjson.loads,
            **options,
        )
    except (exc.ArgumentError, TypeError, ValueError) as error:
        raise errors.ConfigurationError(f"{OPTION} cannot be used: {error}") from None
    _PREPARE[database.dialect.name](database, conf, writing)
    return database


def sqlite_file(url: sa.URL) -> Path | None:
    """The file of an SQLite database; None for others."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database.removeprefix("file:").partition("?")[0])


def check_file(url: sa.URL) -> None:
    """Refuse an SQLite file that can neither be opened nor made.

    :raises ConfigurationError: and why.
    """
    file = sqlite_file(url)
    if file is None:
        return
    if not file.parent.is_dir():
        raise errors.ConfigurationError(f"{OPTION}: there is no directory {file.parent}")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise errors.ConfigurationError(f"{OPTION}: {file} cannot be written")
    if file.is_dir():
        raise errors.ConfigurationError(f"{OPTION}: {file} is a directory")


def _prepare_sqlite(database: sa.Engine, conf: cfg.ConfigOpts, writing: bool) -> None:
    # The driver would begin transactions late, and then a lock could not be waited for.
    milliseconds = conf[GROUP].statement_timeout * 1000
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN"

    @event.listens_for(database, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")

    @event.listens_for(database, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _prepare_postgresql(database: sa.Engine, conf: cfg.ConfigOpts, _writing: bool) -> None:
    from ceilobatch.plugins.storage.sql_limited import connect_limited

    limits = conf[GROUP]

    @event.listens_for(database, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        options.setdefault("connect_timeout", limits.connect_timeout)
        # Poolers between here and the server do not always keep prepared statements.
        options.setdefault("prepare_threshold", None)
        options.setdefault("application_name", "ceilobatch")
        return connect_limited(limits.statement_timeout, *arguments, **options)


def _prepare_mysql(database: sa.Engine, conf: cfg.ConfigOpts, _writing: bool) -> None:
    limits = conf[GROUP]

    @event.listens_for(database, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        options.setdefault("charset", "utf8mb4")
        options.setdefault("connect_timeout", limits.connect_timeout)
        options.setdefault("read_timeout", limits.connect_timeout)
        options.setdefault("write_timeout", limits.connect_timeout)
        options["init_command"] = "SET sql_mode='STRICT_ALL_TABLES', time_zone='+00:00'"
        connection = dialect.loaded_dbapi.connect(*arguments, **options)
        # While connecting the shorter limit holds for the greeting of the server, too.
        connection._read_timeout = connection._write_timeout = limits.statement_timeout
        return connection


_PREPARE = {
    "sqlite": _prepare_sqlite,
    "postgresql": _prepare_postgresql,
    "mysql": _prepare_mysql,
}
