# SPDX-License-Identifier: Apache-2.0
"""A Gnocchi server for tests: API and aggregation, with a PostgreSQL of its own."""

import pathlib
import signal
from collections.abc import Sequence
from typing import Any

import requests
from typing_extensions import override

from .gnocchi_environment import programs
from .postgresql import PostgreSQL
from .process import HOST, Server, wait_until

USER = "admin"
# So many metrics are aggregated at once sooner than the daemon looks again.
REFRESHED = {"refresh": "true", "start": "now"}
FEW = 60
# Gunicorn's arguments are not Gnocchi's.
APPLICATION = """\
import sys
sys.argv = ["gnocchi-api", "--config-file", {configuration!r}]
from gnocchi.cli import api
application = api.wsgi()
"""
CONFIGURATION = """\
[DEFAULT]
verbose = false
[api]
auth_mode = basic
[indexer]
url = {indexer}
[storage]
driver = file
file_basepath = {directory}/measures
[metricd]
workers = 1
metric_processing_delay = 1
metric_reporting_delay = -1
"""


class Metricd(Server):
    """``gnocchi-metricd``, which aggregates what was posted to a :class:`Gnocchi`."""

    package = "gnocchi-metricd"

    def __init__(self, server: "Gnocchi") -> None:
        super().__init__()
        self._server = server

    @override
    def prepare(self) -> None:
        """Nothing: the API's files are its, too."""

    @override
    def command(self) -> Sequence[str]:
        return ["gnocchi-metricd", "--config-file", str(self._server.configuration)]

    @override
    def places(self) -> Sequence[str]:
        return [str(programs())]

    @override
    def ask(self) -> None:
        assert self._server.waiting() == set()

    def wake(self) -> None:
        """Let it run again after :meth:`pause`, without waiting for what it has to do."""
        self._signal_session(signal.SIGCONT)


class Gnocchi(Server):
    """Gnocchi for the user ``admin`` (basic authentication), who may do everything.

    ``stop``, ``kill`` and ``pause`` concern the API, ``start`` everything that does not run.
    A worker has one thread: with several, requests with ``use_history`` fail now and then.

    :param workers: how many requests are answered at the same time.
    :ivar metricd: the aggregation, which can be stopped and started alone; what was posted is
        seen after it has run.
    """

    package = "gnocchi"

    def __init__(self, workers: int = 4) -> None:
        super().__init__()
        self.workers = workers
        self.postgresql = PostgreSQL(durable=False)
        self.metricd = Metricd(self)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://{HOST}:{self.port}"

    @property
    def configuration(self) -> pathlib.Path:
        """The configuration file."""
        return self.directory / "gnocchi.conf"

    def request(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """Ask for something below ``/v1/``; the decoded answer. A refusal fails the test."""
        answer = self._ask(method, path, body, parameters)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def _ask(
        self, method: str, path: str, body: Any, parameters: dict[str, Any]
    ) -> requests.Response:
        where = f"{self.url}/v1/{path}"
        return requests.request(
            method, where, json=body, params=parameters, auth=(USER, ""), timeout=30
        )

    def waiting(self) -> set[str]:
        """The ids of the metrics that have measures which are not aggregated yet."""
        return set(self.request("GET", "status", details="true")["storage"]["measures_to_process"])

    def wait_until_processed(self, seconds: float = 60.0) -> None:
        """Wait until all that was posted is aggregated; starts the aggregation if need be."""
        if not self.metricd.running:
            self.metricd.start(wait=False)
        waiting = self.waiting()
        if len(waiting) <= FEW:
            # The API can do it, too, and need not be waited for; it refuses metrics whose policy
            # does not keep the mean, and those are left to the aggregation.
            for metric in waiting:
                self._ask("GET", f"metric/{metric}/measures", None, REFRESHED)
        wait_until(lambda: not self.waiting(), seconds, "the end of the aggregation")

    @override
    def prepare(self) -> None:
        self.postgresql.prepare()
        self.postgresql.start()
        indexer = self.postgresql.create_database().replace("+psycopg", "")
        self.configuration.write_text(
            CONFIGURATION.format(indexer=indexer, directory=self.directory)
        )
        (self.directory / "application.py").write_text(
            APPLICATION.format(configuration=str(self.configuration))
        )
        self.run("gnocchi-upgrade", "--config-file", str(self.configuration))

    @override
    def command(self) -> Sequence[str]:
        return [
            *("gunicorn", "--bind", f"{HOST}:{self.port}", "--workers", str(self.workers)),
            # A paused process is not a dead one.
            *("--timeout", "0", "--preload", "--log-level", "warning"),
            *("--no-control-socket", "--chdir", str(self.directory), "application:application"),
        ]

    @override
    def places(self) -> Sequence[str]:
        return [str(programs())]

    @override
    def ask(self) -> None:
        self.waiting()

    @override
    def start(self, *, wait: bool = True) -> None:
        """Start everything that does not run."""
        if not self.postgresql.running:
            self.postgresql.start()
        super().start(wait=wait)
        if not self.metricd.running:
            self.metricd.start(wait=False)

    @override
    def ensure(self) -> None:
        """Make everything run and answer, the aggregation included."""
        self.postgresql.ensure()
        super().ensure()
        if self.metricd.running:
            self.metricd.wake()
        else:
            self.metricd.start(wait=False)

    def rest(self) -> None:
        """Use no processor until :meth:`ensure` is called: the aggregation looks for work."""
        self.metricd.pause()

    @override
    def close(self) -> None:
        """Kill everything, and remove the files."""
        self.metricd.close()
        super().close()
        self.postgresql.close()
