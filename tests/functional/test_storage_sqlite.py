# SPDX-License-Identifier: Apache-2.0
"""The SQL storage in an SQLite file."""

import sqlite3
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.model import STORED
from ceilobatch.plugins.storage.sql import SqlStorage

from .storage_promises import StoragePromises
from .storage_setup import configure, event


class TestSqlite(StoragePromises):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/ceilobatch.sqlite"

    def test_other_writer_that_does_not_end_is_unavailable(self, url, tmp_path):
        storage = SqlStorage(configure(url, statement_timeout=1))
        storage.probe()
        other = sqlite3.connect(tmp_path / "ceilobatch.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.Unavailable, match="locked"):
            storage.store([event()])
        other.execute("ROLLBACK")
        other.close()
        assert storage.store([event()]) == [STORED]
        storage.close()

    def test_file_that_is_no_database_is_unavailable(self, url, tmp_path):
        (tmp_path / "ceilobatch.sqlite").write_bytes(b"no database" * 1000)
        storage = SqlStorage(configure(url))
        with pytest.raises(errors.Unavailable, match="not a database"):
            storage.probe()
        storage.close()
