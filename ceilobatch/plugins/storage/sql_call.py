# SPDX-License-Identifier: Apache-2.0
"""Call: the items of one ``store`` call on their way through its transaction.

Rows that the database refuses are first examined here, which finds most culprits without a
statement; the rest is divided until a culprit is alone.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy import exc

from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample, rejected
from ceilobatch.page import Booking
from ceilobatch.plugins.storage.sql_errors import Meaning, meaning, reason
from ceilobatch.plugins.storage.sql_examine import examine
from ceilobatch.plugins.storage.sql_rows import Identity, Refused, Row, Rows, identities, make_rows
from ceilobatch.plugins.storage.sql_writer import Writer

Items = Sequence[Event] | Sequence[Sample]


class Call:
    """Items of one type, and what has become of them; good for one transaction at a time."""

    def __init__(self, writer: Writer, items: Items, booking: Booking | None = None) -> None:
        self._writer = writer
        self._items = items
        self._booking = booking
        self._places = list(_rounds(identities(items)))
        self._sheet = self._rows(self._places[0])

    def add(self, connection: sa.Connection) -> list[Result]:
        """Add the items; the caller commits, or rolls back and may call again.

        :raises sqlalchemy.exc.DBAPIError: one that is not about an item.
        """
        results = [STORED] * len(self._items)
        self._add_round(connection, self._sheet, self._places[0], results)
        kept = self._kept(self._places[0], results)
        for places in self._places[1:]:
            for place in (place for key, place in places.items() if key in kept):
                results[place] = DUPLICATE
            rest = {key: place for key, place in places.items() if key not in kept}
            if rest:
                self._add_round(connection, self._rows(rest), rest, results)
                kept |= self._kept(rest, results)
        return results

    def _rows(self, places: dict[Identity, int]) -> Rows:
        items = self._items
        if len(places) < len(items):
            items = [self._items[place] for place in places.values()]  # type: ignore[assignment]
        sheet = make_rows(items, self._writer.nul_allowed)
        if self._booking is not None:
            sheet.batch_id, sheet.received, _ = self._booking
        return sheet

    def _add_round(
        self,
        connection: sa.Connection,
        sheet: Rows,
        places: dict[Identity, int],
        results: list[Result],
    ) -> None:
        addition = Addition(connection, self._writer, sheet)
        addition.add(sheet.rows, examined=False)
        for key in addition.known:
            results[places[key]] = DUPLICATE
        for key, problem in {**sheet.refused, **addition.refused}.items():
            results[places[key]] = rejected(problem)

    @staticmethod
    def _kept(places: dict[Identity, int], results: list[Result]) -> set[Identity]:
        return {key for key, place in places.items() if results[place] in (STORED, DUPLICATE)}


class Addition:
    """One pass over rows of different identities.

    :ivar known: identities that were there already.
    :ivar refused: reasons by identity.
    """

    def __init__(self, connection: sa.Connection, writer: Writer, sheet: Rows) -> None:
        self.known: list[Identity] = []
        self.refused: dict[Identity, str] = {}
        self._connection = connection
        self._writer = writer
        self._sheet = sheet

    def add(self, rows: list[Row], examined: bool) -> None:
        """Add rows; where some are refused, the others nevertheless."""
        if self._writer.examine_first and not examined:
            rows, examined = self._examine(rows), True
        if not rows:
            return
        try:
            with self._connection.begin_nested():
                known = self._writer.add(self._connection, self._sheet, rows)
        except (exc.DBAPIError, Refused) as error:
            if meaning(error) is not Meaning.ITEM:
                raise
            self._divide(rows, examined, reason(error))
        else:
            self.known += map(self._sheet.identity, known)

    def _divide(self, rows: list[Row], examined: bool, problem: str) -> None:
        if not examined:
            self.add(self._examine(rows), examined=True)
        elif len(rows) == 1:
            self.refused[self._sheet.identity(rows[0])] = problem
        else:
            middle = len(rows) // 2
            self.add(rows[:middle], examined)
            self.add(rows[middle:], examined)

    def _examine(self, rows: list[Row]) -> list[Row]:
        """The rows in which nothing wrong is found."""
        good = []
        for row in rows:
            problem = examine(row, self._writer.nul_allowed)
            if problem is None:
                good.append(row)
            else:
                self.refused[self._sheet.identity(row)] = problem
        return good


def _rounds(keys: list[Identity]) -> Iterator[dict[Identity, int]]:
    """Places by identity: first those where each stands first, then where it comes again."""
    first = {key: place for place, key in enumerate(keys)}
    if len(first) == len(keys):
        yield first
        return
    rest = dict(enumerate(keys))
    while rest:
        places: dict[Identity, int] = {}
        for place, key in rest.items():
            places.setdefault(key, place)
        yield places
        rest = {place: key for place, key in rest.items() if places[key] != place}
