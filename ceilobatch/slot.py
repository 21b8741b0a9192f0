# SPDX-License-Identifier: Apache-2.0
"""Slot: a name that no other process of this host has at the same time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.state import state_directory

MOST = 100


@contextlib.contextmanager
def slot(conf: cfg.ConfigOpts, what: str) -> Iterator[str]:
    """The first free of ``what-0``, ``what-1`` and so on, taken until the end.

    Names come again, so that whoever takes the name of a killed process finishes its books.

    :raises ConfigurationError: ``[DEFAULT] state_path`` cannot be used, or all are taken.
    """
    directory = state_directory(conf, "slots")
    names = (f"{what}-{number}" for number in range(MOST))
    held = ((name, descriptor) for name in names if (descriptor := _try(directory / name)))
    name, descriptor = next(held, ("", None))
    if descriptor is None:
        raise errors.ConfigurationError(f"all {MOST} slots in {directory} are taken")
    try:
        yield name
    finally:
        os.close(descriptor)


def _try(path: Path) -> int | None:
    """The descriptor of a lock that is held until it is closed; None where another has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError:
        return None  # another user's
    except OSError as error:
        raise errors.ConfigurationError(
            f"[DEFAULT] state_path: {path} cannot be opened: {error.strerror}"
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
