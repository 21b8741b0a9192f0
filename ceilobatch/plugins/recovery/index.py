# SPDX-License-Identifier: Apache-2.0
"""Index: where the lines of each letter stand, so that one is found without reading all.

An SQLite file in the journal's directory, derived from the journal and nothing but a short cut:
it is brought up to date with the files before each use, built anew where it is missing, damaged,
or belongs to other files, and what it points at is checked when it is read. Adding a letter does
not touch it; those who read pay for what has come since. Where it cannot be written, the same is
kept in memory.
"""

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeVar

from ceilobatch.plugins.recovery.folder import File, give_to_owner_of
from ceilobatch.plugins.recovery.index_table import Stale, Table
from ceilobatch.plugins.recovery.lock import locked

LOG = logging.getLogger(__name__)
T = TypeVar("T")

# Reading a few lines again each time is cheaper than syncing the index to disk each time.
_WORTH_KEEPING = 256 * 1024


class Index:
    """Opened for each use under a lock of its own, always taken after the journal's."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._path = os.path.join(directory, ".index")
        self._memory: sqlite3.Connection | None = None

    def close(self) -> None:
        """Forget what is kept in memory."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def refresh(self, files: list[File]) -> None:
        """Read what has come since the last time, for good; needs no lock on the journal.

        :raises OSError: a file of the journal cannot be read.
        """
        self.ask(files, _nothing)

    def ask(self, files: list[File], question: Callable[[Table], T]) -> T:
        """What a question gives that is asked of an index of exactly these files.

        :param question: called once more with a new index where the first turned out to be
            wrong; it tells by :class:`Stale`.
        :raises OSError: a file of the journal cannot be read.
        """
        for _ in range(2 if files else 0):
            try:
                with self._stored() as connection:
                    return _answer(connection, files, question)
            except _Unusable as error:
                LOG.debug("The index %s cannot be used: %s", self._path, error)
                break
            except (sqlite3.Error, Stale) as error:
                LOG.info("The index %s is built anew: %s", self._path, error)
                self._discard()
        return self._ask_memory(files, question)

    def _ask_memory(self, files: list[File], question: Callable[[Table], T]) -> T:
        for _ in range(2):
            if self._memory is None:
                self._memory = sqlite3.connect(
                    ":memory:", isolation_level=None, check_same_thread=False
                )
            try:
                return _answer(self._memory, files, question)
            except Stale:
                self.close()
        raise OSError(None, "it is changed by a program that does not lock it", self._directory)

    @contextlib.contextmanager
    def _stored(self) -> Iterator[sqlite3.Connection]:
        with contextlib.ExitStack() as stack:
            try:
                lock = stack.enter_context(locked(self._path + ".lock", shared=False))
                self._make(lock)
                connection = sqlite3.connect(self._path, isolation_level=None)
                stack.callback(connection.close)
                connection.execute("BEGIN IMMEDIATE")
            except (OSError, sqlite3.OperationalError) as error:
                raise _Unusable(str(error)) from error
            yield connection

    def _make(self, lock: int) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            give_to_owner_of(directory, descriptor)
            give_to_owner_of(directory, lock)
        finally:
            os.close(descriptor)
            os.close(directory)

    def _discard(self) -> None:
        with contextlib.suppress(OSError), locked(self._path + ".lock", shared=False):
            for path in (self._path + "-journal", self._path):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)


class _Unusable(Exception):
    """The index cannot be kept on disk now."""


def _nothing(_: Table) -> None:
    """Being asked is enough to catch up."""


def _answer(connection: sqlite3.Connection, files: list[File], question: Callable[[Table], T]) -> T:
    if not connection.in_transaction:
        connection.execute("BEGIN")
    try:
        table = Table(connection)
        if table.catch_up(files) >= _WORTH_KEEPING or table.new:
            connection.execute("COMMIT")
            connection.execute("BEGIN")
        return question(table)
    finally:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
