# SPDX-License-Identifier: Apache-2.0
"""Buckets of a period become one value by the method that made them."""

import datetime
from decimal import Decimal

import pytest

from ceilobatch.plugins.collectors.buckets import Grid, can_fold, fold, fold_periods

HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("sum", 10.0),
        ("count", 10.0),
        ("mean", 2.5),
        ("max", 4.0),
        ("min", 1.0),
        ("first", 2.0),
        ("last", 3.0),
        ("rate:sum", 10.0),
        ("rate:mean", 2.5),
        ("rate:max", 4.0),
    ],
)
def test_each_method_folds_as_it_aggregates(method: str, expected: float) -> None:
    assert can_fold(method)
    assert fold(method, [2.0, 1.0, 4.0, 3.0]) == expected
    assert fold(method, [7.0]) == 7.0


@pytest.mark.parametrize("method", ["median", "std", "95pct", "rate:median", "unknown", ""])
def test_what_needs_all_measures_at_once_cannot_be_folded(method: str) -> None:
    assert not can_fold(method)


def test_sums_are_as_exact_as_their_numbers() -> None:
    assert fold("sum", [0.1] * 10) == 1.0
    assert fold("sum", [1e100, 1.0, -1e100]) == 1.0
    assert fold("sum", [2**60, 1]) == 2**60 + 1
    assert fold("sum", [Decimal("0.1"), Decimal("0.2")]) == Decimal("0.3")


def test_a_bucket_belongs_to_the_period_that_contains_its_begin() -> None:
    grid = Grid(NOON, NOON + 2 * HOUR, HOUR)
    buckets = [
        (NOON - MINUTE, 1.0),
        (NOON, 2.0),
        (NOON + 59 * MINUTE, 4.0),
        (NOON + HOUR, 8.0),
        (NOON + 2 * HOUR, 16.0),
    ]
    assert fold_periods(grid, buckets, "sum") == {NOON: 6.0, NOON + HOUR: 8.0}


def test_a_period_without_buckets_has_no_value() -> None:
    grid = Grid(NOON, NOON + 3 * HOUR, HOUR)
    assert fold_periods(grid, [], "sum") == {}
    assert fold_periods(grid, [(NOON + HOUR, 0.0)], "sum") == {NOON + HOUR: 0.0}


def test_periods_need_not_begin_at_whole_hours() -> None:
    begin = NOON + 17 * MINUTE
    grid = Grid(begin, begin + 2 * HOUR, HOUR)
    assert grid.begin_of(begin + 61 * MINUTE) == begin + HOUR
    assert grid.begin_of(begin - MINUTE) is None
    assert grid.begin_of(begin + 2 * HOUR) is None
