# SPDX-License-Identifier: Apache-2.0
"""Table: the rows of the index, and how they are brought up to date with the files."""

import sqlite3
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ceilobatch.letter import Change, Letter
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.folder import File, Place
from ceilobatch.plugins.recovery.scan import open_same, scan

LETTER, CHANGE, REMOVAL = range(3)

# A place is one number, so that places can be compared: of the file, then of the byte in it.
OFFSET_BITS = 36
_VERSION = 1
_TAIL = 64
_SCHEMA = """
CREATE TABLE file (number INTEGER PRIMARY KEY, inode INTEGER, size INTEGER, modified INTEGER,
    lines INTEGER, tail BLOB);
CREATE TABLE line (letter TEXT, kind INTEGER, place INTEGER, length INTEGER,
    PRIMARY KEY (letter, kind, place)) WITHOUT ROWID;
CREATE TABLE damage (file INTEGER, line INTEGER, offset INTEGER, reason TEXT);
"""
# A removal is of what stands before it.
_ALIVE = """place > COALESCE((SELECT MAX(place) FROM line AS removal
    WHERE removal.letter = line.letter AND removal.kind = 2), -1)"""
_ERASED = f"""letter IN (SELECT letter FROM line WHERE kind = 2)
    AND (kind = 2 OR NOT {_ALIVE})"""  # noqa: S608


class Stale(Exception):
    """The journal does not hold what the index says."""


class Row(NamedTuple):
    """Where a line stands."""

    kind: int
    number: int
    offset: int
    length: int


class _Known(NamedTuple):
    inode: int
    size: int
    modified: int
    lines: int
    tail: bytes


class Table:
    """What is known of the files.

    :param connection: in a transaction, which the caller ends.
    :ivar new: whether there was none before.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (version,) = self._one("PRAGMA user_version")
        if version not in (0, _VERSION):
            raise Stale(f"it has the version {version}")
        self.new = not version
        if self.new:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    def catch_up(self, files: list[File]) -> int:
        """Read what is new and forget what is gone; how many bytes that was.

        :raises OSError: a file cannot be read.
        """
        rows = self._connection.execute("SELECT * FROM file").fetchall()
        known = {number: _Known(*rest) for number, *rest in rows}
        gone = known.keys() - {file.number for file in files}
        done = sum(self._forget(number, known[number]) for number in gone)
        return done + sum(self._follow(file, known.get(file.number)) for file in files)

    def letters(self) -> list[str]:
        """All letter ids, by the place of their first line."""
        query = (
            "SELECT letter FROM (SELECT letter, MIN(place) AS first FROM line "  # noqa: S608
            f"WHERE kind = 0 AND {_ALIVE} GROUP BY letter) ORDER BY first"
        )
        return [letter for (letter,) in self._connection.execute(query)]

    def rows(self, letter_id: str) -> list[Row]:
        """The lines of one letter, letters and changes, that are not erased; in order."""
        query = (
            "SELECT kind, place, length FROM line "  # noqa: S608
            f"WHERE letter = ? AND kind < 2 AND {_ALIVE} ORDER BY place"
        )
        return [
            _row(*columns) for columns in self._connection.execute(query, (text_of(letter_id),))
        ]

    def erased(self) -> list[tuple[str, Row]]:
        """The lines of the oldest file with such that are erased but there, and what erased them.

        In order; empty where there are none in any file.
        """
        (first,) = self._one(f"SELECT MIN(place) FROM line WHERE {_ERASED}")  # noqa: S608
        if first is None:
            return []
        query = (
            "SELECT letter, kind, place, length FROM line "  # noqa: S608
            f"WHERE {_ERASED} AND place < ? ORDER BY place"
        )
        after = ((first >> OFFSET_BITS) + 1) << OFFSET_BITS
        found = self._connection.execute(query, (after,))
        return [(letter, _row(*columns)) for letter, *columns in found]

    def damage(self, files: list[File]) -> Iterator[tuple[Place, str]]:
        """The lines that could not be understood, and why."""
        paths = {file.number: file.path for file in files}
        query = "SELECT file, line, offset, reason FROM damage ORDER BY file, offset"
        for number, count, offset, reason in self._connection.execute(query):
            yield Place(paths[number], count, offset), reason

    def _follow(self, file: File, known: _Known | None) -> int:
        if known and known[:3] == file[2:]:
            return 0
        opened = open_same(file)
        if opened is None:
            return 0  # replaced since; it is looked at again under the lock
        with opened:
            done = 0
            if known and not _continues(opened, file, known):
                done = self._forget(file.number, known)
                known = None
            return done + self._read(opened, file, known or _Known(file.inode, 0, 0, 0, b""))

    def _read(self, opened: BinaryIO, file: File, known: _Known) -> int:
        lines = known.lines
        base = file.number << OFFSET_BITS
        for lines, offset, text in scan(opened, file.size, known.lines, known.size):
            try:
                record = line.decode(text)
            except ValueError as error:
                self._add_damage(file.number, lines, offset, str(error))
                continue
            self._connection.executemany(
                "INSERT INTO line VALUES (?, ?, ?, ?)",
                [(text_of(one), kind, base + offset, len(text)) for one, kind in _subjects(record)],
            )
        self._connection.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)",
            (file.number, *file[2:], lines, _tail(opened, file.size)),
        )
        return file.size - known.size

    def _add_damage(self, number: int, count: int, offset: int, reason: str) -> None:
        self._connection.execute(
            "INSERT INTO damage VALUES (?, ?, ?, ?)", (number, count, offset, reason)
        )

    def _forget(self, number: int, known: _Known) -> int:
        first, last = number << OFFSET_BITS, (number + 1) << OFFSET_BITS
        self._connection.execute("DELETE FROM line WHERE place >= ? AND place < ?", (first, last))
        self._connection.execute("DELETE FROM damage WHERE file = ?", (number,))
        self._connection.execute("DELETE FROM file WHERE number = ?", (number,))
        return known.size

    def _one(self, query: str) -> tuple[int | None]:
        found: tuple[int | None] = self._connection.execute(query).fetchone()
        return found


def _subjects(record: line.Record) -> list[tuple[str, int]]:
    if isinstance(record, Letter):
        return [(record.id, LETTER)]
    if isinstance(record, Change):
        return [(record.letter_id, CHANGE)]
    return [(letter_id, REMOVAL) for letter_id in dict.fromkeys(record.letter_ids)]


def _continues(opened: BinaryIO, file: File, known: _Known) -> bool:
    """Whether what was read is there still: files are appended to, or else replaced."""
    same = file.inode == known.inode and file.size > known.size
    return same and _tail(opened, known.size) == known.tail


def _tail(opened: BinaryIO, size: int) -> bytes:
    start = max(0, size - _TAIL)
    opened.seek(start)
    return opened.read(size - start)


def _row(kind: int, place: int, length: int) -> Row:
    return Row(kind, place >> OFFSET_BITS, place & ((1 << OFFSET_BITS) - 1), length)


def text_of(letter_id: str) -> str:
    """A letter id as it stands in the table, which cannot hold half a surrogate pair."""
    return letter_id.encode(errors="backslashreplace").decode()
