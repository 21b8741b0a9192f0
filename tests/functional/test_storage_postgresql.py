# SPDX-License-Identifier: Apache-2.0
"""The SQL storage in PostgreSQL."""

import pytest

from ceilobatch import errors
from ceilobatch.model import STORED
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.testing.away import Away
from ceilobatch.testing.storage import StorageOutageSuite

from .servers import PostgreSQL
from .storage_server_promises import ServerPromises
from .storage_setup import configure, event


class TestPostgresql(ServerPromises, StorageOutageSuite):
    refuses_nul = True

    @pytest.fixture
    def server(self, postgresql: PostgreSQL) -> PostgreSQL:
        return postgresql

    @pytest.fixture
    def url(self, postgresql_url: str) -> str:
        return postgresql_url

    @pytest.fixture
    def away(self, server: PostgreSQL, url: str) -> Away:
        return lambda: server.closed(url)

    def test_read_only_database_is_unavailable(self, storage, server, url):
        storage.store([event()])
        name = url.rpartition("/")[2]
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        storage.close()
        for call in (lambda: storage.store([event("two")]), storage.probe):
            with pytest.raises(errors.Unavailable, match="read-only"):
                call()
        server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        storage.close()
        assert storage.store([event("two")]) == [STORED]

    def test_database_that_does_not_exist_is_unavailable(self, server):
        storage = SqlStorage(configure(server.database_url("absent")))
        with pytest.raises(errors.Unavailable, match="absent"):
            storage.probe()

    def test_too_many_connections_are_unavailable(self, storage, server, url):
        storage.probe()
        role = "CREATE ROLE limited LOGIN PASSWORD 'secret' SUPERUSER"
        server.execute(role)
        server.execute("ALTER ROLE limited NOSUPERUSER CONNECTION LIMIT 0")
        limited = SqlStorage(configure(url.replace("//ceilobatch:", "//limited:")))
        with pytest.raises(errors.Unavailable, match="too many connections"):
            limited.probe()
        server.execute("DROP ROLE limited")

    def test_plain_url_is_read_with_the_driver_that_is_used(self, url):
        storage = SqlStorage(configure(url.replace("+psycopg", "")))
        assert storage.store([event()]) == [STORED]
        storage.close()
