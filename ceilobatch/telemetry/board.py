# SPDX-License-Identifier: Apache-2.0
"""Board: where the workers of a host hang out their figures for ceilobatch-api to read."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from oslo_config import cfg
from oslo_log import log

from ceilobatch.state import state_directory
from ceilobatch.telemetry.snapshot import Snapshot, from_bytes, to_bytes

LOG = log.getLogger(__name__)

DIRECTORY = "telemetry"
SUFFIX = ".json"


class Board:
    """A file for each worker, replaced as a whole.

    :raises ConfigurationError: ``[DEFAULT] state_path`` cannot be used.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._directory = state_directory(conf, DIRECTORY)

    def hang(self, snapshot: Snapshot) -> None:
        """Replace what the worker of this name has hung out before.

        :raises OSError: it cannot be written.
        """
        path = self._path(snapshot)
        # A name of its own for each process: a successor may begin before its predecessor ends.
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(to_bytes(snapshot))
        unfinished.replace(path)

    def read(self) -> Iterator[Snapshot]:
        """What is there now, by name; what cannot be read is left out."""
        for path in sorted(self._directory.glob(f"*{SUFFIX}")):
            with contextlib.suppress(FileNotFoundError):
                try:
                    yield from_bytes(path.read_bytes())
                except (OSError, ValueError) as error:
                    LOG.warning("Figures left out: %s: %s", path, error)

    def _path(self, snapshot: Snapshot) -> Path:
        parts = (snapshot.service, snapshot.host, snapshot.pool, snapshot.process)
        name = ".".join(re.sub(r"[^\w-]", "_", part) for part in parts if part)
        return self._directory / f"{name}{SUFFIX}"
