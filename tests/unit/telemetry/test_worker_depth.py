# SPDX-License-Identifier: Apache-2.0
"""Which workers tell how much waits."""

import threading
import time

import pytest

from ceilobatch import bus, config
from ceilobatch.testing.memory import MemorySource
from ceilobatch.worker import Worker


class Deep(MemorySource):
    """Knows how much waits, and who has asked."""

    asked = 0
    asker = ""

    def depth(self):
        self.asked += 1
        self.asker = threading.current_thread().name
        return 42


@pytest.fixture
def source(monkeypatch):
    one = Deep()
    monkeypatch.setattr(bus, "sources", lambda conf: [one])
    return one


def depths(tmp_path, name):
    """What a worker tells within a moment."""
    conf = config.load([], [], {("DEFAULT", "state_path"): str(tmp_path)})
    worker = Worker(conf, name)
    worker.start()
    try:
        deadline = time.monotonic() + 20
        while "gate.open" not in (told := {one.name: one.value for one in worker.readings()}):
            worker.raise_failures()
            assert time.monotonic() < deadline
        list(worker.readings())
    finally:
        worker.stop()
    return told.get("queue.depth")


def test_first_worker_tells_how_much_waits_and_asks_once(tmp_path, source):
    assert depths(tmp_path, "w0") == 42
    assert (source.asked, source.asker) == (1, threading.current_thread().name)


def test_other_workers_do_not_ask(tmp_path, source):
    assert depths(tmp_path, "w1") is None
    assert source.asked == 0
