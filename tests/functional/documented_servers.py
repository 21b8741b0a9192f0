# SPDX-License-Identifier: Apache-2.0
"""Real servers and daemons for those commands of the documentation that need them."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import bcrypt
import requests

from tests.documentation.pages import ROOT, Block, Statement, words

from .documented import DAEMONS, PASSWORD, Ended, Sandbox, configuration
from .servers import PostgreSQL, RabbitMQ, wait_until
from .servers.process import HOST, free_port

# Pages that begin with a configuration of their own.
OWN_CONFIGURATION = ("README.rst", "doc/source/quickstart.rst", "doc/source/admin/migration.rst")
# Queues that somebody else has left behind.
QUEUES = ("another", "ceilobatch")
# What a daemon says when it works.
READY = {
    "ceilobatch-agent": "Consuming from",
    "ceilobatch-api": "Listening on",
    "ceilobatch-processor": "Coordinated as",
}
COMMON = """
[DEFAULT]
transport_url = {bus}
state_path = {state}
[notification]
exchanges = nova,cinder,glance,neutron,keystone,ironic,octavia
batch_timeout = 0.3
[api]
port = {port}
auth_strategy = http_basic
htpasswd_file = {htpasswd}
admin_users = ann
"""


def needs_servers(page: Iterable[tuple[Block, Sequence[Statement]]]) -> bool:
    """Whether a page has a command that talks to a bus, a database or the service."""
    asking = {"curl", "rabbitmqctl", *DAEMONS}
    return any(
        argv[0] in asking or {"--probe", "perf"} & set(argv)
        for _block, found in page
        for statement in found
        for argv in statement.words
    )


class Stage:
    """A sandbox with a virtual host and a database, and the daemons that commands start in it.

    :ivar place: the sandbox.
    """

    def __init__(self, directory: Path, rabbitmq: RabbitMQ, postgresql: PostgreSQL) -> None:
        self.port = free_port()
        self.place = Sandbox(directory, {"127.0.0.1:8963": f"{HOST}:{self.port}"})
        self.rabbitmq, self.postgresql = rabbitmq, postgresql
        self._daemons: dict[str, subprocess.Popen[str]] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.bus = self.rabbitmq.create_vhost()
        self._stack.callback(self.rabbitmq.delete_vhost, self.bus)
        self.database = self.postgresql.create_database()
        self._stack.callback(self.postgresql.drop_database, self.database)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            codes = {program: self._stop(program) for program in list(self._daemons)}
        assert kind or not any(codes.values()), codes

    def common(self) -> None:
        """A configuration for the pages that have none, an agent and the service."""
        htpasswd = self.place.directory / "htpasswd"
        secret = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        htpasswd.write_text(f"ann:{secret}\n")
        values = {"bus": self.bus, "state": self.place.state, "port": self.port}
        self.place.configure(COMMON.format(htpasswd=htpasswd, **values))
        with self.rabbitmq.connect() as connection:
            for queue in QUEUES:
                connection.channel().queue_declare(queue, auto_delete=False)
        for program in ("ceilobatch-agent", "ceilobatch-api"):
            self._start(Statement(Block("", 0, "", ""), program, ((program,),), True))

    def of_page(self, page: str) -> None:
        """The configuration that a page begins with."""
        ceilometer = self.place.directory / "ceilometer"
        shutil.copytree(ROOT / "etc/ceilobatch/meters.d", ceilometer / "meters.d")
        shutil.copy(
            ROOT / "etc/ceilobatch/events.d/nova.yaml", ceilometer / "event_definitions.yaml"
        )
        self.place.paths["/etc/ceilometer"] = str(ceilometer)
        text = configuration((ROOT / page).read_text(), bus=self.bus, database=self.database)
        own = f"[api]\nport = {self.port}\n[DEFAULT]\nstate_path = {self.place.state}\n"
        self.place.configure(f"{own}{self.place.here(text)}")

    def run(self, statement: Statement, prelude: str = "") -> Ended:
        """Run a command; a daemon is up when this returns, and stays until the stage ends."""
        program = statement.words[0][0]
        if program in DAEMONS:
            return self._start(statement)
        if program == "rabbitmqctl":
            return Ended(0, self.rabbitmq.control(*words(self.place.here(statement.text))[1:]))
        return self.place.run(statement, prelude)

    def _start(self, statement: Statement) -> Ended:
        program = statement.words[0][0]
        if program in self._daemons and (code := self._stop(program)):
            return Ended(code, self.place.log(program))
        self._daemons[program] = daemon = self.place.daemon(statement)
        wait_until(
            lambda: daemon.poll() is not None or READY[program] in self.place.log(program), 60
        )
        if program == "ceilobatch-api":
            wait_until(self._healthy, 60, "the workers are shown")
        return Ended(daemon.poll() or 0, self.place.log(program))

    def _stop(self, program: str) -> int:
        daemon = self._daemons.pop(program)
        if daemon.poll() is None:
            daemon.terminate()
        return daemon.wait(60)

    def _healthy(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"http://{HOST}:{self.port}/healthcheck", timeout=5).ok
        return False
