# SPDX-License-Identifier: Apache-2.0
"""Adds numbers to rows that may be there or not, in the words of each database."""

from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from ceilobatch.plugins.storage.sql_rows import Row
from ceilobatch.plugins.storage.sql_schema import ARRIVAL, LEDGER

KEY = ("worker", "pool", "hour", "event_type")
COUNTS = ("received", "stored", "duplicate", "recovered", "ignored", "requeued", "events")

_POSTGRESQL_TYPES = "worker text, pool text, hour timestamptz, event_type text, " + ", ".join(
    f"{column} bigint" for column in COUNTS
)
_POSTGRESQL_COLUMNS = ", ".join((*KEY, *COUNTS))
_POSTGRESQL_SUMS = ", ".join(f"{one} = ledger.{one} + excluded.{one}" for one in COUNTS)
_POSTGRESQL_COUNTS = (
    f"INSERT INTO ledger ({_POSTGRESQL_COLUMNS})"  # noqa: S608  (constants of this module)
    f" SELECT {_POSTGRESQL_COLUMNS} FROM json_to_recordset(%(rows)s::json)"
    f" AS given ({_POSTGRESQL_TYPES})"
    f" ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {_POSTGRESQL_SUMS}"
)
_POSTGRESQL_ARRIVALS = (
    "INSERT INTO arrival (message_id, batch_id, outcome)"
    " SELECT message_id, batch_id, outcome FROM json_to_recordset(%(rows)s::json)"
    " AS given (message_id text, batch_id text, outcome text)"
)


def _sqlite_counts() -> Any:
    insertion = sqlite.insert(LEDGER)
    new = insertion.excluded
    return insertion.on_conflict_do_update(
        index_elements=list(KEY), set_={one: LEDGER.c[one] + new[one] for one in COUNTS}
    )


def _mysql_counts() -> Any:
    insertion = mysql.insert(LEDGER)
    new = insertion.inserted
    return insertion.on_duplicate_key_update({one: LEDGER.c[one] + new[one] for one in COUNTS})


_COUNTS = {"sqlite": _sqlite_counts(), "mysql": _mysql_counts()}


def add_counts(connection: sa.Connection, rows: list[Row]) -> None:
    """Add each row's numbers to those of the row with the same key, in one statement."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_COUNTS, {"rows": orjson.dumps(rows).decode()})
    else:
        connection.execute(_COUNTS[connection.dialect.name], rows)


def add_arrivals(connection: sa.Connection, rows: list[Row]) -> None:
    """Add rows to the table ``arrival``."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_ARRIVALS, {"rows": orjson.dumps(rows).decode()})
    else:
        connection.execute(sa.insert(ARRIVAL), rows)
