# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``archive``: events and samples as JSON in an SQLite file."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import DUPLICATE, STORED, Event, Result, Sample, rejected
from ceilobatch.plugins.base import Storage

GROUP = "storage_archive"
PATH = cfg.StrOpt("path", default="$state_path/archive.sqlite", help="The file, made if need be.")
TABLE = "CREATE TABLE IF NOT EXISTS item (identity TEXT PRIMARY KEY, document TEXT)"


class ArchiveStorage(Storage):
    """Keeps each event and each sample as a JSON document in an SQLite file."""

    options = ((GROUP, [PATH]),)

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Write all items in one transaction."""
        with self._database() as database:
            return [_store(database, item) for item in items]

    def probe(self) -> None:
        """Write, as ``store`` does."""
        with self._database() as database:
            # A write that changes nothing, and fails where there is no room.
            database.execute("PRAGMA user_version = 1")

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        path = self.conf[GROUP].path
        try:
            with contextlib.closing(sqlite3.connect(path, timeout=10)) as database, database:
                database.execute(TABLE)
                yield database
        except sqlite3.Error as error:
            raise errors.Unavailable(f"{path}: {error}") from error


def _store(database: sqlite3.Connection, item: Event | Sample) -> Result:
    identity = json.dumps(item[:1] if isinstance(item, Event) else item[:3])
    try:
        document = json.dumps(item._asdict(), default=str, allow_nan=False)
    except ValueError as error:
        return rejected(f"it cannot be written as JSON: {error}")
    row = (identity, document)
    stored = database.execute("INSERT OR IGNORE INTO item VALUES (?, ?)", row).rowcount
    return STORED if stored else DUPLICATE
