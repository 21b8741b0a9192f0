# SPDX-License-Identifier: Apache-2.0
"""Samples into two databases, PostgreSQL and MariaDB, of which one goes away in mid-stream."""

import subprocess

import amqp
import pytest

from ceilobatch.testing.notifications import generate

from .agent_process import PROGRAMS, Agent, settings
from .servers import wait_until

JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
SAMPLES = "SELECT message_id, name, position FROM sample"
COUNT = 1000


@pytest.fixture
def agent(tmp_path, rabbitmq_url, postgresql_url, mariadb_url):
    """Not started yet; its databases are empty."""
    main = settings(rabbitmq_url, postgresql_url, batch_size=100)
    sinks = {
        "storage": {"samples": "sql,sql:archive"},
        "storage_sql": {"connection": postgresql_url},
        "storage_sql_archive": {"connection": mariadb_url, "connect_timeout": 2},
    }
    agent = Agent(tmp_path / "agent", {**main, **sinks})
    yield agent
    agent.kill_all()


@pytest.fixture
def bus(rabbitmq, rabbitmq_url):
    class Bus:
        def state(self):
            return rabbitmq.queues(rabbitmq_url).get("ceilobatch", {})

        def wait_for_consumers(self, count):
            wait_until(lambda: self.state().get("consumers") == count, what=f"{count} consumers")

        def publish(self, bodies):
            channel = rabbitmq.connect(rabbitmq_url).channel()
            for body in bodies:
                message = amqp.Message(body, **JSON)
                channel.basic_publish(message, exchange="nova", routing_key="notifications.info")
            channel.connection.close()

        def wait_until_empty(self):
            wait_until(
                lambda: self.state()["ready"] + self.state()["unacknowledged"] == 0,
                60,
                "everything to be acknowledged",
            )

    return Bus()


def ceilobatch(agent, *arguments):
    program = (PROGRAMS / "ceilobatch", "--config-file", agent.file)
    return subprocess.run([*program, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("failing", "reason"), [("postgresql", ""), ("mariadb", "consuming stops: sql:archive: ")]
)
def test_sink_that_stops_in_mid_stream_and_the_other_both_end_with_everything_once(
    request, agent, bus, postgresql, postgresql_url, mariadb, mariadb_url, failing, reason
):
    ceilobatch(agent, "db", "upgrade")
    checked = {row["what"]: row["detail"] for row in agent.command("check", "--probe")}
    assert checked["probe [storage] events, samples: sql"].startswith("ready: postgresql ")
    assert checked["probe [storage] samples: sql:archive"].startswith("ready: mysql ")
    agent.start()
    bus.wait_for_consumers(1)
    bodies = [one.envelope() for one in generate(2 * COUNT, seed=3, mix={"nova": 1})]
    bus.publish(bodies[:COUNT])
    wait_until(lambda: len(mariadb.execute(SAMPLES, mariadb_url)) > 300, what="samples")
    server = request.getfixturevalue(failing)
    server.stop()
    bus.publish(bodies[COUNT:])
    wait_until(lambda: agent.logged("closed, consuming stops"), 20, "the gate to close")
    assert agent.logged(reason)
    bus.wait_for_consumers(0)
    server.start()
    bus.wait_until_empty()
    assert agent.stop() == 0
    assert bus.state()["ready"] == 0

    main = postgresql.execute(SAMPLES, postgresql_url)
    archive = mariadb.execute(SAMPLES, mariadb_url)
    assert len(main) == len(set(main)) > 2 * COUNT
    assert len(archive) == len(set(archive))
    assert set(archive) == set(main)
    assert postgresql.execute("SELECT count(*) FROM event", postgresql_url)[0][0] == 2 * COUNT
    books = agent.command("ledger", "show")[-1]
    assert books["events"] == 2 * COUNT
    assert books["requeued"] > 0
    assert agent.command("recovery", "list") == []
