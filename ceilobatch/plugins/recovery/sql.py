# SPDX-License-Identifier: Apache-2.0
"""SqlRecovery: letters in a table of an SQL database, which all hosts may share."""

import contextlib
import datetime
import functools
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy import exc

from ceilobatch import errors
from ceilobatch.letter import Change, Entry, Letter, Stage
from ceilobatch.plugins.base import Damage, Recovery
from ceilobatch.plugins.instance import naming
from ceilobatch.plugins.recovery import sql_pages, sql_writing
from ceilobatch.plugins.recovery.sql_examination import contradictions, examine
from ceilobatch.plugins.recovery.sql_place import (
    GROUP,
    OPTIONS,
    letters_url,
    own_url,
    recovery_view,
)
from ceilobatch.plugins.storage import sql_errors
from ceilobatch.plugins.storage.sql_connection import sqlite_file
from ceilobatch.plugins.storage.sql_transaction import Transactions

LOG = logging.getLogger(__name__)
R = TypeVar("R")
LEAST_ROOM = 1024 * 1024
_PROBE = Letter(b"", Stage.DECODE, "Probe", "", datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))


class SqlRecovery(Recovery):
    """Keeps letters in an SQL database: SQLite, PostgreSQL or MariaDB.

    :raises ConfigurationError: ``[recovery_sql] connection`` cannot be used.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._view = recovery_view(conf)
        with naming(self._view):
            url = own_url(self._view)
            self._file = sqlite_file(letters_url(self._view))
            self._transactions = Transactions(self._view, url)
            self._snapshots = Transactions(self._view, url, writing=False)
        self._used = 0
        self._logged: set[Damage] = set()

    def add(self, letters: Sequence[Letter]) -> None:
        """Keep all letters in one transaction."""
        if letters:
            rows = sql_writing.rows_of(letters, self._now(len(letters)))
            self._write(lambda connection: sql_writing.add(connection, rows))

    def entries(self) -> Iterator[Entry]:
        """One entry for each letter, read some at a time.

        A letter that is added after the first of them was asked for is not among them.
        """
        for page in self._pages():
            yield from filter(None, map(self._entry, page))

    def entry(self, letter_id: str) -> Entry | None:
        """The entry of this id, or None."""
        if self._is_unmade():
            return None
        stored = self._read(lambda connection: sql_pages.one(connection, letter_id))
        return None if stored is None else self._entry(stored)

    def change(self, changes: Sequence[Change]) -> list[bool]:
        """Add the changes that fit, in one transaction."""
        if not changes or self._is_unmade():
            return [False] * len(changes)
        return self._write(lambda connection: sql_writing.change(connection, changes))

    def remove(self, letter_ids: Sequence[str]) -> int:
        """Erase letters, some hundreds in each transaction."""
        if self._is_unmade():
            return 0
        removed = 0
        for some in sql_writing.slices(sorted(set(letter_ids))):
            removed += self._write(functools.partial(sql_writing.remove, letter_ids=some))
        return removed

    def verify(self) -> Iterator[Damage]:
        """Every row whose checksum does not match, gaps in histories, and histories of nothing."""
        for page in self._pages():
            for stored in page:
                entry, damages = examine(stored)
                yield from damages
                if entry is not None:
                    yield from contradictions(entry)
        if not self._is_unmade():
            for letter_id in self._read(sql_pages.orphans):
                yield Damage(f"letter {letter_id}", "it is missing, though it was changed")

    def probe(self) -> None:
        """Add a letter and take it back.

        :raises Unavailable: that was not possible, or the disk of an SQLite file is full.
        """
        # An identity of its own, so that no probe waits for that of a worker that hangs.
        row = {**sql_writing.rows_of([_PROBE], 0)[0], "id": uuid.uuid4().hex}
        with self._accessed():
            self._transactions.rehearse(lambda connection: sql_writing.add(connection, [row]))
        if self._file is not None and _room(self._file.parent) < LEAST_ROOM:
            raise errors.Unavailable(f"recovery: the disk of {self._file} is full")

    def close(self) -> None:
        """Close the connections."""
        self._transactions.close()
        self._snapshots.close()

    def _now(self, count: int) -> int:
        """Nanoseconds since 1970, after those that were used; so many more are used."""
        now = max(time.time_ns(), self._used)
        self._used = now + count
        return now

    def _pages(self) -> Iterator[list[sql_pages.Stored]]:
        return iter(()) if self._is_unmade() else sql_pages.pages(self._read)

    def _entry(self, stored: sql_pages.Stored) -> Entry | None:
        entry, damages = examine(stored)
        for damage in damages:
            if damage not in self._logged:
                self._logged.add(damage)
                LOG.warning("Left out %s: %s.", damage.place, damage.reason)
        return entry

    def _is_unmade(self) -> bool:
        """SQLite would make an empty file, and it would belong to whoever wanted to look."""
        return self._file is not None and not self._file.exists()

    def _write(self, work: Callable[[sa.Connection], R]) -> R:
        with self._accessed():
            return self._transactions.run(work)

    def _read(self, work: Callable[[sa.Connection], R]) -> R:
        with self._accessed():
            if not self._snapshots.is_ready():
                self._transactions.prepare()
            return self._snapshots.run(work)

    @contextlib.contextmanager
    def _accessed(self) -> Iterator[None]:
        with naming(self._view):
            try:
                yield
            except exc.DBAPIError as error:
                # There is no letter that recovery may refuse.
                raise errors.Unavailable(sql_errors.reason(error)) from error


def _room(directory: os.PathLike[str]) -> int:
    """Bytes that a user may still write there."""
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
