# SPDX-License-Identifier: Apache-2.0
"""The contract of storage on MemoryStorage, which tests of handlers lean on."""

import contextlib
from collections.abc import Iterator

import pytest

from ceilobatch.testing.away import Away
from ceilobatch.testing.memory import MemoryStorage
from ceilobatch.testing.storage import StorageOutageSuite
from ceilobatch.testing.storage_scene import Make, ReadBack


class TestMemoryStorage(StorageOutageSuite):
    @pytest.fixture
    def store(self) -> MemoryStorage:
        return MemoryStorage()

    @pytest.fixture
    def make_storage(self, store: MemoryStorage) -> Make:
        return lambda: MemoryStorage(beside=store)

    @pytest.fixture
    def read_back(self, store: MemoryStorage) -> ReadBack:
        return store.identities

    @pytest.fixture
    def away(self, store: MemoryStorage) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            store.down = True
            yield
            store.down = False

        return away
