# SPDX-License-Identifier: Apache-2.0
"""Reads letters with their history page by page, each page as of one moment.

Between pages nothing is held: whoever reads may take hours, and change what was read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from ceilobatch.plugins.recovery.sql_writing import IDS_PER_QUERY
from ceilobatch.plugins.storage.sql_schema import LETTER, LETTER_CHANGE

Key = tuple[int, str]
PAGE_BYTES = 8 * 1024 * 1024


class Stored(NamedTuple):
    """What there is of one letter.

    :ivar letter: its row, or nothing but its id.
    :ivar changes: the rows of its changes, by revision.
    :ivar unreadable: why the rows cannot be read, else empty.
    """

    letter: Mapping[Any, Any]
    changes: list[Mapping[Any, Any]]
    unreadable: str = ""


def pages(run: Callable[[Callable[[sa.Connection], Any]], Any]) -> Iterator[list[Stored]]:
    """All letters, oldest first, without those that are added after the first call.

    So a letter that is removed and comes again meanwhile is not there twice.

    :param run: runs its argument in a transaction that sees one moment.
    """
    end = run(_newest)
    after: Key | None = None
    while end is not None:

        def read(
            connection: sa.Connection, after: Key | None = after
        ) -> tuple[list[Stored], Key | None]:
            keys = _next_keys(connection, after, end)
            page = _stored(connection, [letter_id for _, letter_id in keys])
            return page, keys[-1] if keys else None

        page, after = run(read)
        if after is None:
            return
        yield page


def one(connection: sa.Connection, letter_id: str) -> Stored | None:
    """The letter of this id, or None."""
    return next(iter(_stored(connection, [letter_id])), None)


def orphans(connection: sa.Connection) -> list[str]:
    """Ids that have changes but no letter."""
    ids = LETTER_CHANGE.c.letter_id
    there = sa.exists().where(LETTER.c.id == ids)
    return list(connection.execute(sa.select(ids).where(~there).distinct().order_by(ids)).scalars())


def _newest(connection: sa.Connection) -> int | None:
    return connection.execute(sa.select(sa.func.max(LETTER.c.added))).scalar()


def _next_keys(connection: sa.Connection, after: Key | None, end: int) -> list[Key]:
    """The next letters, no more than fit into memory together, but at least one."""
    columns = (LETTER.c.added, LETTER.c.id)
    # The edited messages of a letter are as large as the first, more or less.
    size = LETTER.c.size * (LETTER.c.changes + 1)
    query = sa.select(*columns, size).where(LETTER.c.added <= end).order_by(*columns)
    if after is not None:
        # The first is there for MariaDB, which would read everything for the second.
        query = query.where(LETTER.c.added >= after[0], sa.tuple_(*columns) > sa.tuple_(*after))
    keys: list[Key] = []
    room = PAGE_BYTES
    for added, letter_id, needed in connection.execute(query.limit(IDS_PER_QUERY)):
        room -= needed
        if keys and room < 0:
            break
        keys.append((added, letter_id))
    return keys


def _stored(connection: sa.Connection, ids: list[str]) -> list[Stored]:
    """What there is of these letters, in this order; no more than fit into a statement."""
    try:
        return _rows(connection, ids)
    except (TypeError, ValueError) as error:
        # SQLite keeps any value in any column, be it of the column's type or not.
        if len(ids) == 1:
            return [Stored({"id": ids[0]}, [], f"it cannot be read: {error}")]
        return [stored for one in ids for stored in _stored(connection, [one])]


def _rows(connection: sa.Connection, ids: list[str]) -> list[Stored]:
    rows = connection.execute(sa.select(LETTER).where(LETTER.c.id.in_(ids))).mappings()
    found = {row["id"]: Stored(row, []) for row in rows}
    owner, revision = LETTER_CHANGE.c.letter_id, LETTER_CHANGE.c.revision
    query = sa.select(LETTER_CHANGE).where(owner.in_(ids)).order_by(owner, revision)
    for row in connection.execute(query).mappings():
        if row["letter_id"] in found:
            found[row["letter_id"]].changes.append(row)
    return [found[letter_id] for letter_id in ids if letter_id in found]
