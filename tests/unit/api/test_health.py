# SPDX-License-Identifier: Apache-2.0
"""What /healthcheck says of workers by what they did."""

import time

import falcon
import pytest

from ceilobatch import errors


def told(client):
    answer = client.simulate_get("/healthcheck")
    return answer.status_code, {one["process"]: one["status"] for one in answer.json["workers"]}


def test_host_without_workers_is_not_healthy(client):
    answer = client.simulate_get("/healthcheck")
    assert answer.status == falcon.HTTP_503
    assert answer.json["reason"] == "no worker runs on this host"


def test_host_is_healthy_when_all_its_workers_get_on(client, hang):
    hang()
    hang(process="p1", service="processor", pool="")
    assert told(client) == (200, {"p0": "ok", "p1": "ok"})


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"closed": {"t0": "the database is away"}}, "closed"),
        ({"idle": 121.0}, "stalled"),
        ({"idle": 121.0, "closed": {"t0": "the database is away"}}, "stalled"),
        ({"taken": time.time() - 600, "idle": 500.0}, "gone"),
    ],
)
def test_one_worker_that_does_not_get_on_is_enough(client, hang, changes, status):
    hang()
    hang(process="p1", **changes)
    assert told(client) == (503, {"p0": "ok", "p1": status})


def test_worker_that_has_drained_is_neither_missed_nor_counted(client, hang):
    hang(process="p1", ended=True, taken=time.time() - 60)
    assert told(client) == (503, {"p1": "ended"})
    hang()
    assert told(client) == (200, {"p0": "ok", "p1": "ended"})


@pytest.mark.parametrize(
    "changes", [{"ended": True, "taken": time.time() - 600}, {"taken": time.time() - 90_000}]
)
def test_worker_that_is_long_gone_is_forgotten(client, hang, changes):
    hang()
    hang(process="p1", **changes)
    assert told(client) == (200, {"p0": "ok"})


def test_reason_of_a_closed_gate_is_one_line_without_passwords(client, hang):
    hang(closed={"t0": "away:\npostgresql://u:secret@db/x password='secret' " + "x" * 500})
    text = client.simulate_get("/healthcheck", headers={"Accept": "text/plain"}).text
    assert "closed (t0: away:" in text
    assert "secret" not in text
    assert max(map(len, text.splitlines())) < 300


def test_text_has_a_line_for_each_worker(client, hang):
    hang()
    answer = client.simulate_get("/healthcheck", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "ok: 1 workers get on\nagent/here/ceilobatch/p0: ok\n"


def test_workers_that_could_only_be_taken_for_gone_are_refused(make_client):
    with pytest.raises(errors.ConfigurationError, match=r"\[api\] stale_after: 15 s .* 20 s"):
        make_client(text="[telemetry]\ninterval = 20\n")
