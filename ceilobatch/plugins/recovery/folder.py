# SPDX-License-Identifier: Apache-2.0
"""The directory of the journal: its files, how it is made, and whom it belongs to."""

import contextlib
import os
import re
from typing import NamedTuple

LOCK = ".lock"
UNFINISHED = ".new"
_NAME = re.compile(r"letters-(\d{6,})\.jsonl")


class Place(NamedTuple):
    """Where a line stands; ``line`` counts from 1, ``offset`` is in bytes."""

    path: str
    line: int
    offset: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line} (byte {self.offset})"


class File(NamedTuple):
    """One file of the journal as it was at a moment when nobody wrote.

    :ivar size: in bytes, without what a killed process left of a line that it had begun.
    :ivar modified: in nanoseconds.
    """

    number: int
    path: str
    inode: int
    size: int
    modified: int


def file_path(directory: str, number: int) -> str:
    """The path of the file with a number."""
    return os.path.join(directory, f"letters-{number:06d}.jsonl")


def list_files(directory: str) -> list[File]:
    """All files of the journal, oldest first, with the sizes that they have.

    :raises OSError: the directory or a file cannot be examined.
    """
    found = []
    for number in sorted(filter(None, map(_number, os.listdir(directory)))):
        path = file_path(directory, number)
        status = os.stat(path)
        found.append(File(number, path, status.st_ino, status.st_size, status.st_mtime_ns))
    return found


def remove_unfinished(directory: str) -> None:
    """Remove the files that a killed process had begun to write in the place of others.

    :raises OSError: one cannot be removed.
    """
    for name in os.listdir(directory):
        if name.endswith(UNFINISHED) and _number(name.removesuffix(UNFINISHED)):
            os.unlink(os.path.join(directory, name))


def give_to_owner_of(directory: int, descriptor: int) -> None:
    """What a command run by root makes must not lock the daemon's own user out."""
    owner = os.fstat(directory)
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def make_durably(directory: str) -> None:
    """Make a directory, accessible to its owner alone, and its parents, synced to disk.

    :raises OSError: it cannot be made.
    """
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


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else 0


def _make(path: str, parent: int, mode: int) -> None:
    os.mkdir(path, mode)
    made = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        give_to_owner_of(parent, made)
    finally:
        os.close(made)
