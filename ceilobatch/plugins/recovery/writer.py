# SPDX-License-Identifier: Apache-2.0
"""Writer: what may be done to the files of the journal by the one who holds its lock."""

import contextlib
import os
from collections.abc import Iterable, Iterator

from ceilobatch.plugins.recovery import folder, intent
from ceilobatch.plugins.recovery.folder import File

_APPENDING = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_MAKING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Writer:
    """Appends to the newest file and replaces others; made for each time the lock is held.

    :param directory: descriptor of the directory.
    :param lock: descriptor of the lock file, held exclusively.
    """

    def __init__(self, path: str, directory: int, lock: int, max_bytes: int) -> None:
        self._path = path
        self._directory = directory
        self._lock = lock
        self._max_bytes = max_bytes

    def settle(self) -> None:
        """Clean up after a process that was killed.

        :raises OSError: that is not possible; the next one will try it again.
        """
        folder.remove_unfinished(self._path)
        noted = intent.announced(self._lock)
        for file in self.files() if noted else ():
            whole = intent.without_unfinished(file, noted)
            if whole.size < file.size:
                os.truncate(file.path, whole.size)
        intent.withdraw(self._lock)

    def files(self) -> list[File]:
        """All files, oldest first.

        :raises OSError: the directory cannot be read.
        """
        return folder.list_files(self._path)

    def append(self, lines: bytes) -> None:
        """Write whole lines; file and directory are synced when it returns.

        :raises OSError: nothing was appended, or the lines may be there in part or in whole.
        """
        descriptor = os.open(self._path_for(len(lines)), _APPENDING, 0o600)
        try:
            folder.give_to_owner_of(self._directory, descriptor)
            self._append_or_undo(descriptor, lines)
        finally:
            os.close(descriptor)

    def replace(self, file: File, parts: Iterable[bytes]) -> None:
        """Put other contents in the place of a file's, all or nothing, synced when it returns.

        A file that becomes empty is removed, unless it is the newest.

        :raises OSError: the old contents are there still.
        """
        made = file.path + folder.UNFINISHED
        try:
            size = self._make(made, parts)
            if size or file.number == self.files()[-1].number:
                os.rename(made, file.path)
            else:
                os.unlink(file.path)
            os.fsync(self._directory)
        finally:
            with contextlib.suppress(OSError):  # renamed; or the next writer removes it
                os.unlink(made)

    def _make(self, path: str, parts: Iterable[bytes]) -> int:
        descriptor = os.open(path, _MAKING, 0o600)
        try:
            folder.give_to_owner_of(self._directory, descriptor)
            for part in parts:
                _write(descriptor, part)
            os.fsync(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def _path_for(self, size: int) -> str:
        files = self.files()
        if not files:
            return folder.file_path(self._path, 1)
        newest = files[-1]
        if not newest.size or newest.size + size <= self._max_bytes:
            return newest.path
        return folder.file_path(self._path, newest.number + 1)

    def _append_or_undo(self, descriptor: int, lines: bytes) -> None:
        status = os.fstat(descriptor)
        size = status.st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines  # the line before has lost its end: it must not swallow ours
        with self._announced(status.st_ino, size):
            try:
                _write(descriptor, lines)
                os.fsync(descriptor)
                os.fsync(self._directory)
            except OSError:
                with contextlib.suppress(OSError):  # else the next writer settles it
                    os.ftruncate(descriptor, size)
                raise

    @contextlib.contextmanager
    def _announced(self, inode: int, size: int) -> Iterator[None]:
        intent.announce(self._lock, inode, size)
        yield
        intent.withdraw(self._lock)


def _write(descriptor: int, lines: bytes) -> None:
    rest = memoryview(lines)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
