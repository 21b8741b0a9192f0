# SPDX-License-Identifier: Apache-2.0
"""Reads the books back and counts the shelves, as of one moment."""

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.instance import label_of, naming
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import open_database, sqlite_file
from ceilobatch.plugins.storage.sql_places import database_of
from ceilobatch.plugins.storage.sql_rows import iso
from ceilobatch.plugins.storage.sql_schema import ARRIVAL, BATCH, EVENT, LEDGER, SAMPLE
from ceilobatch.plugins.storage.sql_upsert import COUNTS, KEY

Row = dict[str, Any]
IN_FLIGHT = "in_flight"


class Audit(NamedTuple):
    """The books, and what they are to be compared with.

    :ivar rows: ``worker, pool, hour, event_type`` (the hour aware, in UTC), the counts of the
        table ``ledger`` and ``in_flight``; sorted.
    :ivar shelves: rows of the table ``event`` that came with a batch of these hours.
    """

    rows: list[Row]
    shelves: int


def audit(
    conf: cfg.ConfigOpts, url: sa.URL | None = None, since: datetime.datetime | None = None
) -> Audit:
    """Read everything in one snapshot, so that it can be compared while workers write.

    :param url: of the database; None for the first that events are stored in.
    :param since: not older than this hour.
    :raises ConfigurationError: the database cannot be used.
    :raises Unavailable: it is away or has no tables.
    """
    with _snapshot(database_of(conf, "events"), url) as connection:
        rows = {_key(row): row for row in _ledger(connection, since)}
        for batch in _in_flight(connection, since):
            for event_type, number in batch["in_flight"].items():
                row = _row(batch, event_type)
                rows.setdefault(_key(row), row)[IN_FLIGHT] += number
        query = sa.select(sa.func.count()).select_from(EVENT)
        shelves = connection.execute(query.where(_not_older(EVENT.c.received, since))).scalar_one()
    return Audit([rows[key] for key in sorted(rows)], shelves)


class Story(NamedTuple):
    """What the database knows of one message.

    :ivar event: ``event_type, generated, batch_id, received``, or None.
    :ivar arrivals: each ``received, batch_id, worker, pool, outcome``, oldest first.
    :ivar samples: how many there are, by meter.
    """

    event: Row | None
    arrivals: list[Row]
    samples: dict[str, int]


def story(conf: cfg.ConfigOpts, message_id: str, url: sa.URL | None = None) -> Story:
    """The traces of a message; times are ISO 8601 in UTC.

    :raises ConfigurationError: the database cannot be used.
    :raises Unavailable: it is away or has no tables.
    """
    place, other = (database_of(conf, role) for role in ("events", "samples"))
    with _snapshot(place, url) as connection:
        columns = (EVENT.c.event_type, EVENT.c.generated, EVENT.c.batch_id, EVENT.c.received)
        event = _first(connection, sa.select(*columns).where(EVENT.c.message_id == message_id))
        arrivals = _arrivals(connection, message_id)
        if event is not None and event["batch_id"] is not None:
            _add_first_arrival(connection, event, arrivals)
        samples = _samples(connection, message_id)
    if url is None and label_of(place) != label_of(other):
        with _snapshot(other, None) as connection:
            samples = _samples(connection, message_id)
    arrivals.sort(key=lambda arrival: arrival["received"] or "")
    return Story(event, arrivals, samples)


def _ledger(connection: sa.Connection, since: datetime.datetime | None) -> Iterator[Row]:
    query = sa.select(LEDGER).where(_not_older(LEDGER.c.hour, since))
    for row in connection.execute(query).mappings():
        yield {**{name: row[name] for name in (*KEY, *COUNTS)}, IN_FLIGHT: 0}


def _in_flight(connection: sa.Connection, since: datetime.datetime | None) -> list[Row]:
    query = sa.select(BATCH).where(BATCH.c.in_flight.is_not(None))
    found = connection.execute(query.where(_not_older(BATCH.c.received, since)))
    return [dict(row) for row in found.mappings()]


def _row(batch: Row, event_type: str) -> Row:
    hour = batch["received"].replace(minute=0, second=0, microsecond=0)
    key = (batch["worker"], batch["pool"], hour, event_type)
    return {**dict(zip(KEY, key, strict=True)), **dict.fromkeys((*COUNTS, IN_FLIGHT), 0)}


def _key(row: Row) -> tuple[Any, ...]:
    return row["hour"], row["worker"], row["pool"], row["event_type"]


def _not_older(column: sa.Column[Any], since: datetime.datetime | None) -> sa.ColumnElement[bool]:
    if since is None:
        return column.is_not(None)
    return column >= since.replace(minute=0, second=0, microsecond=0)


def _arrivals(connection: sa.Connection, message_id: str) -> list[Row]:
    query = (
        sa.select(
            BATCH.c.received, ARRIVAL.c.batch_id, BATCH.c.worker, BATCH.c.pool, ARRIVAL.c.outcome
        )
        .join_from(ARRIVAL, BATCH, BATCH.c.id == ARRIVAL.c.batch_id, isouter=True)
        .where(ARRIVAL.c.message_id == message_id)
        .order_by(ARRIVAL.c.id)
    )
    return [_plain(row) for row in connection.execute(query).mappings()]


def _samples(connection: sa.Connection, message_id: str) -> dict[str, int]:
    count = sa.select(SAMPLE.c.name, sa.func.count()).group_by(SAMPLE.c.name)
    found = connection.execute(count.where(SAMPLE.c.message_id == message_id))
    return {str(name): int(number) for name, number in sorted(map(tuple, found))}


def _add_first_arrival(connection: sa.Connection, event: Row, arrivals: list[Row]) -> None:
    """The coming that made the event is in no row of its own where it ended in ``stored``."""
    batch_id = event["batch_id"]
    if any(one["batch_id"] == batch_id for one in arrivals if one["outcome"] != "duplicate"):
        return
    batch = _first(connection, sa.select(BATCH).where(BATCH.c.id == batch_id)) or {}
    outcome = "stored"
    if batch.get("in_flight") is not None:
        outcome = "in flight"
    elif any(one["outcome"] == "stored" for one in arrivals):
        # Its samples were stored when it came again: the first time it was given back.
        outcome = "requeued"
    first = {"received": event["received"], "batch_id": batch_id}
    arrivals.insert(
        0, {**first, "worker": batch.get("worker"), "pool": batch.get("pool"), "outcome": outcome}
    )


def _first(connection: sa.Connection, query: sa.Select[Any]) -> Row | None:
    row = connection.execute(query).mappings().first()
    return None if row is None else _plain(row)


def _plain(row: Any) -> Row:
    """With times as texts, and names that JSON writers take for keys."""
    return {
        str(name): iso(value) if isinstance(value, datetime.datetime) else value
        for name, value in row.items()
    }


@contextlib.contextmanager
def _snapshot(conf: cfg.ConfigOpts, url: sa.URL | None) -> Iterator[sa.Connection]:
    with naming(conf), _connected(conf, url) as connection:
        yield connection


@contextlib.contextmanager
def _connected(conf: cfg.ConfigOpts, url: sa.URL | None) -> Iterator[sa.Connection]:
    database = open_database(conf, writing=False, url=url)
    file = sqlite_file(database.url)
    if file is not None and not file.exists():
        # SQLite would make an empty file, and it would belong to whoever wanted to look.
        raise errors.Unavailable(f"there is no database {file}")
    if file is None:
        database = database.execution_options(isolation_level="REPEATABLE READ")
    try:
        with database.connect() as connection:
            yield connection
    except exc.DBAPIError as error:
        raise errors.Unavailable(sql_errors.reason(error)) from error
    finally:
        database.dispose()
