# SPDX-License-Identifier: Apache-2.0
"""From what workers tell to what a Monasca client is told, through the whole service."""

import time
from pathlib import Path

import pytest

from ceilobatch.api.sampler import Sampler
from ceilobatch.telemetry.reading import Kept

from ..conftest import READER

PATHS = (
    "/v2.0/metrics",
    "/v2.0/metrics/names",
    "/v2.0/metrics/measurements",
    "/v2.0/metrics/statistics",
    "/v2.0/metrics/dimensions/names",
    "/v2.0/metrics/dimensions/names/values",
)


def test_counts_of_workers_add_up_in_statistics(client, context, hang):
    begun = time.time()
    times = iter([begun - 1, begun, begun + 1])
    sampler = Sampler(context, lambda: next(times))
    for received in (10, 25):
        for process in ("p0", "p1"):
            reading = Kept("requests.received", {"thread": "t0"}, received)
            hang(process=process, started=begun, readings=[reading])
        sampler.sample()
    answer = client.simulate_get(
        "/v2.0/metrics/statistics",
        params={
            "name": "ceilobatch.instance.requests.received",
            "dimensions": "service:agent,hostname:here",
            "start_time": "2025-01-01T00:00:00Z",
            "statistics": "sum",
            "period": "0",
        },
    )
    (element,) = answer.json["elements"]
    assert element["statistics"][0][1] == 50
    assert element["dimensions"]["pool"] == "ceilobatch"


@pytest.mark.parametrize("path", PATHS)
def test_operator_may_close_figures_to_those_without_a_role(make_client, tmp_path: Path, path):
    rules = tmp_path / "policy.yaml"
    rules.write_text('"figures:read": "role:reader"\n')
    client = make_client(text=f"[oslo_policy]\npolicy_file = {rules}\n")
    assert client.simulate_get(path).status_code == 401
    assert client.simulate_get(path, headers=READER).status_code in {200, 422}


@pytest.mark.parametrize("path", PATHS)
def test_nothing_can_be_written(client, path):
    answer = client.simulate_post(path, json=[{"name": "x", "timestamp": 1, "value": 1}])
    assert answer.status_code == 405
    assert set(answer.json) == {"title", "description"}
