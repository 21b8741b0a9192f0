# SPDX-License-Identifier: Apache-2.0
"""Times of requests added up: out of buckets, of what is told from time to time, or of means."""

import math

import pytest

from ceilobatch.perf.duration import Duration
from ceilobatch.perf.sample import Period, Times

NONE = Times()


def evenly(low: float, high: float) -> Period:
    """As many requests a second everywhere between."""
    return Period(None, {0.0: low, 0.5: (low + high) / 2, 1.0: high})


def test_quantiles_are_those_of_the_buckets_that_grew() -> None:
    before = Times(1000, 5000.0, buckets={0.1: 0, 1.0: 0, 10.0: 1000, math.inf: 1000})
    now = Times(1100, 5012.0, buckets={0.1: 50, 1.0: 100, 10.0: 1100, math.inf: 1100})
    found = Duration()
    found.add(now, before)
    assert found.count == 100
    assert found.average == pytest.approx(0.12)
    assert found.percentiles([0.5, 0.75]) == {0.5: pytest.approx(0.1), 0.75: pytest.approx(0.55)}
    assert (found.minimum, found.maximum) == (0.0, 1.0)


def test_what_is_beyond_the_last_bucket_is_told_as_its_border() -> None:
    found = Duration()
    found.add(Times(2, 99.0, buckets={1.0: 0, math.inf: 2}), NONE)
    assert found.maximum == 1.0
    assert found.percentiles([0.5]) == {0.5: 1.0}


def test_told_quantiles_and_means_weigh_as_much_as_their_requests() -> None:
    found = Duration()
    quick = Times(90, mean=1.0, shortest=0.5, longest=1.5, periods=[evenly(0.5, 1.5)])
    slow = Times(100, mean=15.0, shortest=10.0, longest=20.0, periods=[evenly(10.0, 20.0)])
    found.add(quick, NONE)
    found.add(slow, quick)
    assert found.average == pytest.approx((90 * 1 + 10 * 15) / 100)
    told = found.percentiles([0.45, 0.95, 0.99])
    assert told == pytest.approx({0.45: 1.0, 0.95: 15.0, 0.99: 19.0}, rel=1e-6)
    assert (found.minimum, found.maximum) == (0.5, 20.0)


def test_quantiles_of_a_whole_life_take_the_place_of_earlier_ones_until_a_restart() -> None:
    def life(count: int, low: float, high: float) -> Times:
        return Times(count, low * count, periods=[evenly(low, high)], lifetime=True)

    found = Duration()
    found.add(life(10, 5.0, 9.0), NONE)
    found.add(life(30, 1.0, 2.0), life(10, 5.0, 9.0))
    assert found.percentiles([0.5]) == pytest.approx({0.5: 1.5})
    found.add(life(30, 3.0, 4.0), NONE)
    assert found.percentiles([0.25, 0.75]) == pytest.approx({0.25: 1.5, 0.75: 3.5})


def test_times_that_are_all_the_same() -> None:
    found = Duration()
    found.add(
        Times(4, 2.0, periods=[Period(None, {0.0: 0.5, 0.5: 0.5, 0.99: 0.5, 1.0: 0.5})]), NONE
    )
    assert found.percentiles([0.5, 0.99]) == {0.5: 0.5, 0.99: 0.5}


def test_both_of_two_workers() -> None:
    one, two = Duration(), Duration()
    one.add(Times(1, 1.0, buckets={1.0: 1, 5.0: 1}), NONE)
    two.add(Times(3, 9.0, buckets={1.0: 0, 5.0: 3}), NONE)
    both = one.plus(two)
    assert (both.count, both.average, both.minimum, both.maximum) == (4, 2.5, 0.0, 5.0)
    assert both.percentiles([0.25]) == {0.25: 1.0}


def test_without_requests_there_is_nothing_to_tell() -> None:
    found = Duration()
    found.add(Times(5, 9.0, shortest=1.0, longest=2.0), Times(5, 9.0))
    assert (found.average, found.minimum, found.maximum) == (None, None, None)
    assert found.percentiles([0.5]) == {}
