# SPDX-License-Identifier: Apache-2.0
"""The recovery backend ``cabinet`` keeps every promise of the contract, and tells damage."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceilobatch.testing.away import Away
from ceilobatch.testing.configured import configured
from ceilobatch.testing.recovery import RecoveryOutageSuite
from ceilobatch.testing.recovery_scene import Make, bodies, examine, keep, letters, read
from ceilobatch_cabinet import CabinetRecovery


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where letters are kept."""
    (tmp_path / "cabinet").mkdir()
    return tmp_path / "cabinet" / "letters.sqlite"


@pytest.fixture
def make(file: Path) -> Make:
    """Drivers on the file."""
    conf = configured(CabinetRecovery, recovery_cabinet={"path": str(file)})
    return lambda: CabinetRecovery(conf)


class TestCabinetRecovery(RecoveryOutageSuite):
    """On a file in a directory that goes away."""

    @pytest.fixture
    def make_recovery(self, make: Make) -> Make:
        """Drivers on one file."""
        return make

    @pytest.fixture
    def away(self, file: Path) -> Away:
        """The directory is moved, as if it were not mounted."""

        @contextlib.contextmanager
        def away() -> Iterator[None]:
            elsewhere = file.parent.rename(file.parent.with_name("elsewhere"))
            yield
            elsewhere.rename(file.parent)

        return away


def test_damaged_letter_is_found_and_hides_no_other(file: Path, make: Make) -> None:
    keep(make, letters(3))
    damaged = letters(3)[1].id
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        statement = "UPDATE letter SET record = replace(record, 'JSON', 'YAML') WHERE id = ?"
        database.execute(statement, (damaged,))
    assert bodies(read(make)) == [b"letter 0", b"letter 2"]
    (damage,) = examine(make)
    assert damaged in damage.place
    assert "checksum" in damage.reason
