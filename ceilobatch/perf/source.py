# SPDX-License-Identifier: Apache-2.0
"""Source: where the figures of a benchmark come from, and what its metrics are called there."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from ceilobatch.perf.sample import Sample


class Source(Protocol):
    """Tells figures, asked again and again from one thread."""

    def sample(self) -> Sample:
        """The figures now.

        :raises Unavailable: nothing is known this time; asking again may help.
        :raises ConfigurationError: it is not what it was said to be; asking again is no use.
        """

    def close(self) -> None:
        """Let go of connections."""


class Names(NamedTuple):
    """What to look for; empty stands for the usual names.

    :ivar counters: name, or pattern, by field of :class:`ceilobatch.perf.sample.Counts`.
    :ivar time: of the time that requests take.
    :ivar where: dimensions that a figure must have to be counted.
    """

    counters: Mapping[str, str] = {}
    time: str = ""
    where: Mapping[str, str] = {}


class Several:
    """Sources of one kind told as one: the servers of a cluster."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def sample(self) -> Sample:
        """All of them, as of when the last one answered."""
        samples = [source.sample() for source in self._sources]
        return Sample(
            samples[-1].taken,
            {worker: counts for one in samples for worker, counts in one.counts.items()},
            {worker: times for one in samples for worker, times in one.times.items()},
            sum(one.restarts for one in samples),
            {worker: when for one in samples for worker, when in one.started.items()},
        )

    def close(self) -> None:
        """All of them."""
        for source in self._sources:
            source.close()
