# SPDX-License-Identifier: Apache-2.0
"""The agent with samples in Gnocchi: RabbitMQ, PostgreSQL and Gnocchi, all real."""

import datetime
import itertools
import json
import pathlib
import subprocess
from collections.abc import Iterable, Iterator

import amqp
import pytest

from ceilobatch import config
from ceilobatch.definitions import load as definitions
from ceilobatch.message import Delivery, decode
from ceilobatch.model import Sample
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import generate

from .agent_process import PROGRAMS, Agent, Stored, settings
from .gnocchi_shelf import Shelf
from .servers import Gnocchi, PostgreSQL, RabbitMQ, wait_until

COUNT = 60
JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
START = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)
BLOCK = datetime.timedelta(minutes=5)
Key = tuple[str, datetime.datetime]


@pytest.fixture
def agent(
    tmp_path: pathlib.Path, rabbitmq_url: str, postgresql_url: str, gnocchi: Gnocchi
) -> Iterator[Agent]:
    """Not started yet; with the packaged definitions of everything."""
    groups = settings(rabbitmq_url, postgresql_url)
    groups["storage"] = {"samples": "gnocchi"}
    options = Shelf(gnocchi, tmp_path).settings()
    del options["resources_file"]
    groups["storage_gnocchi"] = options
    made = Agent(tmp_path / "agent", groups)
    yield made
    made.kill_all()


def publish(server: RabbitMQ, url: str, bodies: list[bytes]) -> None:
    channel = server.connect(url).channel()
    for body in bodies:
        channel.basic_publish(
            amqp.Message(body, **JSON), exchange="nova", routing_key="notifications.info"
        )
    channel.connection.close()


def converted(agent: Agent, bodies: list[bytes]) -> list[list[Sample]]:
    """The samples of each notification, by the definitions of the agent."""
    meters = definitions.load_meters(config.load([str(agent.file)]), CallRegistry())
    return [meters.convert(decode(Delivery(body)))[0] for body in bodies]


def greatest(samples: Iterable[Sample]) -> dict[Key, float]:
    """The greatest memory of each instance in each five minutes."""
    found: dict[Key, float] = {}
    for sample in samples:
        if sample.name == "memory" and sample.resource_id is not None:
            begin = sample.timestamp - (sample.timestamp - EPOCH) % BLOCK
            key = (sample.resource_id, begin)
            found[key] = max(found.get(key, 0), sample.volume)
    return found


def measured(server: Gnocchi, wanted: dict[Key, float]) -> dict[Key, float]:
    """What Gnocchi has of these instances."""
    found = {}
    for resource_id in {resource_id for resource_id, _ in wanted}:
        rows = server.request(
            "GET",
            f"resource/instance/{resource_id}/metric/memory/measures",
            refresh="true",
            aggregation="max",
            granularity=BLOCK.total_seconds(),
        )
        for when, _, value in rows:
            found[(resource_id, datetime.datetime.fromisoformat(when))] = value
    return found


def ledger(agent: Agent) -> dict[str, int]:
    """The totals of the books, which balance."""
    total = agent.command("ledger", "show")[-1]
    return {name: int(str(total[name])) for name in ("received", "stored", "duplicate", "ignored")}


def test_samples_go_from_the_bus_to_gnocchi_and_wait_while_it_is_away(
    agent: Agent,
    gnocchi: Gnocchi,
    rabbitmq: RabbitMQ,
    rabbitmq_url: str,
    postgresql: PostgreSQL,
    postgresql_url: str,
) -> None:
    bodies = [one.envelope() for one in generate(COUNT, seed=5, start=START, mix={"nova": 1})]
    samples = converted(agent, bodies)
    wanted = greatest(itertools.chain.from_iterable(samples))
    assert len(wanted) > 10
    agent.start()
    wait_until(lambda: settled(rabbitmq, rabbitmq_url))
    gnocchi.stop()
    publish(rabbitmq, rabbitmq_url, bodies)
    wait_until(lambda: agent.logged("closed, consuming stops"), 20, "the gate to close")
    gnocchi.start()
    wait_until(lambda: settled(rabbitmq, rabbitmq_url), 60, "the backlog")
    assert measured(gnocchi, wanted) == wanted
    Stored(postgresql, postgresql_url).wait_for("event", COUNT)
    one = next(iter(wanted))[0]
    resource = gnocchi.request("GET", f"resource/instance/{one}")
    assert resource["project_id"]
    assert resource["flavor_name"]

    publish(rabbitmq, rabbitmq_url, bodies)
    wait_until(lambda: settled(rabbitmq, rabbitmq_url), 60, "the second coming")
    assert agent.stop() == 0
    assert agent.command("recovery", "list") == []
    # Gnocchi keeps a measure once and does not say that it was there: what has samples counts
    # as stored each time, what has only an event as a duplicate.
    books = ledger(agent)
    with_samples = sum(map(bool, samples))
    assert 2 * with_samples <= books["stored"] <= COUNT + with_samples
    assert books["stored"] + books["duplicate"] == 2 * COUNT
    assert measured(gnocchi, wanted) == wanted


def settled(server: RabbitMQ, url: str) -> bool:
    """Whether the agent consumes and nothing waits for it."""
    state = server.queues(url).get("ceilobatch", {})
    return bool(state) and (state["consumers"], state["ready"], state["unacknowledged"]) == (
        1,
        0,
        0,
    )


def run(file: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAMS / "ceilobatch"), "--config-file", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command_makes_what_samples_need_once(gnocchi: Gnocchi, tmp_path: pathlib.Path) -> None:
    shelf = Shelf(gnocchi, tmp_path)
    shelf.define(policy=f"policy-{shelf.kind}", attributes={"host": "metadata.host"})
    file = shelf.configuration(auto_upgrade="false")
    done = run(file, "gnocchi", "upgrade")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            f"gnocchi: made the archive policy policy-{shelf.kind}.",
            f"gnocchi: made the resource type {shelf.kind}.",
        ],
    )
    shelf.define(policy=f"policy-{shelf.kind}", attributes={"a": "metadata.a", "b": "metadata.b"})
    done = run(file, "gnocchi", "upgrade")
    assert done.stdout == f"gnocchi: made the attributes a, b of the resource type {shelf.kind}.\n"
    assert run(file, "gnocchi", "upgrade").stdout == "gnocchi: everything is there.\n"
    found = gnocchi.request("GET", f"resource_type/{shelf.kind}")["attributes"]
    assert json.loads(json.dumps(found)).keys() == {"host", "a", "b"}
    with shelf.storage(auto_upgrade="false") as storage:
        storage.probe()


def test_command_tells_what_is_wrong(gnocchi: Gnocchi, tmp_path: pathlib.Path) -> None:
    shelf = Shelf(gnocchi, tmp_path)
    file = shelf.configuration(endpoint="http://127.0.0.1:1")
    done = run(file, "gnocchi", "upgrade")
    assert done.returncode == 1
    assert "gnocchi is not upgraded: Gnocchi: " in done.stderr
    assert "Traceback" not in done.stderr
