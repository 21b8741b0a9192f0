# SPDX-License-Identifier: Apache-2.0
"""The recovery backend ``cabinet``: letters in an SQLite file."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence

from oslo_config import cfg
from oslo_log import log

from ceilobatch import errors
from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.base import Damage, Recovery
from ceilobatch.recovery import record

LOG = log.getLogger(__name__)
GROUP = "recovery_cabinet"
OPTIONS = [
    cfg.StrOpt(
        "path",
        default="$state_path/letters.sqlite",
        help="The file, made if need be. Letters hold whole notifications, secrets included: keep "
        "the directory closed to others.",
    ),
]
# A record is a line as 'recovery export' writes it: it has a checksum, and is told from damage.
# AUTOINCREMENT: the place of a letter that was removed is never given to another.
TABLE = """CREATE TABLE IF NOT EXISTS letter (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, record TEXT)"""
NEXT = "SELECT place, id, record FROM letter WHERE place > ? ORDER BY place LIMIT 100"


class CabinetRecovery(Recovery):
    """Keeps each letter, with its history, in a row of an SQLite file."""

    options = ((GROUP, OPTIONS),)

    def add(self, letters: Sequence[Letter]) -> None:
        """See the contract; one transaction."""
        with self._writing() as database:
            for letter in letters:
                known = _find(database, letter.id)
                if known is None:
                    _insert(database, Entry(letter, 1, letter.recorded))
                else:
                    _update(database, known._replace(seen=known.seen + 1, last=letter.recorded))

    def entries(self) -> Iterator[Entry]:
        """See the contract; a page at a time, so that a slow reader stops nobody."""
        for letter_id, text in self._records():
            try:
                yield record.decode(text.encode())
            except ValueError as error:
                LOG.warning("%s: letter %s is left out: %s", self._path, letter_id, error)

    def entry(self, letter_id: str) -> Entry | None:
        """See the contract."""
        with self._opened() as database:
            return _find(database, letter_id)

    def change(self, changes: Sequence[Change]) -> list[bool]:
        """See the contract; one transaction."""
        with self._writing() as database:
            return [_change(database, change) for change in changes]

    def remove(self, letter_ids: Sequence[str]) -> int:
        """See the contract; one transaction."""
        with self._writing() as database:
            statement = "DELETE FROM letter WHERE id = ?"
            return sum(database.execute(statement, (one,)).rowcount for one in letter_ids)

    def verify(self) -> Iterator[Damage]:
        """See the contract: rows whose checksum is not theirs."""
        for letter_id, text in self._records():
            try:
                record.decode(text.encode())
            except ValueError as error:
                yield Damage(f"{self._path}: letter {letter_id}", str(error))

    def probe(self) -> None:
        """Write, as ``add`` does."""
        with self._writing() as database:
            # A write that changes nothing, and fails where there is no room.
            database.execute("PRAGMA user_version = 1")

    @property
    def _path(self) -> str:
        path: str = self.conf[GROUP].path
        return path

    def _records(self) -> Iterator[tuple[str, str]]:
        page = [(0, "", "")]
        while page:
            with self._opened() as database:
                page = database.execute(NEXT, page[-1][:1]).fetchall()
            for _, letter_id, text in page:
                yield letter_id, text

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as database, database:
            # Nobody else writes between what is read here and what is written.
            database.execute("BEGIN IMMEDIATE")
            yield database

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(sqlite3.connect(self._path, timeout=30)) as database:
                database.execute(TABLE)
                yield database
        except sqlite3.Error as error:
            raise errors.Unavailable(f"[{GROUP}] path: {self._path}: {error}") from error


def _find(database: sqlite3.Connection, letter_id: str) -> Entry | None:
    found = database.execute("SELECT record FROM letter WHERE id = ?", (letter_id,)).fetchone()
    return record.decode(found[0].encode()) if found else None


def _insert(database: sqlite3.Connection, entry: Entry) -> None:
    row = (entry.id, record.encode(entry))
    database.execute("INSERT INTO letter (id, record) VALUES (?, ?)", row)


def _update(database: sqlite3.Connection, entry: Entry) -> None:
    row = (record.encode(entry), entry.id)
    database.execute("UPDATE letter SET record = ? WHERE id = ?", row)


def _change(database: sqlite3.Connection, change: Change) -> bool:
    entry = _find(database, change.letter_id)
    if entry is None or entry.revision != change.revision:
        return False
    _update(database, entry._replace(history=(*entry.history, change)))
    return True
