# SPDX-License-Identifier: Apache-2.0
"""Which periods there are, and when they may be processed."""

import datetime

import pytest

from ceilobatch.processor.calendar import EPOCH, Calendar

UTC = datetime.UTC
HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime(2026, 3, 10, 12, 30, 5, tzinfo=UTC)


def calendar(
    *, wait: int = 2, settle: int = 60, revisit: int = 6, now: datetime.datetime = NOW
) -> Calendar:
    return Calendar(HOUR, wait, datetime.timedelta(seconds=settle), revisit, lambda: now)


@pytest.mark.parametrize("seconds", [1, 7, 300, 3600, 86400, 90000])
def test_periods_begin_at_whole_multiples_since_1970(seconds: int) -> None:
    period = datetime.timedelta(seconds=seconds)
    one = Calendar(period, 0, datetime.timedelta(0), 0)
    begin = one.floor(NOW)
    assert (begin - EPOCH) % period == datetime.timedelta(0)
    assert begin <= NOW < begin + period
    assert one.floor(begin) == one.ceiling(begin) == begin
    assert one.ceiling(NOW) == (begin if begin == NOW else begin + period)


def test_a_span_is_cut_into_its_periods() -> None:
    begin = datetime.datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert list(calendar().begins(begin, begin + 3 * HOUR)) == [
        begin,
        begin + HOUR,
        begin + 2 * HOUR,
    ]
    assert list(calendar().begins(begin, begin)) == []
    assert calendar().count(begin, begin + 3 * HOUR) == 3
    assert calendar().count(begin + HOUR, begin) == -1


@pytest.mark.parametrize(
    ("wait", "settle", "complete", "ended"),
    [(2, 60, 10, 12), (0, 60, 12, 12), (0, 3600, 11, 11), (1, 1810, 11, 11), (0, 0, 12, 12)],
)
def test_what_is_complete_and_what_is_over(
    wait: int, settle: int, complete: int, ended: int
) -> None:
    one = calendar(wait=wait, settle=settle)
    assert one.complete().hour == complete
    assert one.ended().hour == ended
    assert one.complete() <= one.ended()


def test_a_period_is_over_only_when_it_has_settled() -> None:
    full = datetime.datetime(2026, 3, 10, 12, tzinfo=UTC)
    second = datetime.timedelta(seconds=1)
    assert calendar(now=full + 59 * second).ended() == full - HOUR
    assert calendar(now=full + 60 * second).ended() == full


def test_the_second_look_comes_so_many_periods_later_or_never() -> None:
    assert calendar().past_second_look() == datetime.datetime(2026, 3, 10, 6, tzinfo=UTC)
    assert calendar().looks_again
    assert not calendar(revisit=0).looks_again
