# SPDX-License-Identifier: Apache-2.0
"""Writes the pages of the books, inside the transaction of whoever calls.

The row of a batch says whether it is in flight. It is changed before anything is counted, and
only whoever changed it counts: so a page that is written twice, or a batch that two workers
take for theirs, is counted once.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import orjson
import sqlalchemy as sa
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.page import Page, Step
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_errors import Meaning
from ceilobatch.plugins.storage.sql_rows import Row
from ceilobatch.plugins.storage.sql_schema import BATCH
from ceilobatch.plugins.storage.sql_upsert import COUNTS, add_arrivals, add_counts

Keys = tuple[str, str, datetime.datetime, str]


def write_pages(connection: sa.Connection, pages: Sequence[Page]) -> None:
    """Write the pages in order; the caller commits, or rolls back and may call again.

    :raises sqlalchemy.exc.DBAPIError: the database is away, or another transaction was faster.
    :raises Unavailable: the database refuses them.
    """
    if not pages:
        return
    try:
        sheet = Counts()
        for page in pages:
            _WRITE[page.step](connection, page, sheet)
        # In one order for everybody, and after all else, so that nobody waits in a circle.
        add_counts(connection, sheet.rows())
        add_arrivals(connection, [row for page in pages for row in _arrivals(page)])
    except exc.DBAPIError as error:
        if sql_errors.meaning(error) is not Meaning.ITEM:
            raise
        raise errors.Unavailable(
            f"the books cannot be written: {sql_errors.reason(error)}"
        ) from error


class Counts:
    """What is to be added to the table ``ledger``."""

    def __init__(self) -> None:
        self._counts: dict[Keys, Counter[str]] = {}

    def add(
        self, page: Page, counts: Mapping[str, Mapping[str, int]], when: datetime.datetime
    ) -> None:
        """Add numbers by event type and column, in the hour of ``when``."""
        hour = when.replace(minute=0, second=0, microsecond=0)
        for event_type, columns in counts.items():
            key = (page.worker, page.pool, hour, event_type)
            self._counts.setdefault(key, Counter()).update(columns)

    def all(self, page: Page, *columns: str, sign: int = 1) -> None:
        """Add every message of the page's batch to these columns."""
        types = {kind: dict.fromkeys(columns, sign * n) for kind, n in page.types.items()}
        self.add(page, types, page.received)

    def rows(self) -> list[Row]:
        """One for each key, sorted."""
        return [
            {
                "worker": worker,
                "pool": pool,
                "hour": hour,
                "event_type": event_type,
                **{column: counts[column] for column in COUNTS},
            }
            for (worker, pool, hour, event_type), counts in sorted(self._counts.items())
        ]


def _open(connection: sa.Connection, page: Page, sheet: Counts) -> None:
    _add_batch(connection, page, in_flight=True)
    sheet.all(page, "received")
    sheet.add(page, page.counts, page.received)


def _add(_connection: sa.Connection, page: Page, sheet: Counts) -> None:
    sheet.add(page, page.counts, page.received)


def _close(connection: sa.Connection, page: Page, sheet: Counts) -> None:
    if not _land(connection, page.batch_id):
        # Its successor took this worker for dead and its batch for given back; it was not.
        sheet.all(page, "requeued", sign=-1)
    sheet.add(page, page.counts, page.received)


def _whole(connection: sa.Connection, page: Page, sheet: Counts) -> None:
    _add_batch(connection, page, in_flight=False)
    sheet.all(page, "received")
    sheet.add(page, page.counts, page.received)


def _return(connection: sa.Connection, page: Page, sheet: Counts) -> None:
    if _land(connection, page.batch_id):
        sheet.all(page, "requeued")
    elif not _is_there(connection, page.batch_id):
        _add_batch(connection, page, in_flight=False)
        sheet.all(page, "received", "requeued")


def _abandon(connection: sa.Connection, page: Page, sheet: Counts) -> None:
    query = sa.select(BATCH.c.id, BATCH.c.received, BATCH.c.in_flight).where(
        BATCH.c.worker == page.worker, BATCH.c.pool == page.pool, BATCH.c.in_flight.is_not(None)
    )
    for batch_id, received, types in connection.execute(query).all():
        if _land(connection, batch_id):
            counts = {kind: {"requeued": number} for kind, number in types.items()}
            sheet.add(page, counts, received)


_WRITE: dict[Step, Callable[[sa.Connection, Page, Counts], None]] = {
    Step.OPEN: _open,
    Step.ADD: _add,
    Step.CLOSE: _close,
    Step.WHOLE: _whole,
    Step.RETURN: _return,
    Step.ABANDON: _abandon,
}


def _add_batch(connection: sa.Connection, page: Page, *, in_flight: bool) -> None:
    row = {
        "id": page.batch_id,
        "worker": page.worker,
        "pool": page.pool,
        "received": page.received,
        "messages": sum(page.types.values()),
        "in_flight": orjson.dumps(page.types) if in_flight else None,
    }
    connection.execute(sa.insert(BATCH), row)


def _land(connection: sa.Connection, batch_id: str) -> bool:
    """The batch is in flight no longer; whether it was."""
    in_flight = sa.and_(BATCH.c.id == batch_id, BATCH.c.in_flight.is_not(None))
    changed = connection.execute(sa.update(BATCH).where(in_flight).values(in_flight=sa.null()))
    return changed.rowcount == 1


def _is_there(connection: sa.Connection, batch_id: str) -> bool:
    found = connection.execute(sa.select(BATCH.c.id).where(BATCH.c.id == batch_id))
    return found.first() is not None


def _arrivals(page: Page) -> list[Row]:
    return [
        {
            "message_id": arrival.message_id,
            "batch_id": page.batch_id,
            "outcome": arrival.outcome,
        }
        for arrival in page.arrivals
    ]
