# SPDX-License-Identifier: Apache-2.0
"""Journal: lines appended durably to numbered files of one directory by many processes.

All processes append to one file under one flock, instead of each to a file of its own: lines
stand in the order in which they came whichever worker wrote them, a crash loop of workers does
not litter the directory, a failed write can be cut off again because nobody else can have written
behind it, and whoever wants to change old lines needs that lock anyway. The price is that workers
wait for each other's fsync; lines are exceptions, not traffic.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from ceilobatch.plugins.recovery.lock import locked

LOCK = ".lock"
_NAME = re.compile(r"letters-(\d{6,})\.jsonl")
_PROBE_BYTES = 1 << 20


class Place(NamedTuple):
    """Where a line stands; ``line`` counts from 1, ``offset`` is in bytes."""

    path: str
    line: int
    offset: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line} (byte {self.offset})"


class Journal:
    """Keeps nothing open between calls, so that it survives whatever is done to the directory.

    The directory (mode 0700) and its parents are made at the first write. Once this object has
    seen it, a directory that is missing is an error: what was in it is gone, and someone ought
    to know. Files have the mode 0600. What root makes gets the owner of the directory around it.

    :param max_bytes: a file that would become larger is followed by the next one; the lines of
        one :meth:`append` stay together, so a file can be larger than this by one call's lines.
    """

    def __init__(self, directory: str, max_bytes: int) -> None:
        self.directory = os.path.abspath(directory)
        self.max_bytes = max_bytes
        self._prepared = False

    def append(self, lines: bytes) -> None:
        """Write whole lines; file and directory are synced when it returns.

        :raises OSError: nothing was appended, or the lines may be there in part or in whole.
        """
        with self._writing() as directory:
            path = self._file_for(len(lines))
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _give_to_owner_of(directory, descriptor)
                _append_or_undo(descriptor, directory, lines)
            finally:
                os.close(descriptor)

    def probe(self) -> None:
        """Find out whether a mebibyte could be appended now; leaves nothing behind.

        :raises OSError: it could not.
        """
        with self._writing():
            newest = self._files()[-1:]
            for path in newest:
                os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC))
            with tempfile.TemporaryFile(dir=self.directory) as trial:
                os.posix_fallocate(trial.fileno(), 0, _PROBE_BYTES)
                os.fsync(trial.fileno())

    def lines(self) -> Iterator[tuple[Place, bytes]]:
        """All lines in the order in which they were appended, as of the first one asked for.

        Nothing at all where the directory has not been made yet. A line is as it stands in the
        file: the last one of a file lacks its newline after a crash in the middle of a write.

        :raises OSError: a file cannot be read.
        """
        for path, size in self._snapshot():
            yield from _lines_of(path, size)

    def line(self, place: Place) -> bytes:
        """The line at a place.

        :raises OSError: the file cannot be read.
        """
        with open(place.path, "rb") as file:
            file.seek(place.offset)
            return file.readline()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[int]:
        self._prepare()
        directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            lock = os.path.join(self.directory, LOCK)
            with locked(lock, shared=False) as descriptor:
                _give_to_owner_of(directory, descriptor)
                yield directory
        finally:
            os.close(directory)

    def _prepare(self) -> None:
        if not self._prepared:
            _make_durably(self.directory)
            self._prepared = True

    def _file_for(self, size: int) -> str:
        files = self._files()
        if not files:
            return self._path(1)
        newest = files[-1]
        used = os.stat(newest).st_size
        if not used or used + size <= self.max_bytes:
            return newest
        return self._path(_number(os.path.basename(newest)) + 1)

    def _snapshot(self) -> list[tuple[str, int]]:
        """Files and their sizes at a moment when nobody writes, so that no half line is seen."""
        try:
            os.stat(self.directory)
        except FileNotFoundError:
            if self._prepared:
                raise
            return []
        with self._reading():
            return [(path, os.stat(path).st_size) for path in self._files()]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            # Without a lock file nobody is writing: the directory may be a copy.
            with contextlib.suppress(FileNotFoundError):
                lock = os.path.join(self.directory, LOCK)
                stack.enter_context(locked(lock, shared=True))
            yield

    def _files(self) -> list[str]:
        numbers = sorted(filter(None, map(_number, os.listdir(self.directory))))
        return [self._path(number) for number in numbers]

    def _path(self, number: int) -> str:
        return os.path.join(self.directory, f"letters-{number:06d}.jsonl")


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else 0


def _lines_of(path: str, size: int) -> Iterator[tuple[Place, bytes]]:
    with open(path, "rb") as file:
        number, offset = 1, 0
        while offset < size and (line := file.readline(size - offset)):
            yield Place(path, number, offset), line
            number, offset = number + 1, offset + len(line)


def _append_or_undo(descriptor: int, directory: int, lines: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        lines = b"\n" + lines  # someone died in the middle of a line: it must not swallow ours
    try:
        _write(descriptor, lines)
        os.fsync(descriptor)
        os.fsync(directory)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _write(descriptor: int, lines: bytes) -> None:
    rest = memoryview(lines)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _give_to_owner_of(directory: int, descriptor: int) -> None:
    """What a command run by root makes must not lock the daemon's own user out."""
    owner = os.fstat(directory)
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _make_durably(directory: str) -> None:
    missing = []
    path = directory
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for path in reversed(missing):
        parent = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(FileExistsError):  # another worker was faster
                _make(path, parent, 0o700 if path == directory else 0o755)
            os.fsync(parent)
        finally:
            os.close(parent)


def _make(path: str, parent: int, mode: int) -> None:
    os.mkdir(path, mode)
    made = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _give_to_owner_of(parent, made)
    finally:
        os.close(made)
