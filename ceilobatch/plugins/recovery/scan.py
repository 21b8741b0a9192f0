# SPDX-License-Identifier: Apache-2.0
"""Reads the lines of the journal's files, one after the other or at a known place."""

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ceilobatch.plugins.recovery.folder import File

_MOST_OPEN = 64


class Line(NamedTuple):
    """A line as it stands in a file; the last one may lack its newline.

    :ivar number: counts from 1.
    :ivar offset: in bytes.
    """

    number: int
    offset: int
    text: bytes


def scan(opened: BinaryIO, end: int, number: int = 0, offset: int = 0) -> Iterator[Line]:
    """The lines of an open file from a place on.

    :param end: how many bytes of it count.
    :param number: how many lines stand before ``offset``.
    """
    opened.seek(offset)
    if _was_unfinished(opened, offset) and end > offset:
        offset += len(opened.read(1))  # the newline that was put between it and the next line
    while offset < end and (text := opened.readline(end - offset)):
        number += 1
        yield Line(number, offset, text)
        offset += len(text)


def open_same(file: File) -> BinaryIO | None:
    """The file opened, or None where another has taken its place since.

    :raises OSError: it cannot be read.
    """
    try:
        opened = open(file.path, "rb")  # noqa: SIM115  (the caller closes it)
    except FileNotFoundError:
        return None
    if os.fstat(opened.fileno()).st_ino == file.inode:
        return opened
    opened.close()
    return None


class Lines:
    """Reads lines at known places, of many files without opening each anew; used by ``with``."""

    def __init__(self, files: list[File]) -> None:
        self._paths = {file.number: file.path for file in files}
        self._opened: dict[int, int] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._opened.values():
            os.close(descriptor)
        self._opened.clear()

    def read(self, number: int, offset: int, length: int) -> bytes:
        """So many bytes of the file with a number, fewer at its end.

        :raises KeyError: there is no such file.
        :raises OSError: it cannot be read.
        """
        if number not in self._opened:
            if len(self._opened) >= _MOST_OPEN:
                self.__exit__()
            self._opened[number] = os.open(self._paths[number], os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._opened[number], length, offset)


def _was_unfinished(opened: BinaryIO, offset: int) -> bool:
    if not offset:
        return False
    opened.seek(offset - 1)
    before, after = opened.read(1), opened.read(1)
    opened.seek(offset)
    return before != b"\n" and after == b"\n"
