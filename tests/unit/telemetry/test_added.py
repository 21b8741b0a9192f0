# SPDX-License-Identifier: Apache-2.0
"""What was added, of processes that come and go, and its points."""

import dataclasses

import pytest

from ceilobatch.telemetry.added import Added
from ceilobatch.telemetry.levels import series
from ceilobatch.telemetry.points import Difference, flat
from ceilobatch.telemetry.reading import Kept
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import Spread

RECEIVED = "requests.received"
TIME = "request.time"


def snapshot(*readings: Kept, process: str = "p0", started: float = 100.0, taken: float = 200.0):
    who = ("agent", "here", "pool", process)
    rest = {"ended": False, "idle": 0.0, "closed": {}, "readings": list(readings)}
    return Snapshot(*who, started=started, taken=taken, **rest)


def received(*counts: int) -> list[Kept]:
    return [Kept(RECEIVED, {"thread": f"t{place}"}, count) for place, count in enumerate(counts)]


def timed(thread: str, times: Spread) -> Kept:
    return Kept(TIME, {"thread": thread}, times.figures(end_period=True))


def told(points, name: str) -> list[float]:
    return [point.value for point in points if point.name == name]


@pytest.fixture
def added() -> Added:
    return Added(begun=100.0)


def values(snapshot: Snapshot) -> list[float]:
    return [reading.value for reading in snapshot.readings]


def test_first_look_tells_all_of_a_process_that_came_later(added: Added) -> None:
    assert values(added.since_last(snapshot(*received(3, 4)))) == [3, 4]


def test_first_look_tells_nothing_of_a_process_that_was_there_before(added: Added) -> None:
    old = snapshot(*received(3), started=99.0)
    assert values(added.since_last(old)) == [0]
    assert values(added.since_last(dataclasses.replace(old, readings=received(5)))) == [2]


def test_each_process_has_its_own_counts(added: Added) -> None:
    added.since_last(snapshot(*received(3)))
    added.since_last(snapshot(*received(30), process="p1"))
    assert values(added.since_last(snapshot(*received(4)))) == [1]
    assert values(added.since_last(snapshot(*received(50), process="p1"))) == [20]


def test_successor_counts_from_its_beginning_even_where_it_has_counted_more(added: Added) -> None:
    added.since_last(snapshot(*received(3)))
    assert values(added.since_last(snapshot(*received(5), started=150.0))) == [5]


def test_series_that_is_new_counts_from_its_beginning(added: Added) -> None:
    added.since_last(snapshot(*received(3)))
    assert values(added.since_last(snapshot(*received(3, 7)))) == [0, 7]


def test_news_is_what_was_not_told_of_a_process_whose_beginning_is_known(added: Added) -> None:
    first = snapshot(taken=200.0)
    assert added.news(first)
    added.since_last(first)
    assert not added.news(first)
    assert added.news(snapshot(taken=201.0))
    assert added.news(snapshot(started=201.0, taken=201.0))
    assert not added.news(snapshot(process="p1", started=99.0))


def test_sums_of_times_of_threads_are_the_sum_of_the_process(added: Added) -> None:
    times, sums = [Spread(), Spread()], {"thread": 0.0, "process": 0.0}
    for place in range(50):
        times[0].record(1_001_999 + place)
        times[1].record(2_000_999 + place * 7)
        threads = [timed(f"t{number}", one) for number, one in enumerate(times)]
        points = list(flat(series([added.since_last(snapshot(*threads))])))
        for level in sums:
            sums[level] += sum(told(points, f"{level}.{TIME}.sum"))
    whole = sum(one.total // 1000 for one in times)
    assert sums == {"thread": whole, "process": whole}


def test_time_without_anything_new_has_a_count_and_a_sum_only(added: Added) -> None:
    times = Spread()
    times.record(5_000_000)
    added.since_last(snapshot(timed("t0", times)))
    points = list(flat(series([added.since_last(snapshot(timed("t0", times)))])))
    names = {point.name.rpartition(".")[2] for point in points}
    assert names == {"count", "sum"}
    assert all(point.value == 0 for point in points)


def test_points_of_one_process_are_those_of_its_differences(added: Added) -> None:
    """What goes out by statsd is what the history has."""
    times, difference = Spread(), Difference()
    for place in range(1, 6):
        times.record(place * 1_234_567)
        now = snapshot(*received(place * place), timed("t0", times))
        mine = [tuple(point) for point in flat(series([added.since_last(now)]))]
        assert [tuple(point) for point in difference.points(series([now]))] == mine
