# SPDX-License-Identifier: Apache-2.0
"""What the statsd daemon of a real monasca-agent adds up, against the books and the board."""

import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import amqp

from benchmarks import telemetry_peer
from benchmarks.agent import EXCHANGES, declare, preload
from ceilobatch import config
from ceilobatch.telemetry.board import Board
from ceilobatch.telemetry.levels import Level, Series, series
from ceilobatch.telemetry.measurement import Kind
from ceilobatch.telemetry.spread import SpreadFigures
from tests.functional.agent_process import Agent, settings
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until

POOL = "ceilobatch"
PREFIX = "ceilobatch."
# Of the notifications, so many come once more; and so many bodies are none.
AGAIN, BROKEN = 2000, 300
# The columns of the books by what is told of them.
BOOKS = {
    "requests.received": "received",
    "requests.completed": "stored",
    "requests.failed": "recovered",
    "requests.retried": "requeued",
    "requests.duplicate": "duplicate",
    "requests.dropped": "ignored",
}
Report = dict[str, Any]


def measure(arguments: Any) -> Report:
    """Drain, and compare."""
    program = telemetry_peer.install(arguments.peer)
    with tempfile.TemporaryDirectory() as name, telemetry_peer.Sink() as sink:
        directory = Path(name)
        with telemetry_peer.running(program, directory, sink) as port:
            drained = drain(directory, port, arguments)
        return {"seconds": drained.seconds, **_compared(sink, drained.books, drained.told)}


class Drained(NamedTuple):
    """What was done.

    :ivar books: the total row of the ledger.
    :ivar told: what the workers have hung out, of processes and of the instance.
    """

    seconds: float
    books: Report
    told: list[Series]


def drain(directory: Path, port: int, arguments: Any, **statsd: object) -> Drained:
    """Let workers drain a queue into PostgreSQL and send their figures to a port of this host."""
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql:
        url, database = rabbit.create_vhost(), postgresql.create_database()
        options = settings(
            url, database, exchanges=",".join(EXCHANGES), workers=arguments.workers, pool=POOL
        )
        interval = arguments.flush_interval
        options["statsd"] = {"enable": "true", "port": port, "flush_interval": interval, **statsd}
        agent = Agent(directory, options)
        _fill(rabbit, url, arguments.count)
        seconds = _drain(rabbit, url, agent, interval)
        (*_, books) = agent.command("ledger", "show")
        board = Board(config.load([str(agent.file)], []))
        told = series(board.read(), (Level.PROCESS, Level.INSTANCE))
        return Drained(round(seconds, 1), books, told)


def _fill(rabbit: RabbitMQ, url: str, count: int) -> None:
    declare(url, POOL)
    preload(rabbit.connect(url), count, seed=0)
    preload(rabbit.connect(url), min(AGAIN, count), seed=0)
    with rabbit.connect(url) as connection:
        channel = connection.channel()
        for number in range(BROKEN):
            message = amqp.Message(f"broken {number}")
            channel.basic_publish(message, exchange="nova", routing_key="notifications.info")


def _drain(rabbit: RabbitMQ, url: str, agent: Agent, flush_interval: int) -> float:
    """Let the agent work and end; how long the work took."""
    began = time.monotonic()
    agent.start()
    try:
        wait_until(lambda: _left(rabbit, url) == 0, 900, "an empty queue")
        ended = time.monotonic()
        # So that the last flush has no times: two in one interval of the daemon, and it would
        # keep the gauges of the second one only.
        time.sleep(flush_interval + 2 * telemetry_peer.INTERVAL)
        assert agent.stop() == 0
        time.sleep(2 * telemetry_peer.INTERVAL)
    finally:
        agent.kill_all()
    return ended - began


def _left(rabbit: RabbitMQ, url: str) -> int:
    queue = rabbit.queues(url)[POOL]
    return int(queue["ready"] + queue["unacknowledged"])


def _compared(sink: telemetry_peer.Sink, books: Report, told: list[Series]) -> Report:
    """What the daemon was told, what it should have been told, and what differs."""
    by_books = dict(_of_books(sink, books))
    counters, times = dict(_of_counters(sink, told)), dict(_of_times(sink, told))
    pairs = {**by_books, **counters, **times}
    requests = {name: pair for name, pair in times.items() if name.startswith("process.")}
    return {
        "daemon_and_books": by_books,
        "daemon_and_board": requests,
        "compared": {"books": len(by_books), "counters": len(counters), "times": len(times)},
        "series": len(sink.values),
        "differ": {name: pair for name, pair in pairs.items() if pair[0] != pair[1]},
    }


Pairs = Iterator[tuple[str, tuple[float, float]]]


def _of_books(sink: telemetry_peer.Sink, books: Report) -> Pairs:
    for name, column in BOOKS.items():
        for level in Level:
            full = f"{PREFIX}{level.value}.{name}"
            values = (sum(values) for (known, _), values in sink.values.items() if known == full)
            yield full, (sum(values), int(books[column]))


def comes_through(one: Series) -> bool:
    """Whether it is a counter that is the same over statsd: not those of sending itself."""
    return one.measurement.kind is Kind.COUNTER and not one.name.startswith("statsd.")


def _of_counters(sink: telemetry_peer.Sink, told: Iterable[Series]) -> Pairs:
    """Every counter that the workers have hung out, plugins' included."""
    for one in told:
        if comes_through(one):
            yield _shown(one), (sum(_values(sink, one)), cast(float, one.value))


def _of_times(sink: telemetry_peer.Sink, told: Iterable[Series]) -> Pairs:
    """Number, sum, shortest and longest, in microseconds."""
    for one in told:
        if one.measurement.kind is not Kind.TIME:
            continue
        assert isinstance(one.value, SpreadFigures)
        shown = _shown(one)
        yield f"{shown} count", (sum(_values(sink, one, ".count")), one.value.count)
        yield f"{shown} sum", (sum(_values(sink, one, ".sum")), one.value.total // 1000)
        if one.level is not Level.INSTANCE and one.value.count:
            shortest, longest = (nanoseconds // 1000 for nanoseconds in one.value.extremes)
            yield f"{shown} min", (min(_values(sink, one, ".min")), shortest)
            yield f"{shown} max", (max(_values(sink, one, ".max")), longest)


def _values(sink: telemetry_peer.Sink, one: Series, suffix: str = "") -> list[float]:
    return sink.values[f"{PREFIX}{one.name}{suffix}", frozenset(one.dimensions.items())]


def _shown(one: Series) -> str:
    hidden = {"service", "hostname", "pool"}
    texts = (text for key, text in sorted(one.dimensions.items()) if key not in hidden)
    return " ".join((one.name, *texts))
