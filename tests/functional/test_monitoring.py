# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus with the alarms that are shipped scrapes the real service."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from oslo_config import cfg

from ceilobatch import config
from ceilobatch.telemetry.board import Board

from ..unit.views.scene import HOST, snapshot
from ..unit.views.shipped import ALERTS, Query, alerts, queries
from .agent_process import Agent
from .servers import Prometheus, free_port, wait_until


class Service(Agent):
    """``ceilobatch-api``."""

    program = "ceilobatch-api"


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    """The address of a service that is being started."""
    port = free_port()
    settings = {"api": {"port": port, "letters_interval": 1}}
    service = Service(tmp_path, {**settings, "DEFAULT": {"state_path": tmp_path}}).start()
    yield f"127.0.0.1:{port}"
    service.kill_all()


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """What the service shows."""
    conf: cfg.ConfigOpts = config.load([], [], {("DEFAULT", "state_path"): str(tmp_path)})
    return Board(conf)


@pytest.fixture
def prometheus_scraping(target: str) -> Iterator[Prometheus]:
    """Asks the service each second."""
    jobs = [{"job_name": "ceilobatch", "static_configs": [{"targets": [target]}]}]
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": jobs,
    }
    with Prometheus(json.dumps(configuration)) as server:
        yield server


def test_every_query_of_the_dashboard_finds_something_and_alarms_are_watched(
    prometheus_scraping: Prometheus, board: Board
) -> None:
    began = time.time()
    left = [query for query in queries() if query.place not in {one["alert"] for one in alerts()}]

    def all_found() -> bool:
        now = time.time()
        ticks = round((now - began) * 10) + 1
        for service in ("agent", "processor"):
            given = {"count": ticks, "times": (1, 40) * ticks, "service": service}
            board.hang(snapshot(**given, taken=now, started=began))
        left[:] = [query for query in left if not found(prometheus_scraping, query)]
        return not left

    try:
        wait_until(all_found, what="data for every query")
    except AssertionError:
        assert left == []
    rules = ask(prometheus_scraping, "rules")["groups"]
    health = {rule["name"]: rule["health"] for group in rules for rule in group["rules"]}
    assert health == {rule["alert"]: "ok" for rule in alerts()}
    (scraped,) = ask(prometheus_scraping, "targets")["activeTargets"]
    assert (scraped["health"], scraped["lastError"]) == ("up", "")
    up = ask(prometheus_scraping, "query", query="ceilobatch_worker_up == 1")["result"]
    assert {one["metric"]["hostname"] for one in up} == {HOST}
    assert {one["metric"]["service"] for one in up} == {"agent", "processor"}


def found(server: Prometheus, query: Query) -> bool:
    """Whether there is an answer with something in it."""
    return bool(ask(server, "query", query=query.expression)["result"])


def ask(server: Prometheus, what: str, **parameters: str) -> Any:
    """What its API answers."""
    answer = requests.get(f"{server.url}/api/v1/{what}", params=parameters, timeout=10)
    answer.raise_for_status()
    return answer.json()["data"]
