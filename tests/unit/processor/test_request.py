# SPDX-License-Identifier: Apache-2.0
"""Requests are tried again, ever later, without those that want nothing any more."""

from ceilobatch.processor.request import Request, wait_after
from ceilobatch.processor.track import Range, Track, Work

from .scene import COMPLETE, HOUR, metrics


def request(*names: str, attempts: int = 0) -> Request:
    (metric,) = metrics("cpu")
    ranges = [
        Range(Track(Work.FORWARD, name, COMPLETE), COMPLETE, COMPLETE + HOUR, 1, [metric])
        for name in names
    ]
    return Request(metric, ranges, attempts)


def test_waits_double_up_to_a_minute_with_jitter() -> None:
    for attempts in range(1, 12):
        longest = min(60.0, 0.5 * 2 ** (attempts - 1))
        waits = [wait_after(attempts) for _ in range(50)]
        assert all(0.1 <= wait <= longest for wait in waits)
        assert max(waits) > longest / 2
        assert len(set(waits)) > 1
    assert wait_after(10_000) <= 60


def test_ranges_that_are_dropped_are_asked_for_no_more() -> None:
    one = request("a", "b", "c", attempts=3)
    assert one.without_dropped() is one
    one.ranges[1].dropped = True
    left = one.without_dropped()
    assert left is not None
    assert (left.scopes, left.attempts, left.metric) == (["a", "c"], 3, one.metric)
    for each in one.ranges:
        each.dropped = True
    assert one.without_dropped() is None


def test_a_request_is_halved_down_to_one_scope() -> None:
    one = request("a", "b", "c", attempts=2)
    halves = one.halves()
    assert [(half.scopes, half.attempts) for half in halves] == [(["a"], 2), (["b", "c"], 2)]
    assert halves[0].halves() == [halves[0]]
    assert (one.begin, one.end) == (COMPLETE, COMPLETE + HOUR)
