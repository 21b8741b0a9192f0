# SPDX-License-Identifier: Apache-2.0
"""The collector suite finds collectors that break a promise, and tells what is wrong."""

import contextlib
import datetime
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import CollectorCharacteristics, Retrieved
from ceilobatch.testing.away import Away
from ceilobatch.testing.collector import CollectorOutageSuite as Suite
from ceilobatch.testing.collector import Reading
from ceilobatch.testing.collector_scene import INSTANT, Gauge
from ceilobatch.testing.memory_collector import MemoryCollector

WIDE = CollectorCharacteristics(24, None)
Moment = datetime.datetime
Period = datetime.timedelta


class AnswersNeighbouringPeriods(MemoryCollector):
    def retrieve(
        self, metric: Metric, scopes: Sequence[str], begin: Moment, end: Moment, period: Period
    ) -> Retrieved:
        return super().retrieve(metric, scopes, begin - period, end + period, period)


class CountsTheEndIn(MemoryCollector):
    @classmethod
    def over(cls, readings: Sequence[Reading], *args: Any) -> "CountsTheEndIn":
        return super().over([one._replace(moment=one.moment - INSTANT) for one in readings], *args)


class SaysEmptyForAFailure(MemoryCollector):
    def retrieve(self, *args: Any) -> Retrieved:
        try:
            return super().retrieve(*args)
        except errors.Unavailable:
            return {}


class KeepsTheQuestionInTheObject(MemoryCollector):
    def retrieve(self, metric: Metric, scopes: Sequence[str], *args: Any) -> Retrieved:
        self.scopes = list(scopes)
        threading.Event().wait(0.005)
        found = super().retrieve(metric, self.scopes, *args)
        return {(scopes[0], begin): points for (_, begin), points in found.items()}


class AnswersForTheFirstScopeOnly(MemoryCollector):
    def retrieve(self, metric: Metric, scopes: Sequence[str], *args: Any) -> Retrieved:
        return super().retrieve(metric, scopes[:1], *args)


class FailsWhereThereIsNothing(MemoryCollector):
    def retrieve(self, *args: Any) -> Retrieved:
        found = super().retrieve(*args)
        if not found:
            raise errors.Rejected("404 Not Found")
        return found


class LeavesBucketsUnfolded(MemoryCollector):
    def retrieve(self, *args: Any) -> Retrieved:
        return {place: [*points, *points] for place, points in super().retrieve(*args).items()}


class GivesEachAnswerOnce(MemoryCollector):
    def retrieve(self, *args: Any) -> Retrieved:
        found = super().retrieve(*args)
        self.points = lambda *_: ()
        return found


Test = Callable[..., None]
GALLERY: list[tuple[type[MemoryCollector], Test, str]] = [
    (
        AnswersNeighbouringPeriods,
        Suite.test_reading_at_the_begin_belongs_to_the_period,
        r"answers for the period that begins at .* and was asked from .* neighbours are asked",
    ),
    (
        CountsTheEndIn,
        Suite.test_reading_at_the_begin_belongs_to_the_period,
        "a period begins with its begin and ends before its end, to the instant",
    ),
    (
        KeepsTheQuestionInTheObject,
        Suite.test_threads_at_the_same_time_get_their_own_answers,
        "one got an answer that is not to its question",
    ),
    (
        AnswersForTheFirstScopeOnly,
        Suite.test_wide_request_answers_what_narrow_ones_do,
        "a request for 24 periods and 25 scopes, as wide as the characteristics allow",
    ),
    (
        FailsWhereThereIsNothing,
        Suite.test_nothing_there_is_missing_from_the_answer,
        "raised Rejected .404 Not Found. .* a scope or period with nothing in it is no failure",
    ),
    (
        LeavesBucketsUnfolded,
        Suite.test_scopes_and_groups_are_kept_apart,
        "with the same groupby: fold the finer buckets",
    ),
    (
        GivesEachAnswerOnce,
        Suite.test_asking_again_answers_the_same,
        "the same question got another answer the second time",
    ),
]


def gauge_of(collector: type[MemoryCollector]) -> tuple[Gauge, Away]:
    made: list[MemoryCollector] = []

    def make(readings: Sequence[Reading], threads: int) -> MemoryCollector:
        made.append(collector.over(readings, WIDE))
        return made[-1]

    @contextlib.contextmanager
    def away() -> Iterator[None]:
        made[-1].down = True
        yield
        made[-1].down = False

    return Gauge(make), away


@pytest.mark.parametrize(("collector", "test", "sentence"), GALLERY)
def test_broken_promise_is_told(
    collector: type[MemoryCollector], test: Test, sentence: str
) -> None:
    with pytest.raises(AssertionError, match=sentence):
        test(Suite(), gauge_of(collector)[0])


def test_collector_that_says_empty_for_a_failure_is_told() -> None:
    sentence = r"retrieve\(\) answered \{\} while the backend is away: it has to raise Unavailable"
    with pytest.raises(AssertionError, match=sentence):
        Suite().test_backend_that_is_away_is_unavailable_and_not_empty(
            *gauge_of(SaysEmptyForAFailure)
        )
