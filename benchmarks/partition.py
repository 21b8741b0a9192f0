# SPDX-License-Identifier: Apache-2.0
"""How evenly workers on two hosts share many scopes, and how soon a lost one is replaced.

Two real daemons with two workers each, a real Redis and a real PostgreSQL. Every scope has one
new period, which its owner stores: that tells the shares. Then every scope lies far behind, and
while all workers catch up one of them is killed, or a whole daemon with all of its processes;
it tells after how many seconds the first of its scopes, half of them and all of them have been
stored by others, the successor of a worker among them. ``plan`` is one planning round of a worker.
Prints JSON.

    python -m benchmarks.partition --scopes 10000 --lease 10
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from tooz import coordination

from benchmarks import catching_up
from benchmarks.catching_up import Work
from ceilobatch import config
from ceilobatch.processor.assembly import build_calendar, build_storage
from ceilobatch.processor.partition import RingPartition
from ceilobatch.processor.planner import Planner
from ceilobatch.telemetry.calls import CallRegistry
from tests.functional.servers import PostgreSQL, Redis, wait_until

HOSTS = ("a", "b")
WORKERS = 2
ROUNDS = 11
# More than is caught up while somebody is killed and replaced.
BACKLOG = 10_000
_PID = "Worker {} started as process "


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    report: dict[str, Any] = {"settings": vars(arguments), "load": catching_up.load()}
    with Redis() as redis, PostgreSQL() as postgresql:
        with _bench(redis, postgresql, arguments, periods=1) as bench:
            report["shares"] = bench.shares()
            report["plan"] = bench.plan()
        for name in ("worker", "daemon"):
            with _bench(redis, postgresql, arguments, periods=BACKLOG) as bench:
                report[f"killed_{name}"] = bench.kill(name)
    report["load_at_end"] = catching_up.load()
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scopes", type=int, default=10_000)
    parser.add_argument("--lease", type=int, default=10, help="[coordination] lease, in seconds")
    return parser.parse_args()


@contextlib.contextmanager
def _bench(
    redis: Any, postgresql: Any, arguments: argparse.Namespace, periods: int
) -> Iterator["Bench"]:
    """Both daemons at work on a database of their own."""
    url = postgresql.create_database()
    try:
        with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
            bench = Bench(Path(directory), redis.url, url, arguments, periods)
            stack.callback(bench.close)
            for host in HOSTS:
                bench.daemons[host] = stack.enter_context(daemon(bench.files[host]))
            yield bench
    finally:
        postgresql.drop_database(url)


@contextlib.contextmanager
def daemon(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One daemon that leads a process group of its own."""
    command = [catching_up.PYTHON, "-m", "ceilobatch.cmd.processor", "--config-file", str(file)]
    with (file.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


class Bench:
    """Two daemons, and how far their scopes have come.

    :ivar daemons: by the name of the host.
    """

    def __init__(
        self, directory: Path, redis: str, url: str, arguments: argparse.Namespace, periods: int
    ) -> None:
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._scopes = arguments.scopes
        self._group = f"group-{directory.name}"
        settings_of_group = {"url": redis, "lease": arguments.lease, "group": self._group}
        self._coordinator = coordination.get_coordinator(redis, b"watcher")
        self._coordinator.start()
        work = Work(arguments.scopes, periods, 1, 1, 16, 24, 0, 0.01)
        self.files = {}
        for host in HOSTS:
            place = directory / host
            place.mkdir()
            settings: dict[str, dict[str, object]] = {
                "DEFAULT": {"host": host},
                "processor": {"workers": WORKERS},
                "coordination": settings_of_group,
            }
            self.files[host] = catching_up.configure(place, url, work, settings)
        self._target = catching_up.enroll(self.files["a"], arguments.scopes, periods)
        self.connection = psycopg.connect(catching_up.plain(url), autocommit=True)

    def close(self) -> None:
        """Leave both servers."""
        self._coordinator.stop()
        self.connection.close()

    def shares(self) -> dict[str, Any]:
        """How many scopes each worker has stored for."""
        wait_until(self._all_stored, 300, what="every scope is stored")
        found: Counter[str] = Counter(
            dict(self._rows("SELECT worker, count(*) FROM scope GROUP BY worker"))
        )
        even = self._scopes / (len(HOSTS) * WORKERS)
        extremes = {"largest": max(found.values()), "smallest": min(found.values())}
        return {
            **dict(sorted(found.items())),
            **{f"{name}_of_even": round(count / even, 3) for name, count in extremes.items()},
        }

    def _all_stored(self) -> bool:
        ((behind,),) = self._rows(
            "SELECT count(*) FROM scope WHERE last_processed < %s", self._target
        )
        return bool(behind == 0)

    def plan(self) -> dict[str, float]:
        """What one round of a fifth worker costs, beside the others that have nothing to do."""
        conf = config.load([str(self.files["a"])], [])
        storage = build_storage(conf, CallRegistry())
        partition = RingPartition(conf, "a/watcher", lambda: None)
        partition.start()
        planner = Planner(partition.member, build_calendar(conf), partition)
        try:
            rounds = [_timed(planner, storage) for _ in range(ROUNDS)]
        finally:
            partition.stop()
            storage.close()
        # The first one builds the ring's answers and opens a connection.
        wall, cpu = zip(*rounds, strict=True)
        return {
            "first_wall_ms": round(wall[0] * 1000, 1),
            "wall_ms": round(statistics.median(wall[1:]) * 1000, 1),
            "first_cpu_ms": round(cpu[0] * 1000, 1),
            "cpu_ms": round(statistics.median(cpu[1:]) * 1000, 1),
        }

    def kill(self, what: str) -> dict[str, float]:
        """Kill one worker of the first host, or all of it; when its scopes go on elsewhere.

        ``forgotten`` is when the backend names it no more.
        """
        wait_until(self._everybody_has_stored, 120, what="every worker has stored")
        victims = ["a/w0"] if what == "worker" else ["a/w0", "a/w1"]
        members = {one for one in self._members() if one.rpartition("/")[0] in victims}
        if what == "worker":
            os.kill(self._pid_of("w0"), signal.SIGKILL)
        else:
            os.killpg(self.daemons["a"].pid, signal.SIGKILL)
        killed = time.monotonic()
        self._remember(victims)
        ((lost,),) = self._rows("SELECT count(*) FROM lost")
        conditions: dict[str, Callable[[], bool]] = {
            "forgotten": lambda: not members & self._members(),
            "first": lambda: self._moved() >= 1,
            "half": lambda: self._moved() >= lost / 2,
            "all": lambda: self._moved() >= lost,
        }
        found: dict[str, float] = {}
        wait_until(lambda: _note(conditions, found, killed), 300, what="all of its scopes go on")
        return {"scopes": lost, **found}

    def _members(self) -> set[str]:
        found = self._coordinator.get_members(self._group.encode()).get()
        return {member.decode() for member in found}

    def _everybody_has_stored(self) -> bool:
        """For each scope, so that what is killed has stored for all of its own."""
        ((count,),) = self._rows("SELECT count(*) FROM scope WHERE worker <> ''")
        return bool(count >= self._scopes)

    def _pid_of(self, worker: str) -> int:
        log = (self.files["a"].parent / "log").read_text()
        return int(log.partition(_PID.format(worker))[2].split()[0])

    def _remember(self, victims: list[str]) -> None:
        # What was being committed is, by then; what was only begun is rolled back.
        time.sleep(0.5)
        self.connection.execute(
            "CREATE TEMPORARY TABLE lost AS SELECT scope, last_processed FROM scope"
            " WHERE worker = ANY(%s)",
            (victims,),
        )

    def _moved(self) -> int:
        ((count,),) = self._rows(
            "SELECT count(*) FROM lost JOIN scope USING (scope)"
            " WHERE scope.last_processed > lost.last_processed"
        )
        return int(count)

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement.encode(), parameters).fetchall()


def _note(
    conditions: Mapping[str, Callable[[], bool]], found: dict[str, float], begin: float
) -> bool:
    """Note the seconds after which each condition holds; whether all of them have."""
    for name, holds in conditions.items():
        if name not in found and holds():
            found[name] = round(time.monotonic() - begin, 2)
    return len(found) == len(conditions)


def _timed(planner: Planner, storage: Any) -> tuple[float, float]:
    """Seconds, and seconds of this thread's CPU."""
    wall, cpu = time.monotonic(), time.thread_time()
    planner.plan(storage, idle=True)
    return time.monotonic() - wall, time.thread_time() - cpu


if __name__ == "__main__":
    main()
