# SPDX-License-Identifier: Apache-2.0
"""What becomes of the workers' figures in the history."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from ceilobatch.api.context import Context
from ceilobatch.api.sampler import Sampler
from ceilobatch.telemetry.reading import Kept
from ceilobatch.telemetry.snapshot import Snapshot
from ceilobatch.telemetry.spread import Spread
from tests.functional.servers import wait_until

RECEIVED = "requests.received"
PENDING = "pending.messages"
TIME = "request.time"

Hang = Callable[..., Snapshot]


class Host:
    """Workers that tell their figures, and a sampler that is asked at times of the test."""

    def __init__(self, context: Context, hang: Hang) -> None:
        self._hang = hang
        self._context = context
        self.now = time.time()
        self.sampler = Sampler(context, lambda: self.now)

    def tell(self, process: str = "p0", received: int = 0, **changes: Any) -> None:
        """Hang out figures of one thread."""
        own = {"thread": "t0"}
        readings = [Kept(RECEIVED, own, received), Kept(PENDING, own, 3), *changes.pop("more", ())]
        fields = {"started": self.now, "taken": self.now, "readings": readings}
        self._hang(process=process, **{**fields, **changes})

    def sample(self) -> None:
        self.now += 10
        self.sampler.sample()

    def values(self, name: str, **dimensions: str) -> list[float]:
        """All that the history has."""
        found = self._context.history.find(
            f"ceilobatch.{name}", lambda own: dimensions.items() <= own.items()
        )
        return [moment.value for one in found for moment in one.moments]


@pytest.fixture
def host(context: Context, hang: Hang) -> Host:
    return Host(context, hang)


def test_counters_tell_what_was_added_at_all_levels(host: Host) -> None:
    begun = host.now
    for received in (5, 12, 12):
        host.tell(received=received, started=begun)
        host.tell("p1", received=received * 2, started=begun)
        host.sample()
    assert host.values(f"process.{RECEIVED}", process="p0") == [5, 7, 0]
    assert host.values(f"thread.{RECEIVED}", process="p1", thread="t0") == [10, 14, 0]
    assert host.values(f"instance.{RECEIVED}") == [15, 21, 0]


def test_worker_that_begins_anew_takes_nothing_from_the_sum(host: Host) -> None:
    begun = host.now
    for process in ("p0", "p1"):
        host.tell(process, 100, started=begun)
    host.sample()
    host.tell("p0", 7)
    host.tell("p1", 130, started=begun)
    host.sample()
    assert host.values(f"instance.{RECEIVED}") == [200, 37]


def test_successor_that_has_counted_more_counts_from_its_beginning(host: Host) -> None:
    host.tell(received=100)
    host.sample()
    host.tell(received=150)
    host.sample()
    assert host.values(f"instance.{RECEIVED}") == [100, 150]


def test_what_was_counted_before_the_service_came_is_not_told_as_added(host: Host) -> None:
    begun = host.now - 3600
    host.tell(received=1_000_000, started=begun)
    host.sample()
    host.tell(received=1_000_004, started=begun)
    host.sample()
    assert host.values(f"instance.{RECEIVED}") == [0, 4]


def test_gauges_are_told_as_they_are(host: Host) -> None:
    host.tell()
    host.tell("p1")
    host.sample()
    assert host.values(PENDING, process="p0") == [3]


def test_worker_that_has_ended_tells_its_last_counts_once(host: Host) -> None:
    begun = host.now
    host.tell(received=5, started=begun)
    host.sample()
    host.tell(received=9, started=begun, ended=True)
    for _again in range(3):
        host.sample()
    assert host.values(f"instance.{RECEIVED}") == [5, 4]
    assert len(host.values(PENDING)) == 2


def test_worker_that_began_and_ended_between_two_samples_is_told(host: Host) -> None:
    host.sample()
    host.tell(received=9, ended=True)
    host.sample()
    assert host.values(f"instance.{RECEIVED}") == [9]


def test_worker_that_was_gone_before_the_service_came_is_not_told(host: Host) -> None:
    before = host.now - 3600
    host.tell(received=9, ended=True, started=before, taken=before + 60)
    host.tell("p1", received=9, started=before, taken=before + 60)
    host.sample()
    assert host.values(f"instance.{RECEIVED}") == []


def test_worker_that_does_not_tell_any_more_adds_no_points(host: Host) -> None:
    host.tell(received=5)
    for _again in range(5):
        host.sample()
    assert sum(host.values(f"instance.{RECEIVED}")) == 5
    assert len(host.values(PENDING)) < 3


def test_times_are_told_of_what_was_added(host: Host) -> None:
    times, begun = Spread(), host.now
    for milliseconds in ((1, 3), (), (8,)):
        for one in milliseconds:
            times.record(one * 1_000_000)
        more = [Kept(TIME, {"thread": "t0"}, times.figures(end_period=True))]
        host.tell(started=begun, more=more)
        host.sample()
    assert host.values(f"instance.{TIME}.count") == [2, 0, 1]
    assert host.values(f"instance.{TIME}.sum") == [4000, 0, 8000]
    assert host.values(f"instance.{TIME}.avg") == [2000, 8000]
    assert host.values(f"instance.{TIME}.max") == [3000, 8000]


def test_points_of_one_sample_have_one_time(host: Host, context: Context) -> None:
    host.tell()
    host.tell("p1")
    host.sample()
    found = context.history.find(f"ceilobatch.process.{RECEIVED}", lambda _own: True)
    assert [[moment.time for moment in one.moments] for one in found] == [
        [round(host.now * 1000)],
        [round(host.now * 1000)],
    ]


def test_thread_samples_from_its_start_until_it_is_stopped(context: Context, hang: Hang) -> None:
    hang(readings=[Kept(RECEIVED, {"thread": "t0"}, 1)])
    sampler = Sampler(context)
    sampler.start()
    wait_until(context.history.labels)
    sampler.stop()
    assert not sampler.is_alive()
    sampler.stop()


def test_sampler_that_was_not_started_can_be_stopped(context: Context) -> None:
    Sampler(context).stop()


def test_sample_that_fails_is_not_the_last(
    context: Context, hang: Hang, caplog: pytest.LogCaptureFixture
) -> None:
    context.conf.set_override("interval", 0.1, "api")
    hang(taken="at no time")
    sampler = Sampler(context)
    sampler.start()
    try:
        wait_until(lambda: "failed" in caplog.text)
        hang(readings=[Kept(RECEIVED, {"thread": "t0"}, 1)])
        wait_until(lambda: context.history.labels(f"ceilobatch.instance.{RECEIVED}"))
    finally:
        sampler.stop()
