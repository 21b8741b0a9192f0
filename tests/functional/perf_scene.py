# SPDX-License-Identifier: Apache-2.0
"""A drain that four reports watch: an agent, the service that tells its figures, and the load."""

import contextlib
import datetime
import itertools
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ceilobatch import config
from ceilobatch.cmd.main import main
from ceilobatch.perf.connect import publisher
from ceilobatch.perf.load import Loaded, load
from ceilobatch.perf.opened import Wanted, opened
from ceilobatch.perf.report import Report, report
from ceilobatch.perf.source import Names, Source
from ceilobatch.perf.stream import KINDS, Plan, stream
from ceilobatch.perf.watch import Goal, watch

from .agent_process import Agent, settings
from .servers import free_port, wait_until

EXCHANGES = "nova,cinder,glance,neutron,keystone,ironic,octavia"
SOURCES = ("monasca", "dropwizard", "prometheus", "ledger")
# Seconds.
PATIENCE = 60.0


class Api(Agent):
    """The service as a process."""

    program = "ceilobatch-api"


class Place(NamedTuple):
    """Where a drain happens.

    :ivar bus: transport URL; ``database``: SQLAlchemy URL.
    """

    directory: Path
    bus: str
    database: str


@contextlib.contextmanager
def running(place: Place, workers: int = 2, **notification: object) -> Iterator[str]:
    """An agent that waits for messages, and the service; yields the address of the latter."""
    port = free_port()
    both: dict[str, dict[str, object]] = {
        **settings(
            place.bus,
            place.database,
            group={"host": "h1"},
            workers=workers,
            exchanges=EXCHANGES,
            **notification,
        ),
        "telemetry": {"interval": 0.2},
        "api": {"port": port, "interval": 0.5},
    }
    agent, api = Agent(place.directory, both), Api(place.directory, both)
    api.log = place.directory / "api.log"
    with contextlib.redirect_stdout(sys.stderr):
        assert main(["--config-file", str(agent.file), "db", "upgrade"]) == 0
    try:
        agent.start()
        api.start()
        board = place.directory / "state" / "telemetry"
        wait_until(lambda: agent.logged("Consuming from") == workers, what="consumers")
        wait_until(lambda: len(list(board.glob("agent.*.json"))) == workers, what="figures")
        wait_until(lambda: "Listening on" in api.read_log(), what="the service to listen")
        yield f"http://127.0.0.1:{port}"
    finally:
        agent.kill_all()
        api.kill_all()


class Watching(NamedTuple):
    """A report in the making."""

    kind: str
    begun: threading.Event
    result: "Future[Report]"

    def is_under_way(self) -> bool:
        """Whether it has had its first sample, or has failed already."""
        return self.begun.is_set() or self.result.done()


@contextlib.contextmanager
def watching(
    place: Place, url: str, count: int, interval: float, patience: float = PATIENCE
) -> Iterator[list[Watching]]:
    """Four reports that have had their first sample, and end when so many are accounted for."""
    with ThreadPoolExecutor(len(SOURCES)) as pool:
        stopped = threading.Event()
        try:
            reports = []
            for kind in SOURCES:
                begun = threading.Event()
                goal = Goal(count, None, patience, interval)
                result = pool.submit(_watch, kind, _source(kind, place, url), goal, begun, stopped)
                reports.append(Watching(kind, begun, result))
            for one in reports:
                wait_until(one.is_under_way, what=one.kind)
            yield reports
        finally:
            stopped.set()


def fill(bus: str, count: int, broken: float, seed: int = 0) -> Loaded:
    """Publish what the agent then drains."""
    now = datetime.datetime.now(datetime.UTC)
    plan = Plan("run", seed, broken, dict.fromkeys(KINDS, 1.0), (), now, datetime.timedelta(0))
    connected = publisher(config.load([], []), bus)
    with contextlib.closing(connected):
        parcels = itertools.islice(stream(plan), count)
        return load(parcels, connected, None, lambda _: None, threading.Event())


def results(reports: Sequence[Watching]) -> dict[str, Report]:
    """The reports, when the work is done."""
    return {one.kind: one.result.result() for one in reports}


def _source(kind: str, place: Place, url: str) -> Source:
    urls = [place.database if kind == "ledger" else url]
    return opened(Wanted(kind, urls, Names(), dict, 10.0), lambda: NotImplemented)


def _watch(
    kind: str, source: Source, goal: Goal, begun: threading.Event, stopped: threading.Event
) -> Report:
    when = datetime.datetime.now(datetime.UTC)
    with contextlib.closing(source):
        found = watch(source, goal, lambda _: begun.set(), stopped)
    return report(kind, when, found)
