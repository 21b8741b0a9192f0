# SPDX-License-Identifier: Apache-2.0
"""watch: samples a source until the work is done."""

import enum
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ceilobatch import errors
from ceilobatch.perf.sample import Counts
from ceilobatch.perf.source import Source
from ceilobatch.perf.tally import Tally


class Ending(enum.Enum):
    """Why a watch ended."""

    COUNTED = "counted"
    IDLE = "idle"
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"


class Goal(NamedTuple):
    """When the work is done.

    :ivar requests: to be accounted for; None for no such number.
    :ivar idle: seconds in which nothing changes, after something has changed; None for never.
    :ivar timeout: seconds after which the watch ends in any case.
    :ivar interval: seconds between two samples.
    """

    requests: int | None
    idle: float | None
    timeout: float
    interval: float


@dataclass(slots=True)
class Watched:
    """What came of a watch.

    :ivar missed: samples that could not be had; ``reason`` tells why the last one could not.
    """

    tally: Tally = field(default_factory=Tally)
    ending: Ending = Ending.INTERRUPTED
    missed: int = 0
    reason: str = ""


def watch(
    source: Source,
    goal: Goal,
    told: Callable[[Counts], None],
    stopped: threading.Event,
) -> Watched:
    """Sample until the goal is reached; Ctrl-C ends it early, with what there is.

    :param told: called with the counts after every sample.
    :param stopped: ends it early, too.
    :raises Unavailable: already the first sample cannot be had.
    :raises ConfigurationError: the source is not what it was said to be.
    """
    watched = Watched()
    try:
        watched.tally.add(source.sample())
        watched.ending = _until_done(source, goal, watched, told, stopped)
    except KeyboardInterrupt:
        if not watched.tally.moments:
            raise
    return watched


def _until_done(
    source: Source,
    goal: Goal,
    watched: Watched,
    told: Callable[[Counts], None],
    stopped: threading.Event,
) -> Ending:
    begun = time.monotonic()
    changed: float | None = None
    while True:
        told(watched.tally.whole)
        if goal.requests is not None and watched.tally.whole.accounted >= goal.requests:
            # What belongs together may be told one after the other: one more sample has it all.
            stopped.wait(goal.interval)
            _take(source, watched)
            return Ending.COUNTED
        now = time.monotonic()
        if goal.idle is not None and changed is not None and now - changed >= goal.idle:
            return Ending.IDLE
        if now - begun >= goal.timeout:
            return Ending.TIMED_OUT
        if stopped.wait(min(goal.interval, goal.timeout - (now - begun))):
            return Ending.INTERRUPTED
        if _take(source, watched):
            changed = time.monotonic()


def _take(source: Source, watched: Watched) -> bool:
    try:
        return watched.tally.add(source.sample())
    except errors.Unavailable as error:
        watched.missed += 1
        watched.reason = str(error)
        return False
