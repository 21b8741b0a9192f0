# SPDX-License-Identifier: Apache-2.0
"""Spread: how times are distributed: count, sum, extremes and quantiles, at constant cost.

A histogram of buckets that grow with the value takes the place of a reservoir of samples: those
of several threads and processes can be added, and two of the same thread subtracted, exactly.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# Each power of two is cut into so many buckets, which bounds the error of a quantile to 1/32.
PARTS_BITS = 4
PARTS = 1 << PARTS_BITS
# Nanoseconds of the first bucket's width: times below are told as one.
UNIT_BITS = 10
# 2**(UNIT_BITS + PARTS_BITS + 36) ns is more than a week.
BUCKETS = PARTS * 38
_INDEXES = range(BUCKETS)
# Longer than any time.
_NEVER = 1 << 63


class Extremes(NamedTuple):
    """The shortest and the longest of some times, in nanoseconds; 0 and 0 where there is none."""

    shortest: int = 0
    longest: int = 0

    def or_of(self, other: "Extremes") -> "Extremes":
        """Of both."""
        if not self.longest:
            return other
        if not other.longest:
            return self
        return Extremes(min(self.shortest, other.shortest), max(self.longest, other.longest))


NO_EXTREMES = Extremes()


@dataclass(frozen=True, slots=True)
class SpreadFigures:
    """A copy of a spread that does not change any more.

    :ivar total: nanoseconds.
    :ivar extremes: since the start.
    :ivar period: extremes of the period that ended last.
    :ivar buckets: index to count; without those that are empty.
    """

    count: int = 0
    total: int = 0
    extremes: Extremes = NO_EXTREMES
    period: Extremes = NO_EXTREMES
    buckets: Mapping[int, int] = field(default_factory=dict)

    def plus(self, other: "SpreadFigures") -> "SpreadFigures":
        """Both together."""
        buckets = dict(self.buckets)
        for index, count in other.buckets.items():
            buckets[index] = buckets.get(index, 0) + count
        return SpreadFigures(
            self.count + other.count,
            self.total + other.total,
            self.extremes.or_of(other.extremes),
            self.period.or_of(other.period),
            buckets,
        )

    def since(self, earlier: "SpreadFigures") -> "SpreadFigures":
        """What has been added since an earlier copy of the same spread.

        Of a spread that began anew meanwhile, all of it. The extremes are exact where the last
        period ended with this copy and began with the earlier one, else as good as the buckets.
        """
        if self.count < earlier.count:
            earlier = SpreadFigures()
        added = {
            index: count - earlier.buckets.get(index, 0) for index, count in self.buckets.items()
        }
        buckets = {index: count for index, count in added.items() if count > 0}
        return SpreadFigures(
            self.count - earlier.count,
            self.total - earlier.total,
            extremes := _within(buckets, self.period),
            extremes,
            buckets,
        )

    def quantile(self, share: float) -> int:
        """The time, in nanoseconds, that this share of all stays below; 0 where there is none.

        At most 1/32 off, and never outside the extremes.

        :param share: 0 to 1.
        """
        wanted, seen = share * self.count, 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= wanted:
                middle = (lower(index) + lower(index + 1)) // 2
                return min(max(middle, self.extremes.shortest), self.extremes.longest or middle)
        return 0

    @property
    def mean(self) -> int:
        """Nanoseconds; 0 where there is none."""
        return self.total // self.count if self.count else 0

    def below(self, limits: Iterable[int]) -> Iterator[int]:
        """How many are in buckets that end at or below each limit, which must ascend."""
        indexes = sorted(self.buckets)
        place = seen = 0
        for limit in limits:
            while place < len(indexes) and lower(indexes[place] + 1) <= limit:
                seen += self.buckets[indexes[place]]
                place += 1
            yield seen


class Spread:
    """The running figures; one thread records, any thread reads, one of them ends periods.

    Between the first and the last figure that ``record`` changes it calls nothing, and so do
    readers between the first and the last that they take; the interpreter changes threads at
    calls and loops only: a record is seen whole or not at all, and belongs to one period.
    """

    __slots__ = (
        *("_high", "_low", "_period", "_told"),
        *("buckets", "count", "longest", "shortest", "total"),
    )

    def __init__(self) -> None:
        self.count = self.total = self.longest = self._high = 0
        # Of all periods that have ended, and of the one that has not.
        self.shortest = self._low = _NEVER
        self._period = NO_EXTREMES
        # The last copy; most spreads stay as they are from one to the next.
        self._told = SpreadFigures()
        self.buckets = [0] * BUCKETS

    def record(self, elapsed: int, weight: int = 1) -> None:
        """Add so many times of ``elapsed`` nanoseconds each."""
        value = elapsed >> UNIT_BITS
        shift = value.bit_length() - PARTS_BITS - 1
        index = value if shift < 0 else (shift << PARTS_BITS) + (value >> shift)
        if index >= BUCKETS:
            index = BUCKETS - 1
        if elapsed < self._low:
            self._low = elapsed
        if elapsed > self._high:
            self._high = elapsed
        self.buckets[index] += weight
        self.total += elapsed * weight
        self.count += weight

    def figures(self, *, end_period: bool = False) -> SpreadFigures:
        """A copy.

        :param end_period: the extremes of the period that ends now are told until the next ends.
        """
        told, count, total = self._told, self.count, self.total
        buckets = self.buckets[:] if count != told.count else None
        low, high, shortest, longest = self._low, self._high, self.shortest, self.longest
        if low < shortest:
            shortest = low
        if high > longest:
            longest = high
        if end_period:
            self.shortest, self.longest = shortest, longest
            self._low, self._high = _NEVER, 0
        if end_period:
            self._period = Extremes(low, high) if high else NO_EXTREMES
        elif buckets is None:
            return told
        filled = told.buckets
        if buckets is not None:
            filled = {index: buckets[index] for index in itertools.compress(_INDEXES, buckets)}
        extremes = Extremes(shortest, longest) if longest else NO_EXTREMES
        self._told = figures = SpreadFigures(count, total, extremes, self._period, filled)
        return figures


def lower(index: int) -> int:
    """The lower border of a bucket, in nanoseconds."""
    shift = (index >> PARTS_BITS) - 1
    if shift < 0:
        return index << UNIT_BITS
    return (index - (shift << PARTS_BITS)) << shift << UNIT_BITS


def _within(buckets: Mapping[int, int], known: Extremes) -> Extremes:
    """The extremes of what is in these buckets, the known ones where they can be."""
    if not buckets:
        return NO_EXTREMES
    first, last = min(buckets), max(buckets)
    return Extremes(
        min(max(known.shortest, lower(first)), lower(first + 1)),
        min(max(known.longest, lower(last)), lower(last + 1)),
    )


def merged(figures: Iterable[SpreadFigures]) -> SpreadFigures:
    """All of them together."""
    total = SpreadFigures()
    for one in figures:
        total = total.plus(one)
    return total
