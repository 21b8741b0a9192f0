# SPDX-License-Identifier: Apache-2.0
"""Sample: what a source told at one moment: counters and times of each worker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Worker(NamedTuple):
    """Whose figures they are.

    :ivar instance: all workers of one host and pool, or one server.
    :ivar process: the worker process, or what else a server calls its parts; may be empty.
    """

    instance: str
    process: str


class Counts(NamedTuple):
    """How many requests; names as in the telemetry of the agent."""

    received: int = 0
    completed: int = 0
    failed: int = 0
    retried: int = 0
    duplicate: int = 0
    dropped: int = 0

    @property
    def accounted(self) -> int:
        """Those that have an outcome and do not come again."""
        return self.completed + self.failed + self.duplicate + self.dropped

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(*(one + two for one, two in zip(self, other, strict=True)))

    def minus(self, other: "Counts") -> "Counts":
        """What the other lacks."""
        return Counts(*(one - two for one, two in zip(self, other, strict=True)))

    def went_down_from(self, earlier: "Counts") -> bool:
        """Whether any of them is smaller than it was."""
        return any(now < before for now, before in zip(self, earlier, strict=True))


class Period(NamedTuple):
    """How the times of some requests were distributed, as far as it is told.

    :ivar requests: how many these are; None for those that came since the sample before.
    :ivar quantiles: seconds by share; 0 is the shortest, 1 the longest.
    """

    requests: float | None
    quantiles: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Times:
    """How long requests took, in seconds; None, or nothing, where a source does not tell.

    ``count``, ``total`` and ``buckets`` only grow, until a restart. The others describe the
    requests of late, whatever the source means by that.

    :ivar periods: since the sample before; one of all since the start where ``lifetime``.
    :ivar buckets: how many requests took at most so long, by that limit.
    """

    count: int = 0
    total: float | None = None
    mean: float | None = None
    shortest: float | None = None
    longest: float | None = None
    periods: Sequence[Period] = ()
    lifetime: bool = False
    buckets: Mapping[float, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything a source told at once.

    :ivar taken: seconds, of a clock that only goes forward.
    :ivar counts: since each worker started; never what was added.
    :ivar restarts: those that the source has noticed by itself since it was opened.
    :ivar started: when a worker was, by whatever clock; for sources that tell it.
    """

    taken: float
    counts: Mapping[Worker, Counts]
    times: Mapping[Worker, Times] = field(default_factory=dict)
    restarts: int = 0
    started: Mapping[Worker, float] = field(default_factory=dict)


def total(counts: Iterable[Counts]) -> Counts:
    """All of them together."""
    result = Counts()
    for one in counts:
        result = result.plus(one)
    return result
