# SPDX-License-Identifier: Apache-2.0
"""A Redis server for tests."""

import socket
from collections.abc import Sequence

from typing_extensions import override

from .process import HOST, Server


class Redis(Server):
    """Redis that writes every change to its files."""

    package = "redis-server"

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://{HOST}:{self.port}/0"

    @override
    def prepare(self) -> None:
        """Nothing: it makes its files itself."""

    @override
    def command(self) -> Sequence[str]:
        listening = ("--bind", HOST, "--port", str(self.port))
        return ["redis-server", *listening, "--dir", str(self.directory), "--appendonly", "yes"]

    @override
    def ask(self) -> None:
        with socket.create_connection((HOST, self.port), timeout=3) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
        if not answer.startswith(b"+PONG"):
            raise ConnectionError(answer.decode(errors="replace"))
