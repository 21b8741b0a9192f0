# SPDX-License-Identifier: Apache-2.0
"""What a configuration guarantees of letters: messages that cannot be used."""

from collections.abc import Iterator
from pathlib import Path

from oslo_config import cfg

from ceilobatch.cmd.delivery_statement import AT_LEAST_ONCE, LOSES, ONCE, Statement
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Recovery

# Emptied at a restart of the host, or before.
_FORGETFUL = tuple(map(Path, ("/tmp", "/run", "/dev/shm", "/var/run")))  # noqa: S108
_FILE = "file"


def statements(conf: cfg.ConfigOpts) -> Iterator[Statement]:
    """How letters are kept, and what could still lose one.

    :raises ConfigurationError: the backend cannot be had.
    """
    name = conf.recovery.backend
    backend: type[Recovery] = loader.load(loader.RECOVERY, name, "[recovery] backend")
    own = loader.configured(conf, backend, name)
    what = f"letters in {name}"
    if backend.characteristics.readable:
        yield Statement(
            what,
            ONCE,
            "a letter is durable before its message is acknowledged; one that is there already "
            "only counts as seen once more",
        )
    else:
        yield Statement(
            what,
            AT_LEAST_ONCE,
            "the backend passes letters on and is sure that they were taken before their message "
            "is acknowledged; who collects them tells those apart that come again",
        )
        yield Statement(
            what,
            LOSES,
            "letters wait elsewhere: a policy of the broker that drops messages (max-length, "
            "message-ttl, expires, a delivery limit), or nobody who collects them",
        )
    if name == _FILE:
        yield from _of_disk(what, Path(own.recovery_file.directory))


def _of_disk(what: str, directory: Path) -> Iterator[Statement]:
    if any(directory.is_relative_to(place) for place in _FORGETFUL):
        why = f"{directory} may be emptied when the host restarts: set [recovery_file] directory"
    else:
        why = f"letters are on the disk of this host alone ({directory}): copy or back it up"
    yield Statement(what, LOSES, why)
