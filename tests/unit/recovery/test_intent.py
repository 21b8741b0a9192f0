# SPDX-License-Identifier: Apache-2.0
"""What a killed process left of a line is cut off; what lost its end later is not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery.letter_writer import bodies, letter, open_recovery

Make = Callable[[], FileRecovery]
TORN = line.encode(letter(b"torn"))[:50]


@pytest.fixture
def killed(recovery: FileRecovery, directory: Path) -> Path:
    """The file of a journal whose last writer was killed, with the last line torn."""
    recovery.add([letter(b"1")])
    (file,) = directory.glob("letters-*")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    noted = [boot, file.stat().st_ino, file.stat().st_size]
    (directory / ".lock").write_text(json.dumps(noted))
    with file.open("ab") as opened:
        opened.write(line.encode(letter(b"2")) + TORN)
    return file


def test_unfinished_line_is_neither_read_nor_damage_and_is_cut_off_by_the_next_writer(
    killed: Path, make: Make
) -> None:
    assert bodies(make()) == [b"1", b"2"]
    assert list(make().verify()) == []
    assert killed.read_bytes().endswith(TORN)
    make().add([letter(b"3")])
    assert TORN not in killed.read_bytes().splitlines()
    assert bodies(make()) == [b"1", b"2", b"3"]
    assert list(make().verify()) == []


def test_whole_lines_are_never_cut_off(killed: Path, make: Make) -> None:
    killed.write_bytes(killed.read_bytes().removesuffix(TORN))
    make().add([letter(b"3")])
    assert bodies(make()) == [b"1", b"2", b"3"]


def test_torn_line_is_damage_after_the_machine_was_restarted(
    killed: Path, make: Make, directory: Path
) -> None:
    noted = json.loads((directory / ".lock").read_text())
    (directory / ".lock").write_text(json.dumps(["another boot", *noted[1:]]))
    check_is_kept_as_damage(make())


def test_torn_line_is_damage_in_a_copy_of_the_directory(killed: Path, tmp_path: Path) -> None:
    shutil.copytree(killed.parent, tmp_path / "copy")
    check_is_kept_as_damage(open_recovery(str(tmp_path / "copy")))


@pytest.mark.parametrize("note", [b"", b"\xff", b"{}", b"[1]", b"null", b'["", "x", null, 1]'])
def test_note_that_makes_no_sense_is_no_note(
    killed: Path, make: Make, directory: Path, note: bytes
) -> None:
    (directory / ".lock").write_bytes(note)
    check_is_kept_as_damage(make())


def check_is_kept_as_damage(recovery: FileRecovery) -> None:
    for _ in range(2):
        (damage,) = recovery.verify()
        assert ", line 3 (byte" in damage.place
        recovery.add([letter(b"3")])
    assert bodies(recovery) == [b"1", b"2", b"3"]
