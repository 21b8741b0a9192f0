# SPDX-License-Identifier: Apache-2.0
"""Shelf: the entries of the journal, each put together from the lines that the index names."""

import datetime
import logging
from collections.abc import Iterator, Sequence
from typing import TypeVar

from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.index import Index
from ceilobatch.plugins.recovery.index_table import CHANGE, LETTER, Row, Stale, Table
from ceilobatch.plugins.recovery.journal import Journal
from ceilobatch.plugins.recovery.scan import Lines
from ceilobatch.plugins.recovery.writer import Writer

LOG = logging.getLogger(__name__)
R = TypeVar("R", Letter, Change)

# The lock that keeps writers out is held for so many lines, and bytes of them, at a time.
_LINES = 256
_BYTES = 1 << 20


class Shelf:
    """Reads entries; remembers nothing but which damage it has logged."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self._journal = journal
        self._index = index
        self._logged: set[str] = set()

    def refresh(self) -> None:
        """Bring the index up to date while others go on writing.

        :raises OSError: a file cannot be read.
        """
        with self._journal.reading() as files:
            pass
        self._index.refresh(files)

    def entries(self) -> Iterator[Entry]:
        """All entries that are there now, oldest first; those erased meanwhile are left out.

        :raises OSError: a file cannot be read.
        """
        ids = self._letters()
        position = 0
        while position < len(ids):
            found, position = self._some(ids, position)
            yield from found

    def entry(self, letter_id: str) -> Entry | None:
        """One entry, or None.

        :raises OSError: a file cannot be read.
        """

        def question(table: Table) -> Entry | None:
            with Lines(files) as lines:
                return _entry(letter_id, table.rows(letter_id), lines)

        self.refresh()
        with self._journal.reading() as files:
            return self._index.ask(files, question)

    def revisions(self, writer: Writer, letter_ids: Sequence[str]) -> dict[str, int]:
        """The revisions of those letters that are there, for the one who holds the lock.

        :raises OSError: a file cannot be read.
        """

        def question(table: Table) -> dict[str, int]:
            with Lines(files) as lines:
                found = (_entry(one, table.rows(one), lines) for one in letter_ids)
                return {entry.id: entry.revision for entry in found if entry is not None}

        files = writer.files()
        return self._index.ask(files, question)

    def present(self, writer: Writer, letter_ids: Sequence[str]) -> list[str]:
        """Which letters are there, for the one who holds the lock; does not read them.

        :raises OSError: a file cannot be read.
        """

        def question(table: Table) -> list[str]:
            return [one for one in letter_ids if _copies(table.rows(one))]

        return self._index.ask(writer.files(), question)

    def _letters(self) -> list[str]:
        self.refresh()
        with self._journal.reading() as files:
            ids, damage = self._index.ask(
                files, lambda table: (table.letters(), list(table.damage(files)))
            )
        for place, reason in damage:
            if str(place) not in self._logged:
                self._logged.add(str(place))
                LOG.warning("Skipped %s: %s.", place, reason)
        return ids

    def _some(self, ids: Sequence[str], position: int) -> tuple[list[Entry], int]:
        def question(table: Table) -> tuple[list[Entry], int]:
            found, size, count = [], 0, 0
            with Lines(files) as lines:
                for letter_id in ids[position : position + _LINES]:
                    rows = table.rows(letter_id)
                    size += sum(row.length for row in rows)
                    if count and size > _BYTES:
                        break
                    count += 1
                    if entry := _entry(letter_id, rows, lines):
                        found.append(entry)
            return found, position + count

        with self._journal.reading() as files:
            return self._index.ask(files, question)


def _copies(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.kind == LETTER]


def _entry(letter_id: str, rows: list[Row], lines: Lines) -> Entry | None:
    copies = _copies(rows)
    if not copies:
        return None
    first = _read(Letter, letter_id, copies[0], lines)
    history = [_read(Change, letter_id, row, lines) for row in rows if row.kind == CHANGE]
    return Entry(first, len(copies), _last(first, letter_id, copies, lines), tuple(history))


def _last(first: Letter, letter_id: str, copies: list[Row], lines: Lines) -> datetime.datetime:
    if len(copies) == 1:
        return first.recorded
    return _read(Letter, letter_id, copies[-1], lines).recorded


def _read(kind: type[R], letter_id: str, row: Row, lines: Lines) -> R:
    try:
        record = line.decode(lines.read(row.number, row.offset, row.length))
    except (KeyError, ValueError) as error:
        raise Stale(str(error)) from error
    if not isinstance(record, kind) or line.subject(record) != letter_id:
        raise Stale(f"the letter {letter_id} is not at its place")
    return record
