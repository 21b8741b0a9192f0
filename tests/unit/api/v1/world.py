# SPDX-License-Identifier: Apache-2.0
"""A recovery and a database with something in them, for the service to show and change."""

import contextlib
import datetime
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from oslo_config import cfg

from ceilobatch import assembly
from ceilobatch.batch import Limits, MessageBatch
from ceilobatch.letter import Entry, Letter, Stage
from ceilobatch.message import Delivery
from ceilobatch.metric import Metric
from ceilobatch.processor.wishes import opened as usage_opened
from ceilobatch.recovery.opening import opened
from ceilobatch.telemetry.calls import CallRegistry
from ceilobatch.usage import PeriodBatch, Usage
from tests.unit.replay.replay_scene import EVENTS, METERS, PAYLOAD
from tests.unit.wire import envelope

RECORDED = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
METRICS: Sequence[Metric] = ()


def text(directory: Path, more: str = "") -> str:
    """A configuration whose definitions are few."""
    (directory / "events.yaml").write_text(EVENTS)
    (directory / "meters.yaml").write_text(METERS)
    return (
        f"[events]\ndefinitions = {directory}/events.yaml\ndrop_unmatched = true\n"
        f"[meters]\ndefinitions = {directory}/meters.yaml\n{more}"
    )


def message(number: int, **payload: Any) -> bytes:
    """A notification that events and samples are made of, unless the payload spoils it."""
    return envelope(
        message_id=f"m{number}",
        event_type="compute.instance.exists",
        payload={**PAYLOAD, **payload},
        _context_auth_token="very-secret",
        _context_request_id=f"req-{number}",
    )


def letter(number: int, body: bytes | None = None, **changes: Any) -> Letter:
    """One whose message no sample can be made of, because its memory is no number."""
    fields: dict[str, Any] = {
        "stage": Stage.CONVERT_METER,
        "error": "Malformed",
        "reason": f"memory: volume is 'much{number}', not a number",
        "recorded": RECORDED + number * MINUTE,
        "message_id": f"m{number}",
        "event_type": "compute.instance.exists",
        "exchange": "nova",
        "topic": "notifications.info",
        "pool": "ceilobatch",
        "headers": {"x-auth-token": "very-secret"},
    }
    return Letter(
        message(number, memory_mb=f"much{number}") if body is None else body,
        **{**fields, **changes},
    )


class World:
    """What the service works on, seen past it."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    def add(self, *letters: Letter) -> list[str]:
        """Letters as an agent would add them; their ids."""
        with opened(self.conf) as recovery:
            recovery.add(letters)
        return [one.id for one in letters]

    def entry(self, letter_id: str) -> Entry:
        with opened(self.conf) as recovery:
            found = recovery.entry(letter_id)
        assert found is not None
        return found

    def history(self, letter_id: str) -> list[tuple[str, str]]:
        """Action and author of each change."""
        return [(one.action.value, one.who) for one in self.entry(letter_id).history]

    def handle(self, *bodies: bytes) -> None:
        """Let an agent handle messages, books included."""
        handler = assembly.build_handler(self.conf, CallRegistry(), "w0")
        batch = MessageBatch(Limits(1000, 10**9, 1.0))
        for body in bodies:
            batch.add(Delivery(body, exchange="nova", topic="notifications.info"))
        page = handler.parts.books.begin(batch)
        page.close(handler.handle(batch))
        handler.close()
        handler.parts.close()

    def process(self, *scopes: str, periods: int = 3) -> None:
        """Let a processor store periods of scopes, each with one usage."""
        (Path(self.conf.state_path) / "ceilobatch.sqlite").touch()
        with usage_opened(self.conf) as storage:
            storage.enroll(dict.fromkeys(scopes, BEGIN))
            storage.activate(scopes)
            for scope in scopes:
                for number in range(periods):
                    begin = BEGIN + number * HOUR
                    usage = Usage("cpu", "h", Decimal("1.5"), {"flavor": "small"}, {})
                    batch = PeriodBatch(scope, begin, begin + HOUR, METRICS, {}, {}, [usage])
                    storage.store(begin, [batch], "here/w0", final=True)

    def execute(self, statement: str) -> None:
        """Change the database behind everybody's back."""
        database = sqlite3.connect(Path(self.conf.state_path) / "ceilobatch.sqlite")
        with contextlib.closing(database), database:
            database.execute(statement)
