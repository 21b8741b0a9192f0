# SPDX-License-Identifier: Apache-2.0
"""Stores what can be stored of one call, inside its transaction, and says what became of each.

A batch that the database refuses is first examined here, which finds most culprits without a
statement; what is left is divided until the culprit is alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample, Status, rejected
from ceilobatch.plugins.storage.sql_errors import Meaning, meaning, reason
from ceilobatch.plugins.storage.sql_examine import examine
from ceilobatch.plugins.storage.sql_rows import Identity, Refused, Row, Rows, identities, make_rows
from ceilobatch.plugins.storage.sql_writer import Writer

Items = Sequence[Event] | Sequence[Sample]


def add_items(connection: sa.Connection, writer: Writer, items: Items) -> list[Result]:
    """Store items of one type, one result each; the caller commits.

    :raises sqlalchemy.exc.DBAPIError: one that is not about an item.
    """
    keys = identities(items)
    places = {key: place for place, key in reversed(list(enumerate(keys)))}
    if len(places) == len(items):
        return _add_distinct(connection, writer, items, places)
    firsts = sorted(places.values())
    some = [items[place] for place in firsts]
    renumbered = {keys[place]: number for number, place in enumerate(firsts)}
    answers = dict(zip(firsts, _add_distinct(connection, writer, some, renumbered), strict=True))
    return _answer_repeated(connection, writer, items, keys, places, answers)
