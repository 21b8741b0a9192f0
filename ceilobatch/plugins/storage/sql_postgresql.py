# SPDX-License-Identifier: Apache-2.0
"""Adds rows to PostgreSQL: all of them as one JSON parameter of one statement.

The server takes the JSON apart; making and sending a parameter for each value would cost this
process several times as much.
"""

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa
from psycopg.types.json import Json

from ceilobatch.plugins.storage.sql_rows import Refused, Row, Rows
from ceilobatch.plugins.storage.sql_schema import EVENT
from ceilobatch.plugins.storage.sql_writer import Writer

_EVENT_COLUMNS = "message_id, event_type, generated, project_id, user_id, resource_id"
_EVENT_TYPES = (
    "message_id text, event_type text, generated timestamptz, project_id text, user_id text,"
    " resource_id text, traits jsonb, raw json, warnings json"
)
_SAMPLE_COLUMNS = (
    "message_id, name, position, type, unit, volume, user_id, project_id, resource_id,"
    " timestamp, metadata_part"
)
_SAMPLE_TYPES = (
    "message_id text, name text, position int, type text, unit text, volume float8,"
    " user_id text, project_id text, resource_id text, timestamp timestamptz,"
    " metadata_part bigint"
)


def _statement(table: str, columns: str, types: str, identity: str, fixed: str = "") -> str:
    """One answer row: how many were added, and their identities unless all were.

    :param fixed: columns that are the same in all rows, each the name of a parameter.
    """
    names = [name.strip() for name in fixed.split(",") if name]
    more = "".join(f", {name}" for name in names)
    values = "".join(f", %({name})s" for name in names)
    return (
        "WITH added AS ("  # noqa: S608  (constants of this module)
        f" INSERT INTO {table} ({columns}{more})"
        f" SELECT {columns}{values} FROM json_to_recordset(%(rows)s) AS given ({types})"
        f" ON CONFLICT DO NOTHING RETURNING {identity}"
        ") SELECT count(*), CASE WHEN count(*) < %(count)s"
        f" THEN json_agg(json_build_array({identity}))::text END FROM added"
    )


_ADD_EVENTS = _statement(
    "event",
    f"{_EVENT_COLUMNS}, traits, raw, warnings",
    _EVENT_TYPES,
    "message_id",
    "batch_id, received",
)
_ADD_SAMPLES = _statement("sample", _SAMPLE_COLUMNS, _SAMPLE_TYPES, "message_id, name, position")
_ADD_METADATA = (
    "INSERT INTO sample_metadata (message_id, part, metadata)"
    " SELECT message_id, part, metadata FROM json_to_recordset(%(rows)s)"
    " AS given (message_id text, part bigint, metadata json) ON CONFLICT DO NOTHING"
)


class PostgresqlWriter(Writer):
    """Leaves it to the server to tell what is there already."""

    nul_allowed = False
    examine_first = False

    def add(self, connection: sa.Connection, sheet: Rows, rows: list[Row]) -> list[Row]:
        """Add rows in one statement, and the metadata of new samples in another."""
        if sheet.table is EVENT:
            return _add(connection, _ADD_EVENTS, sheet, _with_raw(rows, sheet.documents))
        known = _add(connection, _ADD_SAMPLES, sheet, rows)
        there = set(map(id, known))
        new = [row for row in rows if id(row) not in there] if known else rows
        if new:
            documents = _json(_metadata(new, sheet.documents))
            connection.exec_driver_sql(_ADD_METADATA, {"rows": documents})
        return known


def _add(connection: sa.Connection, statement: str, sheet: Rows, rows: list[Row]) -> list[Row]:
    parameters = {
        "rows": _json(rows),
        "count": len(rows),
        "batch_id": sheet.batch_id,
        "received": sheet.received,
    }
    count, added = connection.exec_driver_sql(statement, parameters).one()
    if count == len(rows):
        return []
    identities = {tuple(identity) for identity in orjson.loads(added or b"[]")}
    return [row for row in rows if _as_tuple(sheet.identity(row)) not in identities]


def _as_tuple(identity: Any) -> tuple[Any, ...]:
    return identity if isinstance(identity, tuple) else (identity,)


def _with_raw(rows: list[Row], documents: dict[Any, bytes]) -> list[Row]:
    if documents:
        for row in rows:
            if row["message_id"] in documents:
                row["raw"] = orjson.Fragment(documents[row["message_id"]])
    return rows


def _metadata(rows: Iterable[Row], documents: dict[Any, bytes]) -> list[Row]:
    owners = {row["metadata_part"]: row["message_id"] for row in rows}
    return [
        {"message_id": owner, "part": part, "metadata": orjson.Fragment(documents[part])}
        for part, owner in owners.items()
    ]


def _json(rows: list[Row]) -> Json:
    try:
        return Json(orjson.dumps(rows), dumps=_as_it_is)
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(f"it has no JSON: {error}") from None


def _as_it_is(encoded: bytes) -> bytes:
    return encoded
