# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``archive`` keeps every promise of the contract."""

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.testing.away import Away
from ceilobatch.testing.configured import configured
from ceilobatch.testing.storage import StorageOutageSuite
from ceilobatch_archive import ArchiveStorage


class TestArchiveStorage(StorageOutageSuite):
    """On a file in a directory that goes away."""

    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        """Where the file is."""
        (tmp_path / "archive").mkdir()
        return tmp_path / "archive"

    @pytest.fixture
    def make_storage(self, directory: Path) -> Callable[[], ArchiveStorage]:
        """Drivers on one file."""
        path = str(directory / "items.sqlite")
        conf = configured(ArchiveStorage, storage_archive={"path": path})
        return lambda: ArchiveStorage(conf)

    @pytest.fixture
    def read_back(self, directory: Path) -> Callable[[], Counter[Any]]:
        """What is in the file."""

        def read_back() -> Counter[Any]:
            with contextlib.closing(sqlite3.connect(directory / "items.sqlite")) as database:
                rows = database.execute("SELECT identity FROM item").fetchall()
            found = [json.loads(identity) for (identity,) in rows]
            return Counter(one[0] if len(one) == 1 else tuple(one) for one in found)

        return read_back

    @pytest.fixture
    def away(self, directory: Path) -> Away:
        """The directory is moved, as if it were not mounted."""

        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = directory.rename(directory.with_name("elsewhere"))
            yield
            elsewhere.rename(directory)

        return away
