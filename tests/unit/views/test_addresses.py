# SPDX-License-Identifier: Apache-2.0
"""The addresses at which the views are asked for."""

import time
from collections.abc import Iterator
from pathlib import Path

import falcon
import pytest
from falcon.testing import TestClient
from oslo_config import cfg
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ceilobatch import config
from ceilobatch.api import app, context
from ceilobatch.api.context import Context

from .scene import HOST, POOL, snapshot

# What Prometheus sends.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
RECEIVED = "ceilobatch_requests_received_total"


@pytest.fixture
def conf(tmp_path: Path) -> cfg.ConfigOpts:
    return config.load([], [], {("DEFAULT", "state_path"): str(tmp_path)})


@pytest.fixture
def given(conf: cfg.ConfigOpts) -> Iterator[Context]:
    """A host with two workers."""
    given = context.of(conf)
    for process in ("p0", "p1"):
        now = time.time()
        given.board.hang(snapshot(process, taken=now, started=now - 60))
    with given.closing:
        yield given


@pytest.fixture
def client(conf: cfg.ConfigOpts, given: Context) -> TestClient:
    return TestClient(app.build(conf, given))


@pytest.mark.parametrize("accept", ["*/*", "text/plain", "text/html,*/*;q=0.8", "nonsense", ""])
def test_who_does_not_ask_for_openmetrics_gets_the_text_of_prometheus(
    client: TestClient, accept: str
) -> None:
    answer = client.simulate_get("/metrics", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    assert f"# TYPE {RECEIVED} counter" in answer.text


def test_prometheus_gets_openmetrics(client: TestClient) -> None:
    answer = client.simulate_get("/metrics", headers={"Accept": PROMETHEUS})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert len(families["ceilobatch_requests_received"].samples) == 2
    assert families["ceilobatch_worker_memory_bytes"].unit == "bytes"


def test_each_scrape_tells_how_things_are_then(client: TestClient, given: Context) -> None:
    assert (
        'process="p2",service="agent",thread="t0"} 77' not in client.simulate_get("/metrics").text
    )
    given.board.hang(snapshot("p2", count=77, taken=time.time()))
    assert 'process="p2",service="agent",thread="t0"} 77' in client.simulate_get("/metrics").text


def test_admin_page_has_figures_of_all_workers(client: TestClient) -> None:
    page = client.simulate_get("/admin/metrics")
    assert page.headers["content-type"] == falcon.MEDIA_JSON
    instance = page.json["meters"][f"ceilobatch.agent[{HOST},{POOL}].requests.received"]
    assert instance["count"] == 20
    assert instance["mean_rate"] == pytest.approx(20 / 60, rel=0.01)


def test_admin_page_is_for_people_when_asked(client: TestClient) -> None:
    assert "\n" not in client.simulate_get("/admin/metrics").text
    pretty = client.simulate_get("/admin/metrics", params={"pretty": "true"})
    assert pretty.text.startswith('{\n  "version": "3.0.0",\n  "gauges": {\n')


def test_admin_page_leaves_out_workers_that_are_long_gone(
    client: TestClient, given: Context
) -> None:
    given.board.hang(snapshot("p7", taken=time.time() - 3600))
    assert ",p7" not in client.simulate_get("/admin/metrics").text


def test_averages_are_kept_from_the_first_look_on(client: TestClient, given: Context) -> None:
    client.simulate_get("/admin/metrics")
    assert given.rates.stop() is None
    assert given.rates.now()


@pytest.mark.parametrize("path", ["/metrics", "/admin/metrics"])
def test_views_are_closed_to_everybody_where_the_operator_says_so(
    conf: cfg.ConfigOpts, given: Context, tmp_path: Path, path: str
) -> None:
    rules = tmp_path / "policy.yaml"
    rules.write_text('"figures:read": "rule:reader"\n')
    client = TestClient(app.build(conf, given))
    assert client.simulate_get(path).status_code == 200
    conf.set_override("policy_file", str(rules), group="oslo_policy")
    client = TestClient(app.build(conf, given))
    assert client.simulate_get(path).status_code == 401
