# SPDX-License-Identifier: Apache-2.0
"""Tracks are put together into blocks, those that are furthest behind first."""

import datetime
import time

import pytest

from ceilobatch.plugins.processing import CollectorCharacteristics
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.ready import BLOCK_CELLS, Ready
from ceilobatch.processor.track import Range, Track, Work

from .scene import COMPLETE, HOUR, NOW


def calendar() -> Calendar:
    return Calendar(HOUR, 2, datetime.timedelta(minutes=1), 0, lambda: NOW)


def ready(periods: int | None = 1, scopes: int | None = 1, ahead: int = 48) -> Ready:
    return Ready(calendar(), CollectorCharacteristics(periods, scopes), ahead)


def track(name: str, behind: int, work: Work = Work.FORWARD) -> Track:
    one = Track(work, name, COMPLETE - behind * HOUR)
    one.limit = COMPLETE
    return one


def blocks(one: Ready) -> list[tuple[list[str], int]]:
    """All that is handed out: scopes and number of periods; nothing is asked for."""
    found: list[tuple[list[str], int]] = []
    while True:
        tracks, end = one.next_block()
        if not tracks:
            return found
        found.append(([each.scope for each in tracks], (end - tracks[0].asked) // HOUR))


def test_those_that_are_furthest_behind_come_first() -> None:
    one = ready()
    for name, behind in (("a", 1), ("b", 5), ("c", 3)):
        one.offer(track(name, behind))
    assert blocks(one) == [(["b"], 1), (["c"], 1), (["a"], 1)]


def test_those_that_have_failed_come_last() -> None:
    one = ready()
    failed = track("failed", 9)
    failed.failures = 1
    for each in (failed, track("fine", 1)):
        one.offer(each)
    assert blocks(one) == [(["fine"], 1), (["failed"], 1)]


def test_scopes_with_the_same_span_are_asked_together_as_many_as_are_allowed() -> None:
    one = ready(periods=4, scopes=3)
    for name in "abcd":
        one.offer(track(name, 8))
    one.offer(track("late", 2))
    assert blocks(one) == [(["a", "b", "c"], 4), (["d"], 4), (["late"], 2)]


def test_a_block_has_so_many_periods_of_scopes_at_most() -> None:
    one = ready(periods=None, scopes=None, ahead=48)
    for place in range(100):
        one.offer(track(f"scope-{place:03}", 48))
    sizes = [(len(names), periods) for names, periods in blocks(one)]
    assert all(scopes * periods <= BLOCK_CELLS for scopes, periods in sizes)
    assert sum(scopes for scopes, _ in sizes) == 100
    assert {periods for _, periods in sizes} == {24}


def test_kinds_of_work_take_turns() -> None:
    one = ready()
    for name in "abc":
        one.offer(track(f"forward-{name}", 9))
    one.offer(track("again", 1, Work.REDO))
    assert [names[0] for names, _ in blocks(one)][:2] == ["forward-a", "again"]


def test_a_track_that_is_offered_twice_is_handed_out_once() -> None:
    one, only = ready(), track("a", 1)
    one.offer(only)
    one.offer(only)
    assert blocks(one) == [(["a"], 1)]


def test_a_track_with_nothing_to_ask_for_is_not_handed_out() -> None:
    one = ready(ahead=2)
    done, full, parked = track("done", 0), track("full", 5), track("parked", 5)
    full.asked = full.position + 2 * HOUR
    parked.ranges.append(Range(parked, parked.position, parked.position + HOUR, 1, []))
    parked.asked += HOUR
    parked.ranges[0].parked = True
    for each in (done, full, parked):
        one.offer(each)
    assert blocks(one) == []


def test_a_track_waits_for_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = time.monotonic()
    monkeypatch.setattr("ceilobatch.processor.ready.time.monotonic", lambda: clock)
    one, waiting = ready(), track("a", 1)
    waiting.not_before = clock + 5
    one.offer(waiting)
    one.wake()
    assert blocks(one) == []
    assert one.seconds_until_wake(60) == 5
    assert one.seconds_until_wake(2) == 2
    clock += 5
    one.wake()
    assert blocks(one) == [(["a"], 1)]
    assert one.seconds_until_wake(60) == 60


def test_a_track_that_has_moved_since_it_was_offered_has_its_place_by_where_it_is() -> None:
    one, moved, other = ready(), track("moved", 9), track("other", 5)
    one.offer(moved)
    one.offer(other)
    moved.position = moved.asked = COMPLETE - HOUR
    assert blocks(one) == [(["other"], 1), (["moved"], 1)]


def test_what_is_complete_by_its_age_is_not_mixed_with_what_may_not_be() -> None:
    one, young = ready(periods=None), track("a", 3)
    young.limit = COMPLETE + 2 * HOUR
    one.offer(young)
    assert blocks(one) == [(["a"], 3)]
    young.asked = COMPLETE
    one.offer(young)
    assert blocks(one) == [(["a"], 2)]


def test_what_needs_no_second_look_is_not_mixed_with_what_does() -> None:
    dates = Calendar(HOUR, 2, datetime.timedelta(minutes=1), 6, lambda: NOW)
    one = Ready(dates, CollectorCharacteristics(24, 1), 48)
    first = track("a", 20)
    one.offer(first)
    assert blocks(one) == [(["a"], 16)]
    first.asked = COMPLETE - 4 * HOUR
    one.offer(first)
    assert blocks(one) == [(["a"], 4)]
