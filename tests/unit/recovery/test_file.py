# SPDX-License-Identifier: Apache-2.0
"""Keeping letters in files: what is kept, folded, rotated and skipped."""

import datetime
import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ceilobatch.letter import Entry, Stage
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery.letter_writer import RECORDED, bodies, letter, numbered, open_recovery

Make = Callable[[], FileRecovery]


def files(directory: Path) -> list[Path]:
    return sorted(directory.glob("letters-*.jsonl"))


def test_letters_are_read_back_in_order_by_another_process(
    recovery: FileRecovery, make: Make
) -> None:
    first, second = letter(b"1"), letter(b"2", stage=Stage.CONVERT, message_id="m")
    recovery.add([first])
    recovery.add([second])
    assert [one.letter for one in make().entries()] == [first, second]


def test_letter_is_found_by_its_id(recovery: FileRecovery) -> None:
    wanted = letter(b"\xff2")
    recovery.add([letter(b"1"), wanted])
    assert recovery.entry(wanted.id) == Entry(wanted, 1, RECORDED)
    assert recovery.entry("0" * 16) is None


def test_nothing_is_there_before_the_first_letter(recovery: FileRecovery, directory: Path) -> None:
    recovery.add([])
    assert list(recovery.entries()) == []
    assert recovery.entry("0" * 16) is None
    assert list(recovery.verify()) == []
    assert not directory.exists()


def test_redelivered_message_is_one_letter_seen_twice(recovery: FileRecovery) -> None:
    later = RECORDED + datetime.timedelta(hours=1)
    recovery.add([letter(b"1", batch_id="first"), letter(b"2")])
    recovery.add([letter(b"1", batch_id="second", recorded=later)])
    found = list(recovery.entries())
    assert [(one.letter.body, one.seen, one.last) for one in found] == [
        (b"1", 2, later),
        (b"2", 1, RECORDED),
    ]
    assert found[0].letter.batch_id == "first"


def test_same_message_stopped_at_another_stage_is_another_letter(recovery: FileRecovery) -> None:
    recovery.add([letter(b"1"), letter(b"1", stage=Stage.STORE_EVENT)])
    assert [one.letter.stage for one in recovery.entries()] == [Stage.DECODE, Stage.STORE_EVENT]


def test_only_the_owner_may_read_letters(recovery: FileRecovery, directory: Path) -> None:
    recovery.add([letter()])
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {0o600}


def test_next_file_is_begun_before_one_grows_too_large(directory: Path) -> None:
    size = len(line.encode(numbered("w", 0, 100)))
    recovery = open_recovery(str(directory), max_bytes=2 * size)
    letters = [numbered("w", number, 100) for number in range(5)]
    for one in letters:
        recovery.add([one])
    assert [path.stat().st_size for path in files(directory)] == [2 * size, 2 * size, size]
    assert [one.letter for one in recovery.entries()] == letters


def test_letters_of_one_call_stay_in_one_file(directory: Path) -> None:
    recovery = open_recovery(str(directory), max_bytes=1)
    recovery.add([letter(b"1"), letter(b"2")])
    recovery.add([letter(b"3")])
    assert [path.read_bytes().count(b"\n") for path in files(directory)] == [2, 1]


def test_order_survives_the_millionth_file(directory: Path) -> None:
    recovery = open_recovery(str(directory), max_bytes=1)
    recovery.add([letter(b"1")])
    files(directory)[0].rename(directory / "letters-999999.jsonl")
    recovery.add([letter(b"2")])
    assert bodies(recovery) == [b"1", b"2"]
    assert (directory / "letters-1000000.jsonl").exists()


@pytest.mark.parametrize("left", [1, 100, -1])
def test_torn_last_line_is_skipped_and_not_glued_to_the_next(
    recovery: FileRecovery, make: Make, directory: Path, left: int
) -> None:
    recovery.add([letter(b"1")])
    (file,) = files(directory)
    whole = line.encode(letter(b"torn"))
    kept = file.read_bytes()
    file.write_bytes(kept + whole[: left if left > 0 else len(whole) - 2])
    restarted = make()
    restarted.add([letter(b"2")])
    assert bodies(restarted) == [b"1", b"2"]
    (damage,) = restarted.verify()
    assert damage.place == f"{file}, line 2 (byte {len(kept)})"
    assert "torn" in damage.reason


def test_line_that_lacks_only_its_newline_is_a_letter(
    recovery: FileRecovery, make: Make, directory: Path
) -> None:
    recovery.add([letter(b"1")])
    (file,) = files(directory)
    file.write_bytes(file.read_bytes()[:-1])
    assert bodies(make()) == [b"1"]
    make().add([letter(b"2")])
    assert bodies(make()) == [b"1", b"2"]


def test_place_of_a_changed_line_is_logged_and_its_neighbours_are_read(
    recovery: FileRecovery, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recovery.add([letter(b"1"), letter(b"2"), letter(b"3")])
    (file,) = files(directory)
    file.write_bytes(file.read_bytes().replace(b'"body":"2"', b'"body":"7"'))
    with caplog.at_level(logging.WARNING):
        assert bodies(recovery) == [b"1", b"3"]
    assert len(caplog.records) == 1
    assert f"{file}, line 2 (byte " in caplog.text
    assert "checksum does not match" in caplog.text


def test_letters_added_while_reading_disturb_nobody(recovery: FileRecovery, make: Make) -> None:
    recovery.add([letter(b"1"), letter(b"2")])
    reading = make().entries()
    first = next(reading)
    recovery.add([letter(b"3")])
    assert [first.body, *(one.body for one in reading)] == [b"1", b"2"]


def test_letters_can_be_read_from_a_copy_without_the_lock_file(
    recovery: FileRecovery, make: Make, directory: Path
) -> None:
    recovery.add([letter(b"1")])
    (directory / ".lock").unlink()
    assert bodies(make()) == [b"1"]


def test_probe_leaves_nothing_but_the_lock(recovery: FileRecovery, directory: Path) -> None:
    recovery.probe()
    assert [path.name for path in directory.iterdir()] == [".lock"]
    assert list(recovery.entries()) == []
