# SPDX-License-Identifier: Apache-2.0
"""The one instrumentation point: every call of a plugin is counted and timed here.

The figures belong to one thread of one process, which is their only writer, so there is no lock.
"""

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, ParamSpec, TypeVar

from ceilobatch.telemetry import measurements
from ceilobatch.telemetry.reading import Reading
from ceilobatch.telemetry.spread import Spread, SpreadFigures

Key = tuple[str, str, str]
P = ParamSpec("P")
R = TypeVar("R")


class CallFigures(NamedTuple):
    """A copy of the figures of one operation."""

    items: int
    errors: int
    time: SpreadFigures

    @property
    def calls(self) -> int:
        """How many there were."""
        return self.time.count


class CallStats:
    """The running figures of one operation of one plugin."""

    __slots__ = ("errors", "items", "time")

    def __init__(self) -> None:
        self.errors = self.items = 0
        self.time = Spread()

    def record(self, elapsed: int, items: int, failed: bool) -> None:
        """Add one call that took ``elapsed`` nanoseconds and was given ``items`` items."""
        self.items += items
        self.errors += failed
        self.time.record(elapsed)

    def figures(self) -> CallFigures:
        """A copy that does not change any more."""
        return CallFigures(self.items, self.errors, self.time.figures())


class CallRegistry:
    """The figures of all plugin calls of one worker, by (namespace, plugin, operation)."""

    def __init__(self) -> None:
        self._stats: dict[Key, CallStats] = {}

    def stats(self, namespace: str, plugin: str, operation: str) -> CallStats:
        """The figures under this key, made when first asked for."""
        return self._stats.setdefault((namespace, plugin, operation), CallStats())

    def snapshot(self) -> dict[Key, CallFigures]:
        """All figures as they are now."""
        return {key: stats.figures() for key, stats in list(self._stats.items())}

    def readings(self, thread: str) -> Iterator[Reading]:
        """All figures, as those of this thread."""
        for (namespace, plugin, operation), stats in list(self._stats.items()):
            own = {"namespace": namespace, "plugin": plugin, "operation": operation}
            own["thread"] = thread
            yield Reading(measurements.PLUGIN_CALLS.name, own, stats.time.count)
            yield Reading(measurements.PLUGIN_ITEMS.name, own, stats.items)
            yield Reading(measurements.PLUGIN_ERRORS.name, own, stats.errors)
            yield Reading(measurements.PLUGIN_TIME.name, own, stats.time)

    def described(self) -> dict[str, dict[str, int | float]]:
        """All figures by the words of their keys, times in milliseconds, for people."""
        return {
            " ".join(key): {
                "calls": one.calls,
                "items": one.items,
                "errors": one.errors,
                "mean_ms": round(one.time.mean / 1e6, 3),
                "longest_ms": round(one.time.extremes.longest / 1e6, 3),
            }
            for key, one in self.snapshot().items()
        }

    def measured(
        self, namespace: str, plugin: str, operation: str, call: Callable[P, R]
    ) -> Callable[P, R]:
        """The same callable, each call measured; items are the length of its first argument."""
        record = self.stats(namespace, plugin, operation).record
        clock = time.perf_counter_ns

        @functools.wraps(call)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            items = len(args[0]) if args and hasattr(args[0], "__len__") else 1
            start = clock()
            try:
                answer = call(*args, **kwargs)
            except BaseException:
                record(clock() - start, items, True)
                raise
            record(clock() - start, items, False)
            return answer

        return wrapper

    def instrument(
        self, instance: Any, namespace: str, plugin: str, operations: tuple[str, ...]
    ) -> None:
        """Measure these methods of this instance from now on."""
        for operation in operations:
            call = getattr(instance, operation)
            setattr(instance, operation, self.measured(namespace, plugin, operation, call))
