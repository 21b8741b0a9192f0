# SPDX-License-Identifier: Apache-2.0
"""Moving averages as DropWizard's meters have them."""

import dataclasses
import math
import threading

import pytest

from ceilobatch.api.dropwizard_rates import NONE, TICK, Averages, Rates, key_of
from ceilobatch.telemetry.snapshot import Snapshot

from .scene import HOST, POOL, snapshot

INSTANCE = {"service": "agent", "hostname": HOST, "pool": POOL}
RECEIVED = "requests.received"


class Told:
    """A board on which workers tell new counts every five seconds."""

    def __init__(self, *workers: Snapshot) -> None:
        self.workers = list(workers)
        self.rates = Rates(lambda: list(self.workers))

    def tick(self, *counts: float) -> None:
        """All workers have counted so far by now."""
        self.workers = [
            later(worker, count) for worker, count in zip(self.workers, counts, strict=True)
        ]
        self.rates.tick()

    def averages(self, **own: str) -> Averages:
        """Of the requests received."""
        return self.rates.now()[key_of(RECEIVED, {**INSTANCE, **own})]


def later(worker: Snapshot, count: float) -> Snapshot:
    """The same worker a tick later."""
    moved = snapshot(worker.process, count=count, taken=worker.taken + TICK)
    return dataclasses.replace(moved, started=worker.started)


def known(*counts: float) -> Told:
    """Workers that have run for long when the averages begin."""
    told = Told(*(snapshot(f"p{place}", count=count) for place, count in enumerate(counts)))
    told.rates.tick()
    return told


def test_what_was_counted_before_anybody_looked_has_no_rate() -> None:
    assert known(1_000_000).averages(process="p0", thread="t0") == NONE


def test_averages_begin_with_the_first_rate() -> None:
    told = known(100)
    told.tick(150)
    assert told.averages(process="p0", thread="t0") == Averages(10, 10, 10)


def test_averages_forget_as_the_load_average_does() -> None:
    told = known(0)
    told.tick(50)
    for _ in range(12):  # a minute without anything
        told.tick(50)
    one, five, fifteen = told.averages(process="p0", thread="t0")
    assert one == pytest.approx(10 * math.exp(-1))
    assert five == pytest.approx(10 * math.exp(-1 / 5))
    assert fifteen == pytest.approx(10 * math.exp(-1 / 15))


def test_steady_rate_is_what_averages_come_to() -> None:
    told = known(0)
    for tick in range(1, 200):
        told.tick(tick * 35)
    assert told.averages(process="p0", thread="t0") == pytest.approx((7, 7, 7))


def test_averages_of_a_process_and_the_instance_are_sums() -> None:
    told = known(0, 0)
    told.tick(50, 25)
    assert told.averages(process="p0") == Averages(10, 10, 10)
    assert told.averages() == Averages(15, 15, 15)


def test_new_worker_has_rates_at_once() -> None:
    told = Told(snapshot(count=20, started=996.0))
    told.rates.tick()
    assert told.averages(process="p0", thread="t0") == Averages(5, 5, 5)


def test_restart_of_a_worker_is_not_a_burst_and_its_averages_go_on() -> None:
    told = known(1000)
    told.tick(1050)
    successor = snapshot(count=20, taken=1010.0, started=1008.0)
    told.workers = [successor]
    told.rates.tick()
    expected = Averages(10, 10, 10).moved(10, 2)
    assert told.averages(process="p0", thread="t0") == pytest.approx(expected)


def test_worker_that_is_silent_loses_its_rates() -> None:
    told = known(0)
    told.tick(50)
    told.rates.tick()
    assert told.averages(process="p0", thread="t0") == Averages(10, 10, 10).moved(0, TICK)


def test_worker_whose_file_is_gone_is_forgotten() -> None:
    told = known(0)
    told.tick(50)
    told.workers = []
    told.rates.tick()
    assert told.rates.now() == {}


def test_thread_survives_a_board_that_cannot_be_read_and_ends_when_told() -> None:
    looked = threading.Event()

    def read() -> list[Snapshot]:
        looked.set()
        raise OSError("no board")

    rates = Rates(read)
    rates.start()
    rates.start()
    assert looked.wait(10)
    assert [one.name for one in threading.enumerate()].count("rates") == 1
    rates.stop()
    assert "rates" not in [one.name for one in threading.enumerate()]


def test_averages_that_were_ended_do_not_begin_again() -> None:
    rates = Rates(list)
    rates.stop()
    rates.start()
    assert "rates" not in [one.name for one in threading.enumerate()]
