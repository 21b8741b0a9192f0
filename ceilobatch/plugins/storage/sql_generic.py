# SPDX-License-Identifier: Apache-2.0
"""Adds rows to SQLite and MariaDB: asks what is there, inserts the rest."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import orjson
import sqlalchemy as sa

from ceilobatch.plugins.storage.sql_rows import Identity, Row, Rows
from ceilobatch.plugins.storage.sql_schema import EVENT, SAMPLE_METADATA
from ceilobatch.plugins.storage.sql_writer import Writer

# Older SQLite takes no more than 999 parameters in a statement.
IDENTITIES_PER_QUERY = 500


class GenericWriter(Writer):
    """Needs nothing that only one database has.

    Whoever stores the same row between the question and the insertion causes a violation of the
    primary key, and then the whole transaction is repeated.
    """

    def add(self, connection: sa.Connection, sheet: Rows, rows: list[Row]) -> list[Row]:
        """Insert what a query does not find."""
        there = set(_existing(connection, sheet.table, rows))
        new = [row for row in rows if sheet.identity(row) not in there]
        if new:
            _insert(connection, sheet, new)
        return [row for row in rows if sheet.identity(row) in there] if there else []


def _insert(connection: sa.Connection, sheet: Rows, rows: list[Row]) -> None:
    if sheet.table is EVENT:
        connection.execute(sa.insert(EVENT), [_encoded(row, sheet) for row in rows])
        return
    connection.execute(sa.insert(sheet.table), rows)
    owners = {row["metadata_part"]: row["message_id"] for row in rows}
    connection.execute(
        sa.insert(SAMPLE_METADATA),
        [
            {"message_id": owner, "part": part, "metadata": sheet.documents[part]}
            for part, owner in owners.items()
        ],
    )


def _encoded(row: Row, sheet: Rows) -> Row:
    warnings = row["warnings"]
    return {
        **row,
        "traits": orjson.dumps(row["traits"]),
        "raw": sheet.documents.get(row["message_id"]),
        "warnings": None if warnings is None else orjson.dumps(warnings),
        "batch_id": sheet.batch_id,
        "received": sheet.received,
    }


def _existing(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> Iterator[Identity]:
    key = list(table.primary_key.columns)
    message_id = table.c.message_id
    for some in _slices(dict.fromkeys(row["message_id"] for row in rows)):
        found = connection.execute(sa.select(*key).where(message_id.in_(some)))
        yield from found.scalars() if len(key) == 1 else map(tuple, found)


def _slices(values: Iterable[str]) -> Iterator[Sequence[str]]:
    rest = iter(values)
    while some := list(islice(rest, IDENTITIES_PER_QUERY)):
        yield some
