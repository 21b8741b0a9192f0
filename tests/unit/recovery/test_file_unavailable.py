# SPDX-License-Identifier: Apache-2.0
"""A directory that is full, unwritable or gone, and that comes back."""

import contextlib
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery.letter_writer import bodies, letter, numbered, open_recovery

NOBODY = 65534
Make = Callable[[], FileRecovery]


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Makes the kernel cut a write off in the middle, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Root may write everywhere, so root becomes somebody else for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory whose parents anybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def test_partial_write_is_undone_and_the_next_one_works(
    recovery: FileRecovery, directory: Path
) -> None:
    recovery.add([letter(b"1")])
    (file,) = directory.glob("letters-*")
    before = file.read_bytes()
    with no_file_larger_than(5000), pytest.raises(errors.Unavailable, match="File too large"):
        recovery.add([letter(b"2"), numbered("w", 0, 10_000)])
    assert file.read_bytes() == before
    recovery.add([letter(b"3")])
    assert bodies(recovery) == [b"1", b"3"]
    assert list(recovery.verify()) == []


def test_probe_fails_while_there_is_no_room(recovery: FileRecovery) -> None:
    with no_file_larger_than(5000), pytest.raises(errors.Unavailable, match="File too large"):
        recovery.probe()
    recovery.probe()


def test_unwritable_directory_is_unavailable_until_it_is_writable(reachable: Path) -> None:
    directory = reachable / "recovery"
    directory.mkdir()
    directory.chmod(0o555)
    recovery = open_recovery(str(directory))
    with as_ordinary_user():
        with pytest.raises(errors.Unavailable, match="Permission denied"):
            recovery.probe()
        with pytest.raises(errors.Unavailable, match=rf"{directory}.*: Permission denied"):
            recovery.add([letter(b"1")])
    directory.chmod(0o777)
    with as_ordinary_user():
        recovery.probe()
        recovery.add([letter(b"2")])
        assert bodies(recovery) == [b"2"]


def test_unreadable_directory_is_not_taken_for_an_empty_one(reachable: Path) -> None:
    directory = reachable / "recovery"
    open_recovery(str(directory)).add([letter(b"1")])
    directory.chmod(0o000)
    with as_ordinary_user(), pytest.raises(errors.Unavailable, match="Permission denied"):
        list(open_recovery(str(directory)).entries())
    directory.chmod(0o700)


def test_what_root_makes_belongs_to_the_owner_of_the_state_directory(reachable: Path) -> None:
    owner = NOBODY if os.geteuid() == 0 else os.geteuid()
    os.chown(reachable, owner, -1)
    directory = reachable / "recovery"
    open_recovery(str(directory)).add([letter(b"1")])
    assert {path.stat().st_uid for path in (directory, *directory.iterdir())} == {owner}


def test_removed_directory_is_unavailable_until_it_is_made_again(
    recovery: FileRecovery, directory: Path
) -> None:
    recovery.add([letter(b"1")])
    shutil.rmtree(directory)
    for call in (recovery.probe, lambda: recovery.add([letter(b"2")])):
        with pytest.raises(errors.Unavailable, match=rf"{directory}: No such file or directory"):
            call()
    with pytest.raises(errors.Unavailable, match="No such file or directory"):
        list(recovery.entries())
    directory.mkdir()
    recovery.add([letter(b"3")])
    assert bodies(recovery) == [b"3"]


def test_file_in_place_of_the_directory_is_unavailable(make: Make, directory: Path) -> None:
    directory.parent.mkdir()
    directory.write_text("in the way")
    for call in (make().probe, lambda: make().add([letter()]), lambda: list(make().entries())):
        with pytest.raises(errors.Unavailable, match=rf"{directory}"):
            call()


def test_failure_to_sync_is_a_failure_to_keep(
    recovery: FileRecovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.add([letter(b"1")])
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail_to_sync)
        with pytest.raises(errors.Unavailable, match="Input/output error"):
            recovery.add([letter(b"2")])
    assert bodies(recovery) == [b"1"]


def fail_to_sync(descriptor: int) -> None:
    raise OSError(5, "Input/output error")


def test_file_and_directory_are_synced_once_however_many_letters(
    recovery: FileRecovery, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    recovery.add([letter(b"1")])
    monkeypatch.setattr(os, "fsync", watch)
    recovery.add([letter(str(number).encode()) for number in range(50)])
    assert synced == [str(directory / "letters-000001.jsonl"), str(directory)]


def test_new_directory_is_synced_into_its_parents(
    recovery: FileRecovery, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    )
    recovery.add([letter(b"1")])
    assert synced[:2] == [str(directory.parent.parent), str(directory.parent)]
