# SPDX-License-Identifier: Apache-2.0
"""What the commands of the documentation find: an event, letters, scopes with usage."""

import contextlib
import datetime
import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ceilobatch import assembly, config
from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins import loader
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from ceilobatch.telemetry.calls import CallRegistry
from tests.documentation.pages import SOURCE

from .documented import call
from .usage_setup import START, numbered

TIME = "2026-03-01T12:00:00"
SCOPES = ("s1", "s2")
HOURS = 180


def first_notification() -> str:
    """The one of the quickstart, as a file."""
    found = re.search(
        r"code-block:: json\n\n((?:   .*\n|\n)+?)\n(?=\S)", (SOURCE / "quickstart.rst").read_text()
    )
    assert found
    return textwrap.dedent(found[1])


def fill(file: Path, directory: Path) -> dict[str, list[str]]:
    """Fill the stores of a configuration; what names of the documentation stand for."""
    notifications = directory / "notifications.json"
    notifications.write_text(json.dumps(list(_notifications())))
    for arguments in (("db", "upgrade"), ("ingest", str(notifications))):
        ended = call("--config-file", str(file), *arguments)
        assert ended.code == 0, ended.output
    letters = _letters(file)
    _usage(file)
    return {
        r"(?<=event show )MESSAGE_ID\b": [json.loads(first_notification())[0]["message_id"]],
        r"(?<=/v1/letters/)0123456789abcdef\b": [letters["volume.create.end"]],
        r"(?<=recovery show )ID\b": [letters["volume.create.end"]],
        r"(?<=discard )ID ID\b": [f"{letters['two']} {letters['one']}"],
        r"(?<=reprocess )ID ID\b": [" ".join(SCOPES)],
        r"\bID\b": [SCOPES[0]],
    }


def _notifications() -> Iterator[object]:
    yield from json.loads(first_notification())
    common = {"publisher_id": "compute.host-1", "timestamp": TIME}
    for number in range(2):
        payload = [{"instance_id": f"i-{number}", "memory_mb": 512}]
        named = {"message_id": f"list-{number}", "event_type": "compute.instance.update"}
        yield {**common, **named, "payload": payload}
    volume = {"volume_id": "v-1", "tenant_id": "p-1", "size": "big", "status": "available"}
    yield {**common, "message_id": "size", "event_type": "volume.create.end", "payload": volume}
    for name in ("one", "two"):
        yield {"message_id": name, "event_type": name, "publisher_id": "x", "payload": {}}


def _letters(file: Path) -> dict[str | None, str]:
    """Another letter, which no file can bring; the ids of all by type of event."""
    conf = config.load([str(file)], [])
    with contextlib.closing(assembly.build_recovery(conf, CallRegistry())) as recovery:
        now = datetime.datetime.now(datetime.UTC)
        recovery.add([Letter(b"", Stage.DECODE, "Malformed", "the body is empty", now)])
        return {one.letter.event_type: one.letter.id for one in recovery.entries()}


def _usage(file: Path) -> None:
    conf = config.load([str(file)], [])
    loader.register_options(conf, SqlUsage)
    with contextlib.closing(SqlUsage(conf)) as storage:
        storage.enroll(dict.fromkeys(SCOPES, START))
        for scope in SCOPES:
            periods = [numbered(hour, scope) for hour in range(HOURS)]
            storage.store(START, periods, "a/w0", final=False)
