# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``log``: events and samples as lines of JSON, in a file or on the output."""

import contextlib
import os
import sys
from collections.abc import Sequence

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import STORED, Event, Result, Sample, rejected
from ceilobatch.plugins.base import Storage, StorageCharacteristics
from ceilobatch.plugins.storage.log_line import line
from ceilobatch.plugins.storage.sql_rows import Refused

GROUP = "storage_log"
STANDARD_OUTPUT = "-"

OPTIONS = [
    cfg.StrOpt(
        "path",
        default=STANDARD_OUTPUT,
        help="The file that lines are appended to; '-' is the standard output. It may be moved "
        "away at any time: a new one is begun then.",
    ),
]


class LogStorage(Storage):
    """Writes events and samples as lines of JSON to a file or the standard output.

    It does not know what it has written before: the same item again is written again.

    :raises ConfigurationError: the file cannot be opened.
    """

    options = ((GROUP, OPTIONS),)
    characteristics = StorageCharacteristics(idempotent=False, recognises=False)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._path = conf[GROUP].path
        self._descriptor: int | None = None
        self._torn = False
        try:
            self._open()
        except OSError as error:
            raise errors.ConfigurationError(
                f"[{GROUP}] path: {self._path} cannot be written: {error.strerror}"
            ) from None

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Write one line for each item; a file is synced to the disk."""
        lines, results = [], []
        for item in items:
            try:
                lines.append(line(item))
                results.append(STORED)
            except Refused as refusal:
                results.append(rejected(str(refusal)))
        try:
            self._write(b"".join(lines))
        except OSError as error:
            raise self._unavailable(error) from error
        return results

    def probe(self) -> None:
        """Open the file again if that is needed."""
        try:
            self._open()
        except OSError as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Close the file; the standard output stays open."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None and self._path != STANDARD_OUTPUT:
            os.close(descriptor)

    def _open(self) -> int:
        """The descriptor to write to; a new one where the file has been moved or removed."""
        if self._path == STANDARD_OUTPUT:
            self._descriptor = sys.stdout.fileno()
        elif self._descriptor is None or not self._in_place(self._descriptor):
            self.close()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o640)
            self._torn = False
        return self._descriptor

    def _in_place(self, descriptor: int) -> bool:
        with contextlib.suppress(OSError):
            return os.path.samestat(os.stat(self._path), os.fstat(descriptor))
        return False

    def _write(self, lines: bytes) -> None:
        """Append in one piece, so that the lines of several processes do not mix."""
        descriptor = self._open()
        rest = memoryview(b"\n" + lines if self._torn else lines)
        # What a failure leaves behind must not become part of the next line.
        self._torn = True
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        self._torn = False
        if self._path != STANDARD_OUTPUT:
            os.fsync(descriptor)

    def _unavailable(self, error: OSError) -> errors.Unavailable:
        return errors.Unavailable(f"{self._path} cannot be written: {error.strerror}")
