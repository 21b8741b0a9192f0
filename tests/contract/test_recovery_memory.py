# SPDX-License-Identifier: Apache-2.0
"""The contract of recovery on MemoryRecovery, which tests of drivers and handlers lean on."""

import contextlib
from collections.abc import Iterator

import pytest

from ceilobatch.testing.away import Away
from ceilobatch.testing.memory import MemoryRecovery
from ceilobatch.testing.recovery import RecoveryOutageSuite
from ceilobatch.testing.recovery_scene import Make


class TestMemoryRecovery(RecoveryOutageSuite):
    @pytest.fixture
    def store(self) -> MemoryRecovery:
        return MemoryRecovery()

    @pytest.fixture
    def make_recovery(self, store: MemoryRecovery) -> Make:
        return lambda: MemoryRecovery(beside=store)

    @pytest.fixture
    def away(self, store: MemoryRecovery) -> Away:
        @contextlib.contextmanager
        def away() -> Iterator[None]:
            store.down = True
            yield
            store.down = False

        return away
