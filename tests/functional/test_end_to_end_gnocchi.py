# SPDX-License-Identifier: Apache-2.0
"""From the bus to usage: RabbitMQ, agent, Gnocchi, processor and PostgreSQL, all real."""

import pathlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import amqp
import pytest

from ceilobatch.processor.calendar import EPOCH, utc_now

from .agent_process import Agent, Stored
from .agent_process import settings as agent_settings
from .gnocchi_cloud import HOUR, Cloud, Sums
from .processor_process import Processor
from .servers import Gnocchi, PostgreSQL, RabbitMQ, wait_until

METRICS = pathlib.Path(__file__).parents[2] / "etc" / "ceilobatch" / "metrics-gnocchi.yml"
JSON = {"content_type": "application/json", "content_encoding": "utf-8"}


class Scene:
    """An agent that stores samples in Gnocchi, and a processor that reads them there."""

    def __init__(
        self,
        directory: pathlib.Path,
        gnocchi: Gnocchi,
        bus: tuple[RabbitMQ, str],
        database: tuple[PostgreSQL, str],
        cloud: Cloud,
    ) -> None:
        self._bus, self._url = bus
        self._cloud = cloud
        self._database = Stored(*database)
        self._directory = directory
        access = {"auth_type": "gnocchi-basic", "user": "admin", "endpoint": gnocchi.url}
        self._groups: dict[str, dict[str, Any]] = {
            **agent_settings(self._url, database[1]),
            "storage": {"events": "sql", "samples": "gnocchi"},
            "storage_gnocchi": access,
            "collector_gnocchi": access,
            "coordination": {"lease": 4},
        }
        self._published = 0
        self._running: list[Agent] = []

    def agent(self) -> Agent:
        """An agent that consumes."""
        agent = Agent(self._directory / "agent", self._groups).start()
        self._running.append(agent)
        wait_until(self._is_consumed, what="the agent")
        return agent

    def processor(self, **options: Any) -> Processor:
        """A processor that works."""
        chosen = {"collector": "gnocchi", "scopes": "gnocchi", "metrics_files": METRICS}
        settings = {**self._groups, "processor": {**chosen, "settle": 0, **options}}
        processor = Processor(self._directory / "processor", settings)
        self._running.append(processor)
        processor.start()
        return processor

    def publish(self, bodies: Sequence[bytes]) -> None:
        """Publish notifications, and wait until the agent is done with them."""
        channel = self._bus.connect(self._url).channel()
        for body in bodies:
            channel.basic_publish(
                amqp.Message(body, **JSON), exchange="nova", routing_key="notifications.info"
            )
        channel.connection.close()
        self._published += len(bodies)
        self._database.wait_for("event", self._published)
        wait_until(self._is_settled, 60, "the agent to store everything")

    def wait_until_processed(self, end: Any, column: str = "last_processed") -> None:
        """Wait until all projects have come to a time."""
        of_cloud = f"scope IN ({', '.join(map(repr, self._cloud.projects))})"
        done = f"{of_cloud} AND {column} >= '{end.isoformat()}'"
        count = len(self._cloud.projects)
        wait_until(lambda: self._database.count("scope", done) == count, 60, f"{column} {end}")

    def close(self) -> None:
        """End what was started."""
        for one in self._running:
            one.kill_all()

    def _is_consumed(self) -> bool:
        with self._bus.connect(self._url) as connection:
            try:
                queue = connection.channel().queue_declare("ceilobatch", passive=True)
            except amqp.NotFound:
                return False
            return bool(queue.consumer_count)

    def _is_settled(self) -> bool:
        queue = self._bus.queues(self._url)["ceilobatch"]
        return not queue["ready"] + queue["unacknowledged"]


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(3)


@pytest.fixture
def scene(
    tmp_path: pathlib.Path,
    gnocchi: Gnocchi,
    rabbitmq: RabbitMQ,
    rabbitmq_url: str,
    postgresql: PostgreSQL,
    postgresql_url: str,
    cloud: Cloud,
) -> Iterator[Scene]:
    bus, database = (rabbitmq, rabbitmq_url), (postgresql, postgresql_url)
    made = Scene(tmp_path, gnocchi, bus, database, cloud)
    yield made
    made.close()


def sums(processor: Processor, cloud: Cloud) -> Sums:
    """What the command line says of the projects, scope by scope."""
    wanted = [word for project in cloud.projects for word in ("--scope", project)]
    rows = processor.command("usage", "list", "--group-by", "scope,metric", *wanted)
    return {(str(row["scope"]), str(row["metric"])): Decimal(str(row["quantity"])) for row in rows}


def assert_quiet(daemon: Agent) -> None:
    """Neither a traceback nor a warning."""
    loud = ("Traceback", " WARNING ", " ERROR ")
    lines = daemon.read_log().splitlines()
    assert [line for line in lines if any(text in line for text in loud)] == []


def test_usage_is_what_was_published_scope_by_scope(scene: Scene, cloud: Cloud) -> None:
    now = utc_now()
    end = now - (now - EPOCH) % HOUR
    agent = scene.agent()
    scene.publish(list(cloud.notifications(end - back * HOUR for back in (4, 3, 2, 1))))
    # Nobody has waited for the aggregation: that is for the processor to do.
    processor = scene.processor(wait_periods=24)
    scene.wait_until_processed(end)
    assert sums(processor, cloud) == cloud.sums()
    assert processor.command("usage", "list", "--corrections") == []
    assert agent.command("recovery", "list") == []
    assert (agent.stop(), processor.stop()) == (0, 0)
    assert_quiet(agent)
    assert_quiet(processor)


def test_what_is_aggregated_six_periods_late_is_stored_in_the_end(
    scene: Scene, cloud: Cloud, gnocchi: Gnocchi
) -> None:
    now = utc_now()
    end = now - (now - EPOCH) % HOUR - HOUR
    light, dark = ([end - back * HOUR for back in hours] for hours in ((8, 7), range(6, 0, -1)))
    agent = scene.agent()
    scene.publish(list(cloud.notifications(light)))
    gnocchi.wait_until_processed()
    seen = cloud.sums()
    gnocchi.metricd.stop()
    cloud.add(cloud.projects[0], 77)
    scene.publish(list(cloud.notifications(dark)))

    processor = scene.processor(wait_periods=1, revisit_periods=1)
    scene.wait_until_processed(end)
    assert sums(processor, cloud) == seen
    gnocchi.metricd.start()
    scene.wait_until_processed(end, "revisited")
    assert sums(processor, cloud) == cloud.sums()
    corrections = processor.command("usage", "list", "--corrections")
    assert len(corrections) == cloud.points(dark)
    assert {row["old"] for row in corrections} == {None}
    assert (agent.stop(), processor.stop()) == (0, 0)
    assert_quiet(agent)
    assert_quiet(processor)
