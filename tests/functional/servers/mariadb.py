# SPDX-License-Identifier: Apache-2.0
"""A MariaDB server for tests."""

import pathlib
import uuid
from collections.abc import Sequence

import pymysql  # type: ignore[import-untyped,unused-ignore]
from typing_extensions import override

from .process import HOST, Server

USER = "ceilobatch"
PASSWORD = "secret"


class MariaDB(Server):
    """MariaDB with one administrator ``ceilobatch``, reachable over TCP.

    :param durable: flush every transaction to the disk, as an installation does.
    """

    package = "mariadb-server"
    account = "mysql"

    def __init__(self, *, durable: bool = True, settings: Sequence[str] = ()) -> None:
        super().__init__()
        self.durable = durable
        self.settings = settings

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of a database that is always there."""
        return self.database_url("test")

    def database_url(self, name: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"mysql+pymysql://{USER}:{PASSWORD}@{HOST}:{self.port}/{name}"

    def create_database(self) -> str:
        """Make an empty database; its SQLAlchemy URL."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        return self.database_url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]}")

    def execute(self, statement: str, url: str | None = None) -> list[tuple[object, ...]]:
        """Run one statement; its rows."""
        connection = pymysql.connect(
            host=HOST,
            port=self.port,
            user=USER,
            password=PASSWORD,
            database=(url or self.url).rpartition("/")[2],
            connect_timeout=3,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    @override
    def prepare(self) -> None:
        self.first.write_text(
            "CREATE DATABASE IF NOT EXISTS test;\n"
            f"CREATE USER IF NOT EXISTS {USER}@'%' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {USER}@'%' WITH GRANT OPTION;\n"
        )
        self.first.chmod(0o644)
        self.run(
            *("mariadb-install-db", "--no-defaults", f"--datadir={self.directory / 'data'}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        )

    @property
    def first(self) -> pathlib.Path:
        """Statements that the server runs whenever it starts."""
        return self.directory / "first.sql"

    @override
    def command(self) -> Sequence[str]:
        options = [
            "--no-defaults",
            f"--datadir={self.directory / 'data'}",
            f"--tmpdir={self.directory}",
            f"--init-file={self.first}",
            f"--socket={self.directory / 'socket'}",
            f"--pid-file={self.directory / 'pid'}",
            f"--bind-address={HOST}",
            f"--port={self.port}",
            "--innodb-buffer-pool-size=64M",
            "--skip-name-resolve",
        ]
        if not self.durable:
            options.append("--innodb-flush-log-at-trx-commit=0")
        return ["mariadbd", *options, *(f"--{setting}" for setting in self.settings)]

    @override
    def ask(self) -> None:
        self.execute("SELECT 1")
