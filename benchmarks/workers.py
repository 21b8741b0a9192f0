# SPDX-License-Identifier: Apache-2.0
"""How much faster two workers drain a queue than one, and what limits them. Prints JSON.

One agent of one worker and one of two take turns on queues that are filled alike: with PostgreSQL
on this host (``near``), where workers, broker and database share the processors; and with
PostgreSQL behind a proxy that lets every answer come late (``far``), as a database on another
host does, where a worker mostly waits. Counted is from when every worker is under way until
nothing waits. CPU is in processors kept busy: 2.0 is all of two. What keeps the rest of them busy,
``all_else_busy``, is the measuring itself, and whoever else is on this host.

    python -m benchmarks.workers --count 40000 --repeat 3 --milliseconds 20
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import amqp

from benchmarks import processes
from benchmarks.agent import EXCHANGES, declare, preload
from tests.functional.agent_process import Agent, settings
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until

QUEUE = "ceilobatch"
WORKERS = (1, 2)
PLACES = ("near", "far")
Figures = dict[str, float]


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    runs: dict[tuple[str, int], list[Figures]] = {}
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql:
        stage = Stage(rabbit, postgresql, arguments)
        for turn in range(arguments.repeat):
            for place in arguments.only or PLACES:
                # Whoever was second is first the next time.
                for workers in WORKERS[:: -1 if turn % 2 else 1]:
                    runs.setdefault((place, workers), []).append(stage.drain(place, workers))
    report: dict[str, Any] = {"processors": os.cpu_count(), "settings": vars(arguments)}
    for place in arguments.only or PLACES:
        one, two = (_median(runs[place, workers]) for workers in WORKERS)
        ratio = round(two["messages_per_s"] / one["messages_per_s"], 2)
        report[place] = {"one_worker": one, "two_workers": two, "ratio": ratio}
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=40_000, help="notifications")
    parser.add_argument("--repeat", type=int, default=3, help="turns; medians are printed")
    parser.add_argument("--batch-size", type=int, default=1000)
    parser.add_argument("--milliseconds", type=float, default=20.0, help="by which far is far")
    parser.add_argument("--only", nargs="*", choices=PLACES)
    return parser.parse_args()


def _median(runs: list[Figures]) -> Figures:
    return {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}


class Stage:
    """The servers, and what is measured on them."""

    def __init__(self, rabbit: RabbitMQ, postgresql: PostgreSQL, arguments: Any) -> None:
        self._rabbit = rabbit
        self._postgresql = postgresql
        self._arguments = arguments

    def drain(self, place: str, workers: int) -> Figures:
        """Fill a queue, let an agent empty it; its figures."""
        url, database = self._rabbit.create_vhost(), self._postgresql.create_database()
        with contextlib.ExitStack() as stack:
            stack.callback(self._rabbit.delete_vhost, url)
            stack.callback(self._postgresql.drop_database, database)
            declare(url, QUEUE)
            preload(self._rabbit.connect(url), self._arguments.count, seed=0)
            measured = {"broker": self._rabbit.pid, "database": self._postgresql.pid}
            if place == "far":
                proxy, port = stack.enter_context(self._proxy())
                database = database.replace(f":{self._postgresql.port}/", f":{port}/")
                measured["proxy"] = proxy
            directory = stack.enter_context(tempfile.TemporaryDirectory())
            agent = Agent(Path(directory), self._settings(url, database, workers))
            stack.callback(agent.kill_all)
            agent.start()
            assert agent.process is not None
            measured["agent"] = agent.process.pid
            channel = stack.enter_context(self._rabbit.connect(url)).channel()
            figures = self._measure(channel, workers, measured)
            agent.stop()
            return figures

    def _settings(self, url: str, database: str, workers: int) -> dict[str, dict[str, object]]:
        size = self._arguments.batch_size
        exchanges = ",".join(EXCHANGES)
        return settings(url, database, exchanges=exchanges, workers=workers, batch_size=size)

    def _measure(self, channel: amqp.Channel, workers: int, measured: dict[str, int]) -> Figures:
        """Messages that left the queue, and CPU, from when all are under way to the last.

        What a worker has in hand is as much at the begin as at the end.
        """
        # Every worker has filled its prefetch and settled two batches.
        begun = self._arguments.count - WORKERS[-1] * 4 * self._arguments.batch_size
        wait_until(lambda: _depth(channel)[1] == workers, what="workers")
        wait_until(lambda: _depth(channel)[0] <= begun, what="workers under way")
        before, idle, waiting = _readings(measured), _idle(), _depth(channel)[0]
        wait_until(lambda: _depth(channel)[0] == 0, 600, "an empty queue")
        after, idle = _readings(measured), _idle() - idle
        seconds = after["agent"].at - before["agent"].at
        figures = {"messages_per_s": waiting / seconds, "seconds": seconds}
        for name, end in after.items():
            figures[f"{name}_busy"] = (end.cpu - before[name].cpu) / seconds
        figures["idle"] = idle / seconds
        # Where this is much, the other figures say nothing.
        busy = sum(figures[f"{name}_busy"] for name in after)
        return figures | {"all_else_busy": (os.cpu_count() or 1) - busy - figures["idle"]}

    @contextlib.contextmanager
    def _proxy(self) -> Iterator[tuple[int, int]]:
        """The process id and the port of a proxy to PostgreSQL."""
        command = [sys.executable, "-m", "benchmarks.delay", str(self._postgresql.port)]
        command += ["--milliseconds", str(self._arguments.milliseconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            try:
                yield process.pid, int(process.stdout.readline())
            finally:
                process.terminate()


def _depth(channel: amqp.Channel) -> tuple[int, int]:
    """Messages ready and consumers; takes the broker a millisecond."""
    _, ready, consumers = channel.queue_declare(QUEUE, passive=True)
    return ready, consumers


def _readings(measured: dict[str, int]) -> dict[str, processes.Reading]:
    return {name: processes.read(pid) for name, pid in measured.items()}


def _idle() -> float:
    """Seconds that the processors were idle, all together, since the host started."""
    fields = Path("/proc/stat").read_text().partition("\n")[0].split()
    return (int(fields[4]) + int(fields[5])) / processes.TICKS


if __name__ == "__main__":
    main()
