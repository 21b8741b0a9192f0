# SPDX-License-Identifier: Apache-2.0
"""Workers of many hosts find each other through Redis, which comes and goes."""

import logging
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from oslo_config import cfg

from ceilobatch import config
from ceilobatch.processor.partition import RingPartition

from .servers import Redis, wait_until

SCOPES = [f"scope-{place}" for place in range(400)]
LEASE = 4

STRANGER = """
import sys, time
from ceilobatch import config
from ceilobatch.coordination import Membership
options = {("coordination", name): value for name, value in
    (("url", sys.argv[1]), ("group", sys.argv[2]), ("lease", int(sys.argv[3])))}
Membership(config.load([], [], options), "stranger", lambda members: None).start()
time.sleep(60)
"""

Join = Callable[[str], RingPartition]


@pytest.fixture
def conf(redis: Redis) -> cfg.ConfigOpts:
    values = {"url": redis.url, "lease": LEASE, "group": f"test {uuid.uuid4()}"}
    options = {("coordination", name): value for name, value in values.items()}
    return config.load([], [], options)


@pytest.fixture
def join(conf: cfg.ConfigOpts) -> Iterator[Join]:
    joined: list[RingPartition] = []

    def one(name: str) -> RingPartition:
        joined.append(RingPartition(conf, name, lambda: None))
        joined[-1].start()
        return joined[-1]

    yield one
    for partition in joined:
        partition.stop()


def are_shared(*partitions: RingPartition) -> bool:
    """Whether each scope has one owner."""
    owned = [scope for one in partitions for scope in one.mine(SCOPES)]
    return sorted(owned) == sorted(SCOPES)


def test_members_join_and_leave(join: Join) -> None:
    one, two, three = (join(name) for name in ("one", "two", "three"))
    wait_until(lambda: are_shared(one, two, three))
    begin = time.monotonic()
    three.stop()
    wait_until(lambda: are_shared(one, two))
    assert time.monotonic() - begin < LEASE
    assert one.is_gone(three.member)


def test_a_killed_worker_is_forgotten_within_the_lease(
    conf: cfg.ConfigOpts, join: Join, redis: Redis
) -> None:
    arguments = [redis.url, conf.coordination.group, str(LEASE)]
    with subprocess.Popen([sys.executable, "-c", STRANGER, *arguments]) as stranger:
        one = join("one")
        wait_until(lambda: len(one.mine(SCOPES)) < len(SCOPES))
        os.kill(stranger.pid, signal.SIGKILL)
        begin = time.monotonic()
        wait_until(lambda: len(one.mine(SCOPES)) == len(SCOPES))
        # What is beyond the lease is for a machine that is busy.
        assert time.monotonic() - begin < LEASE + 2


@pytest.mark.parametrize("outage", ["stop", "kill", "pause"])
def test_while_redis_is_away_scopes_stay_shared_and_members_come_back(
    join: Join, redis: Redis, caplog: pytest.LogCaptureFixture, outage: str
) -> None:
    caplog.set_level(logging.INFO)
    one, two = join("one"), join("two")
    wait_until(lambda: are_shared(one, two))
    before = set(one.mine(SCOPES))
    getattr(redis, outage)()
    wait_until(lambda: caplog.text.count("Coordination is lost") == 2, what="two losses")
    assert set(one.mine(SCOPES)) == before
    assert are_shared(one, two)
    redis.ensure()
    wait_until(lambda: caplog.text.count("Coordinated as") == 4, what="two returns")
    three = join("three")
    wait_until(lambda: are_shared(one, two, three))
    assert caplog.text.count("Coordination is lost") == 2


def test_nobody_waits_long_to_leave_a_redis_that_hangs(join: Join, redis: Redis) -> None:
    one = join("one")
    wait_until(lambda: one.mine(SCOPES))
    redis.pause()
    begin = time.monotonic()
    one.stop()
    assert time.monotonic() - begin < 6
