# SPDX-License-Identifier: Apache-2.0
"""What the SQL storage promises of its tables, on every database."""

import concurrent.futures
from collections.abc import Iterator

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import STORED
from ceilobatch.plugins.storage import sql_query, sql_upgrade
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_connection import open_database

from .storage_setup import configure, event, sample


class TablePromises:
    """Run by the subclasses."""

    @pytest.fixture
    def conf(self, url: str) -> cfg.ConfigOpts:
        return configure(url)

    @pytest.fixture
    def storage(self, conf: cfg.ConfigOpts) -> Iterator[SqlStorage]:
        storage = SqlStorage(conf)
        yield storage
        storage.close()

    def test_tables_are_made_from_nothing_once(self, url):
        conf = configure(url, auto_upgrade=False)
        assert sql_upgrade.upgrade(conf) == (None, sql_upgrade.head_revision())
        assert sql_upgrade.upgrade(conf) == (sql_upgrade.head_revision(),) * 2
        storage = SqlStorage(conf)
        assert storage.store([event()]) == [STORED]
        storage.close()

    def test_tables_are_what_the_program_takes_them_for(self, conf):
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        from ceilobatch.plugins.storage.sql_schema import TABLES
        from ceilobatch.plugins.usage_storage.sql_schema import SCOPE

        assert SCOPE.metadata is TABLES
        sql_upgrade.upgrade(conf)
        database = open_database(conf, writing=False)
        with database.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            differences = compare_metadata(context, TABLES)
        database.dispose()
        assert [one for one in differences if one[0] != "remove_index"] == []

    def test_concurrent_upgrades_do_not_disturb_each_other(self, url):
        conf = configure(url)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: sql_upgrade.upgrade(conf), range(4)))
        head = sql_upgrade.head_revision()
        assert sorted(answers, key=str) == [(head, head)] * 3 + [(None, head)]

    def test_missing_tables_are_made_only_where_that_is_configured(self, url):
        storage = SqlStorage(configure(url, auto_upgrade=False))
        for call in (storage.probe, lambda: storage.store([event()])):
            with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
                call()
        sql_upgrade.upgrade(configure(url))
        assert storage.store([event()]) == [STORED]
        storage.close()

    def test_tables_that_vanish_are_told_with_what_to_do(self, conf, storage):
        storage.store([event()])
        database = open_database(conf, writing=True)
        with database.begin() as connection:
            connection.exec_driver_sql("DROP TABLE sample")
        database.dispose()
        with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
            storage.store([sample()])
        with pytest.raises(errors.Unavailable, match="ceilobatch db upgrade"):
            list(sql_query.list_samples(conf))

    def test_newer_tables_are_left_alone(self, conf, storage):
        storage.probe()
        database = open_database(conf, writing=True)
        with database.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'future'")
        database.dispose()
        storage.close()
        with pytest.raises(errors.Unavailable, match="future"):
            storage.store([event()])
