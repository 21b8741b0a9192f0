# SPDX-License-Identifier: Apache-2.0
"""The servers of a test session, and empty databases and virtual hosts in them."""

import pathlib
from collections.abc import Iterator
from typing import TypeVar

import pytest

from .gnocchi_world import World
from .servers import Gnocchi, MariaDB, PostgreSQL, Prometheus, RabbitMQ, Redis, Server

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


@pytest.fixture(scope="session")
def gnocchi_session() -> Iterator[Gnocchi]:
    """The Gnocchi of the session, whatever its state; tests ask for ``gnocchi``."""
    with Gnocchi() as server:
        yield server


@pytest.fixture(scope="session")
def prometheus_session() -> Iterator[Prometheus]:
    """The Prometheus of the session, whatever its state; tests ask for ``prometheus``."""
    with Prometheus() as server:
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
def gnocchi(gnocchi_session: Gnocchi) -> Iterator[Gnocchi]:
    """A Gnocchi that answers and aggregates, however the test before left it."""
    yield from _answering(gnocchi_session)
    gnocchi_session.rest()


@pytest.fixture
def prometheus(prometheus_session: Prometheus) -> Iterator[Prometheus]:
    """A Prometheus that answers, however the test before left it."""
    yield from _answering(prometheus_session)


@pytest.fixture
def world(gnocchi: Gnocchi, tmp_path: pathlib.Path) -> World:
    """What only this test has in Gnocchi."""
    return World(gnocchi, tmp_path)


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
