# SPDX-License-Identifier: Apache-2.0
"""What a scrape shows of workers."""

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from ceilobatch.api import prometheus_names as names
from ceilobatch.api.prometheus_collector import BoardCollector
from ceilobatch.telemetry.levels import Series
from ceilobatch.telemetry.measurements import LETTERS_WAITING, MEASUREMENTS
from ceilobatch.telemetry.snapshot import Snapshot

from .scene import HOST, POOL, snapshot, spread

STALE_AFTER = 15.0
LETTERS = Series(LETTERS_WAITING, None, {"service": "recovery", "hostname": HOST}, 3)
WORKER = {"service": "agent", "hostname": HOST, "pool": POOL, "process": "p0"}
Labels = frozenset[tuple[str, str]]


def scrape(*snapshots: Snapshot, now: float = 1000.0) -> dict[str, dict[Labels, float]]:
    """Values by name and labels."""
    found: dict[str, dict[Labels, float]] = {}
    for family in families(*snapshots, now=now):
        for sample in family.samples:
            series = found.setdefault(sample.name, {})
            labels = frozenset(sample.labels.items())
            assert labels not in series
            series[labels] = sample.value
    return found


def families(*snapshots: Snapshot, now: float = 1000.0) -> Iterator[Metric]:
    return collector(*snapshots, now=now).collect()


def collector(*snapshots: Snapshot, now: float = 1000.0) -> BoardCollector:
    return BoardCollector(lambda: snapshots, lambda: [LETTERS], STALE_AFTER, lambda: now)


def labels(**own: str) -> Labels:
    return frozenset({**WORKER, **own}.items())


def test_every_measurement_is_shown_and_nothing_else() -> None:
    shown = set(scrape(snapshot()))
    assert shown == set(names.sample_names())
    assert len(names.FAMILIES) == len(MEASUREMENTS)


def test_counts_are_told_of_threads_only_so_that_sums_count_once() -> None:
    found = scrape(snapshot("p0", threads=2, count=10), snapshot("p1", count=5))
    received = found["ceilobatch_requests_received_total"]
    assert received == {
        labels(thread="t0"): 10,
        labels(thread="t1"): 10,
        labels(process="p1", thread="t0"): 5,
    }


def test_service_without_a_pool_has_no_such_label() -> None:
    found = scrape(snapshot(service="processor"))
    ((series, _),) = found["ceilobatch_periods_behind"].items()
    assert {name for name, _ in series} == {"service", "hostname", "process", "thread"}


def test_buckets_of_times_are_exact() -> None:
    milliseconds = (0.5, 1.048575, 1.048577, 3.0, 70_000.0)
    found = scrape(snapshot(times=milliseconds))
    buckets = {
        float(dict(series)["le"]): value
        for series, value in found["ceilobatch_request_time_seconds_bucket"].items()
    }
    for border, count in buckets.items():
        assert count == sum(one / 1000 <= border for one in milliseconds), border
    assert len(buckets) == len(names.LIMITS) + 1
    (count,) = found["ceilobatch_request_time_seconds_count"].values()
    (total,) = found["ceilobatch_request_time_seconds_sum"].values()
    assert count == 5
    assert total == pytest.approx(sum(milliseconds) / 1000)


def test_borders_of_buckets_are_borders_of_what_is_recorded() -> None:
    for limit in names.LIMITS:
        times = spread((limit - 1) / 1e6, (limit + 1) / 1e6).figures()
        assert next(times.below([limit])) == 1


def test_units_are_base_units() -> None:
    found = scrape(snapshot(count=2_000_000))
    assert set(found["ceilobatch_worker_cpu_seconds_total"].values()) == {2.0}
    assert set(found["ceilobatch_worker_memory_bytes"].values()) == {2_000_000}


def test_extremes_of_the_last_period_are_told_of_the_process() -> None:
    found = scrape(snapshot(threads=2, times=(3, 40)))
    assert found["ceilobatch_request_time_period_min_seconds"] == {labels(): 0.003}
    assert found["ceilobatch_request_time_period_max_seconds"] == {labels(): 0.04}


def test_period_without_requests_has_no_extremes() -> None:
    found = scrape(snapshot(times=()))
    assert "ceilobatch_request_time_period_max_seconds" not in found


def test_fresh_worker_is_up_and_its_idleness_goes_on() -> None:
    found = scrape(snapshot(), now=1010.0)
    assert found["ceilobatch_worker_up"] == {labels(): 1}
    assert found["ceilobatch_worker_idle_seconds"] == {labels(): 10.5}
    assert found["ceilobatch_worker_start_time_seconds"] == {labels(): 900.0}


def test_silent_worker_is_down_and_only_its_counts_are_told() -> None:
    found = scrape(snapshot(), now=1000.0 + STALE_AFTER + 1)
    assert found["ceilobatch_worker_up"] == {labels(): 0}
    assert "ceilobatch_requests_received_total" in found
    assert "ceilobatch_gate_open" not in found
    assert "ceilobatch_worker_idle_seconds" not in found


def test_lost_worker_is_missed_without_its_counts() -> None:
    found = scrape(snapshot(), now=1000.0 + 301)
    assert found["ceilobatch_worker_up"] == {labels(): 0}
    assert "ceilobatch_requests_received_total" not in found


def test_drained_worker_is_not_missed_and_its_last_counts_are_told_for_a_while() -> None:
    worker = dataclasses.replace(snapshot(), ended=True)
    found = scrape(worker)
    assert "ceilobatch_worker_up" not in found
    assert found["ceilobatch_requests_received_total"] == {labels(thread="t0"): 10}
    found = scrape(worker, now=1000.0 + 301)
    assert set(found) == {"ceilobatch_letters_waiting", "ceilobatch_build_info"}


@pytest.mark.parametrize(
    ("write", "read"),
    [(generate_latest, read_text), (openmetrics.generate_latest, read_openmetrics)],
    ids=["text", "openmetrics"],
)
def test_what_is_written_can_be_read_again(
    write: Callable[[BoardCollector], bytes], read: Callable[[str], Iterator[Metric]]
) -> None:
    given = collector(snapshot(threads=2), snapshot(service="processor"))
    shown = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in read(write(given).decode())
        for sample in family.samples
    }
    meant = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in given.collect()
        for sample in family.samples
    }
    assert shown == meant
