# SPDX-License-Identifier: Apache-2.0
"""Journal: lines appended durably to numbered files of one directory by many processes.

All processes append to one file under one flock, instead of each to a file of its own: lines
stand in the order in which they came whichever worker wrote them, a crash loop of workers does
not litter the directory, a failed write can be cut off again because nobody else can have written
behind it, and whoever changes a letter needs that lock anyway. The price is that workers wait for
each other's fsync; lines are exceptions, not traffic.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator

from ceilobatch.plugins.recovery import folder, intent
from ceilobatch.plugins.recovery.folder import File
from ceilobatch.plugins.recovery.lock import locked
from ceilobatch.plugins.recovery.writer import Writer

_PROBE_BYTES = 1 << 20


class Journal:
    """Keeps nothing open between calls, so that it survives whatever is done to the directory.

    The directory (mode 0700) and its parents are made at the first write. Once this object has
    seen it, a directory that is missing is an error: what was in it is gone, and someone ought
    to know. Files have the mode 0600. What root makes gets the owner of the directory around it.

    :param max_bytes: a file that would become larger is followed by the next one; the lines of
        one call stay together, so a file can be larger than this by one call's lines.
    """

    def __init__(self, directory: str, max_bytes: int) -> None:
        self.directory = os.path.abspath(directory)
        self.max_bytes = max_bytes
        self._prepared = False

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writer]:
        """Keep all others out, after cleaning up what a killed one left.

        :raises OSError: the directory is full, unwritable or gone.
        """
        if not self._prepared:
            folder.make_durably(self.directory)
            self._prepared = True
        with contextlib.ExitStack() as stack:
            directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, directory)
            lock = stack.enter_context(locked(self._lock, shared=False))
            folder.give_to_owner_of(directory, lock)
            writer = Writer(self.directory, directory, lock, self.max_bytes)
            writer.settle()
            yield writer

    @contextlib.contextmanager
    def reading(self) -> Iterator[list[File]]:
        """Keep all writers out; yields the files, oldest first.

        None where the directory has not been made yet.

        :raises OSError: the directory cannot be read.
        """
        with contextlib.ExitStack() as stack:
            noted = None
            # Without a lock file nobody is writing: the directory may be a copy.
            with contextlib.suppress(FileNotFoundError):
                noted = intent.announced(stack.enter_context(locked(self._lock, shared=True)))
            yield [intent.without_unfinished(file, noted) for file in self._files()]

    def probe(self) -> None:
        """Find out whether a mebibyte could be appended now; leaves nothing behind.

        :raises OSError: it could not.
        """
        with self.writing() as writer:
            for file in writer.files()[-1:]:
                os.close(os.open(file.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC))
            with tempfile.TemporaryFile(dir=self.directory) as trial:
                os.posix_fallocate(trial.fileno(), 0, _PROBE_BYTES)
                os.fsync(trial.fileno())

    @property
    def _lock(self) -> str:
        return os.path.join(self.directory, folder.LOCK)

    def _files(self) -> list[File]:
        try:
            return folder.list_files(self.directory)
        except FileNotFoundError:
            if self._prepared:
                raise
            return []
