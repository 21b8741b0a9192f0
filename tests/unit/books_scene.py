# SPDX-License-Identifier: Apache-2.0
"""An agent of one consumer on a queue in memory, with real storage and recovery, to look at the
books of.
"""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ceilobatch import assembly, config
from ceilobatch.accounts import books_url, problems, unaccounted
from ceilobatch.agent import Consumer
from ceilobatch.batch import Limits
from ceilobatch.plugins.base import Handler, Storage
from ceilobatch.plugins.storage.sql_audit import Audit, Story, audit, story
from ceilobatch.plugins.storage.sql_connection import open_database
from ceilobatch.plugins.storage.sql_options import with_database
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.memory import MemorySource

from .wire import envelope

SPAWN = multiprocessing.get_context("spawn")
DROP = "[events]\ndrop_unmatched = true\n"
NAMES = ("received", "stored", "duplicate", "recovered", "ignored", "requeued", "in_flight")
PAYLOAD = {
    "instance_id": "i1",
    "tenant_id": "p1",
    "user_id": "u1",
    "state": "active",
    "memory_mb": 512,
    "vcpus": 2,
    "root_gb": 5,
    "ephemeral_gb": 1,
    "disk_gb": 6,
    "display_name": "vm",
    "instance_type": "m1.tiny",
    "host": "host1",
    "metadata": {},
    "created_at": "2026-01-01T00:00:00",
}


class Scene:
    """A place with a configuration file, in which consumers run one after the other."""

    def __init__(self, directory: Path, url: str, more: str = "") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.file = directory / "ceilobatch.conf"
        self.file.write_text(
            f"[DEFAULT]\nstate_path = {directory / 'state'}\nhost = here\n"
            f"[storage_sql]\nconnection = {url}\nauto_upgrade = true\n{more}\n"
        )

    def load(self) -> Any:
        return config.load([str(self.file)])

    def run(
        self, bodies: Iterable[bytes], *, count: int = 10, worker: str = "w0", change: Any = None
    ) -> Consumer:
        """Consume until the queue is empty and everything is settled."""
        handler = assembly.build_handler(self.load(), CallRegistry(), worker)
        if change is not None:
            change(handler)
        source = MemorySource(bodies, ends=True)
        consumer = Consumer(source, handler, Limits(count, 10**8, 1), handler.parts.probe)
        try:
            consumer.run()
        finally:
            handler.close()
            handler.parts.close()
        return consumer

    def audit(self) -> Audit:
        return audit(with_database(self.load()), books_url(self.load()))

    def story(self, message_id: str) -> Story:
        return story(with_database(self.load()), message_id, books_url(self.load()))

    def figures(self) -> dict[str, int]:
        """The totals of the books, which balance."""
        found = self.audit()
        rows = [{**row, "unaccounted": unaccounted(row)} for row in found.rows]
        assert list(problems(rows, found)) == []
        return {name: sum(row[name] for row in found.rows) for name in (*NAMES, "events")}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers; changes are committed."""
        database = open_database(with_database(self.load()), writing=True)
        try:
            with database.begin() as connection:
                found = connection.execute(sa.text(query))
                return [tuple(row) for row in found] if found.returns_rows else []
        finally:
            database.dispose()


def good(count: int, seed: int = 0) -> list[bytes]:
    """Notifications of two types that each have an event and samples; ``seed-number`` is the id."""
    types = ("compute.instance.exists", "compute.instance.power_off.end")
    return [
        envelope(message_id=f"{seed}-{number}", event_type=types[number % 2], payload=PAYLOAD)
        for number in range(count)
    ]


def unwanted(message_id: str) -> bytes:
    """A notification that no definition wants where unmatched ones are dropped."""
    return envelope(message_id=message_id, event_type="nobody.wants.this")


def promising(count: int) -> list[bytes]:
    """Notifications whose event can be stored and whose samples cannot be made."""
    payload = {**PAYLOAD, "memory_mb": "plenty"}
    return [
        envelope(message_id=f"p{number}", event_type="compute.instance.exists", payload=payload)
        for number in range(count)
    ]


def die_at(call: int) -> Any:
    """A change to a handler: its process is killed at this call of any storage, before it."""

    def change(handler: Handler) -> None:
        calls = itertools.count(1)
        storages = [*handler.parts.event_storage, *handler.parts.sample_storage]
        for storage in {id(one): one for _, one in storages}.values():
            _watch(storage, calls, call)

    return change


def _watch(storage: Storage, calls: Iterable[int], last: int) -> None:
    store, numbers = storage.store, iter(calls)

    def watched(*arguments: Any, **options: Any) -> Any:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return store(*arguments, **options)

    storage.store = watched  # type: ignore[method-assign]


def run_and_die(directory: str, url: str, more: str, bodies: Sequence[bytes], call: int) -> None:
    """The body of a process that is killed at a call of its storage."""
    Scene(Path(directory), url, more).run(bodies, change=die_at(call))


def run_and_die_unacknowledged(
    directory: str, url: str, more: str, bodies: Sequence[bytes]
) -> None:
    """The body of a process that is killed when it is about to acknowledge."""

    def settle(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    MemorySource.settle = settle  # type: ignore[method-assign]
    Scene(Path(directory), url, more).run(bodies)


def killed(target: Callable[..., None], *arguments: object) -> None:
    """Run a process that ends by being killed."""
    process = SPAWN.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
