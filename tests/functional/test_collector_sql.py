# SPDX-License-Identifier: Apache-2.0
"""The collector and the scope source ``sql`` in SQLite, PostgreSQL and MariaDB."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ceilobatch import errors
from ceilobatch.plugins.collectors.sql import SqlCollector
from ceilobatch.plugins.scopes.sql import SqlScopes, distinct
from ceilobatch.plugins.storage.sql_connection import open_database

from .collector_sql_promises import (
    HOUR,
    NOON,
    SqlCollectorPromises,
    configured,
    metric,
    sample,
)
from .servers import MariaDB, PostgreSQL, Server

MANY = 3000


class TestSqlite(SqlCollectorPromises):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/ceilobatch.sqlite"

    def test_looking_makes_no_file(self, url, tmp_path):
        source = SqlScopes(configured(url))
        with pytest.raises(errors.Unavailable, match="no database"):
            source.scopes()
        assert list(tmp_path.iterdir()) == []
        source.close()

    def test_indexes_are_used(self, url, store, collector):
        _fill(store)
        assert "SEARCH sample USING INDEX sample_" in _plan(
            url, _query(collector), "EXPLAIN QUERY PLAN"
        )
        plan = _plan(url, distinct("project_id", "sqlite"), "EXPLAIN QUERY PLAN")
        assert "SCAN sample" not in plan


class ServerPromises(SqlCollectorPromises):
    """Run by the subclasses, which have a fixture ``server``."""

    @pytest.mark.parametrize("end", ["stop", "kill", "pause"])
    def test_server_that_is_away_is_unavailable_and_comes_back(
        self, server: Server, url, store, collector, end
    ):
        store(sample(5))
        before = collector.retrieve(metric(), ["project"], NOON, NOON + HOUR, HOUR)
        assert len(before) == 1
        getattr(server, end)()
        with pytest.raises(errors.Unavailable) as caught:
            collector.retrieve(metric(), ["project"], NOON, NOON + HOUR, HOUR)
        assert "SELECT" not in str(caught.value)
        assert "secret" not in str(caught.value)
        server.ensure()
        assert collector.retrieve(metric(), ["project"], NOON, NOON + HOUR, HOUR) == before


class TestPostgresql(ServerPromises):
    @pytest.fixture
    def server(self, postgresql: PostgreSQL) -> PostgreSQL:
        return postgresql

    @pytest.fixture
    def url(self, postgresql_url: str) -> str:
        return postgresql_url

    def test_indexes_are_used(self, url, store, collector):
        _fill(store)
        _execute(url, "ANALYZE sample")
        plan = _plan(url, _query(collector), "EXPLAIN")
        assert re.search("Index (Scan|Only Scan|Scan Backward) (using|on) sample_", plan)
        assert "Seq Scan on sample" not in plan
        assert "Seq Scan on sample" not in _plan(
            url, distinct("project_id", "postgresql"), "EXPLAIN"
        )


class TestMariadb(ServerPromises):
    @pytest.fixture
    def server(self, mariadb: MariaDB) -> MariaDB:
        return mariadb

    @pytest.fixture
    def url(self, mariadb_url: str) -> str:
        return mariadb_url

    def test_indexes_are_used(self, url, store, collector):
        _fill(store)
        _execute(url, "ANALYZE TABLE sample")
        plan = _plan(url, _query(collector), "EXPLAIN")
        assert re.search(r"sample range .*sample_(name|project)_timestamp", plan)
        assert "Using index for group-by" in _plan(url, distinct("project_id", "mysql"), "EXPLAIN")


def _fill(store: Any) -> None:
    store(
        *(
            sample(1, NOON + n * HOUR / 10, name=f"meter {n % 10}", project_id=f"project {n % 7}")
            for n in range(MANY)
        )
    )


def _query(collector: SqlCollector) -> sa.Select[Any]:
    wanted = metric(name="meter 3", groupby=("resource_id",), metadata=("display_name",))
    return collector.query(wanted, ["project 1", "project 2"], NOON, NOON + HOUR)


def _plan(url: str, query: sa.Select[Any], explain: str) -> str:
    database = open_database(configured(url), writing=False)
    with database.connect() as connection:
        text = query.compile(database, compile_kwargs={"render_postcompile": True})
        rows = connection.exec_driver_sql(f"{explain} {text}", _parameters(text)).all()
    database.dispose()
    return "\n".join(" ".join(map(str, row)) for row in rows)


def _parameters(text: sa.Compiled) -> Any:
    # As the columns' types write them: MariaDB takes no zone, and then uses no index.
    writers = text._bind_processors
    given = {
        name: writers[name](value) if name in writers else value
        for name, value in text.construct_params().items()
    }
    if text.positiontup is None:
        return given
    return tuple(given[name] for name in text.positiontup)


def _execute(url: str, statement: str) -> None:
    database = open_database(configured(url), writing=True)
    with database.begin() as connection:
        connection.exec_driver_sql(statement)
    database.dispose()
