# SPDX-License-Identifier: Apache-2.0
"""Supervision of worker processes: real processes, real kills."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import logging, os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from ceilobatch.workers import Supervisor, listen

directory = Path(sys.argv[1])

def work(name, mode):
    stopped = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    signal.signal(signal.SIGHUP, lambda *_: (directory / f"{{name}}.hup").touch())
    (directory / f"{{name}}.{{os.getpid()}}").touch()
    listen()
    if mode == "crash":
        os._exit(3)
    while not stopped or mode == "stubborn":
        time.sleep(0.01)
    (directory / f"{{name}}.drained").touch()
    return {{"received": 1}}

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    sys.exit(Supervisor(work, 2, (sys.argv[2],), float(sys.argv[3])).run())
"""


class Daemon:
    def __init__(self, directory: Path, mode: str, timeout: float) -> None:
        program = directory / "program.py"
        program.write_text(PROGRAM.format(root=str(Path(__file__).parents[2])))
        self.directory = directory / "run"
        self.directory.mkdir()
        self.log = directory / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, program, self.directory, mode, str(timeout)],
                stderr=log,
                start_new_session=True,
            )

    def pids(self, name: str) -> list[int]:
        files = sorted(self.directory.glob(f"{name}.*"), key=lambda file: file.stat().st_mtime_ns)
        return [int(file.suffix[1:]) for file in files if file.suffix[1:].isdigit()]

    def wait(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.005)


@pytest.fixture
def daemon(tmp_path):
    started = []

    def start(mode="work", timeout=10.0):
        started.append(Daemon(tmp_path, mode, timeout))
        return started[0]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_drain_and_the_daemon_exits_with_0(daemon, number):
    one = daemon()
    one.wait(lambda: one.pids("w0") and one.pids("w1"))
    one.process.send_signal(number)
    assert one.process.wait(10) == 0
    assert (one.directory / "w0.drained").exists()
    assert (one.directory / "w1.drained").exists()
    assert not any(alive(pid) for pid in one.pids("w0") + one.pids("w1"))


def test_workers_drain_when_every_process_of_the_daemon_is_told_to_stop(daemon):
    one = daemon()
    one.wait(lambda: one.pids("w0") and one.pids("w1"))
    os.killpg(one.process.pid, signal.SIGTERM)
    assert one.process.wait(10) == 0
    assert (one.directory / "w0.drained").exists()
    assert (one.directory / "w1.drained").exists()


def test_workers_that_are_just_being_born_drain_too(daemon):
    one = daemon()
    one.wait(lambda: "Worker w1 started" in one.log.read_text())
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(10) == 0


def test_killed_worker_is_replaced_without_disturbing_the_others(daemon):
    one = daemon()
    one.wait(lambda: one.pids("w0") and one.pids("w1"))
    os.kill(one.pids("w0")[0], signal.SIGKILL)
    killed = time.monotonic()
    one.wait(lambda: len(one.pids("w0")) == 2)
    assert time.monotonic() - killed < 2
    assert len(one.pids("w1")) == 1
    assert alive(one.pids("w1")[0])
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(10) == 0


def test_crash_loop_is_slowed_down(daemon):
    one = daemon("crash")
    one.wait(lambda: len(one.pids("w0")) == 5, seconds=30)
    text = one.log.read_text()
    waits = [float(line.split()[-2]) for line in text.splitlines() if "Worker w0 ended" in line]
    assert waits == sorted(waits)
    assert waits[3] > 4 * waits[0]
    one.process.send_signal(signal.SIGTERM)
    one.process.wait(10)


def test_worker_that_does_not_drain_is_killed_when_its_time_is_up(daemon):
    one = daemon("stubborn", timeout=1.0)
    one.wait(lambda: one.pids("w0") and one.pids("w1"))
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(10) == 1
    assert "did not drain within 1.0 s: killed" in one.log.read_text()
    assert not any(alive(pid) for pid in one.pids("w0") + one.pids("w1"))


def test_sighup_reaches_every_worker(daemon):
    one = daemon()
    one.wait(lambda: one.pids("w0") and one.pids("w1"))
    one.process.send_signal(signal.SIGHUP)
    one.wait(lambda: (one.directory / "w0.hup").exists() and (one.directory / "w1.hup").exists())
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(10) == 0
