# SPDX-License-Identifier: Apache-2.0
"""The servers of a test session, and empty databases and virtual hosts in them."""

from collections.abc import Iterator
from typing import TypeVar

import pytest

from .servers import MariaDB, PostgreSQL, RabbitMQ, Redis, Server

pytest.register_assert_rewrite(
    *(f"{__package__}.storage{part}_promises" for part in ("", "_reading", "_server", "_table")),
    f"{__package__}.recovery_sql_promises",
)

S = TypeVar("S", bound=Server)


@pytest.fixture(scope="session")
def rabbitmq_session() -> Iterator[RabbitMQ]:
    """The RabbitMQ of the session, whatever its state; tests ask for ``rabbitmq``."""
    with RabbitMQ() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_session() -> Iterator[PostgreSQL]:
    """The PostgreSQL of the session, whatever its state; tests ask for ``postgresql``."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_session() -> Iterator[MariaDB]:
    """The MariaDB of the session, whatever its state; tests ask for ``mariadb``."""
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def redis_session() -> Iterator[Redis]:
    """The Redis of the session, whatever its state; tests ask for ``redis``."""
    with Redis() as server:
        yield server


@pytest.fixture
def rabbitmq(rabbitmq_session: RabbitMQ) -> Iterator[RabbitMQ]:
    """A RabbitMQ that answers, however the test before left it."""
    yield from _answering(rabbitmq_session)


@pytest.fixture
def postgresql(postgresql_session: PostgreSQL) -> Iterator[PostgreSQL]:
    """A PostgreSQL that answers, however the test before left it."""
    yield from _answering(postgresql_session)


@pytest.fixture
def mariadb(mariadb_session: MariaDB) -> Iterator[MariaDB]:
    """A MariaDB that answers, however the test before left it."""
    yield from _answering(mariadb_session)


@pytest.fixture
def redis(redis_session: Redis) -> Iterator[Redis]:
    """A Redis that answers, however the test before left it."""
    yield from _answering(redis_session)


@pytest.fixture
def rabbitmq_url(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The transport URL of a virtual host that only this test has."""
    url = rabbitmq.create_vhost()
    yield url
    rabbitmq.ensure()
    rabbitmq.delete_vhost(url)


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database that only this test has."""
    url = postgresql.create_database()
    yield url
    postgresql.ensure()
    postgresql.drop_database(url)


@pytest.fixture
def mariadb_url(mariadb: MariaDB) -> Iterator[str]:
    """The SQLAlchemy URL of an empty MariaDB database that only this test has."""
    url = mariadb.create_database()
    yield url
    mariadb.ensure()
    mariadb.drop_database(url)


def _answering(server: S) -> Iterator[S]:
    server.ensure()
    yield server
    server.ensure()
