# SPDX-License-Identifier: Apache-2.0
"""Figures of threads, and what they come to for a process and for the instance."""

from ceilobatch.telemetry.levels import Level, series
from ceilobatch.telemetry.spread import Extremes

from .figures import MS, figures_of, snapshot_of

THREADS = ({"thread": "t0"}, {"thread": "t1"})


def two_processes(name, values):
    """A reading of each of two threads of each of two processes."""
    it = iter(values)
    return [
        snapshot_of(*((name, own, next(it)) for own in THREADS), process=process)
        for process in ("p0", "p1")
    ]


def by_name(snapshots, **wanted):
    found = {}
    for one in series(snapshots):
        own = {key: text for key, text in one.dimensions.items() if key in ("process", "thread")}
        found.setdefault(one.name, {})[" ".join(own.values())] = one.value
    return found


def test_counters_add_up_at_each_level():
    assert by_name(two_processes("requests.received", [1, 2, 3, 4])) == {
        "thread.requests.received": {"p0 t0": 1, "p0 t1": 2, "p1 t0": 3, "p1 t1": 4},
        "process.requests.received": {"p0": 3, "p1": 7},
        "instance.requests.received": {"": 10},
    }


def test_times_are_merged_at_each_level():
    times = [figures_of(number * MS) for number in (4, 2, 3, 9)]
    found = by_name(two_processes("request.time", times))
    assert found["process.request.time"]["p0"].extremes == Extremes(2 * MS, 4 * MS)
    instance = found["instance.request.time"][""]
    assert (instance.count, instance.total) == (4, 18 * MS)
    assert instance.extremes == Extremes(2 * MS, 9 * MS)


def test_measurement_without_levels_is_told_of_threads_only():
    found = by_name(two_processes("pending.messages", [1, 2, 3, 4]))
    assert list(found) == ["pending.messages"]
    assert len(found["pending.messages"]) == 4


def test_only_the_levels_asked_for_are_told():
    snapshots = two_processes("requests.received", [1, 2, 3, 4])
    (one,) = series(snapshots, [Level.INSTANCE])
    assert (one.name, one.value) == ("instance.requests.received", 10)
    assert one.dimensions == {"service": "agent", "hostname": "host1", "pool": "pool1"}


def test_figure_of_another_version_is_left_out():
    assert series([snapshot_of(("requests.of_tomorrow", THREADS[0], 1))]) == []
