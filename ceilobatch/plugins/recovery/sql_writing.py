# SPDX-License-Identifier: Apache-2.0
"""Adds, changes and removes letters, inside the transaction of whoever calls.

Everybody locks the rows of ``letter`` in the order of their ids, so that nobody waits in a circle.
Whoever holds the lock of a row may write the history of its letter.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from ceilobatch import errors
from ceilobatch.letter import Change, Letter
from ceilobatch.plugins.recovery.sql_rows import change_row, letter_row
from ceilobatch.plugins.storage.sql_rows import Row
from ceilobatch.plugins.storage.sql_schema import LETTER, LETTER_CHANGE

# Older SQLite takes no more than 999 parameters in a statement.
IDS_PER_QUERY = 500
WORTH_ASKING = 256 * 1024
# What takes two bytes in a statement for MariaDB.
_DOUBLED = (b"\0", b"\n", b"\r", b"\x1a", b"'", b'"', b"\\")


def rows_of(letters: Iterable[Letter], now: int) -> list[Row]:
    """One row for each id, by id: the first letter of it, how many there are, and the last time.

    :param now: nanoseconds since 1970.
    """
    rows: dict[str, Row] = {}
    for place, letter in enumerate(letters):
        letter_id = letter.id
        row = rows.get(letter_id)
        if row is None:
            row = {**letter_row(letter), "added": now + place, "seen": 0, "changes": 0}
            rows[letter_id] = row
        row["seen"] += 1
        row["last"] = letter.recorded
    return [rows[letter_id] for letter_id in sorted(rows)]


def add(connection: sa.Connection, rows: list[Row]) -> None:
    """Add rows; what is there already is only counted and dated.

    :param rows: as :func:`rows_of` makes them.
    :raises Unavailable: a message is larger than the database takes.
    """
    _check_sizes(connection, [row["body"] for row in rows])
    connection.execute(_UPSERT[connection.dialect.name], rows)


def change(connection: sa.Connection, changes: Sequence[Change]) -> list[bool]:
    """Add the changes whose revision is their letter's; for each whether it is."""
    numbers = dict(_locked(connection, {change.letter_id for change in changes}))
    taken = []
    for one in changes:
        fits = numbers.get(one.letter_id) == one.revision
        taken.append(fits)
        if fits:
            numbers[one.letter_id] += 1
    new = [one for one, fits in zip(changes, taken, strict=True) if fits]
    if new:
        _write_changes(connection, new)
    return taken


def remove(connection: sa.Connection, letter_ids: Iterable[str]) -> int:
    """Erase letters and their history; how many there were."""
    found = [letter_id for letter_id, _ in _locked(connection, set(letter_ids))]
    for some in slices(found):
        connection.execute(sa.delete(LETTER_CHANGE).where(LETTER_CHANGE.c.letter_id.in_(some)))
        connection.execute(sa.delete(LETTER).where(LETTER.c.id.in_(some)))
    return len(found)


def _locked(connection: sa.Connection, letter_ids: set[str]) -> Iterator[tuple[str, int]]:
    """Ids and numbers of changes of the letters that are there, locked."""
    query = sa.select(LETTER.c.id, LETTER.c.changes).order_by(LETTER.c.id).with_for_update()
    for some in slices(sorted(letter_ids)):
        found = connection.execute(query.where(LETTER.c.id.in_(some)))
        yield from ((letter_id, number) for letter_id, number in found)


def _write_changes(connection: sa.Connection, changes: Sequence[Change]) -> None:
    _check_sizes(connection, [one.body for one in changes if one.body is not None])
    connection.execute(sa.insert(LETTER_CHANGE), [change_row(one) for one in changes])
    by_number: dict[int, list[str]] = {}
    for letter_id, number in sorted(Counter(one.letter_id for one in changes).items()):
        by_number.setdefault(number, []).append(letter_id)
    for number, letter_ids in by_number.items():
        update = sa.update(LETTER).values(changes=LETTER.c.changes + number)
        for some in slices(letter_ids):
            connection.execute(update.where(LETTER.c.id.in_(some)))


def slices(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """The values, a few at a time, as one statement takes them."""
    rest = iter(values)
    while some := list(islice(rest, IDS_PER_QUERY)):
        yield some


def _check_sizes(connection: sa.Connection, bodies: Sequence[bytes]) -> None:
    """MariaDB cuts the connection instead of saying what is wrong."""
    if connection.dialect.name != "mysql" or max(map(len, bodies), default=0) < WORTH_ASKING:
        return
    limit = connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one()
    largest = max(len(body) + sum(map(body.count, _DOUBLED)) for body in bodies)
    if largest + WORTH_ASKING > limit:
        raise errors.Unavailable(
            f"a message needs {largest} bytes in a statement, and max_allowed_packet of the "
            f"server is {limit}: make that larger"
        )


def _mysql() -> Any:
    insertion = mysql.insert(LETTER).inline()
    new = insertion.inserted
    return insertion.on_duplicate_key_update(seen=LETTER.c.seen + new.seen, last=new.last)


def _other(insertion: Any) -> Any:
    new = insertion.excluded
    return insertion.on_conflict_do_update(
        index_elements=["id"], set_={"seen": LETTER.c.seen + new.seen, "last": new.last}
    )


_UPSERT = {
    "sqlite": _other(sqlite.insert(LETTER).inline()),
    "postgresql": _other(postgresql.insert(LETTER).inline()),
    "mysql": _mysql(),
}
