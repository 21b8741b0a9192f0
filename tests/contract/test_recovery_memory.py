# SPDX-License-Identifier: Apache-2.0
"""The contract of recovery on MemoryRecovery, which tests of drivers and handlers lean on."""

import pytest

from ceilobatch.testing.memory import MemoryRecovery
from ceilobatch.testing.recovery import RecoverySuite
from ceilobatch.testing.recovery_scene import Make


class TestMemoryRecovery(RecoverySuite):
    @pytest.fixture
    def make_recovery(self) -> Make:
        first = MemoryRecovery()
        return lambda: MemoryRecovery(beside=first)
