# SPDX-License-Identifier: Apache-2.0
"""The SQL usage storage in PostgreSQL and MariaDB."""

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ceilobatch import errors
from ceilobatch.plugins.storage import sql_upgrade
from ceilobatch.plugins.usage_storage.sql_place import usage_view
from ceilobatch.plugins.usage_storage.sql_schema import (
    REPROCESSING,
    SCOPE,
    SCOPE_USAGE,
    USAGE_CORRECTION,
)

from .servers import MariaDB, PostgreSQL, Server, wait_until
from .usage_setup import START, at, configure, numbered, open_usage
from .usage_sql_promises import SqlUsagePromises


@pytest.fixture(scope="module")
def made_postgresql_url(postgresql_session: PostgreSQL) -> Iterator[str]:
    yield from _made(postgresql_session)


@pytest.fixture(scope="module")
def made_mariadb_url(mariadb_session: MariaDB) -> Iterator[str]:
    yield from _made(mariadb_session)


def _made(server: PostgreSQL | MariaDB) -> Iterator[str]:
    server.ensure()
    url = server.create_database()
    sql_upgrade.upgrade(usage_view(configure(url)))
    yield url
    server.ensure()
    server.drop_database(url)


class ServerPromises(SqlUsagePromises):
    """Run by the subclasses, which have a fixture ``server``."""

    @pytest.fixture
    def url(self, server: Server, made_url: str) -> str:
        """The same tables for all tests, without rows: making tables is slow."""
        database = sa.create_engine(made_url)
        with database.begin() as connection:
            for table in (SCOPE, SCOPE_USAGE, USAGE_CORRECTION, REPROCESSING):
                connection.execute(sa.delete(table))
        database.dispose()
        return made_url

    @pytest.mark.parametrize("end", ["stop", "kill"])
    def test_storage_is_unavailable_while_the_server_is_down(
        self, storage, look, server: Server, end
    ):
        storage.store(START, [numbered(0)], "w", final=False)
        order = look.order(0, 1)
        getattr(server, end)()
        for call in _calls(storage, order):
            with pytest.raises(errors.Unavailable) as caught:
                call()
            assert "secret" not in str(caught.value)
            assert "scope_usage" not in str(caught.value)
            assert "\n" not in str(caught.value)
        server.start()
        storage.probe()
        assert self.state(storage).last_processed == at(1)
        storage.store(at(1), [numbered(1)], "w", final=True)
        assert [row[3] for row in look.rows()] == [0, 1, 2, 1000, 1001, 1002]
        for call in _calls(storage, order)[1:]:
            call()

    def test_storage_can_be_constructed_while_the_server_is_down(self, server, url):
        server.stop()
        storage = open_usage(url)
        with pytest.raises(errors.Unavailable, match=r"^usage: "):
            storage.states()
        server.start()
        assert storage.states() == []
        storage.close()

    def test_period_whose_commit_was_lost_is_stored_once_in_the_end(self, storage, look, server):
        hours = 400
        for kill in range(3):
            hour = _store_until_unavailable(storage, server, hours)
            server.start()
            wait_until(lambda: _works(storage))
            reached = self.state(storage).last_processed
            assert reached in (at(hour), at(hour + 1)), kill
        while (position := self.state(storage).last_processed) < at(hours):
            storage.store(
                position, [numbered((position - START) // (at(1) - START))], "w", final=True
            )
        assert [row[3] for row in look.rows()] == [
            1000 * hour + number for hour in range(hours) for number in range(3)
        ]

    def test_server_that_hangs_is_unavailable(self, server, url):
        storage = open_usage(url, connect_timeout=2, statement_timeout=1)
        storage.enroll({"s1": START})
        server.pause()
        began = time.monotonic()
        with pytest.raises(errors.Unavailable):
            storage.store(START, [numbered(0)], "w", final=True)
        assert time.monotonic() - began < 10
        server.resume()
        wait_until(lambda: _works(storage), what="the storage to work again")
        if self.state(storage).last_processed == START:
            storage.store(START, [numbered(0)], "w", final=True)
        storage.close()

    def test_tables_are_not_made_unasked(self, empty_url):
        storage = open_usage(empty_url, auto_upgrade=False)
        for call in (storage.states, storage.probe, lambda: storage.enroll({"s1": START})):
            with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
                call()
        sql_upgrade.upgrade(usage_view(storage.conf))
        assert storage.enroll({"s1": START}) == 1
        storage.close()

    def test_scope_that_somebody_holds_is_unavailable_and_others_are_not(self, url):
        storage = open_usage(url, statement_timeout=1)
        storage.enroll({"s1": START, "s2": START})
        blocker = sa.create_engine(url)
        with blocker.connect() as connection:
            connection.exec_driver_sql("UPDATE scope SET worker = 'x' WHERE scope = 's1'")
            with pytest.raises(errors.Unavailable):
                storage.store(START, [numbered(0)], "w", final=True)
            storage.store(START, [numbered(0, "s2")], "w", final=True)
            connection.rollback()
        blocker.dispose()
        wait_until(lambda: _works(storage))
        storage.store(START, [numbered(0)], "w", final=True)
        storage.close()


class TestPostgresql(ServerPromises):
    @pytest.fixture
    def server(self, postgresql: PostgreSQL) -> PostgreSQL:
        return postgresql

    @pytest.fixture
    def made_url(self, made_postgresql_url: str) -> str:
        return made_postgresql_url

    @pytest.fixture
    def empty_url(self, postgresql_url: str) -> str:
        return postgresql_url

    def test_period_of_fifty_rows_costs_little(self, storage):
        periods = [numbered(hour, resources=50) for hour in range(100)]
        storage.probe()
        began = time.process_time()
        for hour, batch in enumerate(periods):
            storage.store(at(hour), [batch], "w", final=True)
        assert (time.process_time() - began) / len(periods) < 0.006


class TestMariadb(ServerPromises):
    @pytest.fixture
    def server(self, mariadb: MariaDB) -> MariaDB:
        return mariadb

    @pytest.fixture
    def made_url(self, made_mariadb_url: str) -> str:
        return made_mariadb_url

    @pytest.fixture
    def empty_url(self, mariadb_url: str) -> str:
        return mariadb_url


def _calls(storage, order):
    return (
        lambda: storage.store(at(1), [numbered(1)], "w", final=True),
        lambda: storage.correct(START, [numbered(0, factor=1)], "w"),
        lambda: storage.redo(order, [numbered(0)], "w"),
        storage.states,
        storage.orders,
        lambda: storage.enroll({"s2": START}),
        lambda: storage.activate(["s1"]),
        lambda: storage.claim(["s1"], "w", 60),
        lambda: storage.failed(["s1"], "away"),
        lambda: storage.order("s1", at(0), at(1), "me"),
        storage.ordered,
        lambda: storage.withdraw(7),
        lambda: storage.pause(["s1"], paused=False),
        lambda: storage.reset("s1", START),
        storage.probe,
    )


def _store_until_unavailable(storage, server, hours):
    """Store on while the server is killed; the hour that failed."""
    (state,) = storage.states(["s1"])
    first = (state.last_processed - START) // (at(1) - START)
    for hour in range(first, hours):
        if hour == first + 20:
            server.kill()
        try:
            storage.store(at(hour), [numbered(hour)], "w", final=True)
        except errors.Unavailable:
            return hour
    raise AssertionError("the server was never away")


def _works(storage):
    try:
        storage.probe()
    except errors.Unavailable:
        return False
    return True
