# SPDX-License-Identifier: Apache-2.0
"""A lock between processes that a dead owner cannot keep: flock on a file."""

import contextlib
import fcntl
import os
from collections.abc import Iterator


@contextlib.contextmanager
def locked(path: str, *, shared: bool) -> Iterator[int]:
    """Hold the lock; yields the descriptor of the lock file.

    The file is made, readable by its owner alone, when it is not there and the lock is not
    ``shared``. It is opened anew each time, so that two processes do not go on with locks on
    different files after the directory was removed and made again.

    Waits in the kernel's queue without a limit: polling with one would starve the polite under
    load, and the owner can only be slow where the disk is, which no limit here would mend.

    :raises OSError: it cannot be opened.
    """
    flags = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
