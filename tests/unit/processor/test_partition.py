# SPDX-License-Identifier: Apache-2.0
"""Workers of one host find each other through files and share the scopes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import config, coordination, errors
from ceilobatch.processor.partition import RingPartition

SCOPES = [f"scope-{place}" for place in range(400)]
LEASE = 2

STRANGER = """
import sys, time
from ceilobatch import config
from ceilobatch.coordination import Membership
conf = config.load([], [], {("DEFAULT", "state_path"): sys.argv[1], ("coordination", "lease"): 2})
Membership(conf, "stranger", lambda members: None).start()
time.sleep(60)
"""


@pytest.fixture
def conf(tmp_path: Path) -> cfg.ConfigOpts:
    options = {("DEFAULT", "state_path"): str(tmp_path), ("coordination", "lease"): LEASE}
    return config.load([], [], options)


@contextlib.contextmanager
def taking_part(conf: cfg.ConfigOpts, *names: str) -> Iterator[list[RingPartition]]:
    partitions = [RingPartition(conf, name, lambda: None) for name in names]
    for one in partitions:
        one.start()
    try:
        yield partitions
    finally:
        for one in partitions:
            one.stop()


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def are_shared(partitions: list[RingPartition]) -> bool:
    """Whether each scope has one owner."""
    owned = [scope for one in partitions for scope in one.mine(SCOPES)]
    return sorted(owned) == sorted(SCOPES)


def test_every_scope_has_one_owner_and_nobody_has_much_more_than_others(
    conf: cfg.ConfigOpts,
) -> None:
    with taking_part(conf, "a", "b", "c") as partitions:
        wait_until(lambda: are_shared(partitions))
        assert max(len(one.mine(SCOPES)) for one in partitions) < 1.4 * len(SCOPES) / 3


def test_who_leaves_is_gone_at_once_and_the_others_keep_what_they_had(
    conf: cfg.ConfigOpts,
) -> None:
    with taking_part(conf, "a", "b") as partitions, taking_part(conf, "c") as (leaving,):
        every = [*partitions, leaving]
        wait_until(lambda: are_shared(every))
        before = [set(one.mine(SCOPES)) for one in partitions]
        assert not partitions[0].is_gone(leaving.member)
        begin = time.monotonic()
        leaving.stop()
        wait_until(lambda: are_shared(partitions))
        assert time.monotonic() - begin < LEASE
        assert all(
            had <= set(one.mine(SCOPES)) for had, one in zip(before, partitions, strict=True)
        )
        assert partitions[0].is_gone(leaving.member)


def test_a_killed_worker_is_forgotten_within_the_lease(
    conf: cfg.ConfigOpts, tmp_path: Path
) -> None:
    with (
        subprocess.Popen([sys.executable, "-c", STRANGER, tmp_path]) as stranger,
        taking_part(conf, "a") as (one,),
    ):
        wait_until(lambda: len(one.mine(SCOPES)) < len(SCOPES))
        os.kill(stranger.pid, signal.SIGKILL)
        begin = time.monotonic()
        wait_until(lambda: len(one.mine(SCOPES)) == len(SCOPES))
        # What is beyond the lease is for a machine that is busy.
        assert time.monotonic() - begin < LEASE + 2


def test_whoever_may_have_lost_a_scope_or_won_one_is_told(conf: cfg.ConfigOpts) -> None:
    told: list[float] = []
    one = RingPartition(conf, "a", lambda: told.append(time.monotonic()))
    one.start()
    try:
        assert len(told) == 1
        with taking_part(conf, "b"):
            wait_until(lambda: len(told) == 2)
        wait_until(lambda: len(told) == 3)
    finally:
        one.stop()


def test_without_coordination_nothing_is_taken_at_first_and_everything_after_a_lease(
    conf: cfg.ConfigOpts, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.monotonic()
    monkeypatch.setattr("ceilobatch.processor.partition.time.monotonic", lambda: clock)
    one = RingPartition(conf, "a", lambda: None)
    assert not one.mine(SCOPES)
    assert not one.is_gone("b")
    clock += LEASE + 1
    assert one.mine(SCOPES) == SCOPES


def test_groups_of_other_names_have_nothing_to_do_with_each_other(conf: cfg.ConfigOpts) -> None:
    with taking_part(conf, "a") as (one,):
        conf.set_override("group", "another", group="coordination")
        with taking_part(conf, "b") as (other,):
            wait_until(lambda: other.mine(SCOPES))
            assert len(one.mine(SCOPES)) == len(other.mine(SCOPES)) == len(SCOPES)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("memcached://localhost", "'memcached' is no backend that knows groups of members"),
        ("postgresql://localhost/db", "'postgresql' is no backend that knows groups"),
        ("localhost:6379", "'localhost:6379' is no backend that knows groups of members"),
        ("redis://", "redis:// does not say where"),
        ("redis://localhost:port", "Port could not be cast to integer value as 'port'"),
    ],
)
def test_a_url_that_cannot_work_is_refused(conf: cfg.ConfigOpts, url: str, sentence: str) -> None:
    conf.set_override("url", url, group="coordination")
    with pytest.raises(errors.ConfigurationError) as refused:
        coordination.refuse_what_cannot_work(conf)
    (problem,) = refused.value.problems
    assert problem.startswith("[coordination] url: ")
    assert sentence in problem


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("redis://host:1/0", "redis://host:1/0?membership_timeout=7&socket_timeout=5"),
        ("redis://host?socket_timeout=9", "redis://host?membership_timeout=7&socket_timeout=9"),
        ("etcd3+http://host", "etcd3+http://host?membership_timeout=7&timeout=5"),
        ("kazoo://host", "kazoo://host?timeout=7"),
    ],
)
def test_the_backend_is_told_the_lease(conf: cfg.ConfigOpts, url: str, asked: str) -> None:
    conf.set_override("url", url, group="coordination")
    conf.set_override("lease", 10, group="coordination")
    assert coordination.coordination_url(conf) == asked
