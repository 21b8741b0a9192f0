# SPDX-License-Identifier: Apache-2.0
"""``db purge`` in PostgreSQL and MariaDB."""

import pytest

from tests.unit.purge_promises import PurgePromises


class TestPostgresql(PurgePromises):
    @pytest.fixture
    def url(self, postgresql_url):
        return postgresql_url


class TestMariadb(PurgePromises):
    @pytest.fixture
    def url(self, mariadb_url):
        return mariadb_url
