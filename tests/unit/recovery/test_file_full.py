# SPDX-License-Identifier: Apache-2.0
"""A file system that is full: what is refused leaves nothing behind, and room is used again."""

import contextlib
import io
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery import killed
from tests.unit.recovery.letter_writer import bodies, letter, open_recovery

ROOM = 256 * 1024
Filled = Callable[[], contextlib.AbstractContextManager[None]]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Path, Filled]]:
    """A directory with little room, and what takes all that is left of it for a while.

    A file system of its own where this process may mount one; else no file may grow.
    """
    options = ["-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs"]
    mounted = subprocess.run(["mount", *options, str(tmp_path)], check=False, capture_output=True)
    if mounted.returncode:
        yield tmp_path, no_growth
        return
    try:
        yield tmp_path, lambda: filled(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@contextlib.contextmanager
def no_growth() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def filled(directory: Path) -> Iterator[None]:
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        fill(file)
    try:
        yield
    finally:
        ballast.unlink()


def fill(file: io.FileIO) -> None:
    while True:
        file.write(b"x" * 4096)


def test_nothing_is_kept_while_there_is_no_room_and_all_is_when_there_is(
    small: tuple[Path, Filled],
) -> None:
    directory, no_room = small
    recovery = open_recovery(str(directory / "recovery"))
    recovery.add([letter(b"1")])
    with no_room():
        for call in (recovery.probe, lambda: recovery.add([letter(b"2" * 5000)])):
            with pytest.raises(errors.Unavailable, match=r"No space left|too large"):
                call()
        assert bodies(recovery) == [b"1"]
        assert list(recovery.verify()) == []
    recovery.add([letter(b"3")])
    assert bodies(recovery) == [b"1", b"3"]
    assert list(recovery.verify()) == []


def test_letters_are_read_and_found_while_there_is_no_room_for_an_index(
    small: tuple[Path, Filled],
) -> None:
    directory, no_room = small
    recovery = open_recovery(str(directory / "recovery"))
    recovery.add([letter(b"1"), letter(b"2")])
    with no_room():
        assert bodies(recovery) == [b"1", b"2"]
        entry = recovery.entry(letter(b"2").id)
        assert entry is not None
        assert entry.letter.body == b"2"
    recovery.close()


def test_change_and_removal_wait_for_room(small: tuple[Path, Filled]) -> None:
    directory, no_room = small
    recovery = open_recovery(str(directory / "recovery"))
    recovery.add([letter(b"1" * 5000), letter(b"2")])
    wanted = killed.failed(letter(b"2").id, 0, b"2")._replace(result="x" * 5000)
    with no_room():
        with pytest.raises(errors.Unavailable, match=r"No space left|too large"):
            recovery.change([wanted])
        with pytest.raises(errors.Unavailable, match=r"No space left|too large"):
            recovery.remove([letter(b"2").id])
        assert [entry.revision for entry in recovery.entries()] == [0, 0]
    assert recovery.change([wanted]) == [True]
    assert recovery.remove([letter(b"1" * 5000).id]) == 1
    assert [entry.revision for entry in recovery.entries()] == [1]
    assert list(recovery.verify()) == []


def test_disk_that_fills_up_in_the_middle_of_a_letter_loses_none_before_it(
    small: tuple[Path, Filled],
) -> None:
    directory, no_room = small
    recovery = open_recovery(str(directory / "recovery"))
    recovery.add([letter(b"1")])
    with contextlib.nullcontext() if directory.is_mount() else no_room():
        kept = list(add_until_full(recovery))
    assert bodies(recovery) == [b"1", *kept]
    assert list(recovery.verify()) == []


def add_until_full(recovery: FileRecovery) -> Iterator[bytes]:
    """The bodies that were kept."""
    for number in range(ROOM // 7000):
        body = f"{number}:".encode() + b"x" * 7000
        try:
            recovery.add([letter(body)])
        except errors.Unavailable:
            return
        yield body
    pytest.fail("the disk was never full")
