# SPDX-License-Identifier: Apache-2.0
"""The books in PostgreSQL and MariaDB, and those of agents that are killed on real servers."""

import json
import os
import re
import signal
import subprocess

import amqp
import psutil
import pytest

from tests.unit.books_promises import BooksPromises
from tests.unit.books_scene import good, promising

from .agent_process import PROGRAMS, Agent, Stored, settings
from .servers import wait_until

JSON = {"content_type": "application/json", "content_encoding": "utf-8"}


class TestPostgresql(BooksPromises):
    @pytest.fixture
    def url(self, postgresql_url):
        return postgresql_url


class TestMariadb(BooksPromises):
    @pytest.fixture
    def url(self, mariadb_url):
        return mariadb_url


@pytest.fixture
def agent(tmp_path, rabbitmq_url, postgresql_url):
    changes = {"workers": 2, "batch_size": 50, "batch_timeout": 0.2}
    agent = Agent(tmp_path / "agent", settings(rabbitmq_url, postgresql_url, **changes)).start()
    yield agent
    agent.kill_all()


@pytest.fixture
def stored(postgresql, postgresql_url):
    return Stored(postgresql, postgresql_url)


@pytest.fixture
def bus(rabbitmq, rabbitmq_url, agent):
    """Publishes bodies once the workers listen; tells when everything is acknowledged."""

    class Bus:
        def publish(self, bodies):
            channel = rabbitmq.connect(rabbitmq_url).channel()
            for body in bodies:
                message = amqp.Message(body, **JSON)
                channel.basic_publish(message, exchange="nova", routing_key="notifications.info")
            channel.connection.close()

        def is_empty(self):
            queue = rabbitmq.queues(rabbitmq_url).get("ceilobatch", {})
            return queue.get("ready") == queue.get("unacknowledged") == 0

        def consumers(self):
            return rabbitmq.queues(rabbitmq_url).get("ceilobatch", {}).get("consumers")

    bus = Bus()
    wait_until(lambda: bus.consumers() == 2, what="two consumers")
    return bus


def show(agent):
    """The exit code, what was said and the total of ``ledger show``."""
    command = [PROGRAMS / "ceilobatch", "--config-file", agent.file, "ledger", "show", "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.strip(), json.loads(done.stdout)[-1]


def assert_balanced(agent):
    code, said, total = show(agent)
    assert (code, said) == (0, "balanced")
    return total


def test_books_balance_during_and_after_the_killing_of_workers(agent, bus, stored):
    bodies = good(6000)
    bus.publish([*bodies, *bodies[:500], *[b"garbage %d" % one for one in range(20)]])
    for goal in (300, 1500, 3000):
        wait_until(lambda goal=goal: stored.count("event") > goal)
        victim = _busy(agent)
        os.kill(victim, signal.SIGKILL)
        assert_balanced(agent)
        wait_until(lambda gone=victim: not psutil.pid_exists(gone) or _is_zombie(gone))
    wait_until(bus.is_empty, 60)
    assert agent.stop() == 0
    total = assert_balanced(agent)
    assert total["events"] == stored.count("event") == 6000
    assert total["in_flight"] == 0
    assert total["recovered"] >= 20
    # What a killed worker had stored without acknowledging it comes again as a duplicate.
    accounted = total["stored"] + total["duplicate"] + total["recovered"]
    assert accounted >= 6520
    assert all(count == different for _, count, different in stored.samples_by_message())


def test_books_balance_after_the_whole_agent_was_killed(agent, bus, stored):
    bus.publish(good(3000))
    wait_until(lambda: stored.count("event") > 300)
    agent.kill_all()
    assert_balanced(agent)
    agent.start()
    wait_until(lambda: stored.count("event") == 3000, 60)
    wait_until(bus.is_empty, 60)
    assert agent.stop() == 0
    total = assert_balanced(agent)
    assert (total["events"], total["in_flight"]) == (3000, 0)


def test_books_balance_after_an_outage_of_the_database(agent, bus, stored, postgresql):
    bus.publish([*good(2000), *promising(5)])
    wait_until(lambda: stored.count("event") > 200)
    postgresql.kill()
    wait_until(lambda: agent.logged("closed, consuming stops") == 2, 30)
    postgresql.start()
    wait_until(lambda: stored.count("event") == 2005, 60)
    wait_until(bus.is_empty, 60)
    assert agent.stop() == 0
    total = assert_balanced(agent)
    assert (total["events"], total["in_flight"]) == (2005, 0)
    live = [json.loads(one.replace("'", '"')) for one in _FINISHED.findall(agent.read_log())]
    assert len(live) == 2
    assert sum(one["recovered"] for one in live) == total["recovered"]
    assert sum(one["received"] for one in live) == total["received"]


_FINISHED = re.compile(r"finished with ({.*})")


def _busy(agent):
    return agent.workers()[0]


def _is_zombie(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
