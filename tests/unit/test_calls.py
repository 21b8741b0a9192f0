# SPDX-License-Identifier: Apache-2.0
"""The one instrumentation point."""

import pytest

from ceilobatch.telemetry.calls import CallRegistry

KEY = ("ceilobatch.storage", "memory", "store")


class Plugin:
    def store(self, items):
        if not items:
            raise KeyError("nothing")
        return [item * 2 for item in items]

    def probe(self):
        return "fine"


def instrumented():
    registry, plugin = CallRegistry(), Plugin()
    registry.instrument(plugin, "ceilobatch.storage", "memory", ("store", "probe"))
    return registry, plugin


def test_calls_items_and_times_are_counted():
    registry, plugin = instrumented()
    assert plugin.store([1, 2, 3]) == [2, 4, 6]
    assert plugin.store([4]) == [8]
    assert plugin.probe() == "fine"
    figures = registry.snapshot()[KEY]
    assert (figures.calls, figures.items, figures.errors) == (2, 4, 0)
    assert 0 < figures.time.extremes.shortest <= figures.time.extremes.longest
    assert figures.time.total >= sum(figures.time.extremes)
    assert registry.snapshot()["ceilobatch.storage", "memory", "probe"].items == 1


def test_errors_are_counted_and_raised():
    registry, plugin = instrumented()
    with pytest.raises(KeyError):
        plugin.store([])
    figures = registry.snapshot()[KEY]
    assert (figures.calls, figures.errors) == (1, 1)


def test_snapshot_does_not_change_any_more():
    registry, plugin = instrumented()
    plugin.store([1])
    before = registry.snapshot()[KEY]
    plugin.store([1])
    assert before.calls == 1


def test_minimum_of_the_first_call_is_its_time():
    registry = CallRegistry()
    stats = registry.stats(*KEY)
    stats.record(50, 1, False)
    stats.record(70, 1, False)
    stats.record(20, 1, True)
    figures = stats.figures()
    assert (figures.calls, figures.items, figures.errors) == (3, 3, 1)
    assert (figures.time.total, *figures.time.extremes) == (140, 20, 70)
