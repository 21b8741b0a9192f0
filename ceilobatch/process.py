# SPDX-License-Identifier: Apache-2.0
"""What every worker process does around its work: configuration, signals, a parent that is gone."""

import gc
import logging
import multiprocessing
import os
import queue
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from oslo_config import cfg
from oslo_log import log

from ceilobatch import config, errors, meditation, workers
from ceilobatch.telemetry.reading import Reading
from ceilobatch.telemetry.reporter import Health, Identity, Reporter

LOG = log.getLogger(__name__)

# How often a worker looks whether its parent is still there, in seconds.
PARENT_CHECK = 0.5
# Allocations between two looks for cyclic garbage; a batch of 1000 messages has about 200,000.
GARBAGE_THRESHOLD = 500_000


class Setup(NamedTuple):
    """What a worker needs to load the same configuration as its parent; plain data."""

    config_files: Sequence[str] | None
    config_dirs: Sequence[str] | None
    overrides: dict[tuple[str, str], Any]
    debug: bool


class Work(Protocol):
    """What a worker process does, in threads of its own.

    :ivar identity: under which its figures are told.
    """

    identity: Identity

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """Finish what is in hand and join every thread."""

    def reload(self) -> None:
        """Load again what may change while it works."""

    def raise_failures(self) -> None:
        """Raise what ended a thread that should be running."""

    def figures(self) -> dict[str, int]:
        """What was done, after the end."""

    def describe(self) -> dict[str, Any]:
        """What it is doing now, for a report."""

    def readings(self) -> Iterable[Reading]:
        """All figures, as they are now; from the reporter's thread."""

    def health(self) -> Health:
        """Whether it gets on; from the reporter's thread."""


def identity(conf: cfg.ConfigOpts, service: str, name: str, pool: str = "") -> Identity:
    """Of the worker of this name: ``w0`` is told as process ``p0``, and so is its successor."""
    return Identity(service, conf.host, pool or "", f"p{name.removeprefix('w')}")


def serve(name: str, setup: Setup, build: Callable[[cfg.ConfigOpts, str], Work]) -> dict[str, int]:
    """Work until SIGTERM or until the parent is gone; the figures of the work.

    :param name: of the worker, such as ``w0``.
    """
    happenings: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: happenings.put(received))
    workers.listen()
    conf = config.load(setup.config_files, setup.config_dirs, setup.overrides)
    config.setup_logging(conf, setup.debug)
    work = build(conf, name)
    meditation.install(conf, name, work.describe)
    _collect_garbage_rarely()
    reporter = Reporter(conf, work.identity, work)
    work.start()
    reporter.start()
    try:
        orphaned = _obey(happenings, work, lambda: _refresh(conf, setup))
    finally:
        work.stop()
        # Last, so that what it tells last is all there was.
        reporter.stop()
    if orphaned:
        # Nobody is left to return to; the pool's own loop would wait for its parent for ever.
        logging.shutdown()
        os._exit(0)
    return work.figures()


def _collect_garbage_rarely() -> None:
    """Keep the cyclic collector away from batches.

    The records of a batch have no cycles and die with it, but are so many that by default the
    collector walks over them again and again, for half of the time of a conversion.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 10, 10)


def _refresh(conf: cfg.ConfigOpts, setup: Setup) -> None:
    """Take over the options that may change while it works, unless the files are wrong now."""
    problems = _problems(setup)
    for problem in problems:
        LOG.error("Configuration not loaded again, the old one stays: %s", problem)
    if not problems:
        conf.mutate_config_files()


def _problems(setup: Setup) -> Sequence[str]:
    """What is wrong with the configuration as it stands in the files now."""
    try:
        config.load(setup.config_files, setup.config_dirs, setup.overrides)
    except errors.ConfigurationError as error:
        return error.problems
    return ()


def _obey(happenings: "queue.SimpleQueue[int]", work: Work, refresh: Callable[[], None]) -> bool:
    """Do what signals say until one says stop; true where the parent is gone instead."""
    while True:
        number = _next(happenings)
        if number == signal.SIGTERM:
            return False
        if number == signal.SIGHUP:
            refresh()
            work.reload()
        work.raise_failures()
        if _is_orphan():
            LOG.error("The parent process is gone: draining")
            return True


def _next(happenings: "queue.SimpleQueue[int]") -> int | None:
    try:
        return happenings.get(timeout=PARENT_CHECK)
    except queue.Empty:
        return None


def _is_orphan() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()
