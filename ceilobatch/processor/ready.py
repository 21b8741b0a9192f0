# SPDX-License-Identifier: Apache-2.0
"""Ready: the tracks that may be asked for, and how they are put together into blocks."""

import heapq
import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from ceilobatch.plugins.processing import CollectorCharacteristics
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.track import Track, Work

# The most periods of scopes that one request asks for.
BLOCK_CELLS = 500
ANY = 1_000_000


class Ready:
    """Hands out blocks: tracks whose next range has the same span, as many as one request takes.

    Those that are furthest behind come first, so that all scopes come along side by side, but
    those that have failed come last; the kinds of work take turns.

    :param periods_ahead: how many periods of a scope may be asked for and not yet stored.
    """

    def __init__(
        self, calendar: Calendar, characteristics: CollectorCharacteristics, periods_ahead: int
    ) -> None:
        self._calendar = calendar
        self._scopes = characteristics.scopes or ANY
        # Half of what may be ahead, so that the next range comes while one is being stored.
        self._widest = min(characteristics.periods or ANY, max(1, periods_ahead // 2), BLOCK_CELLS)
        self._ahead = periods_ahead
        self._heaps: dict[Work, list[tuple[bool, datetime, int, Track]]] = {
            work: [] for work in Work
        }
        self._turn: list[Work] = list(Work)
        self._later: list[tuple[float, int, Track]] = []
        self._numbers = itertools.count()

    def offer(self, track: Track) -> None:
        """The track may have something to ask for, now or from its ``not_before`` on."""
        if track.queued or not self._width(track):
            return
        track.queued = True
        number = next(self._numbers)
        if track.not_before > time.monotonic():
            heapq.heappush(self._later, (track.not_before, number, track))
        else:
            key = track.failures > 0, track.asked, number, track
            heapq.heappush(self._heaps[track.work], key)

    def wake(self) -> None:
        """Offer again those whose time has come."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            track = heapq.heappop(self._later)[2]
            track.queued = False
            self.offer(track)

    def seconds_until_wake(self, longest: float) -> float:
        """How long nobody's time comes."""
        if not self._later:
            return longest
        return min(longest, max(0.0, self._later[0][0] - time.monotonic()))

    def next_block(self) -> tuple[Sequence[Track], datetime]:
        """Tracks that are asked for together and the end of their range; none where none can be."""
        for work in list(self._turn):
            first = self._pop(work)
            if first is None:
                continue
            self._turn.remove(work)
            self._turn.append(work)
            periods = self._width(first)
            end = first.asked + periods * self._calendar.period
            return [first, *self._others(first, periods)], end
        return (), self._calendar.now()

    def _others(self, first: Track, periods: int) -> list[Track]:
        others: list[Track] = []
        most = min(self._scopes, max(1, BLOCK_CELLS // periods)) - 1
        while len(others) < most:
            track = self._pop(first.work)
            if track is None:
                break
            if track.asked != first.asked or self._width(track) < periods:
                self.offer(track)
                break
            others.append(track)
        return others

    def _pop(self, work: Work) -> Track | None:
        heap = self._heaps[work]
        while heap:
            _, asked, _, track = heapq.heappop(heap)
            track.queued = False
            if track.not_before > time.monotonic() or asked != track.asked:
                self.offer(track)
            elif self._width(track):
                return track
        return None

    def _width(self, track: Track) -> int:
        """How many periods the next range has; 0 where nothing can be asked for."""
        if track.ranges and track.ranges[-1].parked:
            return 0
        limit = track.limit
        if track.work is Work.FORWARD:
            limit = min([limit, *(age for age in self._ages() if age > track.asked)])
        return min(
            self._widest,
            self._calendar.count(track.asked, limit),
            self._ahead - self._calendar.count(track.position, track.asked),
        )

    def _ages(self) -> Iterator[datetime]:
        """Moments that no range spans, because other rules hold behind them.

        What is complete by its age is not mixed with what has to be asked whether it is, nor what
        needs no second look with what does, which would have all of it looked at again.
        """
        yield self._calendar.complete()
        if self._calendar.looks_again:
            yield self._calendar.past_second_look()
