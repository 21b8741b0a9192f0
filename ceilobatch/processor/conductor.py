# SPDX-License-Identifier: Apache-2.0
"""Conductor: the loop of a worker, and what it does of which scope by the newest plan."""

import queue
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.discovery import Discovery
from ceilobatch.processor.happenings import (
    Answered,
    Discovered,
    Happening,
    NotStored,
    Planned,
    Repartitioned,
    Stored,
    Wake,
)
from ceilobatch.processor.pipeline import Pipeline
from ceilobatch.processor.planner import Planner
from ceilobatch.processor.progress import Progress
from ceilobatch.processor.track import Track, Work
from ceilobatch.usage import Order

# Seconds between two plans, and the shortest time until the next one after a surprise.
PLAN_EVERY = 5.0
PLAN_AGAIN = 0.5

Key = tuple[Work, str, int]
Wanted = tuple[datetime, datetime, Order | None]
Record = Callable[[Answered], None]


class Conductor:
    """Everything but retrieving and storing is decided here, in one thread, without locks.

    :param record: told of each call of the collector.
    :ivar tracks: what there is to do.
    :ivar plan_seconds: how long the last plan took.
    :ivar left: periods of scopes that were to be stored when it was made.
    :ivar turned: monotonic time at which the loop last went round.
    """

    def __init__(
        self,
        calendar: Calendar,
        pipeline: Pipeline,
        *,
        planner: Planner,
        discovery: Discovery,
        happenings: "queue.SimpleQueue[Happening]",
        record: Record,
    ) -> None:
        self.tracks: dict[Key, Track] = {}
        self.plan_seconds = 0.0
        self.left = 0
        self.turned = time.monotonic()
        self.pipeline = pipeline
        self._calendar = calendar
        self._planner = planner
        self._discovery = discovery
        self._happenings = happenings
        self._record = record
        self._stopped = False
        self._planning = False
        self._plan_at = 0.0
        self._outdated = False
        self._progress = Progress()
        self._react: dict[type, Callable[..., None]] = {
            Answered: self._on_answered,
            Stored: self._on_stored,
            NotStored: self._on_not_stored,
            Planned: self._on_planned,
            Discovered: self._on_discovered,
            Repartitioned: lambda _: self._plan_soon(),
            Wake: lambda _: None,
        }

    def run(self) -> None:
        """Work until stopped."""
        while not self._stopped:
            self.turned = time.monotonic()
            self._plan_if_due()
            self.pipeline.fill()
            self._take_in(self._next(self.pipeline.seconds_until_due(self._until_plan())))

    def describe(self) -> dict[str, object]:
        """What it is doing now, for a report."""
        pipeline = self.pipeline
        return {
            "scopes under way": len(self.tracks),
            "requests under way": pipeline.retrieval.under_way,
            "periods asked for": pipeline.cells,
            "periods that fail": pipeline.parked,
            "periods stored": pipeline.storing.stored,
            "seconds of the last plan": round(self.plan_seconds, 3),
        }

    def stop(self) -> None:
        """Let ``run`` return; from any thread."""
        self._stopped = True
        self._happenings.put(Wake())

    def _next(self, timeout: float) -> Happening | None:
        try:
            return self._happenings.get(timeout=timeout)
        except queue.Empty:
            return None

    def _take_in(self, happening: Happening | None) -> None:
        """React to what has happened, and to what has happened meanwhile."""
        while happening is not None and not self._stopped:
            self._react[type(happening)](happening)
            happening = None if self._happenings.empty() else self._happenings.get()

    # -- plans

    def _until_plan(self) -> float:
        return PLAN_EVERY if self._planning else max(0.0, self._plan_at - time.monotonic())

    def _plan_if_due(self) -> None:
        if self._planning or time.monotonic() < self._plan_at:
            return
        self._planning = True
        idle = not self.tracks
        storing = self.pipeline.storing
        storing.add(lambda: self._planner.plan(storing.storage, idle))

    def _plan_soon(self) -> None:
        self._plan_at = min(self._plan_at, time.monotonic() + PLAN_AGAIN)
        # A plan that is being made may know nothing of it.
        self._outdated = self._planning

    def _on_planned(self, plan: Planned) -> None:
        self._planning = False
        self._plan_at = time.monotonic() + (PLAN_AGAIN if self._outdated else PLAN_EVERY)
        self._outdated = False
        self.plan_seconds = plan.elapsed
        self._follow(plan)
        self.left = self._left()
        self._progress.tell(self.left)
        if self._discovery.due() and self._planner.owns(Discovery.NAME):
            self._discovery.begin(plan.known)
            self.pipeline.retrieval.run(self._discovery.discover)

    def _follow(self, plan: Planned) -> None:
        """Make the tracks what the plan wants; what is under way and still wanted goes on."""
        wanted = dict(self._wanted(plan))
        for key in [key for key in self.tracks if key not in wanted]:
            if not self.tracks[key].storing:
                self.pipeline.retire(self.tracks.pop(key))
        for key, (position, limit, order) in wanted.items():
            track = self.tracks.get(key)
            if track is None:
                track = self.tracks[key] = Track(key[0], key[1], position, order)
            elif not track.storing and track.position != position:
                self.pipeline.move(track, position)
            track.limit = limit
            self.pipeline.ready.offer(track)

    def _left(self) -> int:
        """Periods of scopes that are to be stored."""
        count = self._calendar.count
        return sum(count(track.position, track.limit) for track in self.tracks.values())

    def _wanted(self, plan: Planned) -> Iterator[tuple[Key, Wanted]]:
        calendar = self._calendar
        limit = calendar.ended() if self.pipeline.asks_first else calendar.complete()
        again = calendar.past_second_look()
        last = {state.scope: state.last_processed for state in plan.states}
        for state in plan.states:
            if state.last_processed < limit:
                yield (Work.FORWARD, state.scope, 0), (state.last_processed, limit, None)
            second = min(again, state.last_processed)
            if calendar.looks_again and state.revisited < second:
                yield (Work.SECOND_LOOK, state.scope, 0), (state.revisited, second, None)
        for order in plan.orders:
            end = min(order.end, last[order.scope])
            if order.done < end:
                yield (Work.REDO, order.scope, order.id), (order.done, end, order)

    # -- happenings

    def _on_answered(self, answer: Answered) -> None:
        self._record(answer)
        self.pipeline.on_answered(answer)

    def _on_stored(self, stored: Stored) -> None:
        self.pipeline.on_stored(stored)
        self._progress.stored(sum(one.periods for one in stored.ranges))
        track = stored.track
        if track.position >= track.limit:
            # There may be more for it, or for others; the next plan tells.
            self.tracks.pop(self._key(track), None)
            if not self.tracks:
                self._plan_soon()

    def _on_not_stored(self, refused: NotStored) -> None:
        moved = refused.error is None and not refused.ranges[0].dropped
        self.pipeline.on_not_stored(refused)
        if moved:
            # Somebody else has moved the scope: the next plan tells where it is.
            self.pipeline.retire(refused.track)
            self.tracks.pop(self._key(refused.track), None)
            self._plan_soon()

    def _on_discovered(self, found: Discovered) -> None:
        self.pipeline.storing.enroll(found.scopes, found.starts)
        if found.starts:
            self._plan_soon()

    @staticmethod
    def _key(track: Track) -> Key:
        return track.work, track.scope, track.order.id if track.order else 0
