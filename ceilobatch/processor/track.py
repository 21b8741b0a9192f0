# SPDX-License-Identifier: Apache-2.0
"""Track: one thing to do for one scope, range after range, strictly in order."""

import datetime
import enum
import time
from collections import deque
from collections.abc import Mapping, Sequence

from ceilobatch.metric import Metric
from ceilobatch.usage import Order, Point

Begin = datetime.datetime


class Work(enum.Enum):
    """What a track is for."""

    FORWARD = "forward"
    SECOND_LOOK = "second look"
    REDO = "redo"


class Range:
    """Consecutive periods of one scope, and what is known of them.

    :ivar missing: keys of the metrics that are not retrieved yet.
    :ivar points: by metric key, then by begin of the period; a period without points is left out.
    :ivar final: nothing can come for it any more, so that it needs no second look.
    :ivar begun: when it was made, by the performance counter, in nanoseconds.
    :ivar dropped: what still comes for it is of no use.
    """

    __slots__ = (
        "begin",
        "begun",
        "dropped",
        "end",
        "final",
        "missing",
        "parked",
        "periods",
        "points",
        "rejected",
        "track",
    )

    def __init__(
        self, track: "Track", begin: Begin, end: Begin, periods: int, metrics: Sequence[Metric]
    ) -> None:
        self.track = track
        self.begin = begin
        self.begun = time.perf_counter_ns()
        self.end = end
        self.periods = periods
        self.missing = {metric.key for metric in metrics}
        self.points: dict[str, Mapping[Begin, Sequence[Point]]] = {}
        self.rejected: dict[str, str] = {}
        self.final = False
        self.dropped = False
        self.parked = False

    @property
    def complete(self) -> bool:
        """Whether every metric is retrieved or can never be."""
        return not self.missing

    def deliver(self, key: str, points: Mapping[Begin, Sequence[Point]]) -> None:
        """Take in what was retrieved of one metric."""
        self.points[key] = points
        self.missing.discard(key)

    def reject(self, key: str, reason: str) -> None:
        """One metric can never be read."""
        self.rejected[key] = reason
        self.missing.discard(key)


class Track:
    """Where one kind of work stands for one scope.

    :ivar position: up to when it is stored.
    :ivar asked: up to when it is asked for; what is between the two is in ``ranges``.
    :ivar limit: up to when it may be asked for.
    :ivar storing: its first ranges are with the storing thread.
    :ivar not_before: monotonic time before which nothing is asked for.
    :ivar failures: how often in a row it could not go on.
    """

    __slots__ = (
        "asked",
        "failures",
        "limit",
        "not_before",
        "order",
        "position",
        "queued",
        "ranges",
        "scope",
        "storing",
        "work",
    )

    def __init__(self, work: Work, scope: str, position: Begin, order: Order | None = None) -> None:
        self.work = work
        self.scope = scope
        self.order = order
        self.position = self.asked = self.limit = position
        self.ranges: deque[Range] = deque()
        self.storing = False
        self.queued = False
        self.not_before = 0.0
        self.failures = 0

    def drop_from(self, index: int) -> list[Range]:
        """Give up the ranges from an index on; they will be asked for again."""
        dropped = list(self.ranges)[index:]
        for one in dropped:
            one.dropped = True
            self.ranges.pop()
        if dropped:
            self.asked = dropped[0].begin
        return dropped

    def move_to(self, position: Begin) -> list[Range]:
        """Somebody else has moved the scope: begin again from there."""
        dropped = self.drop_from(0)
        self.position = self.asked = position
        return dropped

    def take_complete(self) -> list[Range]:
        """The first ranges that can be stored together now; they stay until they are."""
        taken: list[Range] = []
        for one in self.ranges:
            if not one.complete or (taken and one.final is not taken[0].final):
                break
            taken.append(one)
        return taken
