# SPDX-License-Identifier: Apache-2.0
"""The page that DropWizard's servlet would write."""

from typing import Any

import pytest

from ceilobatch.api import dropwizard_analogues
from ceilobatch.api.dropwizard_page import Page
from ceilobatch.api.dropwizard_rates import Averages, Key, key_of
from ceilobatch.telemetry.levels import series
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.measurements import MEASUREMENTS
from ceilobatch.telemetry.snapshot import Snapshot

from .scene import HOST, POOL, snapshot, with_values

INSTANCE = f"ceilobatch.agent[{HOST},{POOL}]"
PROCESS = f"ceilobatch.agent[{HOST},{POOL},p0]"
THREAD = f"ceilobatch.agent[{HOST},{POOL},p0,t0]"
KINDS = ["gauges", "counters", "histograms", "meters", "timers"]
RATES = ["m15_rate", "m1_rate", "m5_rate", "mean_rate"]
TIMES = ["max", "mean", "min", "p50", "p75", "p95", "p98", "p99", "p999", "stddev"]


def page(*snapshots: Snapshot, averages: dict[Key, Averages] | None = None) -> dict[str, Any]:
    """What the workers' page is."""
    given = Page(snapshots, averages or {})
    known = series(snapshots)
    given.add(known)
    dropwizard_analogues.add(given, known)
    return given.plain()


def test_layout_is_that_of_the_servlet() -> None:
    shown = page(snapshot())
    assert list(shown) == ["version", *KINDS]
    assert shown["version"] == "3.0.0"
    assert shown["histograms"] == {}
    for meter in shown["meters"].values():
        assert list(meter) == ["count", *RATES, "units"]
        assert meter["units"] == "events/second"
    for timer in shown["timers"].values():
        assert list(timer) == ["count", *TIMES, *RATES, "duration_units", "rate_units"]
        assert (timer["duration_units"], timer["rate_units"]) == ("seconds", "calls/second")
    assert {tuple(one) for one in shown["counters"].values()} == {("count",)}
    assert {tuple(one) for one in shown["gauges"].values()} == {("value",)}


def test_page_without_workers_has_the_same_layout() -> None:
    assert page() == {"version": "3.0.0", **{kind: {} for kind in KINDS}}


def test_every_measurement_of_a_worker_is_on_the_page() -> None:
    shown = page(snapshot())
    names = [name for kind in KINDS for name in shown[kind]]
    for one in MEASUREMENTS:
        found = any(f"].{one.name}" in name for name in names)
        assert found or one.name == "letters.waiting", one.name


def test_name_stands_in_one_kind_only() -> None:
    shown = page(snapshot(threads=2), snapshot("p1"))
    names = [name for kind in KINDS for name in shown[kind]]
    assert len(names) == len(set(names))


def test_counts_are_told_at_all_three_levels() -> None:
    meters = page(snapshot(threads=2, count=10), snapshot("p1", count=5))["meters"]
    assert meters[f"{THREAD}.requests.received"]["count"] == 10
    assert meters[f"{PROCESS}.requests.received"]["count"] == 20
    assert meters[f"{INSTANCE}.requests.received"]["count"] == 25
    assert meters[f"{THREAD}.requests.dropped.no_definition"]["count"] == 10


def test_service_without_a_pool_has_a_dash_in_its_place() -> None:
    gauges = page(snapshot(service="processor"))["gauges"]
    assert f"ceilobatch.processor[{HOST},-,p0,t0].periods.behind" in gauges


def test_mean_rate_is_over_the_life_of_the_worker_or_of_the_first_one() -> None:
    meters = page(snapshot(count=50, started=900.0), snapshot("p1", count=30, started=980.0))[
        "meters"
    ]
    assert meters[f"{THREAD}.requests.received"]["mean_rate"] == 0.5
    assert meters[f"{INSTANCE}.requests.received"]["mean_rate"] == 0.8


def test_times_are_in_seconds() -> None:
    timer = page(snapshot(times=(1, 2, 3, 100)))["timers"][f"{THREAD}.request.time"]
    assert timer["count"] == 4
    assert (timer["min"], timer["max"]) == (0.001, 0.1)
    assert timer["mean"] == pytest.approx(0.0265)
    assert timer["p50"] == pytest.approx(0.002, rel=1 / 32)
    assert timer["p999"] == pytest.approx(0.1, rel=1 / 32)
    assert timer["stddev"] == pytest.approx(0.0490, rel=1 / 20)


def test_single_time_has_no_deviation() -> None:
    timer = page(snapshot(times=(5,)))["timers"][f"{THREAD}.request.time"]
    assert timer["stddev"] == 0.0


def test_averages_stand_beside_counts_and_times() -> None:
    who = {"service": "agent", "hostname": HOST, "pool": POOL}
    averages = {
        key_of("requests.received", who): Averages(1, 2, 3),
        key_of("request.time", who): Averages(4, 5, 6),
    }
    shown = page(snapshot(), averages=averages)
    meter = shown["meters"][f"{INSTANCE}.requests.received"]
    assert [meter[name] for name in ("m1_rate", "m5_rate", "m15_rate")] == [1, 2, 3]
    timer = shown["timers"][f"{INSTANCE}.request.time"]
    assert [timer[name] for name in ("m1_rate", "m5_rate", "m15_rate")] == [4, 5, 6]


def test_words_of_a_java_persister_are_found_for_each_thread() -> None:
    given = with_values(snapshot(count=7, times=(1, 2)), {"requests.completed": 6})
    shown = page(given, snapshot("p1", count=9))
    counters, meters, timers = shown["counters"], shown["meters"], shown["timers"]
    assert counters[f"{THREAD}.metrics-added-to-batch-counter"]["count"] == 7
    assert meters[f"{THREAD}.events-processed-meter"]["count"] == 7
    assert meters[f"{THREAD}.flush-meter"]["count"] == 6
    assert timers[f"{THREAD}.flush-timer"]["count"] == 2
    other = THREAD.replace("p0", "p1")
    assert counters[f"{other}.metrics-added-to-batch-counter"]["count"] == 9


def test_rates_of_what_does_not_happen_are_not_told() -> None:
    shown = page(snapshot())
    gauges = {one.name for one in MEASUREMENTS if one.kind is Kind.GAUGE}
    assert not [name for name in shown["meters"] if name.partition("].")[2] in gauges]
