# SPDX-License-Identifier: Apache-2.0
"""An agent between a broker and PostgreSQL whose letters many processes write and change."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import amqp
import psutil

from ceilobatch import config
from ceilobatch.assembly import build_recovery
from ceilobatch.letter import Entry
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.notifications import BrokenKind, break_notification, generate

from .agent_process import PROGRAMS, Agent, Stored, settings
from .servers import PostgreSQL, RabbitMQ, wait_until

JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
KINDS = (
    BrokenKind.PAYLOAD_LIST,
    BrokenKind.NO_EVENT_TYPE,
    BrokenKind.NUL_IN_TEXT,
    BrokenKind.BAD_TIMESTAMP,
)
LISTS = ("--reason", "the payload is a list")
UNPACK = [{"op": "move", "from": "/payload/0", "path": "/payload"}]
QUEUE = "ceilobatch"
CONSUMING = "Consuming from "


class Message(NamedTuple):
    """What is published.

    :ivar broken: None for one that can be stored.
    """

    message_id: str
    broken: BrokenKind | None
    body: bytes


def broken_messages(
    count: int, seed: int, kinds: Sequence[BrokenKind | None] = KINDS
) -> list[Message]:
    """Different messages, of these kinds in turn; None stands for a sound one."""
    messages = []
    for place, one in enumerate(generate(count, seed=seed, mix={"nova": 1})):
        kind = kinds[place % len(kinds)]
        body = one.envelope() if kind is None else break_notification(one, kind).wire
        messages.append(Message(str(one.body["message_id"]), kind, body))
    return messages


class Scene:
    """One agent, its queue, its letters and what it has stored.

    :param backend: of recovery.
    :param changes: options by group, on top.
    """

    def __init__(
        self,
        rabbitmq: RabbitMQ,
        postgresql: PostgreSQL,
        urls: tuple[str, str],
        directory: Path,
        backend: str,
        *,
        changes: Mapping[str, Mapping[str, object]] | None = None,
        workers: int = 1,
        **notification: Any,
    ) -> None:
        self._rabbitmq = rabbitmq
        self._url, database = urls
        self._workers = workers
        self.stored = Stored(postgresql, database)
        layers: dict[str, Mapping[str, object]] = {
            **settings(self._url, database, workers=workers, **notification),
            "recovery": {"backend": backend},
            "recovery_sql": {"connection": database, "auto_upgrade": "true"},
            **(changes or {}),
        }
        self.agent = Agent(directory / "agent", layers)
        self.patch = directory / "patch.json"
        self.patch.write_text(json.dumps(UNPACK))

    def start(self) -> None:
        """Start the agent; all its workers consume."""
        before = self.agent.logged(CONSUMING) if self.agent.log.exists() else 0
        self.agent.start()
        wait_until(lambda: self.agent.logged(CONSUMING) == before + self._workers, 60, "consumers")

    def stop(self) -> None:
        """Let the agent end in order."""
        assert self.agent.stop() == 0

    def queue(self) -> Mapping[str, int]:
        """The state of the queue; nothing but zeros where there is none."""
        return self._rabbitmq.queues(self._url).get(QUEUE, Counter())

    def publish(self, bodies: Sequence[bytes]) -> None:
        """Publish bodies as they are."""
        with self._rabbitmq.connect(self._url) as connection:
            _publish(connection.channel(), bodies)

    def publish_slowly(self, bodies: Sequence[bytes], rate: float) -> threading.Thread:
        """Publish so many a second in a thread, which the caller joins."""
        step = max(1, round(rate / 20))

        def run() -> None:
            due = time.monotonic()
            with self._rabbitmq.connect(self._url) as connection:
                channel = connection.channel()
                for place in range(0, len(bodies), step):
                    _publish(channel, bodies[place : place + step])
                    due += step / rate
                    time.sleep(max(0.0, due - time.monotonic()))

        thread = threading.Thread(target=run, name="publisher", daemon=True)
        thread.start()
        return thread

    def depth(self) -> tuple[int, int]:
        """Messages that are ready, and consumers; asked in a way that takes milliseconds."""
        with self._rabbitmq.connect(self._url) as connection:
            found = connection.channel().queue_declare(QUEUE, passive=True)
            return int(found.message_count), int(found.consumer_count)

    def wait_until_drained(self, seconds: float = 120) -> None:
        """Wait until nothing is in the queue, settled or not."""
        wait_until(lambda: self.depth()[0] == 0, seconds, "a drain")
        wait_until(
            lambda: self.queue()["ready"] + self.queue()["unacknowledged"] == 0, seconds, "a drain"
        )

    def entries(self) -> list[Entry]:
        """All letters, read by this process."""
        recovery = build_recovery(config.load([str(self.agent.file)]), CallRegistry())
        try:
            return list(recovery.entries())
        finally:
            recovery.close()

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run ``ceilobatch`` with the agent's configuration, whatever its exit code.

        :raises AssertionError: it ended with a traceback.
        """
        command = [str(PROGRAMS / "ceilobatch"), "--config-file", str(self.agent.file), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command prints as JSON, whatever its exit code."""
        done = self.run(*arguments, "-f", "json")
        assert done.stdout, done.stderr
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    def correct(self) -> int:
        """Correct the letters whose payload is a list; the exit code."""
        return self.run("recovery", "edit", "--all", *LISTS, "--patch", str(self.patch)).returncode

    def replay(self) -> dict[str, int]:
        """Replay what was corrected; figures by name."""
        rows = self.rows("recovery", "replay", "--all", *LISTS, "--no-progress")
        return {row["what"]: row["count"] for row in rows}

    def start_replay(self, rate: float) -> "subprocess.Popen[bytes]":
        """Start a replay of so many messages a second; the caller ends and waits for it."""
        command = [str(PROGRAMS / "ceilobatch"), "--config-file", str(self.agent.file)]
        command += ["recovery", "replay", "--all", *LISTS, "--no-progress", "--rate", str(rate)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr)

    def is_sound(self) -> bool:
        """Whether ``recovery verify`` finds no damage."""
        return self.run("recovery", "verify").returncode == 0

    def is_balanced(self) -> bool:
        """Whether ``ledger show`` says so."""
        return self.run("ledger", "show").returncode == 0

    def doubled(self) -> int:
        """Messages that have a sample twice."""
        return sum(total != different for _, total, different in self.stored.samples_by_message())

    def processes(self) -> Iterator[int]:
        """The ids of the agent's processes."""
        assert self.agent.process is not None
        yield self.agent.process.pid
        for one in psutil.Process(self.agent.process.pid).children(recursive=True):
            yield one.pid


def _publish(channel: amqp.Channel, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        channel.basic_publish(amqp.Message(body, **JSON), "nova", "notifications.info")


def reckon(published: Sequence[bytes], entries: Sequence[Entry]) -> dict[str, int]:
    """How many of the broken bodies have no letter, two letters, or were counted wrong.

    :param published: with repetitions where one was published again.
    """
    expected = Counter(published)
    letters = Counter(entry.letter.body for entry in entries)
    seen = {entry.letter.body: entry.seen for entry in entries}
    return {
        "published": expected.total(),
        "different": len(expected),
        "letters": len(entries),
        "lost": len(expected.keys() - letters.keys()),
        "doubled": sum(count - 1 for count in letters.values()),
        "unexpected": len(letters.keys() - expected.keys()),
        "seen": sum(seen.values()),
        "seen_too_seldom": sum(seen.get(body, 0) < count for body, count in expected.items()),
    }
