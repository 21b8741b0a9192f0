# SPDX-License-Identifier: Apache-2.0
"""What is sent by statsd of a snapshot, to a port that is listened to."""

import os
import re
from pathlib import Path

import pytest

from ceilobatch import config
from ceilobatch.telemetry.statsd import Statsd

from .figures import MS, RECEIVED, T0, TIMES, Spread, daemon, lines_of, snapshot_of

PLUGIN = {"namespace": "ceilobatch.storage", "plugin": "sql", "operation": "store", **T0}
GAUGE = ("pending.messages", T0, 3)


@pytest.fixture
def listener():
    with daemon() as one:
        yield one


def statsd_of(port, **options):
    given = {"host": "127.0.0.1", "port": port, "dialect": "dogstatsd", **options}
    return Statsd(config.load([], [], {("statsd", name): one for name, one in given.items()}))


def sent(statsd, listener, *readings, process="p0"):
    before = statsd.sent
    statsd.send(snapshot_of(*readings, process=process))
    return lines_of(listener.datagrams(statsd.sent - before))


def names(lines):
    return [re.split("[:|]", line)[0].removeprefix("ceilobatch.") for line in lines]


def sockets():
    targets = (os.readlink(f"/proc/self/fd/{fd}") for fd in _descriptors())
    return sorted(target for target in targets if target.startswith("socket:"))


def _descriptors():
    return [path.name for path in Path("/proc/self/fd").iterdir() if path.exists()]


def test_counter_is_told_at_three_levels(listener):
    statsd = statsd_of(listener.port)
    common = "hostname:host1,pool:pool1"
    assert sent(statsd, listener, RECEIVED) == [
        f"ceilobatch.thread.requests.received:5|c|#{common},process:p0,service:agent,thread:t0",
        f"ceilobatch.process.requests.received:5|c|#{common},process:p0,service:agent",
        f"ceilobatch.instance.requests.received:5|c|#{common},service:agent",
    ]
    statsd.close()


def test_of_the_instance_only_what_adds_up_is_told(listener):
    statsd = statsd_of(listener.port)
    told = names(sent(statsd, listener, TIMES))
    parts = ("count", "sum", "avg", "min", "max", "p50", "p99")
    assert told == [
        *(f"thread.request.time.{part}" for part in parts),
        *(f"process.request.time.{part}" for part in parts),
        "instance.request.time.count",
        "instance.request.time.sum",
    ]
    statsd.close()


def test_times_are_whole_microseconds(listener):
    statsd, spread = statsd_of(listener.port), Spread()
    spread.record(1_234_567, 3)
    lines = sent(statsd, listener, ("plugin.time", PLUGIN, spread.figures(end_period=True)))
    values = [line.split("|#")[0].removeprefix("ceilobatch.plugin.time.") for line in lines]
    assert values[:5] == ["count:3|c", "sum:3703|c", "avg:1234|g", "min:1234|g", "max:1234|g"]
    statsd.close()


def test_counter_that_has_not_moved_is_told_once(listener):
    statsd = statsd_of(listener.port)
    none = ("requests.failed", T0, 0)
    assert len(sent(statsd, listener, none, GAUGE)) == 4
    assert names(sent(statsd, listener, none, GAUGE)) == ["pending.messages"]
    lines = sent(statsd, listener, ("requests.failed", T0, 2), GAUGE)
    assert [":2|c|" in line for line in lines] == [True, True, True, False]
    statsd.close()


def test_what_was_told_is_not_told_again(listener):
    statsd = statsd_of(listener.port)
    sent(statsd, listener, RECEIVED)
    again = sent(statsd, listener, ("requests.received", T0, 12))
    assert all(":7|c|" in line for line in again)
    statsd.close()


@pytest.mark.parametrize("dialect", ["monasca", "dogstatsd", "plain"])
def test_datagrams_hold_whole_lines_and_fit_into_a_frame(listener, dialect):
    statsd = statsd_of(listener.port, dialect=dialect)
    readings = [("plugin.calls", {**PLUGIN, "plugin": f"p{number}"}, 1) for number in range(100)]
    statsd.send(snapshot_of(*readings))
    datagrams = listener.datagrams(statsd.sent)
    assert len(datagrams) > 2
    assert max(map(len, datagrams)) <= 1432
    assert min(map(len, datagrams[:-1])) > 1000
    told = lines_of(datagrams)
    assert len(told) == len(set(told)) == 100
    assert all(re.fullmatch(r"ceilobatch\.plugin\.calls\S*:1\|c(\|#.+)?", line) for line in told)
    statsd.close()


@pytest.mark.parametrize("dialect", ["monasca", "dogstatsd", "plain"])
def test_nothing_is_held_back(listener, dialect):
    statsd = statsd_of(listener.port, dialect=dialect)
    assert len(sent(statsd, listener, RECEIVED)) == 3
    statsd.close()
    assert listener.is_quiet()


def test_no_socket_before_the_first_figures(listener):
    before = sockets()
    statsd = statsd_of(listener.port)
    assert sockets() == before
    sent(statsd, listener, RECEIVED)
    assert len(sockets()) == len(before) + 1
    statsd.close()
    assert sockets() == before


def test_configured_dimensions_are_added_and_ours_stay(listener):
    statsd = statsd_of(listener.port, dimensions={"region": "west", "process": "mine"})
    first, *_ = sent(statsd, listener, RECEIVED)
    tags = "hostname:host1,pool:pool1,process:p0,region:west,service:agent,thread:t0"
    assert first.endswith(f"|#{tags}")
    statsd.close()


@pytest.mark.parametrize(
    ("prefix", "begin"),
    [("a.b", "a.b.thread."), ("", "thread."), ("a b:c|d", "a_b_c_d.thread.")],
)
@pytest.mark.parametrize("dialect", ["monasca", "dogstatsd", "plain"])
def test_names_begin_with_the_prefix(listener, dialect, prefix, begin):
    statsd = statsd_of(listener.port, dialect=dialect, prefix=prefix)
    first, *_ = sent(statsd, listener, RECEIVED)
    assert first.startswith(f"{begin}requests.received")
    statsd.close()


def test_workers_tell_nothing_under_the_same_gauge(listener):
    gauges = []
    for process in ("p0", "p1"):
        statsd = statsd_of(listener.port, dialect="plain")
        lines = sent(statsd, listener, RECEIVED, TIMES, GAUGE, process=process)
        gauges += names(line for line in lines if line.endswith("|g"))
        statsd.close()
    assert len(gauges) == len(set(gauges)) == 22


def test_longest_time_of_each_period_is_told(listener):
    statsd, spread = statsd_of(listener.port), Spread()
    told = []
    for time in (9 * MS, 2 * MS):
        spread.record(time)
        figures = spread.figures(end_period=True)
        lines = sent(statsd, listener, ("plugin.time", PLUGIN, figures))
        told += [line.split("|")[0] for line in lines if ".max:" in line]
    assert told == ["ceilobatch.plugin.time.max:9000", "ceilobatch.plugin.time.max:2000"]
    statsd.close()
