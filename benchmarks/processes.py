# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of processes and their descendants, read from /proc."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Reading(NamedTuple):
    """CPU in seconds, peak memory in MiB (of the largest process), at a moment."""

    cpu: float
    peak: float
    at: float


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        return


def read(pid: int) -> Reading:
    """The sums over a process tree."""
    cpu, peak = 0.0, 0.0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            cpu += (int(fields[11]) + int(fields[12])) / TICKS
            peak = max(peak, _peak(one))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return Reading(cpu, peak, time.monotonic())


def _peak(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def wait_for(condition: Callable[[], bool], process: Popen[bytes], seconds: float = 600) -> None:
    """Poll until the condition holds, as long as the process lives."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise SystemExit(f"{process.args}: nothing after {seconds} s")
        time.sleep(0.02)


@contextmanager
def running(arguments: list[str], log: Path, **environment: str) -> Iterator[Popen[bytes]]:
    """A process that is terminated at the end."""
    with log.open("wb") as output:
        process = Popen(arguments, stdout=output, stderr=output, env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
