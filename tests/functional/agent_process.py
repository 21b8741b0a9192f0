# SPDX-License-Identifier: Apache-2.0
"""A running ``ceilobatch-agent`` and publishers, as operators and services have them."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from .servers import PostgreSQL, wait_until

PROGRAMS = Path(sys.executable).parent
Settings = Mapping[str, Mapping[str, object]]


class Agent:
    """The daemon as a process, configured by a file of its own.

    :cvar program: what is started.
    :param directory: for its configuration, state and log.
    :param settings: by group and option.
    """

    program = "ceilobatch-agent"

    def __init__(self, directory: Path, settings: Settings) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.log = directory / "agent.log"
        self.file = directory / "ceilobatch.conf"
        self.file.write_text(_ini({"DEFAULT": {"state_path": directory / "state"}}, settings))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the daemon; it is up when its workers are."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / self.program, "--config-file", self.file],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def workers(self) -> list[int]:
        """The process ids of the workers that hold a connection, oldest first."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child.pid for child in children if _connected(child)]

    def read_log(self) -> str:
        """What it has logged so far."""
        return self.log.read_text()

    def logged(self, text: str) -> int:
        """How often a text is in the log."""
        return self.read_log().count(text)

    def send(self, number: int) -> None:
        """Send the daemon a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        """Ask it to end and wait for that; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.send(number)
        return self.process.wait(seconds)

    def kill_all(self) -> None:
        """SIGKILL to everything that is left of it."""
        if self.process is not None and self.process.poll() is None:
            for one in psutil.Process(self.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):  # it is just ending
                    one.kill()
            self.process.kill()
            self.process.wait(30)

    def command(self, *arguments: str) -> list[dict[str, object]]:
        """Run ``ceilobatch`` with its configuration and ``-f json``; the rows."""
        done = subprocess.run(
            [
                *(PROGRAMS / "ceilobatch", "--config-file", self.file),
                *(*arguments, "-f", "json"),
            ],
            stdout=subprocess.PIPE,
            check=True,
        )
        rows: list[dict[str, object]] = json.loads(done.stdout)
        return rows


def _connected(process: psutil.Process) -> bool:
    try:
        return bool(process.net_connections())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False  # it is just ending


class Stored:
    """What has arrived in a PostgreSQL database."""

    def __init__(self, server: PostgreSQL, url: str) -> None:
        self._server = server
        self._url = url

    def count(self, table: str, where: str = "true") -> int:
        """Rows of a table; 0 while there is no such table."""
        (exists,) = self._server.execute(f"SELECT to_regclass('{table}')", self._url)[0]
        if exists is None:
            return 0
        ((count,),) = self._server.execute(f"SELECT count(*) FROM {table} WHERE {where}", self._url)
        return int(str(count))

    def wait_for(self, table: str, count: int, seconds: float = 60) -> None:
        """Wait until a table has so many rows."""
        wait_until(lambda: self.count(table) >= count, seconds, f"{count} rows in {table}")
        assert self.count(table) == count

    def samples_by_message(self) -> Iterator[tuple[object, ...]]:
        """Message ids with the numbers of samples and of different ones; these are equal."""
        yield from self._server.execute(
            "SELECT message_id, count(*), count(DISTINCT (name, position)) FROM sample"
            " GROUP BY message_id",
            self._url,
        )


def settings(
    bus: str, database: str, *, group: Mapping[str, object] | None = None, **notification: object
) -> dict[str, dict[str, object]]:
    """The configuration of an agent on real servers."""
    return {
        "DEFAULT": dict(group or {}),
        "notification": {
            "urls": bus,
            "exchanges": "nova,cinder",
            "batch_timeout": 0.3,
            **notification,
        },
        "storage_sql": {"connection": database, "auto_upgrade": "true"},
    }


def _ini(*layers: Settings) -> str:
    groups: dict[str, dict[str, object]] = {}
    for layer in layers:
        for group, options in layer.items():
            groups.setdefault(group, {}).update(options)
    lines = []
    for group, options in groups.items():
        lines.append(f"[{group}]")
        lines += [f"{name} = {value}" for name, value in options.items()]
    return "\n".join(lines) + "\n"


PUBLISHER = """
import sys
import ceilobatch
import oslo_messaging
from oslo_config import cfg
from oslo_context.context import RequestContext
from oslo_messaging.transport import TransportURL
url, first, count, event_type = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
conf = cfg.ConfigOpts()
conf([], default_config_files=[])
url = TransportURL.parse(conf, url)
conf.set_override("control_exchange", "nova")
transport = oslo_messaging.get_notification_transport(conf, url=url)
notifier = oslo_messaging.Notifier(
    transport, "compute.host1", driver="messagingv2", topics=["notifications"])
context = RequestContext(project_id="p1", user_id="u1")
for number in range(first, first + count):
    notifier.info(context, event_type, {
        "instance_id": f"i{number}", "tenant_id": "p1", "user_id": "u1", "memory_mb": 512,
        "vcpus": 2, "root_gb": 5, "ephemeral_gb": 1, "disk_gb": 6, "number": number,
        "state": "active", "host": "host1", "display_name": f"vm{number}",
        "instance_type": "m1.tiny", "created_at": "2026-01-01T00:00:00", "metadata": {}})
"""


def publish(
    url: str, count: int, *, first: int = 0, event_type: str = "compute.instance.update"
) -> subprocess.Popen[bytes]:
    """Publish with oslo.messaging's own Notifier from another process; the process."""
    arguments: Sequence[str] = (url, str(first), str(count), event_type)
    return subprocess.Popen([sys.executable, "-c", PUBLISHER, *arguments])
