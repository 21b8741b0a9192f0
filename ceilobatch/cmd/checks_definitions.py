# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern the definition files of events and meters."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from oslo_config import cfg

from ceilobatch.cmd.finding import Finding, examine
from ceilobatch.definitions import files, load
from ceilobatch.definitions.problems import Problems
from ceilobatch.telemetry.calls import CallRegistry

EVENTS = "[events] definitions"
METERS = "[meters] definitions"
_TOLD_BY = "ceilobatch.definitions"


class Definitions:
    """The compiled definitions, once :meth:`findings` is through."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._compiled: dict[str, Any] = {}

    @property
    def usable(self) -> bool:
        """Whether both could be compiled."""
        return len(self._compiled) == 2

    @property
    def converters(self) -> tuple[Any, Any]:
        """Of notifications into events and into samples; only if usable."""
        return self._compiled[EVENTS], self._compiled[METERS]

    def findings(self) -> Iterator[Finding]:
        """What is wrong in the files, what has no effect there, and which of them are empty."""
        conf = self._conf
        for what, group, compile_, found in (
            (EVENTS, "events", load.load_events, load.event_files),
            (METERS, "meters", load.load_meters, load.meter_files),
        ):
            with contextlib.suppress(cfg.Error, ValueError):
                written = conf[group].definitions
                yield from self._compile(what, written, compile_)
                if what in self._compiled and written:
                    yield from _empty(what, written, found(conf, Problems()))

    def _compile(
        self, what: str, written: Sequence[str], compile_: Callable[..., Any]
    ) -> Iterator[Finding]:
        def attempt() -> str:
            self._compiled[what] = compile_(self._conf, CallRegistry())
            return ", ".join(written) or "the usual places"

        with warnings() as told:
            yield from examine(what, attempt)
        for sentence in told:
            yield Finding(what, "warning", sentence)


def _empty(what: str, written: Sequence[str], found: Sequence[Path]) -> Iterator[Finding]:
    for path in found:
        if not files.read(path, Problems()):
            problem = f"{path}: there is no definition in this file"
            yield Finding(what, "warning", problem)
    for directory in written:
        if Path(directory).is_dir() and not any(path.parent == Path(directory) for path in found):
            problem = f"{what}: there is no file named *.yaml in {directory}"
            yield Finding(what, "warning", problem)


@contextlib.contextmanager
def warnings() -> Iterator[list[str]]:
    """What is logged meanwhile about definitions, which is not printed then."""
    told: list[str] = []
    logger, keeper = logging.getLogger(_TOLD_BY), _Keeper(told)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(keeper)
    try:
        yield told
    finally:
        logger.removeHandler(keeper)
        logger.propagate = propagated


class _Keeper(logging.Handler):
    def __init__(self, told: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() not in self._told:
            self._told.append(record.getMessage())
