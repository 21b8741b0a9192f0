# SPDX-License-Identifier: Apache-2.0
"""Pipeline: ranges on their way from the question over the answers to the storage."""

import time
from collections.abc import Sequence
from datetime import datetime

from oslo_log import log

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.happenings import Answered, CaughtUp, NotStored, Stored
from ceilobatch.processor.ready import Ready
from ceilobatch.processor.request import Request, wait_after
from ceilobatch.processor.retrieval import Retrieval
from ceilobatch.processor.storing import Storing
from ceilobatch.processor.track import Range, Track, Work
from ceilobatch.processor.trouble import Trouble

LOG = log.getLogger(__name__)

# Periods of scopes that may be asked for or wait to be stored: what bounds the memory.
MOST_CELLS = 2000
# The same for those whose retrieval fails and fails.
MOST_PARKED = 1000
# After so many failures a range is parked: its scope waits, its place goes to others.
PATIENCE = 6
# Seconds until the backend is asked again whether it has caught up.
NOT_CAUGHT_UP = 5.0


class Pipeline:
    """All of it runs in the conductor's thread.

    :param asks_first: the collector can tell whether it has caught up.
    :ivar begun: periods of scopes that were set about, since the start.
    :ivar failed: retrievals that were, each of which was asked for again.
    :ivar cells: periods of scopes that are asked for and not stored, without the parked ones.
    """

    def __init__(
        self,
        calendar: Calendar,
        metrics: Sequence[Metric],
        ready: Ready,
        retrieval: Retrieval,
        storing: Storing,
        *,
        asks_first: bool,
    ) -> None:
        self.begun = self.failed = 0
        self.cells = 0
        self.parked = 0
        self._calendar = calendar
        self._metrics = metrics
        self.ready = ready
        self.retrieval = retrieval
        self.storing = storing
        self.asks_first = asks_first
        self._last_success = 0.0
        self._trouble = Trouble()

    def fill(self) -> None:
        """Ask for more, as long as threads and memory are free for it."""
        self.retrieval.submit_due()
        self.ready.wake()
        while self.retrieval.room > 0 and self.cells < MOST_CELLS:
            tracks, end = self.ready.next_block()
            if not tracks:
                return
            self._ask([self._extend(track, end) for track in tracks])

    def seconds_until_due(self, longest: float) -> float:
        """How long there is nothing to do unless something happens."""
        return self.ready.seconds_until_wake(self.retrieval.seconds_until_due(longest))

    def drop(self, track: Track, index: int = 0) -> None:
        """Give up the ranges of a track from an index on."""
        for one in track.drop_from(index):
            self._release(one)

    def retire(self, track: Track) -> None:
        """Ask nothing more for a track, wherever it is still on a list."""
        self.drop(track)
        track.limit = track.asked

    def move(self, track: Track, position: datetime) -> None:
        """Begin again from a position."""
        for one in track.move_to(position):
            self._release(one)

    # -- asking

    def _extend(self, track: Track, end: datetime) -> Range:
        periods = self._calendar.count(track.asked, end)
        one = Range(track, track.asked, end, periods, self._metrics)
        track.ranges.append(one)
        track.asked = end
        self.cells += periods
        self.begun += periods
        self.ready.offer(track)
        return one

    def _ask(self, ranges: list[Range]) -> None:
        if self.asks_first:
            self.retrieval.submit(Request(None, ranges))
        else:
            self._ask_metrics(ranges, CaughtUp(False))

    def _ask_metrics(self, ranges: Sequence[Range], caught_up: CaughtUp) -> None:
        wanted = [one for one in ranges if self._is_worth_asking(one, caught_up)]
        if not wanted:
            return
        for metric in self._metrics:
            self.retrieval.submit(Request(metric, wanted))
        if not self._metrics:
            self._store_what_is_complete(wanted)

    def _is_worth_asking(self, one: Range, caught_up: CaughtUp) -> bool:
        """Decide by what the backend says of itself; what has to wait is given up."""
        has = one.track.scope in caught_up.scopes if caught_up.known else None
        young = one.track.work is Work.FORWARD and one.end > self._calendar.complete()
        if (young and not has) or (one.track.work is Work.SECOND_LOOK and has is False):
            self._postpone(one, NOT_CAUGHT_UP)
            return False
        settled = one.end <= self._calendar.past_second_look() and has is not False
        one.final = settled or not self._calendar.looks_again
        return True

    def _postpone(self, one: Range, seconds: float) -> None:
        one.track.not_before = time.monotonic() + seconds
        self.drop(one.track, one.track.ranges.index(one))
        self.ready.offer(one.track)

    # -- answers

    def on_answered(self, answer: Answered) -> None:
        """Deliver what came, or try again."""
        self.retrieval.under_way -= 1
        request = answer.request.without_dropped()
        if request is None:
            return
        if isinstance(answer.error, errors.Rejected) and request.metric is not None:
            self._trouble.rejected(request.metric.key, str(answer.error))
            for one in request.ranges:
                one.reject(request.metric.key, str(answer.error))
            self._store_what_is_complete(request.ranges)
        elif answer.error is not None:
            self._on_failed(request, answer.error)
        else:
            self._on_success(request, answer)

    def _on_success(self, request: Request, answer: Answered) -> None:
        self._last_success = time.monotonic()
        if request.metric is None:
            self._ask_metrics(request.ranges, answer.caught_up or CaughtUp(False))
            return
        begins = list(self._calendar.begins(request.begin, request.end))
        get = (answer.retrieved or {}).get
        for one in request.ranges:
            scope = one.track.scope
            one.deliver(
                request.metric.key,
                {begin: points for begin in begins if (points := get((scope, begin)))},
            )
        self._store_what_is_complete(request.ranges)

    def _on_failed(self, request: Request, error: Exception) -> None:
        request.attempts += 1
        self.failed += 1
        wait = wait_after(request.attempts)
        what = request.metric.key if request.metric else "whether it has caught up"
        sentence = f"{what}: {type(error).__name__}: {error}"
        LOG.debug("%s (attempt %d), again in %.1f s", sentence, request.attempts, wait)
        # Where nobody gets an answer it is not one of the scopes that is to blame.
        alone = request.attempts > 1 and time.monotonic() - self._last_success < wait + 1
        for part in request.halves() if alone else [request]:
            if self._is_hopeless(part) and self._park(part, sentence):
                continue
            self.retrieval.submit_later(part, wait)

    @staticmethod
    def _is_hopeless(request: Request) -> bool:
        return request.attempts >= PATIENCE or request.ranges[0].track.failures > 0

    def _park(self, request: Request, sentence: str) -> bool:
        """Let others go before ranges that fail; true where even they were given up."""
        self._trouble.failed(request.scopes, sentence)
        if request.attempts == PATIENCE or request.ranges[0].track.failures:
            self.storing.note_failure(request.scopes, sentence)
        for one in request.ranges:
            track = one.track
            self.drop(track, track.ranges.index(one) + 1)
            if not one.parked:
                one.parked = True
                self.cells -= one.periods
                self.parked += one.periods
            if self.parked > MOST_PARKED:
                track.failures += 1
                self._postpone(one, wait_after(PATIENCE + track.failures))
        return all(one.dropped for one in request.ranges)

    # -- storing

    def on_stored(self, stored: Stored) -> None:
        """Go on behind it."""
        track = stored.track
        track.storing = False
        if stored.ranges[0].dropped:
            return
        for one in stored.ranges:
            track.ranges.popleft()
            self._release(one)
        track.position = stored.ranges[-1].end
        track.order = stored.order
        track.failures = 0
        self._store_what_is_complete(list(track.ranges)[:1])
        self.ready.offer(track)

    def on_not_stored(self, refused: NotStored) -> None:
        """Somebody else has moved the scope, or a handler wants to be asked again later."""
        track = refused.track
        track.storing = False
        if refused.ranges[0].dropped:
            return
        self.drop(track)
        if refused.error is None:
            return
        track.failures += 1
        track.not_before = time.monotonic() + wait_after(track.failures)
        self.storing.note_failure([track.scope], refused.error)
        self.ready.offer(track)

    def _store_what_is_complete(self, ranges: Sequence[Range]) -> None:
        for one in ranges:
            track = one.track
            if one.complete and not track.storing and (taken := track.take_complete()):
                track.storing = True
                self.storing.store(track, taken)

    def _release(self, one: Range) -> None:
        if one.parked:
            self.parked -= one.periods
        else:
            self.cells -= one.periods
