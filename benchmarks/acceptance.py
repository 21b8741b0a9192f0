# SPDX-License-Identifier: Apache-2.0
"""The agent through what happens on a real bus, with figures: one line of JSON a scenario.

    python -m benchmarks.acceptance [pools] [outage] [broken] [kill]

``pools``: 10,000 notifications of oslo.messaging's own Notifier in another process, half of them
while the agent runs; two pools, one of two workers; a listener outside. ``outage``: PostgreSQL
stopped for 20 s in mid-stream. ``broken``: 1,000 messages of which 40 cannot be used. ``kill``:
workers killed while they drain.
"""

import datetime
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import amqp
import psutil

from ceilobatch.testing.notifications import BrokenKind, break_notification, generate
from tests.functional.agent_process import Agent, Stored, publish, settings
from tests.functional.servers import PostgreSQL, RabbitMQ, wait_until

JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
BROKEN = (
    BrokenKind.NOT_JSON,
    BrokenKind.NO_EVENT_TYPE,
    BrokenKind.PAYLOAD_LIST,
    BrokenKind.NUL_IN_TEXT,
)


class Stage:
    """Servers, and an empty virtual host and database in them."""

    def __init__(self, rabbit: RabbitMQ, postgresql: PostgreSQL, directory: Path) -> None:
        self.rabbit = rabbit
        self.postgresql = postgresql
        self.directory = directory
        self.url = rabbit.create_vhost()
        self.database = postgresql.create_database()
        self.stored = Stored(postgresql, self.database)
        self.agents: list[Agent] = []

    def agent(self, name: str = "agent", database: str | None = None, **changes: object) -> Agent:
        """A running agent that consumes already."""
        options = settings(self.url, database or self.database, **changes)
        self.agents.append(Agent(self.directory / name, options).start())
        pool = str(changes.get("pool", "ceilobatch"))
        wait_until(lambda: self.queue(pool).get("consumers") == changes.get("workers", 1))
        return self.agents[-1]

    def queue(self, name: str = "ceilobatch") -> dict[str, int]:
        """The state of a queue."""
        return self.rabbit.queues(self.url).get(name, {})

    def publish(self, bodies: list[bytes]) -> None:
        """Publish bodies as they are."""
        with self.rabbit.connect(self.url) as connection:
            channel = connection.channel()
            for body in bodies:
                channel.basic_publish(
                    amqp.Message(body, **JSON), exchange="nova", routing_key="notifications.info"
                )

    def wait_until_drained(self) -> None:
        """Wait until the queue holds nothing, settled or not."""
        wait_until(
            lambda: self.queue()["ready"] + self.queue()["unacknowledged"] == 0, 120, "a drain"
        )

    def doubled(self) -> int:
        """Messages that have a sample twice."""
        return sum(total != different for _, total, different in self.stored.samples_by_message())

    def close(self) -> None:
        """End what was started."""
        for agent in self.agents:
            agent.kill_all()


def pools(stage: Stage) -> dict[str, Any]:
    """Two pools each get everything, two workers share, a listener outside loses nothing."""
    with stage.rabbit.connect(stage.url) as connection:
        channel = connection.channel()
        channel.exchange_declare("nova", "topic", auto_delete=False)
        channel.queue_declare("outside", auto_delete=False)
        channel.queue_bind("outside", "nova", "notifications.info")
    second = stage.postgresql.create_database()
    for agent in (stage.agent("one"), stage.agent("two", second, pool="second")):
        agent.stop()
    publish(stage.url, 5000).wait()
    pair = stage.agent("one", workers=2, batch_size=100)
    stage.agent("two", second, pool="second")
    publish(stage.url, 5000, first=5000).wait()
    stage.stored.wait_for("event", 10_000, 120)
    Stored(stage.postgresql, second).wait_for("event", 10_000, 120)
    stage.wait_until_drained()
    code = pair.stop()
    shares = [line for line in pair.read_log().splitlines() if "finished with" in line]
    return {
        "published": 10_000,
        "events_of_first_pool": stage.stored.count("event"),
        "events_of_second_pool": Stored(stage.postgresql, second).count("event"),
        "outside_listener": stage.queue("outside")["ready"],
        "workers_of_first_pool": [line.partition("finished with ")[2] for line in shares[-2:]],
        "exit_code": code,
    }


def outage(stage: Stage) -> dict[str, Any]:
    """PostgreSQL stopped for 20 s while 20,000 notifications are drained."""
    agent = stage.agent(batch_size=200)
    bodies = [one.envelope() for one in generate(20_000, mix={"nova": 1})]
    stage.publish(bodies[:10_000])
    wait_until(lambda: stage.stored.count("event") > 1000)
    begin, stopped = time.time(), time.monotonic()
    stage.postgresql.stop()
    wait_until(lambda: agent.logged("closed, consuming stops"))
    noticed = _logged_at(agent, "closed, consuming stops") - begin
    wait_until(lambda: stage.queue()["consumers"] == 0)
    stage.publish(bodies[10_000:])
    during = stage.queue()
    time.sleep(max(0.0, 20 - (time.monotonic() - stopped)))
    stage.postgresql.start()
    started = time.monotonic()
    wait_until(lambda: agent.logged("open again after"), 60)
    opened = time.monotonic() - started
    stage.stored.wait_for("event", 20_000, 120)
    stage.wait_until_drained()
    return {
        "published": 20_000,
        "events": stage.stored.count("event"),
        "samples": stage.stored.count("sample"),
        "messages_with_doubled_samples": stage.doubled(),
        "gate_closed_after_s": round(noticed, 2),
        "queue_while_closed": during,
        "gate_open_after_s": round(opened, 2),
        "times_closed": agent.logged("closed, consuming stops"),
        "letters": len(agent.command("recovery", "list")),
        "exit_code": agent.stop(),
    }


def _logged_at(agent: Agent, text: str) -> float:
    """When the agent logged this, as seconds since the epoch."""
    line = next(line for line in agent.read_log().splitlines() if text in line)
    return datetime.datetime.fromisoformat(line[:23]).timestamp()


def broken(stage: Stage) -> dict[str, Any]:
    """1,000 messages; ten of each kind cannot be used."""
    agent = stage.agent()
    made = list(generate(1000, mix={"nova": 1}))
    bodies = [
        break_notification(one, BROKEN[place % 4]).wire if place < 40 else one.envelope()
        for place, one in enumerate(made)
    ]
    stage.publish(bodies)
    stage.stored.wait_for("event", 960)
    stage.wait_until_drained()
    code = agent.stop()
    letters = agent.command("recovery", "list")
    reasons: dict[str, int] = {}
    for letter in letters:
        reason = f"{letter['stage']}: {str(letter['reason']).partition(':')[0]}"
        reasons[reason] = reasons.get(reason, 0) + 1
    outcomes = agent.read_log().rpartition("finished with ")[2].splitlines()[0]
    return {
        "published": 1000,
        "events": stage.stored.count("event"),
        "outcomes": outcomes,
        "letters": len(letters),
        "reasons": reasons,
        "exit_code": code,
    }


def kill(stage: Stage) -> dict[str, Any]:
    """Five kills of a worker while 20,000 notifications are drained."""
    agent = stage.agent(workers=2, batch_size=100)
    stage.publish([one.envelope() for one in generate(20_000, mix={"nova": 1})])
    replaced = []
    for _ in range(5):
        before = set(agent.workers())
        psutil.Process(agent.workers()[0]).kill()
        killed = time.monotonic()
        wait_until(lambda known=before: set(agent.workers()) - known)
        replaced.append(round(time.monotonic() - killed, 2))
    stage.stored.wait_for("event", 20_000, 120)
    stage.wait_until_drained()
    return {
        "published": 20_000,
        "events": stage.stored.count("event"),
        "messages_with_doubled_samples": stage.doubled(),
        "replaced_after_s": replaced,
        "exit_code": agent.stop(),
    }


SCENARIOS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "pools": pools,
    "outage": outage,
    "broken": broken,
    "kill": kill,
}


def main() -> None:
    """Run the scenarios that are named, or all."""
    with RabbitMQ() as rabbit, PostgreSQL() as postgresql:
        for name in sys.argv[1:] or SCENARIOS:
            with tempfile.TemporaryDirectory() as directory:
                stage = Stage(rabbit, postgresql, Path(directory))
                try:
                    figures = SCENARIOS[name](stage)
                finally:
                    stage.close()
            print(json.dumps({"scenario": name, **figures}), flush=True)


if __name__ == "__main__":
    main()
