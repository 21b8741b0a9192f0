# SPDX-License-Identifier: Apache-2.0
"""The SQL usage storage in an SQLite file."""

import sqlite3
from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import errors, state
from ceilobatch.plugins import loader
from ceilobatch.plugins.usage_storage.sql import SqlUsage
from tests.functional.usage_setup import START, numbered, open_usage
from tests.functional.usage_sql_promises import SqlUsagePromises


class TestSqlite(SqlUsagePromises):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/usage.sqlite"

    def test_other_writer_that_does_not_end_is_unavailable(self, url, tmp_path):
        storage = open_usage(url, statement_timeout=1)
        storage.enroll({"s1": START})
        other = sqlite3.connect(tmp_path / "usage.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.Unavailable, match=r"^usage: .*locked"):
            storage.store(START, [numbered(0)], "w", final=True)
        assert len(storage.states()) == 1
        other.execute("ROLLBACK")
        other.close()
        storage.store(START, [numbered(0)], "w", final=True)
        storage.close()

    def test_usage_is_beside_events_where_no_other_database_is_named(self, tmp_path):
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        conf.register_opts(state.OPTIONS)
        conf.set_override("state_path", str(tmp_path))
        loader.register_options(conf, SqlUsage)
        storage = SqlUsage(conf)
        storage.enroll({"s1": START})
        storage.close()
        database = sqlite3.connect(tmp_path / "ceilobatch.sqlite")
        assert database.execute("SELECT scope FROM scope").fetchall() == [("s1",)]
        assert database.execute("SELECT count(*) FROM event").fetchall() == [(0,)]
        database.close()

    @pytest.mark.parametrize(
        "connection", ["no url", "oracle://host/name", "sqlite:////nowhere/at/all/usage.sqlite"]
    )
    def test_connection_that_cannot_be_used_names_its_option(self, connection):
        with pytest.raises(errors.ConfigurationError) as caught:
            open_usage(connection)
        (problem,) = caught.value.problems
        assert problem.startswith("[usage_sql] connection")
