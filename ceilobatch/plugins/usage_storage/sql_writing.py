# SPDX-License-Identifier: Apache-2.0
"""Adds and replaces rows of usage, inside the transaction of whoever calls.

Whoever writes for a scope has locked its row in the table ``scope`` before; so all rows of a
scope have one writer at a time, and nobody waits in a circle.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_schema import Document
from ceilobatch.plugins.usage_storage.sql_rows import Row
from ceilobatch.plugins.usage_storage.sql_schema import SCOPE_USAGE, USAGE_CORRECTION, Exact

# What a statement holds in memory is bounded, however many resources a scope has.
ROWS_PER_STATEMENT = 5000

# All rows as one parameter, which the server takes apart: see sql_postgresql of the storage.
_COLUMNS = "scope, period_begin, period_end, metric, unit, quantity, digest, groupby, metadata"
_POSTGRESQL = (
    f"INSERT INTO scope_usage ({_COLUMNS})"  # noqa: S608  (constants of this module)
    f" SELECT {_COLUMNS} FROM json_to_recordset(%(rows)s::json) AS given (scope text,"
    " period_begin timestamptz, period_end timestamptz, metric text, unit text,"
    " quantity numeric, digest text, groupby jsonb, metadata json)"
)
_KEY = ("period_begin", "metric", "digest")


def add(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Add rows of one scope that are not there."""
    for place in range(0, len(rows), ROWS_PER_STATEMENT):
        some = rows[place : place + ROWS_PER_STATEMENT]
        if connection.dialect.name == "postgresql":
            encoded = orjson.dumps(some, default=orjson.Fragment).decode()
            connection.exec_driver_sql(_POSTGRESQL, {"rows": encoded})
        else:
            connection.execute(sa.insert(SCOPE_USAGE), some)


def remove(
    connection: sa.Connection,
    scope: str,
    begin: datetime.datetime,
    end: datetime.datetime | None = None,
) -> int:
    """Remove the usages of periods that begin in a span, and their corrections.

    :param end: None for all that come after.
    :returns: how many usages.
    """
    counts = [
        connection.execute(sa.delete(table).where(*_span(table, scope, begin, end))).rowcount
        for table in (USAGE_CORRECTION, SCOPE_USAGE)
    ]
    return counts[1]


def correct(connection: sa.Connection, rows: Sequence[Row], span: tuple[Any, ...]) -> int:
    """Put what is new or different in the place of what is there, and note each.

    :param span: scope, begin and end.
    :returns: how many there were.
    """
    found = datetime.datetime.now(datetime.UTC)
    old = _stored(connection, span)
    changed = [row for row in rows if _differs(row, old.get(_key(row)))]
    there = [row for row in changed if _key(row) in old]
    if there:
        connection.execute(_REPLACEMENT, [_as_parameters(row) for row in there])
    add(connection, [row for row in changed if _key(row) not in old])
    corrections = [_correction(row, old.get(_key(row)), found) for row in changed]
    if corrections:
        connection.execute(sa.insert(USAGE_CORRECTION), corrections)
    return len(changed)


def _span(
    table: sa.Table, scope: str, begin: datetime.datetime, end: datetime.datetime | None
) -> list[sa.ColumnElement[bool]]:
    conditions = [table.c.scope == scope, table.c.period_begin >= begin]
    return conditions if end is None else [*conditions, table.c.period_begin < end]


def _stored(connection: sa.Connection, span: tuple[Any, ...]) -> dict[Any, Any]:
    columns = [SCOPE_USAGE.c[name] for name in (*_KEY, "unit", "quantity", "metadata")]
    found = connection.execute(sa.select(*columns).where(*_span(SCOPE_USAGE, *span)))
    return {tuple(row[:3]): row for row in found}


def _key(row: Row) -> tuple[Any, ...]:
    return row["period_begin"], row["metric"], row["digest"]


def _differs(row: Row, old: Any) -> bool:
    return (
        old is None
        or old.quantity != Decimal(row["quantity"])
        or old.unit != row["unit"]
        or old.metadata != orjson.loads(row["metadata"])
    )


def _correction(row: Row, old: Any, found: datetime.datetime) -> Row:
    return {
        **{name: row[name] for name in ("scope", "metric", "period_begin", "digest")},
        "old_quantity": None if old is None else old.quantity,
        "new_quantity": row["quantity"],
        "found": found,
    }


def _as_parameters(row: Row) -> Row:
    """With names that are not those of columns, which SQLAlchemy keeps for itself."""
    names = ("scope", *_KEY, "unit", "quantity", "metadata")
    return {f"its_{name}": row[name] for name in names}


_REPLACEMENT = (
    sa.update(SCOPE_USAGE)
    .where(*(SCOPE_USAGE.c[name] == sa.bindparam(f"its_{name}") for name in ("scope", *_KEY)))
    .values(
        unit=sa.bindparam("its_unit"),
        quantity=sa.bindparam("its_quantity", type_=Exact),
        metadata=sa.bindparam("its_metadata", type_=Document),
    )
)
