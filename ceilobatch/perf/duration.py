# SPDX-License-Identifier: Apache-2.0
"""Duration: the times of one or more workers, added up over a whole benchmark."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ceilobatch.perf.mixture import quantile_of
from ceilobatch.perf.sample import Period, Times


@dataclass(slots=True)
class Duration:
    """What was added since the first sample; all times in seconds.

    :ivar periods: what is known of how they were distributed, where there are no buckets.
    :ivar buckets: how many took at most so long, by that limit.
    """

    count: int = 0
    total: float = 0.0
    shortest: float | None = None
    longest: float | None = None
    periods: list[Period] = field(default_factory=list)
    buckets: dict[float, int] = field(default_factory=dict)

    def add(self, now: Times, before: Times) -> None:
        """Count what came between two samples of one worker.

        One that began anew has all its requests counted.
        """
        if now.count < before.count:
            before = Times()
        added = now.count - before.count
        self.count += added
        if self.count:
            # What is told of the requests of late may come after them.
            self._bound(now.shortest, now.longest)
        if not added:
            return
        self.total += _total(now, before, added)
        if now.lifetime and before.count and self.periods:
            # It told of the same requests, and fewer, before.
            self.periods.pop()
        weight = now.count if now.lifetime else added
        self.periods += [
            one if one.requests else one._replace(requests=weight) for one in now.periods
        ]
        self._fill(
            {limit: count - before.buckets.get(limit, 0) for limit, count in now.buckets.items()}
        )

    def plus(self, other: "Duration") -> "Duration":
        """Both together."""
        result = Duration(self.count + other.count, self.total + other.total)
        for one in (self, other):
            result._bound(one.shortest, one.longest)
            result._fill(one.buckets)
            result.periods += one.periods
        return result

    @property
    def average(self) -> float | None:
        """None where there was no request."""
        return self.total / self.count if self.count else None

    @property
    def minimum(self) -> float | None:
        """The shortest time, or the lower border of its bucket where buckets are told."""
        filled = self._filled()
        return filled[0][0] if filled else self.shortest

    @property
    def maximum(self) -> float | None:
        """The longest time, or the upper border of its bucket, if it has one."""
        filled = self._filled()
        if not filled:
            return self.longest
        lower, upper = filled[-1]
        return upper if math.isfinite(upper) else lower

    def percentiles(self, shares: Iterable[float]) -> dict[float, float]:
        """By share, in seconds: out of buckets, else estimated from the periods; or nothing."""
        if self.buckets:
            return {share: _quantile(self.buckets, share) for share in shares}
        if not self.periods:
            return {}
        return {share: quantile_of(self.periods, share) for share in shares}

    def _filled(self) -> list[tuple[float, float]]:
        """The borders of the buckets that have requests."""
        result, lower, below = [], 0.0, 0
        for upper, count in sorted(self.buckets.items()):
            if count > below:
                result.append((lower, upper))
            lower, below = upper, count
        return result

    def _bound(self, shortest: float | None, longest: float | None) -> None:
        if shortest is not None:
            self.shortest = shortest if self.shortest is None else min(self.shortest, shortest)
        if longest is not None:
            self.longest = longest if self.longest is None else max(self.longest, longest)

    def _fill(self, buckets: Mapping[float, int]) -> None:
        for limit, count in buckets.items():
            self.buckets[limit] = self.buckets.get(limit, 0) + count


def _total(now: Times, before: Times, added: int) -> float:
    if now.total is not None:
        return now.total - (before.total or 0.0)
    return (now.mean or 0.0) * added


def _quantile(buckets: Mapping[float, int], share: float) -> float:
    """Between the borders of its bucket as if times were spread evenly there."""
    wanted = share * max(buckets.values())
    lower, below = 0.0, 0
    for limit, count in sorted(buckets.items()):
        if count >= wanted and count > below:
            if math.isinf(limit):
                return lower
            return lower + (limit - lower) * (wanted - below) / (count - below)
        lower, below = limit, count
    return lower
