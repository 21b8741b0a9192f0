# SPDX-License-Identifier: Apache-2.0
"""Figures as flat points: what is new since the last time."""

from hypothesis import given
from hypothesis import strategies as st

from ceilobatch.telemetry.levels import Level, series
from ceilobatch.telemetry.points import Difference

from .figures import MS, RECEIVED, SAME, T0, Spread, snapshot_of


def told(difference, *readings, level=Level.THREAD):
    points = difference.points(series([snapshot_of(*readings)], [level]))
    return {point.name: point.value for point in points}


@SAME
@given(st.lists(st.integers(0, 1000)))
def test_points_of_a_counter_add_up_to_it(steps):
    difference, total, added = Difference(), 0, 0
    for step in steps:
        total += step
        added += told(difference, ("requests.received", T0, total))["thread.requests.received"]
    assert added == total


def test_counter_that_went_down_began_anew():
    difference = Difference()
    told(difference, RECEIVED)
    again = told(difference, ("requests.received", T0, 2))
    assert again == {"thread.requests.received": 2}


def test_gauge_is_told_as_it_is():
    difference = Difference()
    for value in (7, 7, 3):
        assert told(difference, ("pending.messages", T0, value)) == {"pending.messages": value}


def test_time_becomes_seven_numbers_in_microseconds():
    difference, spread = Difference(), Spread()
    for time in (2 * MS, 4 * MS, 6 * MS):
        spread.record(time)
    first = told(difference, ("request.time", T0, spread.figures(end_period=True)))
    name = "thread.request.time"
    assert first[f"{name}.p50"] in range(3_750, 4_251)
    assert first[f"{name}.p99"] in range(5_625, 6_001)
    del first[f"{name}.p50"], first[f"{name}.p99"]
    assert first == {
        f"{name}.count": 3,
        f"{name}.sum": 12_000,
        f"{name}.avg": 4_000,
        f"{name}.min": 2_000,
        f"{name}.max": 6_000,
    }
    spread.record(3 * MS)
    second = told(difference, ("request.time", T0, spread.figures(end_period=True)))
    assert {value for key, value in second.items() if key != f"{name}.count"} == {3_000}
    assert second[f"{name}.count"] == 1


def test_period_without_times_has_no_average():
    difference = Difference()
    silent = told(difference, ("request.time", T0, Spread().figures(end_period=True)))
    assert silent == {"thread.request.time.count": 0, "thread.request.time.sum": 0}


@SAME
@given(st.lists(st.lists(st.integers(1, 10**7), max_size=5), max_size=8))
def test_sums_of_microseconds_add_up_to_the_rounded_whole(periods):
    difference, spread, added = Difference(), Spread(), 0
    for times in periods:
        for time in times:
            spread.record(time)
        figures = spread.figures(end_period=True)
        added += told(difference, ("request.time", T0, figures))["thread.request.time.sum"]
    assert added == sum(map(sum, periods)) // 1000
