# SPDX-License-Identifier: Apache-2.0
"""The thread that tells the figures of a worker."""

import threading
import time

import pytest

from ceilobatch import config
from ceilobatch.telemetry.board import Board
from ceilobatch.telemetry.reading import Reading
from ceilobatch.telemetry.reporter import Health, Identity, Reporter
from ceilobatch.telemetry.spread import Extremes, Spread

from .figures import MS, T0, daemon, lines_of

IDENTITY = Identity("agent", "host1", "pool1", "p0")


class Work:
    """Counts; knows how often it was asked."""

    def __init__(self):
        self.received = 0
        self.times = Spread()
        self.asked = threading.Semaphore(0)
        self.closed = {}

    def readings(self):
        yield Reading("requests.received", T0, self.received)
        yield Reading("request.time", T0, self.times)
        self.asked.release()

    def health(self):
        return Health(time.monotonic() - 3, self.closed)


@pytest.fixture
def work():
    return Work()


def conf_of(path, **options):
    given = {"telemetry_interval": 0.1, **options}
    overrides = {tuple(name.split("_", 1)): value for name, value in given.items()}
    return config.load([], [], {("DEFAULT", "state_path"): str(path), **overrides})


def values(snapshot):
    return {one.name: one.value for one in snapshot.readings}


def test_figures_are_written_again_and_again(tmp_path, work):
    conf = conf_of(tmp_path)
    reporter = Reporter(conf, IDENTITY, work)
    reporter.start()
    work.asked.acquire(timeout=10)
    work.received = 5
    # The second one after that is finished has begun after that.
    for _ in range(3):
        work.asked.acquire(timeout=10)
    (snapshot,) = Board(conf).read()
    assert values(snapshot)["requests.received"] == 5
    assert not snapshot.ended
    reporter.stop()


def test_last_figures_are_all_there_was(tmp_path, work):
    conf = conf_of(tmp_path, telemetry_interval=60.0)
    reporter = Reporter(conf, IDENTITY, work, wall=lambda: 7.0)
    reporter.start()
    work.received = 9
    work.times.record(4 * MS)
    work.closed["t0"] = "the disk is full"
    reporter.stop()
    (snapshot,) = Board(conf).read()
    assert snapshot.ended
    assert (snapshot.service, snapshot.host, snapshot.pool, snapshot.process) == IDENTITY
    assert (snapshot.started, snapshot.taken) == (7.0, 7.0)
    assert 3 <= snapshot.idle < 60
    assert snapshot.closed == {"t0": "the disk is full"}
    told = values(snapshot)
    assert told["requests.received"] == 9
    assert told["request.time"].period == Extremes(4 * MS, 4 * MS)
    assert told["worker.cpu"] > 0
    assert told["worker.memory"] > 1_000_000


def test_period_ends_when_the_figures_are_sent(tmp_path, work):
    with daemon() as one:
        conf = conf_of(
            tmp_path,
            telemetry_interval=60.0,
            statsd_enable=True,
            statsd_port=one.port,
            statsd_dialect="plain",
        )
        reporter = Reporter(conf, IDENTITY, work)
        reporter.start()
        work.times.record(4 * MS)
        assert reporter.snapshot().readings[1].value.period == Extremes()
        work.received = 2
        reporter.stop()
        (datagram,) = one.datagrams(1)
    lines = lines_of([datagram])
    name = "ceilobatch.process.request.time.max.agent.host1.pool1.p0"
    assert f"{name}:4000|g" in lines
    assert "ceilobatch.instance.requests.received.agent.host1.pool1:2|c" in lines
    (snapshot,) = Board(conf).read()
    assert values(snapshot)["statsd.datagrams"] == 0  # told before it was sent


def test_loss_of_datagrams_is_told(tmp_path, work):
    conf = conf_of(
        tmp_path,
        telemetry_interval=0.1,
        statsd_enable=True,
        statsd_flush_interval=1,
        statsd_host="::ffff:255.255.255.255",
    )
    reporter = Reporter(conf, IDENTITY, work)
    reporter.start()
    deadline = time.monotonic() + 20
    while values(reporter.snapshot())["statsd.lost"] == 0:
        assert time.monotonic() < deadline
        work.asked.acquire(timeout=10)
    reporter.stop()
    assert values(reporter.snapshot())["statsd.datagrams"] == 0


def test_nothing_is_written_where_it_is_not_wanted(tmp_path, work):
    reporter = Reporter(conf_of(tmp_path, telemetry_enable=False), IDENTITY, work)
    reporter.start()
    reporter.stop()
    assert list(tmp_path.iterdir()) == []


def test_board_that_cannot_be_written_to_is_told_once(tmp_path, work, caplog):
    conf = conf_of(tmp_path)
    reporter = Reporter(conf, IDENTITY, work)
    (tmp_path / "telemetry").rmdir()
    reporter.start()
    for _ in range(4):
        work.asked.acquire(timeout=10)
    reporter.stop()
    assert caplog.text.count("The figures cannot be written") == 1


def test_figure_that_cannot_be_had_is_told_once_and_ends_nothing(tmp_path, work, caplog):
    conf = conf_of(tmp_path)
    reporter = Reporter(conf, IDENTITY, work)
    work.closed = property  # no mapping: it cannot be written
    reporter.start()
    for _ in range(4):
        work.asked.acquire(timeout=10)
    work.closed = {}
    for _ in range(3):
        work.asked.acquire(timeout=10)
    assert [snapshot.service for snapshot in Board(conf).read()] == ["agent"]
    reporter.stop()
    assert caplog.text.count("The figures cannot be told") == 1
