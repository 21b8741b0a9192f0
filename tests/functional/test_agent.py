# SPDX-License-Identifier: Apache-2.0
"""The agent as a daemon on a real RabbitMQ and a real PostgreSQL."""

import json
import re
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import amqp
import psutil
import pytest

from ceilobatch import config
from ceilobatch.assembly import build_recovery
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import generate

from .agent_process import Agent, Stored, publish, settings
from .servers import PostgreSQL, RabbitMQ, wait_until

JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
MakeAgent = Callable[..., Agent]


@pytest.fixture
def stored(postgresql: PostgreSQL, postgresql_url: str) -> Stored:
    return Stored(postgresql, postgresql_url)


@pytest.fixture
def make_agent(tmp_path: Path, rabbitmq_url: str, postgresql_url: str) -> Iterator[MakeAgent]:
    agents = []

    def make(name: str = "agent", **changes: object) -> Agent:
        database = str(changes.pop("database", postgresql_url))
        agents.append(Agent(tmp_path / name, settings(rabbitmq_url, database, **changes)).start())
        return agents[-1]

    yield make
    for agent in agents:
        agent.kill_all()


def wait_for_consumers(server: RabbitMQ, url: str, count: int = 1, queue: str = "ceilobatch"):
    wait_until(
        lambda: server.queues(url).get(queue, {}).get("consumers") == count,
        what=f"{count} consumers of {queue}",
    )


def publish_raw(server: RabbitMQ, url: str, bodies: list[bytes], key: str = "notifications.info"):
    channel = server.connect(url).channel()
    for body in bodies:
        channel.basic_publish(amqp.Message(body, **JSON), exchange="nova", routing_key=key)
    channel.connection.close()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def nova_bodies(count: int, seed: int = 0) -> list[bytes]:
    return [one.envelope() for one in generate(count, seed=seed, mix={"nova": 1})]


def test_notifications_published_before_and_while_it_runs_are_stored_once(
    make_agent, stored, rabbitmq, rabbitmq_url
):
    with rabbitmq.connect(rabbitmq_url) as connection:
        other = connection.channel()
        other.exchange_declare("nova", "topic", auto_delete=False)
        other.queue_declare("somebody else", auto_delete=False)
        other.queue_bind("somebody else", "nova", "notifications.info")
    first = make_agent()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    assert first.stop() == 0
    assert publish(rabbitmq_url, 1000).wait(60) == 0
    agent = make_agent("again")
    assert publish(rabbitmq_url, 1000, first=1000).wait(60) == 0
    stored.wait_for("event", 2000)
    assert stored.count("event", "traits->'text'->>'state' = 'active'") == 2000
    assert rabbitmq.queue_length("somebody else", rabbitmq_url) == 2000
    assert agent.stop() == 0
    assert rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0


def test_every_pool_gets_all_and_the_workers_of_a_pool_share(
    make_agent, stored, postgresql, rabbitmq, rabbitmq_url
):
    database = postgresql.create_database()
    pair = make_agent("pair", workers=2, batch_size=50)
    make_agent("single", pool="another", database=database)
    wait_for_consumers(rabbitmq, rabbitmq_url, 2)
    wait_for_consumers(rabbitmq, rabbitmq_url, 1, "another")
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(3000))
    stored.wait_for("event", 3000)
    Stored(postgresql, database).wait_for("event", 3000)
    assert pair.stop() == 0
    shares = [
        int(share) for share in re.findall(r"finished with {'received': (\d+)", pair.read_log())
    ]
    assert len(shares) == 2
    assert sum(shares) == 3000
    assert min(shares) > 0


def test_gate_closes_while_the_database_is_away_and_nothing_is_doubled(
    make_agent, stored, postgresql, rabbitmq, rabbitmq_url
):
    agent = make_agent(batch_size=100)
    wait_for_consumers(rabbitmq, rabbitmq_url)
    bodies = nova_bodies(4000)
    publish_raw(rabbitmq, rabbitmq_url, bodies[:2000])
    wait_until(lambda: stored.count("event") > 300)
    postgresql.stop()
    stopped = time.monotonic()
    wait_until(lambda: agent.logged("closed, consuming stops"), 10, "the gate to close")
    wait_for_consumers(rabbitmq, rabbitmq_url, 0)
    assert time.monotonic() - stopped < 6
    publish_raw(rabbitmq, rabbitmq_url, bodies[2000:])
    state = rabbitmq.queues(rabbitmq_url)["ceilobatch"]
    assert state["unacknowledged"] == 0
    assert state["ready"] >= 2000
    postgresql.start()
    stored.wait_for("event", 4000)
    wait_until(lambda: rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0)
    assert agent.logged("closed, consuming stops") == 1
    assert all(total == different for _, total, different in stored.samples_by_message())
    assert agent.stop() == 0
    assert agent.command("recovery", "list") == []


def test_unusable_messages_are_kept_with_their_reasons_and_the_rest_is_stored(
    make_agent, stored, rabbitmq, rabbitmq_url
):
    agent = make_agent()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    good = nova_bodies(960)
    publish_raw(rabbitmq, rabbitmq_url, good + _broken())
    stored.wait_for("event", 960)
    wait_until(lambda: rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0)
    wait_until(lambda: len(agent.command("recovery", "list")) == 40)
    assert agent.stop() == 0
    letters = agent.command("recovery", "list")
    stages = sorted(str(letter["stage"]) for letter in letters)
    assert stages == ["decode"] * 30 + ["store event"] * 10
    assert all(letter["reason"] for letter in letters)


def _broken() -> list[bytes]:
    bodies = []
    for number, one in enumerate(generate(40, seed=9, mix={"nova": 1})):
        body = json.loads(json.dumps(one.body))
        inner = json.dumps(body)
        if number < 10:
            inner = inner[: -number - 1]
        elif number < 20:
            del body["event_type"]
            inner = json.dumps(body)
        elif number < 30:
            inner = json.dumps({**body, "payload": [body["payload"]]})
        else:
            inner = json.dumps({**body, "_context_request_id": "req\0"})
        bodies.append(json.dumps({"oslo.version": "2.0", "oslo.message": inner}).encode())
    return bodies


def test_killed_worker_is_replaced_and_nothing_is_lost_or_doubled(
    make_agent, stored, rabbitmq, rabbitmq_url
):
    agent = make_agent(workers=2, batch_size=50)
    wait_for_consumers(rabbitmq, rabbitmq_url, 2)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(6000))
    for _ in range(2):
        before = set(agent.workers())
        psutil.Process(agent.workers()[0]).kill()
        killed = time.monotonic()
        wait_until(lambda known=before: set(agent.workers()) - known, 10, "a new worker")
        assert time.monotonic() - killed < 4
    stored.wait_for("event", 6000)
    wait_until(lambda: rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0)
    assert all(total == different for _, total, different in stored.samples_by_message())
    assert agent.stop() == 0


def test_workers_drain_when_the_agent_is_killed(make_agent, stored, rabbitmq, rabbitmq_url):
    agent = make_agent(batch_size=50)
    wait_for_consumers(rabbitmq, rabbitmq_url)
    (worker,) = agent.workers()
    agent.send(signal.SIGKILL)
    agent.process.wait()
    wait_until(lambda: not alive(worker), 20, "the orphan to end")
    wait_for_consumers(rabbitmq, rabbitmq_url, 0)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(100))
    make_agent("next")
    stored.wait_for("event", 100)


def test_agent_survives_a_restart_of_the_broker(make_agent, stored, rabbitmq, rabbitmq_url):
    agent = make_agent()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(200))
    stored.wait_for("event", 200)
    rabbitmq.restart()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(200, seed=1))
    stored.wait_for("event", 400)
    assert agent.stop() == 0


def test_agent_started_before_the_broker_waits_for_it(make_agent, stored, rabbitmq, rabbitmq_url):
    rabbitmq.stop()
    agent = make_agent()
    wait_until(lambda: agent.logged("trying again in") > 1)
    assert agent.logged("Traceback") == 0
    rabbitmq.start()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(10))
    stored.wait_for("event", 10)
    assert agent.stop() == 0


def test_sighup_loads_definitions_again_and_keeps_the_old_ones_when_they_are_wrong(
    make_agent, stored, rabbitmq, rabbitmq_url, tmp_path
):
    definitions = tmp_path / "events.yaml"
    text = "- event_type: '*'\n  traits:\n    {name}: {{fields: payload.number, type: int}}\n"
    definitions.write_text(text.format(name="before"))
    agent = make_agent(group={}, workers=1)
    agent.stop()
    agent.file.write_text(agent.file.read_text() + f"[events]\ndefinitions = {definitions}\n")
    agent.start()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    assert publish(rabbitmq_url, 5).wait(60) == 0
    stored.wait_for("event", 5)
    definitions.write_text("- event_type: [\n")
    agent.send(signal.SIGHUP)
    wait_until(lambda: agent.logged("the old ones stay"))
    definitions.write_text(text.format(name="after"))
    agent.send(signal.SIGHUP)
    wait_until(lambda: agent.logged("Definitions loaded again"))
    assert publish(rabbitmq_url, 5).wait(60) == 0
    stored.wait_for("event", 10)
    assert stored.count("event", "traits->'int' ? 'before'") == 5
    assert stored.count("event", "traits->'int' ? 'after'") == 5
    assert agent.stop() == 0


def test_sighup_takes_over_mutable_options_unless_the_file_is_wrong(
    make_agent, stored, rabbitmq, rabbitmq_url
):
    agent = make_agent(workers=1, batch_size=5, batch_timeout=600)
    wait_for_consumers(rabbitmq, rabbitmq_url)
    before = agent.file.read_text()
    agent.file.write_text(before.replace("batch_timeout = 600", "batch_timeout = soon"))
    agent.send(signal.SIGHUP)
    wait_until(lambda: agent.logged("[notification] batch_timeout: 'soon' is not a number"))
    wait_until(lambda: agent.logged("Definitions loaded again") == 1)
    agent.file.write_text(before.replace("batch_timeout = 600", "batch_timeout = 0.1"))
    agent.send(signal.SIGHUP)
    wait_until(lambda: agent.logged("notification.batch_timeout changed from [600] to [0.1]"))
    wait_until(lambda: agent.logged("Definitions loaded again") == 2)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(3))
    stored.wait_for("event", 3)
    assert agent.stop() == 0


@pytest.mark.parametrize("consumer", ["batch", "stock"])
def test_sigterm_finishes_the_batch_and_gives_the_rest_back(
    make_agent, stored, rabbitmq, rabbitmq_url, consumer
):
    agent = make_agent(batch_size=100, batch_timeout=60, consumer=consumer)
    wait_for_consumers(rabbitmq, rabbitmq_url)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(30))
    wait_until(lambda: rabbitmq.queues(rabbitmq_url)["ceilobatch"]["unacknowledged"] == 30)
    assert agent.stop() == 0
    assert stored.count("event") == 30
    assert rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0


def test_garbage_of_every_kind_ends_in_recovery_byte_for_byte(
    make_agent, stored, rabbitmq, rabbitmq_url
):
    agent = make_agent()
    wait_for_consumers(rabbitmq, rabbitmq_url)
    bodies = [b"", b"\xff\xfe\x00", b"[]", b"{" * 2000, uuid.uuid4().bytes * 50]
    publish_raw(rabbitmq, rabbitmq_url, bodies)
    wait_until(lambda: len(agent.command("recovery", "list")) == len(bodies))
    assert agent.stop() == 0
    assert rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0
    recovery = build_recovery(config.load([str(agent.file)]), CallRegistry())
    assert sorted(entry.letter.body for entry in recovery.entries()) == sorted(bodies)


def test_workers_report_what_they_are_doing_on_sigusr2(
    stored, rabbitmq, rabbitmq_url, postgresql_url, tmp_path
):
    options = settings(rabbitmq_url, postgresql_url, workers=2)
    agent = Agent(tmp_path / "agent", {**options, "oslo_reports": {"log_dir": tmp_path}}).start()
    wait_for_consumers(rabbitmq, rabbitmq_url, 2)
    publish_raw(rabbitmq, rabbitmq_url, nova_bodies(10))
    stored.wait_for("event", 10)
    agent.send(signal.SIGUSR2)
    wait_until(lambda: len(list(tmp_path.glob("ceilobatch-w*_gurumeditation_*"))) == 2)
    reports = [file.read_text() for file in sorted(tmp_path.glob("ceilobatch-w?_*"))]
    for name, report in zip(("w0", "w1"), reports, strict=True):
        assert f"Worker {name}" in report
        assert "gate = open" in report
        assert "Threads" in report
    received = [int(number) for one in reports for number in re.findall(r"received = (\d+)", one)]
    assert sum(received) == 10
    assert agent.stop() == 0
