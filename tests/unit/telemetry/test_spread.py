# SPDX-License-Identifier: Apache-2.0
"""How times are distributed."""

import itertools
import math
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceilobatch.telemetry.spread import (
    BUCKETS,
    NO_EXTREMES,
    Extremes,
    Spread,
    SpreadFigures,
    lower,
    merged,
)

from .figures import MS, SAME, figures_of, spread_of

HOUR = 3_600_000_000_000
TIME = st.integers(1, HOUR)
TIMES = st.lists(TIME, max_size=50)


@SAME
@given(TIMES, TIMES)
def test_what_was_before_and_what_was_added_come_to_what_is_now(before, added):
    spread = spread_of(before)
    earlier = spread.figures(end_period=True)
    for one in added:
        spread.record(one)
    now = spread.figures(end_period=True)
    new = now.since(earlier)
    assert (new.count, new.total) == (len(added), sum(added))
    assert new.extremes == (Extremes(min(added), max(added)) if added else NO_EXTREMES)
    together = earlier.plus(new)
    assert (together.count, together.total) == (now.count, now.total)
    assert (together.buckets, together.extremes) == (now.buckets, now.extremes)


@SAME
@given(TIMES, TIMES, TIMES)
def test_figures_of_threads_add_up_in_any_order(one, two, three):
    a, b, c = figures_of(*one), figures_of(*two), figures_of(*three)
    assert a.plus(b).plus(c) == a.plus(b.plus(c)) == merged([c, a, b])
    whole = figures_of(*one, *two, *three)
    assert merged([a, b, c]) == whole


@SAME
@given(st.lists(TIME, min_size=1, max_size=100), st.floats(0.01, 1.0))
def test_quantile_is_at_most_a_sixteenth_off(times, share):
    exact = sorted(times)[math.ceil(share * len(times)) - 1]
    # What is below the width of the first bucket is told as one.
    assert figures_of(*times).quantile(share) == pytest.approx(exact, rel=1 / 16, abs=1024)


@SAME
@given(st.lists(TIME, min_size=1), st.floats(0.0, 1.0))
def test_quantile_is_never_outside_the_extremes(times, share):
    assert min(times) <= figures_of(*times).quantile(share) <= max(times)


@SAME
@given(TIME)
def test_time_lies_in_its_bucket(time):
    (index,) = figures_of(time).buckets
    assert lower(index) <= time < lower(index + 1)


def test_borders_of_buckets_ascend_without_a_gap():
    borders = [lower(index) for index in range(BUCKETS + 1)]
    assert borders == sorted(set(borders))
    assert all(later <= earlier * 17 / 16 for earlier, later in itertools.pairwise(borders[16:]))


@SAME
@given(st.lists(TIME), st.lists(TIME, min_size=1).map(sorted))
def test_number_below_a_limit_counts_whole_buckets(times, limits):
    figures = figures_of(*times)
    for limit, count in zip(limits, figures.below(limits), strict=True):
        surely = sum(one < limit * 15 / 16 - 1024 for one in times)
        assert surely <= count <= sum(one < limit for one in times)


def test_time_longer_than_any_is_counted_in_the_last_bucket():
    figures = figures_of(1 << 80)
    assert (list(figures.buckets), figures.extremes.longest) == ([BUCKETS - 1], 1 << 80)


def test_weight_counts_as_so_many():
    spread = Spread()
    spread.record(3 * MS, 7)
    assert spread.figures().total == 21 * MS
    assert spread.figures().buckets == spread_of([3 * MS] * 7).figures().buckets


def test_extremes_of_a_period_are_told_until_the_next_one_ends():
    spread = spread_of([5 * MS, 9 * MS])
    assert spread.figures().period == NO_EXTREMES
    assert spread.figures(end_period=True).period == Extremes(5 * MS, 9 * MS)
    spread.record(7 * MS)
    assert spread.figures().period == Extremes(5 * MS, 9 * MS)
    assert spread.figures(end_period=True).period == Extremes(7 * MS, 7 * MS)
    assert spread.figures(end_period=True).period == NO_EXTREMES
    assert spread.figures().extremes == Extremes(5 * MS, 9 * MS)


def test_spread_that_began_anew_is_all_new():
    earlier, now = figures_of(MS, MS, MS), figures_of(2 * MS)
    new = now.since(earlier)
    assert (new.count, new.total, new.extremes) == (1, 2 * MS, Extremes(2 * MS, 2 * MS))


def test_nothing_is_nothing():
    nothing = Spread().figures(end_period=True)
    assert nothing == SpreadFigures()
    assert (nothing.mean, nothing.quantile(0.5)) == (0, 0)


def grown(number):
    """Times that grow, each in a bucket of its own for a while."""
    return (number + 1) * MS


@pytest.fixture
def _restless():
    """Threads are changed as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless")
def test_reader_sees_whole_records_each_in_one_period():
    spread, stopped, written = Spread(), threading.Event(), []

    def write():
        number = 0
        while not stopped.is_set():
            spread.record(grown(number), 3)
            number += 1
        written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    earlier = SpreadFigures()
    for turn in range(600):
        now = spread.figures(end_period=turn % 2 == 0)
        begun, ended = earlier.count // 3, now.count // 3
        assert now.count == sum(now.buckets.values()) == 3 * ended
        assert now.total == 3 * MS * (ended * (ended + 1) // 2)
        if turn % 2 == 0:
            period = Extremes(grown(begun), grown(ended - 1)) if ended > begun else NO_EXTREMES
            assert now.period == now.since(earlier).extremes == period
            earlier = now
    stopped.set()
    writer.join()
    assert spread.figures().count == 3 * written[0]
