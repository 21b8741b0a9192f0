# SPDX-License-Identifier: Apache-2.0
"""The usage storage ``sql``: usage and the progress of scopes in one database, together."""

import contextlib
import datetime
import functools
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa
from oslo_config import cfg
from oslo_log import log
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.instance import naming
from ceilobatch.plugins.processing import UsageStorage
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import database_url, sqlite_file
from ceilobatch.plugins.storage.sql_schema import TEXT_LIMIT
from ceilobatch.plugins.storage.sql_transaction import Transactions
from ceilobatch.plugins.usage_storage import sql_orders, sql_scope, sql_writing
from ceilobatch.plugins.usage_storage.sql_orders import Ordered
from ceilobatch.plugins.usage_storage.sql_place import ALL_OPTIONS, usage_view
from ceilobatch.plugins.usage_storage.sql_rows import Sheet, clean
from ceilobatch.usage import Order, PeriodBatch, ScopeState

LOG = log.getLogger(__name__)
R = TypeVar("R")
_PROBED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class SqlUsage(UsageStorage):
    """Keeps usage in an SQL database: SQLite, PostgreSQL or MariaDB.

    :raises ConfigurationError: ``[usage_sql] connection`` cannot be used.
    """

    options = ALL_OPTIONS

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self.view = usage_view(conf)
        with naming(self.view):
            self._file = sqlite_file(database_url(self.view))
            self._transactions = Transactions(self.view)
            self._snapshots = Transactions(self.view, writing=False)

    # -- what the processor asks for

    def states(self, scopes: Sequence[str] | None = None) -> list[ScopeState]:
        """The states of these scopes, or of all, in the order of their ids."""
        return self.read(lambda connection: sql_scope.states(connection, scopes))

    def enroll(self, starts: Mapping[str, datetime.datetime]) -> int:
        """Make the scopes that are new begin at these times; ids that no database keeps do not."""
        unkept = [name for name in starts if len(name) > TEXT_LIMIT or clean(name) != name]
        for name in unkept:
            LOG.warning("The scope %r is left out: it is too long or cannot be stored", name)
        kept = {name: starts[name] for name in starts if name not in unkept}
        return self._write(lambda connection: sql_scope.enroll(connection, kept)) if kept else 0

    def activate(self, scopes: Collection[str]) -> None:
        """Exactly these scopes are active from now on."""
        self._write(lambda connection: sql_scope.activate(connection, scopes))

    def store(
        self,
        expected: datetime.datetime,
        batches: Sequence[PeriodBatch],
        worker: str,
        *,
        final: bool,
    ) -> None:
        """Store usages and progress in one transaction.

        A usage that no database keeps is left out, and the scope's error says so.
        """
        sheet, scope, end = _sheet(batches), batches[0].scope, batches[-1].end
        rejected = {name: why for batch in batches for name, why in batch.rejected.items()}
        rejected.update(sheet.left_out)
        error = "; ".join(f"{name}: {why}" for name, why in rejected.items())

        def work(connection: sa.Connection) -> None:
            sql_scope.move(
                connection, scope, expected, end, worker=worker, error=error, final=final
            )
            sql_writing.add(connection, sheet.rows)

        self._write(work)

    def correct(
        self, expected: datetime.datetime, batches: Sequence[PeriodBatch], worker: str
    ) -> int:
        """Compare with what a second look has found, in one transaction."""
        sheet, scope, end = _sheet(batches), batches[0].scope, batches[-1].end

        def work(connection: sa.Connection) -> int:
            sql_scope.revisit(connection, scope, expected, end)
            return sql_writing.correct(connection, sheet.rows, (scope, expected, end))

        return self._write(work)

    def orders(self) -> list[Order]:
        """The reprocessings that are not done, oldest first."""
        return self.read(sql_orders.unfinished)

    def redo(self, order: Order, batches: Sequence[PeriodBatch], worker: str) -> Order:
        """Replace usages of periods of an order, in one transaction."""
        sheet, begin, end = _sheet(batches), batches[0].begin, batches[-1].end

        def work(connection: sa.Connection) -> Order:
            sql_scope.lock(connection, order.scope)
            now = sql_orders.advance(connection, order, end)
            sql_writing.remove(connection, order.scope, begin, end)
            sql_writing.add(connection, sheet.rows)
            return now

        return self._write(work)

    def claim(self, scopes: Sequence[str], worker: str, seconds: float) -> list[str]:
        """Reserve scopes; those that nobody else has claimed."""
        return self._write(lambda connection: sql_scope.claim(connection, scopes, worker, seconds))

    def failed(self, scopes: Sequence[str], error: str) -> None:
        """Note why these scopes cannot go on now."""
        self._write(lambda connection: sql_scope.fail(connection, scopes, error))

    def probe(self) -> None:
        """Add a scope and take it back."""
        # An identity of its own, so that no probe waits for that of a worker that hangs.
        scope = {f"ceilobatch probe {uuid.uuid4()}": _PROBED}
        with self._accessed():
            self._transactions.rehearse(lambda connection: sql_scope.enroll(connection, scope))

    def close(self) -> None:
        """Close the connections."""
        self._transactions.close()
        self._snapshots.close()

    # -- what persons ask for; all of it raises Unavailable where the database is away

    def reset(self, scope: str, to: datetime.datetime) -> int:
        """Delete everything of a scope from a time on and let it go on there, in one transaction.

        Orders are cut at that time.

        :returns: how many usages there were.
        :raises Conflict: the scope is gone, or has not come so far.
        """
        return self._write(lambda connection: sql_orders.reset(connection, scope, to))

    def pause(self, scopes: Sequence[str], *, paused: bool) -> int:
        """Let scopes be, or go on; how many of them there are."""
        change = functools.partial(sql_scope.change, scopes=scopes, paused=paused)
        return self._write(change)

    def order(
        self, scope: str, begin: datetime.datetime, end: datetime.datetime, who: str
    ) -> Ordered:
        """Have a past span processed again.

        :raises Conflict: the scope is gone, or has not processed all of it.
        """
        return self._write(lambda connection: sql_orders.place(connection, scope, begin, end, who))

    def withdraw(self, order_id: int) -> bool:
        """Take back an order; whether there was one that is not done. What is done stays."""
        return self._write(lambda connection: sql_orders.withdraw(connection, order_id))

    def ordered(self, scopes: Sequence[str] | None = None) -> list[Ordered]:
        """All orders, done or not, oldest first."""
        return self.read(lambda connection: sql_orders.all_orders(connection, scopes))

    # -- transactions

    def refuse_what_is_not_there(self) -> None:
        """Let nobody who only wants to look make an empty SQLite file, which would be his.

        :raises Unavailable: there is none.
        """
        if self._file is not None and not self._file.exists():
            raise errors.Unavailable(f"there is no database {self._file}")

    def read(self, work: Callable[[sa.Connection], R]) -> R:
        """Run ``work`` in a transaction that sees one moment and changes nothing.

        :raises Unavailable: the database is away, or has no tables.
        """
        with self._accessed():
            if not self._snapshots.is_ready():
                self._transactions.prepare()
            return self._snapshots.run(work)

    def _write(self, work: Callable[[sa.Connection], R]) -> R:
        with self._accessed():
            return self._transactions.run(work)

    @contextlib.contextmanager
    def _accessed(self) -> Iterator[None]:
        with naming(self.view):
            try:
                yield
            except exc.DBAPIError as error:
                # Rows that the database may refuse were left out before.
                raise errors.Unavailable(sql_errors.reason(error)) from error


def _sheet(batches: Sequence[PeriodBatch]) -> Sheet:
    sheet = Sheet(batches)
    for metric, reason in sheet.left_out.items():
        LOG.warning("%s, %s: %s: %s", batches[0].scope, batches[0].begin, metric, reason)
    return sheet
