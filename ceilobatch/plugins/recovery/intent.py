# SPDX-License-Identifier: Apache-2.0
"""Intent: a note in the lock file of where somebody is about to append.

It tells what a killed process left of a line, which nobody was promised and which is cut off, from
a line that lost its end later, which is damage. Nothing but an unfinished last line is ever cut
off on its word, and only while the machine has not been restarted since: the note is not synced.
"""

import json
import os
from typing import NamedTuple

from ceilobatch.plugins.recovery.folder import File

_BOOT = "/proc/sys/kernel/random/boot_id"


class Intent(NamedTuple):
    """Where lines were about to be appended.

    :ivar boot: which start of the machine that was.
    :ivar inode: of the file; a copy of the directory has others.
    :ivar offset: how large the file was.
    """

    boot: str
    inode: int
    offset: int


def announce(lock: int, inode: int, offset: int) -> None:
    """Note where lines are about to be appended.

    :param lock: descriptor of the lock file, held exclusively.
    :raises OSError: it cannot be written.
    """
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps(Intent(_boot(), inode, offset)).encode(), 0)


def withdraw(lock: int) -> None:
    """Note that all is well again.

    :raises OSError: it cannot be written.
    """
    os.ftruncate(lock, 0)


def announced(lock: int) -> Intent | None:
    """What was noted and never withdrawn.

    :raises OSError: the lock file cannot be read.
    """
    try:
        intent = Intent(*json.loads(os.pread(lock, 4096, 0)))
    except (TypeError, ValueError):
        return None
    return intent if intent.boot == _boot() else None


def without_unfinished(file: File, intent: Intent | None) -> File:
    """A file as if the line that somebody had begun were not there.

    :raises OSError: the file cannot be read.
    """
    if intent is None or file.inode != intent.inode or file.size <= intent.offset:
        return file
    with open(file.path, "rb") as opened:
        opened.seek(intent.offset)
        appended = opened.read(file.size - intent.offset)
    return file._replace(size=intent.offset + appended.rfind(b"\n") + 1)


def _boot() -> str:
    try:
        with open(_BOOT) as file:
            return file.read().strip()
    except OSError:
        return ""
