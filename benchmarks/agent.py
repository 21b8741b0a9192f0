# SPDX-License-Identifier: Apache-2.0
"""How fast, and at what cost, the agent drains a queue; and others, in the same run.

Preloads realistic notifications into a real RabbitMQ, one copy for each consumer, then lets each
drain its own: py-amqp that only decodes JSON (``bare``), oslo.messaging's batch listener that
does nothing (``stock``), the batch-native transport alone (``transport``), the whole agent into
PostgreSQL (``agent``), and with ``--peer`` ceilometer with a null publisher. Prints JSON.

    python -m benchmarks.agent --count 50000 --repeat 3 --peer ~/ceilometer-venv
"""

import argparse
import json
import socket
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import amqp

from benchmarks import ceilometer, processes
from ceilobatch import bus, config
from ceilobatch.testing.notifications import generate
from tests.functional.servers import PostgreSQL, RabbitMQ

EXCHANGES = ["nova", "cinder", "glance", "neutron", "keystone", "ironic", "octavia"]
TOPICS = ["notifications", "versioned_notifications", "ironic_versioned_notifications"]
PYTHON = sys.executable


class Depth(NamedTuple):
    """Messages ready in, and consumers of, some queues."""

    ready: int
    consumers: int


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    consumers = arguments.only or ["bare", "stock", "transport", "agent"]
    if arguments.peer:
        consumers.append("ceilometer")
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql:
        runs = [_run(rabbit, postgresql, consumers, arguments) for _ in range(arguments.repeat)]
    report = {name: _median([run[name] for run in runs]) for name in consumers}
    report["settings"] = {
        "count": arguments.count,
        "repeat": arguments.repeat,
        "batch_size": arguments.batch_size,
        "workers": arguments.workers,
    }
    report["ratios"] = _ratios(report)
    print(json.dumps(report, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=20000, help="notifications")
    parser.add_argument("--repeat", type=int, default=1, help="runs; medians are printed")
    parser.add_argument("--batch-size", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1, help="of the agent")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer", type=Path, help="virtual environment for ceilometer")
    parser.add_argument("--only", nargs="*", help="bare, stock, transport, agent")
    return parser.parse_args()


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}


def _ratios(report: dict[str, Any]) -> dict[str, float]:
    """CPU per message of each consumer, as a multiple of the agent's and of bare's."""
    cpu = {name: row["cpu_ms_per_message"] for name, row in report.items() if name != "settings"}
    ratios = {}
    for base in ("agent", "bare", "transport"):
        if base in cpu:
            for name, value in cpu.items():
                if name != base:
                    ratios[f"{name}/{base}"] = round(value / cpu[base], 2)
    return ratios


def _run(
    rabbit: Any, postgresql: Any, consumers: list[str], arguments: argparse.Namespace
) -> dict[str, dict[str, float]]:
    url = rabbit.create_vhost()
    database = postgresql.create_database()
    try:
        with tempfile.TemporaryDirectory() as directory:
            for name in consumers:
                declare(url, None if name == "ceilometer" else name)
            preload(rabbit.connect(url), arguments.count, arguments.seed)
            bench = Bench(rabbit, url, database, Path(directory), arguments)
            return {name: bench.drain(name) for name in consumers}
    finally:
        rabbit.delete_vhost(url)
        postgresql.drop_database(database)


def declare(url: str, pool: str | None) -> None:
    """Make and bind the queue of a consumer as its oslo.messaging driver would."""
    conf = config.load([], [], _bus_settings(url, pool or ""))
    (source,) = bus.sources(conf)
    source.open()
    source.close()


def _bus_settings(url: str, pool: str) -> dict[tuple[str, str], object]:
    return {
        ("notification", "urls"): [url],
        ("notification", "pool"): pool,
        ("notification", "exchanges"): EXCHANGES,
    }


def preload(connection: amqp.Connection, count: int, seed: int) -> None:
    """Publish so many notifications; however long the broker makes its publisher wait."""
    # RabbitMQ stops reading from a publisher that is too fast. By default py-amqp has the kernel
    # end a connection that is not read from for a second.
    connection.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)
    channel = connection.channel()
    for one in generate(count, seed=seed):
        message = amqp.Message(
            one.envelope(), content_type="application/json", content_encoding="utf-8"
        )
        channel.basic_publish(message, exchange=one.exchange, routing_key=one.routing_key)
    connection.close()


class Bench:
    """One round of drains."""

    def __init__(
        self, rabbit: Any, url: str, database: str, directory: Path, arguments: Any
    ) -> None:
        self._rabbit = rabbit
        self._url = url
        self._database = database
        self._directory = directory
        self._arguments = arguments
        self._channel = rabbit.connect(url).channel()

    def drain(self, name: str) -> dict[str, float]:
        """Start a consumer, wait until its queues are empty, stop it; its figures.

        What a process spends before it consumes is not counted. Time ends when nothing is ready
        any more, CPU when everything is acknowledged.
        """
        command, environment = self._command(name)
        with processes.running(command, self._directory / f"{name}.log", **environment) as one:
            processes.wait_for(lambda: self._depth(name).consumers > 0, one)
            begin = processes.read(one.pid)
            waiting = self._depth(name).ready
            processes.wait_for(lambda: self._depth(name).ready == 0, one)
            seconds = processes.read(one.pid).at - begin.at
            processes.wait_for(lambda: self._settled(name), one)
            end = processes.read(one.pid)
            more = self.more(one.pid)
        cpu = end.cpu - begin.cpu
        return {
            "messages": waiting,
            "messages_per_s": waiting / seconds,
            "cpu_ms_per_message": cpu / waiting * 1000,
            "cpu_s_per_1000_messages": cpu / waiting * 1000,
            "seconds": seconds,
            "peak_mib": end.peak,
            **more,
        }

    def more(self, pid: int) -> dict[str, float]:
        """Further figures of a consumer that has just finished."""
        return {}

    def _queues(self, name: str) -> list[str]:
        if name == "ceilometer":
            return [f"{topic}.{priority}" for topic in TOPICS for priority in bus.PRIORITIES]
        return [name]

    def _depth(self, name: str) -> Depth:
        """Asked of the broker over AMQP, which takes a millisecond."""
        ready = consumers = 0
        for queue in self._queues(name):
            _, messages, listening = self._channel.queue_declare(queue, passive=True)
            ready += messages
            consumers += listening
        return Depth(ready, consumers)

    def _settled(self, name: str) -> bool:
        queues = self._rabbit.queues(self._url)
        return not any(queues[queue]["unacknowledged"] for queue in self._queues(name))

    def _command(self, name: str) -> tuple[list[str], dict[str, str]]:
        if name == "agent":
            return [PYTHON, "-m", "ceilobatch.cmd.agent", *self.agent_options(name)], {}
        if name == "ceilometer":
            directory = self._directory / "peer"
            file = ceilometer.configure(directory, self._url, EXCHANGES, self._arguments.batch_size)
            program = ceilometer.install(self._arguments.peer)
            return [str(program), "--config-file", str(file)], {"PYTHONPATH": str(directory)}
        kind = "transport_only" if name == "transport" else name
        size = str(self._arguments.batch_size)
        arguments = [kind, self._url, name, "--batch-size", size]
        return [PYTHON, "-m", "benchmarks.consumers", *arguments], {}

    def agent_options(self, pool: str, more: str = "") -> list[str]:
        """What an agent is started with; its state and configuration are its own.

        :param more: of its configuration.
        """
        file = self._directory / f"{pool}.conf"
        file.write_text(
            f"[DEFAULT]\nstate_path = {self._directory}/{pool}\n"
            f"[notification]\nurls = {self._url}\npool = {pool}\n"
            f"exchanges = {','.join(EXCHANGES)}\n"
            f"workers = {self._arguments.workers}\nbatch_size = {self._arguments.batch_size}\n"
            f"[storage_sql]\nconnection = {self._database}\nauto_upgrade = true\n{more}"
        )
        return ["--config-file", str(file)]


if __name__ == "__main__":
    main()
