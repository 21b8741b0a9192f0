# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server for tests."""

import contextlib
import glob
import os
import re
import uuid
from collections.abc import Iterator, Sequence

import psycopg
from typing_extensions import override

from .process import HOST, Server

PASSWORD = "secret"


class PostgreSQL(Server):
    """PostgreSQL with one superuser ``ceilobatch``, reachable over TCP.

    :param durable: keep ``fsync`` on, as an installation does.
    """

    package = "postgresql"
    account = "postgres"

    def __init__(self, *, durable: bool = True, settings: Sequence[str] = ()) -> None:
        super().__init__()
        self.durable = durable
        self.settings = settings

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the server's own database."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://ceilobatch:{PASSWORD}@{HOST}:{self.port}/{name}"

    def create_database(self) -> str:
        """Make an empty database; its SQLAlchemy URL."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.database_url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, its connections included."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    @contextlib.contextmanager
    def closed(self, url: str) -> Iterator[None]:
        """A database that nobody can use, though the server is there; it takes milliseconds."""
        name = url.rpartition("/")[2]
        self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        self.execute(f"{end} WHERE datname = '{name}'")
        yield
        self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def execute(self, statement: str, url: str | None = None) -> list[tuple[object, ...]]:
        """Run one statement; its rows."""
        plain = re.sub(r"^\w+\+\w+", "postgresql", url or self.url)
        with psycopg.connect(plain, autocommit=True, connect_timeout=3) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @override
    def prepare(self) -> None:
        secret = self.directory / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self.run(
            *("initdb", "-D", str(self.directory / "data"), "-U", "ceilobatch", "-E", "UTF8"),
            *("--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"),
        )

    @override
    def command(self) -> Sequence[str]:
        settings = [f"port={self.port}", f"listen_addresses={HOST}", "max_connections=60"]
        settings.append(f"unix_socket_directories={self.directory}")
        if not self.durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = [part for setting in [*settings, *self.settings] for part in ("-c", setting)]
        return ["postgres", "-D", str(self.directory / "data"), *options]

    @override
    def ask(self) -> None:
        self.execute("SELECT 1")

    @override
    def stop(self) -> None:
        """End it without waiting for its clients ("fast")."""
        if self.running:
            self.run("pg_ctl", "stop", "-D", str(self.directory / "data"), "-m", "fast")
        super().stop()

    @override
    def places(self) -> Sequence[str]:
        found = glob.glob("/usr/lib/postgresql/*/bin") + glob.glob("/usr/pgsql-*/bin")
        newest = sorted(found, key=lambda path: int(re.findall(r"\d+", path)[0]), reverse=True)
        return [*newest, *super().places()]

    @override
    def environment(self) -> dict[str, str]:
        return {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)}
