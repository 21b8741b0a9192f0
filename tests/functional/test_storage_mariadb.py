# SPDX-License-Identifier: Apache-2.0
"""The SQL storage in MariaDB."""

import pytest

from ceilobatch.model import STORED
from ceilobatch.plugins.storage.sql import SqlStorage

from .servers import MariaDB
from .storage_server_promises import ServerPromises
from .storage_setup import configure, event


class TestMariadb(ServerPromises):
    @pytest.fixture
    def server(self, mariadb: MariaDB) -> MariaDB:
        return mariadb

    @pytest.fixture
    def url(self, mariadb_url: str) -> str:
        return mariadb_url

    @pytest.mark.parametrize("kind", ["mysql", "mariadb", "mariadb+pymysql"])
    def test_plain_url_is_read_with_the_driver_that_is_used(self, url, kind):
        storage = SqlStorage(configure(url.replace("mysql+pymysql", kind)))
        assert storage.store([event()]) == [STORED]
        storage.close()
