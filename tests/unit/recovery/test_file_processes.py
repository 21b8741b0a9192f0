# SPDX-License-Identifier: Apache-2.0
"""Many processes that add at the same time, and processes that are killed while adding."""

import collections
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery import letter_writer

MANY = 1_000_000
Writers = list["subprocess.Popen[bytes]"]


@pytest.fixture
def writers() -> Iterator[Writers]:
    running: Writers = []
    yield running
    for writer in running:
        writer.kill()
        writer.wait()
        if writer.stdout is not None:
            writer.stdout.close()


def start(writers: Writers, directory: Path, name: str, *numbers: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, letter_writer.__file__, str(directory), name, *map(str, numbers)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE)
    writers.append(writer)
    return writer


def kept_before_kill(writer: "subprocess.Popen[bytes]", lines: int) -> list[str]:
    """Kill the writer as soon as it has said so many lines; all that it ever said."""
    assert writer.stdout is not None
    said = b"".join(writer.stdout.readline() for _ in range(lines))
    writer.kill()
    said += writer.stdout.read()
    return said.decode().split()


def test_every_letter_that_was_kept_is_there_after_twenty_kills(
    writers: Writers, recovery: FileRecovery, directory: Path
) -> None:
    kept: list[str] = []
    for kill in range(20):
        writer = start(writers, directory, f"w{kill}", MANY, 200_000, 1 + kill % 3)
        kept += kept_before_kill(writer, 1 + kill)
    there = [one.id for one in recovery.entries()]
    assert len(set(kept)) >= sum(range(1, 21))
    assert set(kept) <= set(there)
    assert list(recovery.verify()) == []
    assert len(there) == len(set(there))
    for one in recovery.entries():
        assert one.body.endswith(b"x" * 200_000)


def test_four_processes_keep_all_their_letters_once(
    writers: Writers, recovery: FileRecovery, directory: Path
) -> None:
    running = [start(writers, directory, f"w{number}", 200, 500, 1) for number in range(4)]
    for writer in running:
        writer.communicate()
        assert writer.returncode == 0
    counted = collections.Counter(one.letter.worker for one in recovery.entries())
    assert counted == {f"w{number}": 200 for number in range(4)}
    assert {one.seen for one in recovery.entries()} == {1}
    assert list(recovery.verify()) == []
