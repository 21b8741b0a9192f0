# SPDX-License-Identifier: Apache-2.0
"""The index finds what is in the files, whatever became of it or of them."""

import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery.killed import failed
from tests.unit.recovery.letter_writer import bodies, letter, open_recovery

Make = Callable[[], FileRecovery]
BODIES = [f"letter {number};".encode() * 400 for number in range(120)]
LETTERS = [letter(body) for body in BODIES]


@pytest.fixture
def index(recovery: FileRecovery, directory: Path) -> Path:
    """The index of a store with a hundred and more letters, one of them changed."""
    recovery.add(LETTERS)
    recovery.change([failed(LETTERS[7].id, 0, BODIES[7])])
    assert bodies(recovery) == BODIES
    return directory / ".index"


def oldest(directory: Path) -> Path:
    return directory / "letters-000001.jsonl"


def swap(path: Path, old: bytes, new: bytes) -> None:
    """Change a file in its place, as an editor of bytes does."""
    content = path.read_bytes()
    assert old in content
    with path.open("r+b") as file:
        file.write(content.replace(old, new))
        file.truncate()


def ruin_header(index: Path) -> None:
    index.write_bytes(b"this is no database" * 100)


def ruin_middle(index: Path) -> None:
    with index.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))


def empty(index: Path) -> None:
    index.write_bytes(b"")


def misplace(index: Path) -> None:
    with sqlite3.connect(index) as connection:
        connection.execute("UPDATE line SET place = place + 1")
    connection.close()


def mix_up(index: Path) -> None:
    with sqlite3.connect(index) as connection:
        ids = [row[0] for row in connection.execute("SELECT letter FROM line WHERE kind = 0")]
        places = [row[0] for row in connection.execute("SELECT place FROM line WHERE kind = 0")]
        for letter_id, place in zip(ids, places[1:] + places[:1], strict=True):
            connection.execute(
                "UPDATE line SET place = ? WHERE letter = ? AND kind = 0", (-place, letter_id)
            )
        connection.execute("UPDATE line SET place = -place WHERE place < 0")
    connection.close()


def of_another_version(index: Path) -> None:
    with sqlite3.connect(index) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [os.unlink, ruin_header, ruin_middle, empty, misplace, mix_up, of_another_version],
)
def test_index_that_is_gone_or_wrong_is_built_anew(
    index: Path, make: Make, damage: Callable[[Path], None]
) -> None:
    damage(index)
    entry = make().entry(LETTERS[7].id)
    assert entry is not None
    assert (entry.letter, entry.revision) == (LETTERS[7], 1)
    assert bodies(make()) == BODIES
    assert make().change([failed(LETTERS[7].id, 1, BODIES[7])]) == [True]


def test_one_letter_is_found_without_reading_the_others(
    index: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    decode = line.decode

    def watch(text: bytes) -> line.Record:
        read.append(text)
        return decode(text)

    monkeypatch.setattr(line, "decode", watch)
    assert make().entry(LETTERS[100].id) is not None
    # The change is read more than once: it came after the index had been written.
    assert {text for text in read if not text.startswith(b'{"change"')} == {
        line.encode(LETTERS[100])
    }


def test_old_file_in_the_place_of_the_new_is_noticed(
    index: Path, recovery: FileRecovery, make: Make, directory: Path
) -> None:
    kept = oldest(directory).read_bytes()
    recovery.remove([LETTERS[0].id])
    assert bodies(recovery) == BODIES[1:]
    oldest(directory).unlink()
    oldest(directory).write_bytes(kept)
    assert bodies(make()) == BODIES


def test_line_changed_in_its_place_is_left_out_and_logged_once(
    index: Path, make: Make, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    swap(oldest(directory), BODIES[3], BODIES[3].swapcase())
    recovery = make()
    with caplog.at_level(logging.WARNING):
        assert bodies(recovery) == BODIES[:3] + BODIES[4:]
        assert bodies(recovery) == BODIES[:3] + BODIES[4:]
    assert caplog.text.count("checksum does not match") == 1
    assert recovery.entry(LETTERS[3].id) is None
    assert recovery.change([failed(LETTERS[3].id, 0, BODIES[3])]) == [False]


def test_letters_after_a_line_that_was_cut_out_by_hand_are_found(
    index: Path, make: Make, directory: Path
) -> None:
    swap(oldest(directory), line.encode(LETTERS[3]), b"")
    make().add([letter(b"new")])
    assert bodies(make()) == [*BODIES[:3], *BODIES[4:], b"new"]


def test_files_that_nobody_may_write_to_are_read(
    index: Path, recovery: FileRecovery, make: Make
) -> None:
    index.unlink()
    index.mkdir()
    assert bodies(make()) == BODIES
    reader = make()
    assert reader.entry(LETTERS[7].id) == recovery.entry(LETTERS[7].id)
    assert reader.change([failed(LETTERS[7].id, 1, BODIES[7])]) == [True]
    assert reader.remove([LETTERS[8].id]) == 1
    assert bodies(reader) == BODIES[:8] + BODIES[9:]
    reader.close()


def test_many_files_are_indexed_and_forgotten_again(directory: Path) -> None:
    recovery = open_recovery(str(directory), max_bytes=1)
    for one in LETTERS[:40]:
        recovery.add([one])
    assert len(list(directory.glob("letters-*"))) == 40
    assert bodies(recovery) == BODIES[:40]
    assert recovery.remove([one.id for one in LETTERS[:30]]) == 30
    assert bodies(recovery) == BODIES[30:40]
    assert len(list(directory.glob("letters-*"))) == 11
    assert recovery.entry(LETTERS[0].id) is None


def test_unlocked_writer_is_reported_and_not_obeyed(
    index: Path, make: Make, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone who writes into the files while they are read cannot make it loop."""
    recovery = make()
    monkeypatch.setattr(line, "subject", lambda record: "somebody else")
    with pytest.raises(errors.Unavailable, match="does not lock it"):
        recovery.entry(LETTERS[7].id)
