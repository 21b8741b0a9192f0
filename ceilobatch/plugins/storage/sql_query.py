# SPDX-License-Identifier: Apache-2.0
"""Reads events and samples back from the SQL storage, newest first, as plain dictionaries.

Every function takes the configuration and opens a connection of its own, to the first database
that events, or samples, are stored in. All of them raise
ConfigurationError where ``[storage_sql] connection`` cannot be used, and Unavailable, with the
reason in one sentence, where the database is away or has no tables.
"""

import contextlib
import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.plugins.instance import naming
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import open_database, sqlite_file
from ceilobatch.plugins.storage.sql_filters import Filters, TraitFilter
from ceilobatch.plugins.storage.sql_places import database_of
from ceilobatch.plugins.storage.sql_rows import iso
from ceilobatch.plugins.storage.sql_schema import EVENT, SAMPLE, SAMPLE_METADATA

ROWS_AT_ONCE = 500
_EVENT_LIST = [EVENT.c[name] for name in ("message_id", "event_type", "generated", "traits")]
_SAMPLE_LIST = [column for column in SAMPLE.columns if column.name != "metadata_part"]


def list_events(
    conf: cfg.ConfigOpts,
    *,
    event_type: str | None = None,
    project: str | None = None,
    resource: str | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    traits: Sequence[TraitFilter] = (),
    limit: int | None = 100,
    after: tuple[datetime.datetime, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Events that fit: ``message_id, event_type, generated, traits, warnings``.

    ``generated`` is ISO 8601 in UTC; ``traits`` maps names to ``{"type": ..., "value": ...}``.

    :param event_type: exact, or with ``*``, ``?`` and ``[...]``.
    :param limit: None for all.
    :param after: only what comes after the event of this time and id.
    """
    filters = Filters(event_type, project, resource, since, until, traits)
    query = sa.select(*_EVENT_LIST, EVENT.c.warnings).where(*filters.conditions(EVENT))
    query = query.order_by(EVENT.c.generated.desc(), EVENT.c.message_id).limit(limit)
    if after is not None:
        query = query.where(_beyond(EVENT.c.generated, (EVENT.c.message_id,), after))
    for row in _rows(database_of(conf, "events"), query):
        yield _event(row)


def get_event(conf: cfg.ConfigOpts, message_id: str) -> dict[str, Any] | None:
    """One event as :func:`list_events` gives it, and ``raw``; None where there is none."""
    query = sa.select(EVENT).where(EVENT.c.message_id == message_id)
    rows = list(_rows(database_of(conf, "events"), query))
    return {**_event(rows[0]), "raw": rows[0]["raw"]} if rows else None


def list_samples(
    conf: cfg.ConfigOpts,
    *,
    name: str | None = None,
    project: str | None = None,
    resource: str | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    limit: int | None = 100,
    after: tuple[datetime.datetime, str, str, int] | None = None,
) -> Iterator[dict[str, Any]]:
    """Samples that fit: ``message_id, name, type, unit, volume, user_id, project_id,
    resource_id, timestamp, metadata``, and ``position``.

    ``timestamp`` is ISO 8601 in UTC.

    :param name: of the meter; exact, or with ``*``, ``?`` and ``[...]``.
    :param limit: None for all.
    :param after: only what comes after the sample of this time, message, name and position.
    """
    filters = Filters(name, project, resource, since, until)
    query = sa.select(*_SAMPLE_LIST, SAMPLE_METADATA.c.metadata).join_from(
        SAMPLE,
        SAMPLE_METADATA,
        sa.and_(
            SAMPLE_METADATA.c.message_id == SAMPLE.c.message_id,
            SAMPLE_METADATA.c.part == SAMPLE.c.metadata_part,
        ),
        isouter=True,
    )
    query = query.where(*filters.conditions(SAMPLE)).limit(limit)
    key = (SAMPLE.c.message_id, SAMPLE.c.name, SAMPLE.c.position)
    query = query.order_by(SAMPLE.c.timestamp.desc(), *key)
    if after is not None:
        query = query.where(_beyond(SAMPLE.c.timestamp, key, after))
    for row in _rows(database_of(conf, "samples"), query):
        yield {**row, "timestamp": iso(row["timestamp"])}


def count_events(conf: cfg.ConfigOpts) -> list[tuple[str, int]]:
    """Pairs of event type and number of events, the most frequent first."""
    count = sa.func.count()
    query = sa.select(EVENT.c.event_type, count.label("events")).group_by(EVENT.c.event_type)
    query = query.order_by(count.desc(), EVENT.c.event_type)
    rows = _rows(database_of(conf, "events"), query)
    return [(row["event_type"], row["events"]) for row in rows]


def sum_samples(conf: cfg.ConfigOpts) -> list[tuple[str, str, int, float]]:
    """Meter, unit, number of samples and sum of their volumes, by name."""
    key = (SAMPLE.c.name, SAMPLE.c.unit)
    count, total = sa.func.count().label("samples"), sa.func.sum(SAMPLE.c.volume).label("total")
    query = sa.select(*key, count, total).group_by(*key).order_by(*key)
    rows = _rows(database_of(conf, "samples"), query)
    return [(row["name"], row["unit"], row["samples"], row["total"]) for row in rows]


def _beyond(
    moment: sa.Column[Any], key: Sequence[sa.Column[Any]], after: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Older, or as old with a greater key; the first condition is one that an index answers."""
    when, *values = after
    further = sa.tuple_(*key) > sa.tuple_(*values)
    return sa.and_(moment <= when, sa.or_(moment < when, further))


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "message_id": row["message_id"],
        "event_type": row["event_type"],
        "generated": iso(row["generated"]),
        "traits": {
            name: {"type": kind, "value": value}
            for kind, values in row["traits"].items()
            for name, value in values.items()
        },
        "warnings": row["warnings"] or [],
    }


def _rows(conf: cfg.ConfigOpts, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
    with (
        naming(conf),
        _connected(conf) as connection,
        connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query) as found,
    ):
        # SQLAlchemy's names are a kind of text that JSON writers do not take for keys.
        names = [str(name) for name in found.keys()]  # noqa: SIM118  (not a mapping)
        for row in found:
            yield dict(zip(names, row, strict=True))


@contextlib.contextmanager
def _connected(conf: cfg.ConfigOpts) -> Iterator[sa.Connection]:
    database = open_database(conf, writing=False)
    file = sqlite_file(database.url)
    if file is not None and not file.exists():
        # SQLite would make an empty file, and it would belong to whoever wanted to look.
        raise errors.Unavailable(f"there is no database {file}")
    try:
        with database.connect() as connection:
            yield connection
    except exc.DBAPIError as error:
        raise errors.Unavailable(sql_errors.reason(error)) from error
    finally:
        database.dispose()
