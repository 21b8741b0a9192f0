# SPDX-License-Identifier: Apache-2.0
"""What the tempest scenarios run against: two pools on one bus, a processor, REST services."""

import contextlib
import shlex
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Client, Listener
from pathlib import Path

import bcrypt
import requests

from . import agent_process
from .agent_process import Agent
from .servers import PostgreSQL, wait_until

PASSWORD = "right horse"
PERIOD = 60


TELL = (
    "from multiprocessing.connection import Client; "
    "connection = Client(('127.0.0.1', {port})); connection.send('{act}'); connection.recv()"
)


class Service(Agent):
    """``ceilobatch-api``, as operators have it."""

    program = "ceilobatch-api"


class Processor(Agent):
    """``ceilobatch-processor``."""

    program = "ceilobatch-processor"


class Switch(threading.Thread):
    """Stops and starts a server when another process says so.

    :ivar commands: what begins and what ends an outage.
    """

    def __init__(self, server: PostgreSQL) -> None:
        super().__init__(name="switch")
        self._acts: Mapping[str, Callable[[], None]] = {"begin": server.stop, "end": server.start}
        self._listener = Listener(("127.0.0.1", 0))
        port = self._listener.address[1]
        self.commands = {
            act: shlex.join([sys.executable, "-c", TELL.format(port=port, act=act)])
            for act in self._acts
        }

    def run(self) -> None:
        """The body of the thread."""
        while True:
            with self._listener.accept() as connection:
                act = connection.recv()
                if act in self._acts:
                    self._acts[act]()
                connection.send("done")
                if act == "close":
                    return

    def close(self) -> None:
        """Let it end."""
        with Client(self._listener.address) as connection:
            connection.send("close")
            connection.recv()
        self.join()
        self._listener.close()


class Pool:
    """An agent of a pool of its own, its storage and its REST service.

    :ivar endpoint: where that is.
    """

    def __init__(self, directory: Path, name: str, bus: str, database: str) -> None:
        port = _free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        directory.mkdir(parents=True)
        htpasswd = directory / "htpasswd"
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        htpasswd.write_text(f"admin:{hashed}\n")
        state = directory / "state"
        self.settings = {
            **agent_process.settings(bus, database, pool=name, exchanges="cinder"),
            "DEFAULT": {"state_path": state},
            "telemetry": {"interval": 0.3},
            "api": {
                "port": port,
                "htpasswd_file": htpasswd,
                "admin_users": "admin",
                "interval": 1,
            },
            "processor": {
                "period": PERIOD,
                "wait_periods": 0,
                "settle": 0,
                "scopes_interval": 1,
                "revisit_periods": 0,
            },
        }
        self.agent = Agent(directory / "agent", self.settings)
        self.service = Service(directory / "service", self.settings)

    def start(self) -> None:
        """Start agent and service; both are well when this returns."""
        self.agent.start()
        self.service.start()
        wait_until(self._is_well, what="a healthy agent")

    def stop(self) -> None:
        """Stop both."""
        assert (self.agent.stop(), self.service.stop()) == (0, 0)

    def kill(self) -> None:
        """Leave nothing behind."""
        self.agent.kill_all()
        self.service.kill_all()

    def _is_well(self) -> bool:
        try:
            return requests.get(f"{self.endpoint}/healthcheck", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False


@contextlib.contextmanager
def cloud(
    directory: Path, bus: str, postgresql: PostgreSQL, databases: tuple[str, str]
) -> Iterator[tuple[list[Pool], Path]]:
    """Everything, and the configuration for tempest; with nothing left behind at the end."""
    pools = [
        Pool(directory / name, name, bus, database)
        for name, database in zip(("one", "two"), databases, strict=True)
    ]
    processor = Processor(directory / "processor", pools[0].settings)
    switch = Switch(postgresql)
    switch.start()
    try:
        for pool in pools:
            pool.start()
        processor.start()
        yield pools, _configuration(directory, bus, pools, switch)
    finally:
        switch.close()
        processor.kill_all()
        for pool in pools:
            pool.kill()


def _configuration(directory: Path, bus: str, pools: list[Pool], switch: Switch) -> Path:
    file = directory / "tempest.conf"
    options = {
        "endpoint": pools[0].endpoint,
        "second_endpoint": pools[1].endpoint,
        "username": "admin",
        "password": PASSWORD,
        "transport_url": bus,
        "exchange": "cinder",
        "period": PERIOD,
        "timeout": 60,
        "outage_begin_command": switch.commands["begin"],
        "outage_end_command": switch.commands["end"],
    }
    lines = [f"{name} = {value}" for name, value in options.items()]
    locks = f"[oslo_concurrency]\nlock_path = {directory}\n"
    file.write_text("\n".join(["[ceilobatch]", *lines, locks]))
    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
