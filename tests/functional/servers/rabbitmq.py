# SPDX-License-Identifier: Apache-2.0
"""A RabbitMQ server for tests, with an Erlang port mapper of its own."""

import uuid
from collections.abc import Sequence
from typing import Any

import amqp
from amqp.exceptions import NotFound
from typing_extensions import override

from .process import HOST, Server, free_port

USER = "ceilobatch"
PASSWORD = "secret"


class RabbitMQ(Server):
    """RabbitMQ with one administrator ``ceilobatch``; nothing is shared with other nodes."""

    package = "rabbitmq-server"

    def __init__(self, settings: Sequence[str] = ()) -> None:
        super().__init__()
        self.settings = settings
        self.mapper_port = free_port()
        self.distribution_port = free_port()
        self.node = f"ceilobatch-{self.port}@localhost"

    @property
    def url(self) -> str:
        """The transport URL of the virtual host ``/``."""
        return self.vhost_url("")

    def vhost_url(self, name: str) -> str:
        """The transport URL of a virtual host."""
        return f"rabbit://{USER}:{PASSWORD}@{HOST}:{self.port}/{name}"

    def create_vhost(self) -> str:
        """Make an empty virtual host; its transport URL."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        grant = f'rabbit_auth_backend_internal:set_permissions(<<"{USER}">>, <<"{name}">>,'
        self.evaluate(
            f'ok = rabbit_vhost:add(<<"{name}">>, <<"test">>),'
            f'{grant} <<".*">>, <<".*">>, <<".*">>, <<"test">>).'
        )
        return self.vhost_url(name)

    def delete_vhost(self, url: str) -> None:
        """Remove a virtual host with its queues."""
        self.evaluate(f'rabbit_vhost:delete(<<"{url.rpartition("/")[2]}">>, <<"test">>).')

    def evaluate(self, expression: str) -> str:
        """Evaluate an Erlang expression inside the server (about a second)."""
        return self.control("eval", expression)

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` (about a second); its standard output."""
        return self.run("rabbitmqctl", "-q", "-n", self.node, *arguments)

    def connect(self, url: str | None = None) -> amqp.Connection:
        """An open AMQP connection, to be used as a context manager."""
        vhost = (url or self.url).partition(f":{self.port}/")[2] or "/"
        connection = amqp.Connection(
            f"{HOST}:{self.port}", USER, PASSWORD, virtual_host=vhost, connect_timeout=3
        )
        connection.connect()
        return connection

    def queue_length(self, name: str, url: str | None = None) -> int:
        """Messages that wait in a queue, unacknowledged ones not counted; 0 if there is none."""
        with self.connect(url) as connection:
            try:
                answer = connection.channel().queue_declare(name, passive=True)
            except NotFound:
                return 0
            return int(answer.message_count)

    def queues(self, url: str | None = None) -> dict[str, dict[str, int]]:
        """Messages ``ready`` and ``unacknowledged`` and ``consumers`` of every queue."""
        vhost = (url or self.url).partition(f":{self.port}/")[2] or "/"
        columns = ("name", "messages_ready", "messages_unacknowledged", "consumers")
        table = self.control("list_queues", "--no-table-headers", "-p", vhost, *columns)
        rows = [line.split("\t") for line in table.splitlines() if line]
        keys = ("ready", "unacknowledged", "consumers")
        return {row[0]: dict(zip(keys, map(int, row[1:]), strict=True)) for row in rows}

    def close_connections(self, reason: str = "cut by the test") -> None:
        """Cut every client's connection."""
        self.control("close_all_connections", "--global", reason)

    @override
    def prepare(self) -> None:
        defaults = [
            f"listeners.tcp.default = {HOST}:{self.port}",
            f"default_user = {USER}",
            f"default_pass = {PASSWORD}",
            "default_user_tags.administrator = true",
            "disk_free_limit.absolute = 50MB",
            "log.console = true",
            "log.console.level = warning",
        ]
        path = self.directory / "rabbitmq.conf"
        path.write_text("\n".join([*defaults, *self.settings]) + "\n")

    @override
    def command(self) -> Sequence[str]:
        return ["rabbitmq-server"]

    @override
    def ask(self) -> None:
        self.connect().close()

    @override
    def places(self) -> Sequence[str]:
        # The wrappers of the same names in /usr/sbin insist on the user rabbitmq.
        return ["/usr/lib/rabbitmq/bin", "/usr/libexec/rabbitmq", *super().places()]

    @override
    def environment(self) -> dict[str, Any]:
        return {
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "absent.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "plugins"),
            "RABBITMQ_LOG_BASE": str(self.directory),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_PID_FILE": str(self.directory / "pid"),
            # Makes the script become the server instead of its parent, so signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
