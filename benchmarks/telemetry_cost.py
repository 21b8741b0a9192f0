# SPDX-License-Identifier: Apache-2.0
"""CPU per message of an agent that tells its figures against one that does not.

Of each pair the difference, and what the thread has used that tells the figures.
"""

import argparse
import contextlib
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.agent import PYTHON, Bench, declare, preload
from tests.functional.servers import PostgreSQL, RabbitMQ

FLUSH_INTERVAL = 20
OFF = "[telemetry]\nenable = false\n[statsd]\nenable = false\n"
ON = (
    "[telemetry]\nenable = true\ninterval = 5\n[statsd]\nenable = true\nhost = 127.0.0.1\n"
    f"flush_interval = {FLUSH_INTERVAL}\n"
)
Figures = dict[str, float]


def measure(arguments: Any) -> dict[str, Any]:
    """Pairs in batches of 1000 and of 1."""
    sizes = {1000: arguments.count, 1: arguments.singles}
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql, _daemon() as port:
        return {
            f"batches_of_{size}": _report(
                [
                    _pair(rabbit, postgresql, port, argparse.Namespace(**shape), turn)
                    for turn in range(arguments.repeat)
                ]
            )
            for size, count in sizes.items()
            if count
            for shape in [{"batch_size": size, "workers": 1, "count": count}]
        }


def _report(pairs: list[dict[str, Figures]]) -> dict[str, Any]:
    """The difference of each pair, and the median of them, in percent of what is off."""
    key = "cpu_ms_per_message"
    more = [(pair["on"][key] / pair["off"][key] - 1) * 100 for pair in pairs]
    reporter = [
        pair["on"]["reporter_cpu_s"] / (pair["on"][key] * pair["on"]["messages"] / 1000) * 100
        for pair in pairs
    ]
    return {
        "messages": pairs[0]["on"]["messages"],
        "seconds": round(statistics.median(pair["on"]["seconds"] for pair in pairs), 1),
        "off_cpu_ms_per_message": round(statistics.median(pair["off"][key] for pair in pairs), 4),
        "on_cpu_ms_per_message": round(statistics.median(pair["on"][key] for pair in pairs), 4),
        "more_percent": [round(one, 2) for one in more],
        "median_more_percent": round(statistics.median(more), 2),
        "reporter_percent": [round(one, 3) for one in reporter],
        "median_reporter_percent": round(statistics.median(reporter), 3),
    }


def _pair(
    rabbit: RabbitMQ, postgresql: PostgreSQL, port: int, shape: argparse.Namespace, turn: int
) -> dict[str, Figures]:
    """Both at the same time, so that whatever else this host does slows down both of them.

    Who begins is another one each time.
    """
    url = rabbit.create_vhost()
    names = ("off", "on")[:: -1 if turn % 2 else 1]
    with contextlib.ExitStack() as stack:
        stack.callback(rabbit.delete_vhost, url)
        for name in names:
            declare(url, name)
        preload(rabbit.connect(url), shape.count, turn)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pool = stack.enter_context(ThreadPoolExecutor(len(names)))
        drains = {}
        for name in names:
            database = postgresql.create_database()
            stack.callback(postgresql.drop_database, database)
            bench = _Bench(rabbit, url, database, directory, shape, port)
            drains[name] = pool.submit(bench.drain, name)
            time.sleep(0.2)
        pair = {name: drain.result() for name, drain in drains.items()}
        print(f"batches of {shape.batch_size}: {pair}", file=sys.stderr, flush=True)
        return pair


class _Bench(Bench):
    """Drains with an agent, whose name tells whether it measures."""

    def __init__(self, *arguments: Any) -> None:
        *others, self._port = arguments
        super().__init__(*others)

    def _command(self, name: str) -> tuple[list[str], dict[str, str]]:
        more = f"{ON}port = {self._port}\n" if name == "on" else OFF
        return [PYTHON, "-m", "ceilobatch.cmd.agent", *self.agent_options(name, more)], {}

    def more(self, pid: int) -> Figures:
        """Seconds of CPU of the worker's last thread, which is the reporter where there is one.

        Where the host is busy this is what can be relied on: the rest differs by more between two
        agents that are the same.
        """
        worker = max(processes.tree(pid), key=lambda one: sum(_threads(one)))
        return {"reporter_cpu_s": _threads(worker)[-1]}


def _threads(pid: int) -> list[float]:
    """Seconds of CPU of each thread of a process, by age."""
    tasks = sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda task: int(task.name))
    return [int((task / "schedstat").read_text().split()[0]) / 1e9 for task in tasks]


@contextlib.contextmanager
def _daemon() -> Iterator[int]:
    """Something that listens to statsd; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(0.5)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    one.recv(8192)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield int(one.getsockname()[1])
        finally:
            ended.set()
            thread.join()
