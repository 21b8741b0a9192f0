# SPDX-License-Identifier: Apache-2.0
"""Letters in memory and a real handler on an SQLite file, to replay the ones into the other."""

import datetime
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch import assembly, config
from ceilobatch.batch import Limits, Outcome
from ceilobatch.letter import Entry, Letter, Stage
from ceilobatch.plugins.base import Handler
from ceilobatch.recovery.replay import Replay, Replayed
from ceilobatch.recovery.trial import Trial
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.testing.memory import MemoryRecovery
from tests.unit.wire import envelope

RECORDED = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
EVENTS = "- event_type: [compute.*, thing.*]\n  traits: {request_id: {fields: ctxt.request_id}}\n"
METER = """
  - name: NAME
    type: gauge
    unit: unit
    event_type: compute.instance.exists
    volume: $.payload.FIELD
    resource_id: $.payload.instance_id
"""
METERS = "metric:" + "".join(
    METER.replace("NAME", name).replace("FIELD", field)
    for name, field in (("memory", "memory_mb"), ("vcpus", "vcpus"))
)
PAYLOAD = {"instance_id": "i1", "tenant_id": "p1", "user_id": "u1", "memory_mb": 512, "vcpus": 2}

both = pytest.mark.parametrize("letters", ["file", "sql"], indirect=True)


def letter(body: bytes, **changes: Any) -> Letter:
    """A letter about a message."""
    fields: dict[str, Any] = {"exchange": "nova", "topic": "notifications.info", **changes}
    fields.setdefault("stage", Stage.DECODE)
    return Letter(body, error="Malformed", reason="for a test", recorded=RECORDED, **fields)


def metered(**changes: Any) -> bytes:
    """A notification that events and samples are made of."""
    return envelope(event_type="compute.instance.exists", payload=PAYLOAD, **changes)


class Scene:
    """A recovery in memory, and a handler that can be built again as another process would."""

    def __init__(self, directory: Path, more: str = "") -> None:
        self.directory = directory
        self.file = directory / "ceilobatch.conf"
        (directory / "events.yaml").write_text(EVENTS)
        (directory / "meters.yaml").write_text(METERS)
        self.file.write_text(
            f"[DEFAULT]\nstate_path = {directory}/state\nhost = here\n"
            f"[events]\ndefinitions = {directory}/events.yaml\ndrop_unmatched = true\n"
            f"[meters]\ndefinitions = {directory}/meters.yaml\n{more}"
        )
        self.recovery = MemoryRecovery()
        self.told: list[Replayed] = []

    def conf(self) -> cfg.ConfigOpts:
        return config.load([str(self.file)], [])

    def handler(self, worker: str = "replay-0") -> Handler:
        return assembly.build_handler(self.conf(), CallRegistry(), worker)

    def replay(
        self,
        entries: Iterable[Entry] | None = None,
        *,
        count: int = 100,
        change: Callable[[Handler], None] = lambda _: None,
        **more: Any,
    ) -> list[Outcome]:
        """Replay entries, all by default, as ``me``."""
        self.told.clear()
        handler = self.handler()
        change(handler)
        parts = handler.parts
        try:
            limits = Limits(count, 10**9, 1e9)
            mark = more.pop("mark", self.recovery.change)
            replay = Replay(Trial(handler), mark, "me", limits, **more)
            replay.run(self.entries() if entries is None else entries, self.told.append)
        finally:
            handler.close()
            parts.close()
        return [one.verdict.outcome for one in self.told]

    def entries(self) -> list[Entry]:
        return list(self.recovery.entries())

    def results(self) -> list[list[tuple[str, str]]]:
        """Action and result of each change of each letter."""
        return [
            [(change.action.value, change.result) for change in entry.history]
            for entry in self.entries()
        ]

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        database = sqlite3.connect(self.directory / "state" / "ceilobatch.sqlite")
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def shelves(self) -> tuple[int, int]:
        """How many events and samples there are."""
        ((events,),) = self.rows("SELECT count(*) FROM event")
        ((samples,),) = self.rows("SELECT count(*) FROM sample")
        return events, samples

    def books(self) -> dict[str, int]:
        """The sums of the books of all workers that replayed."""
        columns = ("received", "stored", "duplicate", "recovered", "ignored", "requeued")
        sums = ", ".join(f"sum({column})" for column in columns)
        (row,) = self.rows(f"SELECT {sums} FROM ledger WHERE worker = 'here/replay-0'")
        ((flying,),) = self.rows("SELECT count(*) FROM batch WHERE in_flight IS NOT NULL")
        return {**dict(zip(columns, row, strict=True)), "in_flight": flying}


def with_half_a_pair(body: bytes) -> bytes:
    """The notification with a trait that no SQL database takes: half of a surrogate pair."""
    message = json.loads(json.loads(body)["oslo.message"])
    message["_context_request_id"] = "req-\ud800"
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)}).encode()
