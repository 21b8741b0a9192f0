# SPDX-License-Identifier: Apache-2.0
"""Broken notifications from the broker to recovery, and corrected from there to PostgreSQL."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import amqp
import pytest

from ceilobatch import config
from ceilobatch.assembly import build_recovery
from ceilobatch.letter import Letter, Stage, Standing
from ceilobatch.message import Delivery, decode
from ceilobatch.plugins.base import Recovery
from ceilobatch.recovery.trial import rehearsal
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import GeneratedNotification, generate
from ceilobatch.testing.notifications.broken import BrokenKind, break_notification

from .agent_process import PROGRAMS, Agent, Stored, settings
from .servers import PostgreSQL, RabbitMQ, wait_until

KINDS = {
    BrokenKind.PAYLOAD_LIST: 100,
    BrokenKind.NUL_IN_TEXT: 58,
    BrokenKind.UNKNOWN_ENVELOPE: 57,
    BrokenKind.NO_MESSAGE_ID: 57,
    BrokenKind.NO_EVENT_TYPE: 57,
    BrokenKind.NO_PAYLOAD: 57,
    BrokenKind.BAD_TIMESTAMP: 57,
    BrokenKind.NO_TIMESTAMP: 57,
}
UNPACK = [{"op": "move", "from": "/payload/0", "path": "/payload"}]
REQUEST = [{"op": "replace", "path": "/_context_request_id", "value": "req-1"}]
LISTS = ("--reason", "the payload is a list")
NULS = ("--stage", "store-event")


class Operator:
    """Runs ``ceilobatch`` with the configuration of an agent."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._base = [str(PROGRAMS / "ceilobatch"), "--config-file", str(agent.file)]

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints."""
        command = [*self._base, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout

    def rows(self, *arguments: str, code: int = 0) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.run(*arguments, "-f", "json", code=code))

    def replay(self, *arguments: str, code: int = 0) -> dict[str, int]:
        """Replay; the figures that are not 0."""
        rows = self.rows("recovery", "replay", *arguments, code=code)
        return {row["what"]: row["count"] for row in rows if row["count"]}

    def correct(self, patch: object, *filters: str) -> str:
        """Correct with a JSON Patch."""
        file = self.agent.directory / "patch.json"
        file.write_text(json.dumps(patch))
        return self.run("recovery", "edit", "--all", *filters, "--patch", str(file))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a replay."""
        command = [*self._base, "recovery", "replay", *arguments]
        return subprocess.Popen(command, text=True, stderr=subprocess.PIPE)

    def balanced(self) -> dict[str, Any]:
        """The total of books that balance."""
        total: dict[str, Any] = self.rows("ledger", "show")[-1]
        return total


def originals() -> dict[BrokenKind, list[GeneratedNotification]]:
    made = generate(sum(KINDS.values()), seed=11, mix={"nova": 1})
    return {kind: [next(made) for _ in range(count)] for kind, count in KINDS.items()}


def publish(rabbitmq: RabbitMQ, url: str, bodies: Sequence[bytes]) -> None:
    channel = rabbitmq.connect(url).channel()
    kinds = {"content_type": "application/json", "content_encoding": "utf-8"}
    for body in bodies:
        message = amqp.Message(body, **kinds)
        channel.basic_publish(message, exchange="nova", routing_key="notifications.info")
    channel.connection.close()


@pytest.fixture
def stored(postgresql: PostgreSQL, postgresql_url: str) -> Stored:
    return Stored(postgresql, postgresql_url)


@pytest.fixture
def agent(tmp_path: Path, rabbitmq_url: str, postgresql_url: str) -> Iterator[Agent]:
    agent = Agent(tmp_path / "agent", settings(rabbitmq_url, postgresql_url, workers=2))
    yield agent
    agent.kill_all()


def consumers(rabbitmq: RabbitMQ, url: str) -> object:
    return rabbitmq.queues(url).get("ceilobatch", {}).get("consumers")


def test_broken_notifications_are_corrected_with_one_patch_and_stored_once(
    agent: Agent, rabbitmq: RabbitMQ, rabbitmq_url: str, stored: Stored
) -> None:
    operator = Operator(agent)
    made = originals()
    broken = [break_notification(one, kind).wire for kind in made for one in made[kind]]
    assert len(set(broken)) == 500
    agent.start()
    wait_until(lambda: consumers(rabbitmq, rabbitmq_url) == 2, what="two consumers")
    publish(rabbitmq, rabbitmq_url, broken)
    wait_until(lambda: rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 0)
    letters = build_recovery(config.load([str(agent.file)]), CallRegistry())
    wait_until(lambda: len(list(letters.entries())) == 500, what="500 letters")
    assert agent.stop() == 0

    groups = operator.rows("recovery", "list", "--group", "reason")
    assert len(groups) == 8
    assert sum(group["messages"] for group in groups) == 500
    assert sorted(group["messages"] for group in groups) == sorted(KINDS.values())
    metered = stored.count("sample")
    assert stored.count("event") == 0
    assert metered == samples_of(agent, made[BrokenKind.NUL_IN_TEXT]) > 0

    assert operator.correct(UNPACK, *LISTS) == "100 corrected\n"
    samples = samples_of(agent, made[BrokenKind.PAYLOAD_LIST])
    expected = {"stored": 100, "events": 100, "samples": samples}
    assert operator.replay("--all", *LISTS, "--dry-run") == expected
    assert stored.count("event") == 0
    assert operator.replay("--all", *LISTS) == expected
    assert stored.count("event") == 100
    assert stored.count("sample") == metered + samples

    assert operator.replay("--all", *LISTS, "--status", "all") == {"duplicate": 100}
    assert (stored.count("event"), stored.count("sample")) == (100, metered + samples)

    # What was metered while its event was refused is not metered when that is corrected.
    assert operator.correct(REQUEST, *NULS) == "58 corrected\n"
    assert operator.replay("--all", *NULS) == {"stored": 58, "events": 58}
    assert stored.count("event") == 158
    assert stored.count("sample") == metered + samples
    assert all(count == different for _, count, different in stored.samples_by_message())

    assert_history(letters, made[BrokenKind.PAYLOAD_LIST])
    total = operator.balanced()
    assert total["received"] == 758
    assert (total["stored"], total["duplicate"], total["recovered"]) == (158, 100, 500)
    assert (total["events"], total["in_flight"]) == (158, 0)
    assert sum(one.standing is Standing.WAITING for one in letters.entries()) == 342
    assert list(letters.verify()) == []
    letters.close()


def samples_of(agent: Agent, notifications: Sequence[GeneratedNotification]) -> int:
    trial = rehearsal(config.load([str(agent.file)]))
    verdicts = [trial.of(Delivery(one.envelope())) for one in notifications]
    return sum(verdict.stored.samples for verdict in verdicts)


def assert_history(letters: Recovery, notifications: Sequence[GeneratedNotification]) -> None:
    found = {
        decode(Delivery(entry.body)).message_id: [
            (change.action.value, change.result.partition(":")[0]) for change in entry.history
        ]
        for entry in letters.entries()
        if entry.letter.reason.startswith("the payload is a list")
    }
    assert set(found) == {one.body["message_id"] for one in notifications}
    history = [("edited", "patch patch.json"), ("replayed", "stored"), ("replayed", "duplicate")]
    assert all(one == history for one in found.values())


@pytest.fixture(params=["file", "sql"])
def operator(request: pytest.FixtureRequest, tmp_path: Path, postgresql_url: str) -> Operator:
    """Without an agent, on letters in files or in the database of the events."""
    layers: Mapping[str, Mapping[str, object]] = {
        **settings("fake://", postgresql_url),
        "recovery": {"backend": request.param},
        "recovery_sql": {"connection": postgresql_url, "auto_upgrade": "true"},
    }
    return Operator(Agent(tmp_path / "agent", layers))


@pytest.fixture
def letters(operator: Operator) -> Iterator[Recovery]:
    recovery = build_recovery(config.load([str(operator.agent.file)]), CallRegistry())
    yield recovery
    recovery.close()


def test_replay_that_is_killed_is_finished_by_the_next(
    operator: Operator, letters: Recovery, stored: Stored
) -> None:
    notifications = list(generate(400, seed=12, mix={"nova": 1}))
    letters.add([_letter(one.envelope()) for one in notifications])
    process = operator.start("--all", "--rate", "150")
    wait_until(_settled(letters, 100), what="100 replayed letters")
    process.kill()
    process.communicate(timeout=30)
    operator.balanced()
    before = _settled_count(letters)
    assert 100 <= before < 400
    done = operator.replay("--all")
    assert done["stored"] + done.get("duplicate", 0) == 400 - before
    assert stored.count("event") == 400
    assert stored.count("sample") == samples_of(operator.agent, notifications)
    assert all(count == different for _, count, different in stored.samples_by_message())
    assert _settled_count(letters) == 400
    assert list(letters.verify()) == []
    total = operator.balanced()
    assert (total["events"], total["in_flight"]) == (400, 0)


@pytest.mark.parametrize("operator", ["sql"], indirect=True)
def test_two_replays_at_a_time_double_nothing(
    operator: Operator, letters: Recovery, stored: Stored
) -> None:
    notifications = list(generate(300, seed=13, mix={"nova": 1}))
    letters.add([_letter(one.envelope()) for one in notifications])
    both = [operator.start("--all", "--batch-size", "10") for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode in (0, 1)  # 1 for who was told that the other was faster
    assert stored.count("event") == 300
    assert stored.count("sample") == samples_of(operator.agent, notifications)
    found = list(letters.entries())
    assert all(entry.standing is Standing.REPLAYED for entry in found)
    firsts = [entry.history[0].result.partition(":")[0] for entry in found]
    assert set(firsts) <= {"stored", "duplicate"}
    total = operator.balanced()
    assert (total["events"], total["in_flight"]) == (300, 0)


@pytest.mark.parametrize("operator", ["file"], indirect=True)
def test_replay_ends_with_a_sentence_when_the_database_is_killed(
    operator: Operator, letters: Recovery, stored: Stored, postgresql: PostgreSQL
) -> None:
    notifications = list(generate(300, seed=14, mix={"nova": 1}))
    letters.add([_letter(one.envelope()) for one in notifications])
    process = operator.start("--all", "--rate", "100")
    wait_until(lambda: stored.count("event") >= 40, what="40 events")
    postgresql.kill()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "; what was done is marked, " in said
    assert "Traceback" not in said
    postgresql.start()
    operator.balanced()
    operator.replay("--all")
    assert stored.count("event") == 300
    assert stored.count("sample") == samples_of(operator.agent, notifications)
    assert all(entry.standing is Standing.REPLAYED for entry in letters.entries())
    assert operator.balanced()["in_flight"] == 0


def _letter(body: bytes) -> Letter:
    message = decode(Delivery(body))
    return Letter(
        body,
        Stage.DECODE,
        "Malformed",
        "for a test",
        message.timestamp,
        exchange="nova",
        topic="notifications.info",
    )


def _settled_count(letters: Recovery) -> int:
    return sum(entry.standing is Standing.REPLAYED for entry in letters.entries())


def _settled(letters: Recovery, goal: int) -> Callable[[], bool]:
    return lambda: _settled_count(letters) >= goal
