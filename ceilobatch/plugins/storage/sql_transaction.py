# SPDX-License-Identifier: Apache-2.0
"""Transactions: the one place where a transaction with the SQL database begins and ends."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.storage import sql_errors, sql_upgrade
from ceilobatch.plugins.storage.sql_connection import GROUP, check_file, open_database
from ceilobatch.plugins.storage.sql_errors import Meaning

R = TypeVar("R")
ATTEMPTS = 30
PAUSE = 0.01


class Transactions:
    """Runs work in transactions on one connection, made when it is needed.

    :param url: another database than that of the configuration.
    :param writing: transactions that only read see one moment and keep nobody from writing; they
        make no tables.
    :raises ConfigurationError: ``[storage_sql] connection`` cannot be used.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, url: sa.URL | None = None, *, writing: bool = True
    ) -> None:
        self._database = open_database(conf, writing=writing, url=url)
        if not writing and self.dialect != "sqlite":
            options = {"isolation_level": "REPEATABLE READ"}
            self._database = self._database.execution_options(**options)
        check_file(self._database.url)
        wanted = conf[GROUP].auto_upgrade if url is None else None
        self._upgrades = writing and (self.dialect == "sqlite" if wanted is None else wanted)
        self._checked = False

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database's kind."""
        return self._database.dialect.name

    def run(self, work: Callable[[sa.Connection], R]) -> R:
        """Run ``work`` in a transaction and commit it; everything it wrote is durable then.

        ``work`` is run again when another transaction was faster.

        :raises Unavailable: nothing is known of what was written.
        """
        with self._translated():
            self._check_tables()
            return self._repeat(work)

    def is_ready(self) -> bool:
        """Whether there are the right tables.

        :raises Unavailable: that cannot be known.
        """
        with self._translated():
            return self._is_checked()

    def prepare(self) -> None:
        """Do what :meth:`run` does to have the right tables.

        :raises Unavailable: there are none.
        """
        with self._translated():
            self._check_tables()

    def rehearse(self, work: Callable[[sa.Connection], object]) -> None:
        """Run ``work`` in a transaction and take everything back.

        :raises Unavailable: it would not be done now.
        """

        def undone(connection: sa.Connection) -> None:
            savepoint = connection.begin_nested()
            work(connection)
            savepoint.rollback()

        self.run(undone)

    def close(self) -> None:
        """Close the connection; the next call makes a new one."""
        self._checked = False
        self._database.dispose()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            if sql_errors.meaning(error) is Meaning.ITEM:
                raise
            self.close()
            raise errors.Unavailable(sql_errors.reason(error)) from error

    def _repeat(self, work: Callable[[sa.Connection], R]) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._database.connect() as connection, connection.begin():
                    return work(connection)
            except exc.DBAPIError as error:
                if sql_errors.meaning(error) is not Meaning.AGAIN or attempt == ATTEMPTS:
                    raise
                time.sleep(random.uniform(0, PAUSE * attempt))
        raise AssertionError("unreachable")

    def _check_tables(self) -> None:
        if self._is_checked():
            return
        revision, head = self._revision(), sql_upgrade.head_revision()
        if revision != head and self._upgrades:
            _, revision = sql_upgrade.upgrade_database(self._database)
        if revision != head:
            there = (
                f"the tables have the revision {revision}" if revision else "there are no tables"
            )
            raise errors.Unavailable(
                f"{there} in the database, {head} is needed: {sql_errors.UPGRADE}"
            )
        self._checked = True

    def _is_checked(self) -> bool:
        if not self._checked:
            self._checked = self._revision() == sql_upgrade.head_revision()
        return self._checked

    def _revision(self) -> str | None:
        with self._database.connect() as connection:
            return sql_upgrade.current_revision(connection)
