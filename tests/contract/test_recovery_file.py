# SPDX-License-Identifier: Apache-2.0
"""The contract of recovery on FileRecovery, in files large and small."""

from pathlib import Path

import pytest

from ceilobatch.testing.recovery import RecoverySuite
from ceilobatch.testing.recovery_scene import Make
from tests.unit.recovery.letter_writer import open_recovery


class TestFileRecovery(RecoverySuite):
    @pytest.fixture
    def make_recovery(self, tmp_path: Path) -> Make:
        return lambda: open_recovery(str(tmp_path / "recovery"))


class TestFileRecoveryInManyFiles(RecoverySuite):
    @pytest.fixture
    def make_recovery(self, tmp_path: Path) -> Make:
        return lambda: open_recovery(str(tmp_path / "recovery"), max_bytes=2000)
