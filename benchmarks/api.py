# SPDX-License-Identifier: Apache-2.0
"""How ceilobatch-api answers many clients while the agent works beside it.

Starts RabbitMQ, PostgreSQL, an agent, a publisher that keeps it busy all the time, and the service
as operators run it; then asks it so many times over so many connections that stay open, each path
in turn.
Prints JSON: failures, answers by status, requests each second, percentiles of the latency for
each path, and what the agent stored meanwhile.

    python -m benchmarks.api --requests 10000 --connections 50
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import amqp

from benchmarks import processes
from benchmarks.agent import declare, preload
from tests.functional.agent_process import Agent, Stored, settings
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until
from tests.functional.test_api import Api, free_port

PATHS = ("/metrics", "/healthcheck", "/v2.0/metrics/names", "/v1/ledger")
POOL = "agent"


class Asked(NamedTuple):
    """One request: its path, how long it took (seconds), and what came of it."""

    path: str
    seconds: float
    status: str


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql, tempfile.TemporaryDirectory() as place:
        url, database = rabbit.create_vhost(), postgresql.create_database()
        declare(url, POOL)
        publisher = multiprocessing.get_context("spawn").Process(
            target=_publish, args=(url, arguments.rate), daemon=True
        )
        options = settings(url, database, pool=POOL, workers=arguments.workers)
        group = {"api": {"port": free_port(), "interval": 1}}
        agent = Agent(Path(place), {**options, **group})
        api = Api(Path(place), {**options, **group})
        publisher.start()
        try:
            report = _run(agent, api, Stored(postgresql, database), arguments)
        finally:
            publisher.kill()
            publisher.join()
            api.kill_all()
            agent.kill_all()
    print(json.dumps(report, indent=2))
    sys.exit(1 if report["failed"] or not report["agent"]["stored_meanwhile"] else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--paths", nargs="+", default=PATHS)
    parser.add_argument("--rate", type=int, default=500, help="notifications published a second")
    parser.add_argument("--workers", type=int, default=1, help="of the agent")
    return parser.parse_args()


def _run(agent: Agent, api: Api, stored: Stored, arguments: argparse.Namespace) -> dict[str, Any]:
    agent.start()
    wait_until(lambda: stored.count("event") > 0, what="the agent to store")
    url = api.start().wait()
    assert api.process is not None
    before, cpu = stored.count("event"), processes.read(api.process.pid).cpu
    asked, seconds = asyncio.run(_ask(url, arguments))
    cpu = processes.read(api.process.pid).cpu - cpu
    peak = processes.read(api.process.pid).peak
    after = stored.count("event")
    code = api.stop()
    failed = sum(one.status != "200" for one in asked)
    return {
        "requests": len(asked),
        "connections": arguments.connections,
        "failed": failed,
        "statuses": dict(Counter(one.status for one in asked)),
        "seconds": round(seconds, 2),
        "requests_per_s": round(len(asked) / seconds, 1),
        "latency_ms": dict(_latencies(asked)),
        "api": {
            "cpu_ms_per_request": round(cpu / len(asked) * 1000, 3),
            "peak_mib": round(peak, 1),
            "exit_code": code,
            "tracebacks": api.logged("Traceback"),
        },
        "agent": {
            "stored_meanwhile": after - before,
            "events_per_s": round((after - before) / seconds, 1),
        },
    }


def _publish(url: str, rate: int) -> None:
    """Publish so many notifications each second until killed; runs in a process of its own."""
    for seed in itertools.count():
        begin = time.monotonic()
        preload(_connected(url), rate, seed)
        time.sleep(max(0.0, begin + 1 - time.monotonic()))


def _connected(url: str) -> Any:
    where = urllib.parse.urlsplit(url)
    connection = amqp.Connection(
        f"{where.hostname}:{where.port}",
        where.username,
        where.password,
        virtual_host=where.path[1:] or "/",
    )
    connection.connect()
    return connection


async def _ask(url: str, arguments: argparse.Namespace) -> tuple[list[Asked], float]:
    """All requests, and how long they took together."""
    paths = itertools.islice(itertools.cycle(arguments.paths), arguments.requests)
    begin = time.monotonic()
    connections = [_connection(url, paths) for _ in range(arguments.connections)]
    asked = [one for batch in await asyncio.gather(*connections) for one in batch]
    return asked, time.monotonic() - begin


async def _connection(url: str, paths: Iterator[str]) -> list[Asked]:
    """Ask over one connection until nothing is left; it is made anew where it is lost."""
    host, _, port = url.removeprefix("http://").partition(":")
    asked: list[Asked] = []
    streams = None
    for path in paths:
        begin = time.monotonic()
        try:
            streams = streams or await asyncio.open_connection(host, int(port))
            status = await _status(*streams, host, path)
        except (OSError, EOFError, ValueError) as error:
            streams, status = None, type(error).__name__
        asked.append(Asked(path, time.monotonic() - begin, status))
    if streams is not None:
        streams[1].close()
        await streams[1].wait_closed()
    return asked


async def _status(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str
) -> str:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    length = next(line for line in head if line.lower().startswith("content-length:"))
    await reader.readexactly(int(length.partition(":")[2]))
    return head[0].split()[1]


def _latencies(asked: list[Asked]) -> Iterator[tuple[str, dict[str, float]]]:
    for path in ("all", *sorted({one.path for one in asked})):
        taken = [one.seconds * 1000 for one in asked if path in ("all", one.path)]
        cuts = statistics.quantiles(taken, n=1000, method="inclusive")
        percentiles = {"p50": cuts[499], "p90": cuts[899], "p99": cuts[989], "p99.9": cuts[998]}
        figures = {"min": min(taken), **percentiles, "max": max(taken)}
        yield path, {name: round(value, 2) for name, value in figures.items()}


if __name__ == "__main__":
    main()
