# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the recovery tests: a file recovery in a fresh directory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery import letter_writer


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state" / "recovery"


@pytest.fixture
def make(directory: Path) -> Callable[[], FileRecovery]:
    """Makes a recovery as a worker that has just started has it."""
    return lambda: letter_writer.open_recovery(str(directory))


@pytest.fixture
def recovery(make: Callable[[], FileRecovery]) -> FileRecovery:
    return make()
