# SPDX-License-Identifier: Apache-2.0
"""Request: one question to the collector, for one metric of one or several ranges."""

import datetime
from collections.abc import Sequence

import tenacity

from ceilobatch.metric import Metric
from ceilobatch.processor.track import Range

# Seconds: 0.25 to 0.5 after the first failure, doubled with each, at most a minute.
_WAIT = tenacity.wait_random_exponential(multiplier=0.5, max=60)


def wait_after(attempts: int) -> float:
    """Seconds until the next attempt, with jitter.

    :param attempts: how many there were; all failed.
    """
    state = tenacity.RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    state.attempt_number = attempts
    return max(0.1, _WAIT(state))


class Request:
    """One metric (None: whether the backend has caught up) of ranges with the same span.

    :ivar attempts: how often it has failed.
    """

    __slots__ = ("attempts", "metric", "ranges")

    def __init__(self, metric: Metric | None, ranges: Sequence[Range], attempts: int = 0) -> None:
        self.metric = metric
        self.ranges = ranges
        self.attempts = attempts

    @property
    def begin(self) -> datetime.datetime:
        """Of the span."""
        return self.ranges[0].begin

    @property
    def end(self) -> datetime.datetime:
        """Of the span."""
        return self.ranges[0].end

    @property
    def scopes(self) -> list[str]:
        """All scopes that are asked for."""
        return [one.track.scope for one in self.ranges]

    def without_dropped(self) -> "Request | None":
        """The same for those ranges that still want it; None where there is none."""
        ranges = [one for one in self.ranges if not one.dropped]
        if len(ranges) == len(self.ranges):
            return self
        return Request(self.metric, ranges, self.attempts) if ranges else None

    def halves(self) -> list["Request"]:
        """Two requests of half as many scopes each; itself where it has one scope only.

        A scope for which the backend always fails then holds up its neighbours no longer.
        """
        if len(self.ranges) == 1:
            return [self]
        middle = len(self.ranges) // 2
        return [
            Request(self.metric, part, self.attempts)
            for part in (self.ranges[:middle], self.ranges[middle:])
        ]
