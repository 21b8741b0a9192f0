# SPDX-License-Identifier: Apache-2.0
"""Workers that have told their figures, and a service that shows them."""

import dataclasses
from collections.abc import Iterator, Mapping

from ceilobatch.telemetry import measurements
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.reading import Kept, Reading
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import Spread

HOST = "host.example.org"
POOL = "ceilobatch"
MILLISECOND = 1_000_000
OPERATIONS = (
    ("ceilobatch.handlers", "notification", "handle"),
    ("ceilobatch.storage", "sql", "store"),
    ("ceilobatch.storage", "sql", "probe"),
    ("ceilobatch.recovery", "file", "add"),
)
OWN = {"reason": "no_definition", "trigger": "count"}
PER_PROCESS = ("worker.", "statsd.")


def spread(*milliseconds: float) -> Spread:
    """Times."""
    times = Spread()
    for one in milliseconds:
        times.record(int(one * MILLISECOND))
    return times


def calls(*milliseconds: float) -> CallRegistry:
    """As many calls of each operation, with two items each and the last one failed."""
    registry = CallRegistry()
    for key in OPERATIONS:
        stats = registry.stats(*key)
        for place, one in enumerate(milliseconds, start=1):
            stats.record(int(one * MILLISECOND), 2, place == len(milliseconds))
    return registry


def thread(name: str, count: float = 10, *milliseconds: float) -> Iterator[Reading]:
    """Every figure of a thread; those that count have this value."""
    for one in measurements.MEASUREMENTS:
        if one.name.startswith((*PER_PROCESS, "plugin.")) or one is measurements.LETTERS_WAITING:
            continue
        own = {"thread": name, **{key: OWN.get(key, key) for key in one.dimensions}}
        times = one.kind is Kind.TIME
        yield Reading(one.name, own, spread(*milliseconds) if times else count)
    yield from calls(*milliseconds).readings(name)


def snapshot(
    process: str = "p0",
    *,
    threads: int = 1,
    count: float = 10,
    times: tuple[float, ...] = (1, 2, 40),
    taken: float = 1000.0,
    started: float = 900.0,
    service: str = "agent",
) -> Snapshot:
    """A worker with all figures there can be."""
    readings = [one for place in range(threads) for one in thread(f"t{place}", count, *times)]
    for one in measurements.MEASUREMENTS:
        if one.name.startswith(PER_PROCESS):
            readings.append(Reading(one.name, {}, count))
    kept = [
        Kept(name, own, value.figures(end_period=True) if isinstance(value, Spread) else value)
        for name, own, value in readings
    ]
    pool = POOL if service == "agent" else ""
    who = (service, HOST, pool, process)
    return Snapshot(
        *who, started=started, taken=taken, ended=False, idle=0.5, closed={}, readings=kept
    )


def with_values(one: Snapshot, values: Mapping[str, float]) -> Snapshot:
    """The same with other values of some measurements."""
    readings = [
        kept._replace(value=values[kept.name]) if kept.name in values else kept
        for kept in one.readings
    ]
    return dataclasses.replace(one, readings=readings)
