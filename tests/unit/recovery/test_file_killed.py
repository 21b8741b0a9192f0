# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed while letters come, change and go: nothing is lost, torn or doubled."""

import contextlib
import functools
import itertools
import multiprocessing
import os
import random
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.plugins.recovery.file import FileRecovery
from tests.unit.recovery import killed
from tests.unit.recovery.letter_writer import letter, open_recovery

ROUNDS = 4
STEPS = 50
# What changes something on disk, and so what a kill can come before.
CALLS = ("write", "pwrite", "ftruncate", "truncate", "fsync", "rename", "unlink")
Worker = tuple[ForkServerProcess, Connection]


class Killed(BaseException):
    """Ends what a process was doing."""


def killed_before(number: int, work: Callable[[], None]) -> bool:
    """Let nothing change on the disk from its so-many-th change on; whether it came to that.

    To the disk this is what a kill is. A write that a kill comes into is half done.
    """
    calls = itertools.count(1)
    write = os.write

    def call(real: Callable[..., Any], *args: Any, **options: Any) -> Any:
        done = next(calls)
        if done == number and real is write:
            real(args[0], bytes(args[1])[: len(args[1]) // 2])
        if done >= number:
            raise Killed
        return real(*args, **options)

    with pytest.MonkeyPatch.context() as patched:
        for name in CALLS:
            patched.setattr(os, name, functools.partial(call, getattr(os, name)))
        try:
            work()
        except Killed:
            return True
    return False


class OneOfEach:
    """Adds, changes and removes in three files.

    :ivar before: how all was before the last step.
    :ivar after: how all would be after it.
    """

    def __init__(self, directory: Path) -> None:
        self.recovery = open_recovery(str(directory), max_bytes=2500)
        self.before: killed.State = {}
        self.after: killed.State = {}

    def run(self) -> None:
        letters = [letter(str(number).encode() * 400) for number in range(6)]
        ids = [one.id for one in letters]
        self.expect(dict.fromkeys(ids[:3], (1, 0)))
        self.recovery.add(letters[:3])
        self.expect(dict.fromkeys(ids, (1, 0)))
        self.recovery.add(letters[3:])
        self.expect(dict.fromkeys(ids, (1, 1)))
        self.recovery.change([killed.failed(one.id, 0, one.body) for one in letters])
        self.expect({one: (1, 1) for one in ids if one not in (ids[1], ids[4])})
        self.recovery.remove([ids[1], ids[4]])

    def expect(self, after: killed.State) -> None:
        self.before, self.after = self.after, after


def test_kill_before_any_change_of_the_disk_leaves_a_whole_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that is killed loses nothing that it has written, synced or not.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    for number in itertools.count(1):
        directory = tmp_path / str(number)
        scene = OneOfEach(directory)
        was_killed = killed_before(number, scene.run)
        recovery = open_recovery(str(directory))
        assert list(recovery.verify()) == []
        check_step(state(recovery), scene.before, scene.after)
        if not was_killed:
            break
        check_nothing_is_left_behind(recovery, directory)
    assert number > 40
    assert state(recovery) == scene.after


def check_nothing_is_left_behind(recovery: FileRecovery, directory: Path) -> None:
    """By those who write next."""
    expected = {**state(recovery), letter(b"after").id: (1, 0)}
    recovery.add([letter(b"after")])
    recovery.remove(["0" * 16])
    assert state(recovery) == expected
    assert list(recovery.verify()) == []
    assert not list(directory.glob("*.new"))
    written = b"".join(path.read_bytes() for path in directory.glob("letters-*"))
    assert b"removal" not in written
    assert written.count(b"\n") == sum(seen + changes for seen, changes in expected.values())


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([killed.__name__])
    return context


def test_two_hundred_steps_with_kills_lose_and_double_nothing(
    processes: ForkServerContext, recovery: FileRecovery, directory: Path
) -> None:
    chance = random.Random(4)
    expected: killed.State = {}
    for number in range(ROUNDS):
        workers = [start(processes, killed.work, directory, f"{name}{number}") for name in "ab"]
        # Every step is said before it begins and after it: the kill comes in either.
        said = [workers[0][1].recv() for _ in range(STEPS * 2 + chance.randrange(2))]
        for process, _ in workers:
            process.kill()
            process.join(60)
        present = state(recovery)
        for _, pipe in workers:
            before, after = last_said(pipe, said.pop())
            check_step(present, before, after)
            own = before.keys() | after
            expected |= {one: counts for one, counts in present.items() if one in own}
            said.append(({}, {}))
        assert present == expected
        assert list(recovery.verify()) == []
    assert len(expected) > ROUNDS * 10


def start(
    processes: ForkServerContext, work: Callable[..., None], directory: Path, *args: Any
) -> Worker:
    mine, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=work, args=(str(directory), theirs, *args))
    process.start()
    theirs.close()
    return process, mine


def last_said(
    said: Connection, last: tuple[killed.State, killed.State] = ({}, {})
) -> tuple[killed.State, killed.State]:
    """What a process said last: how it all was before its last step, and how it would be after."""
    with said, contextlib.suppress(EOFError):
        while True:
            last = said.recv()
    return last


def state(recovery: FileRecovery) -> killed.State:
    found = list(recovery.entries())
    assert len({entry.id for entry in found}) == len(found)
    return {entry.id: (entry.seen, entry.revision) for entry in found}


def check_step(present: killed.State, before: killed.State, after: killed.State) -> None:
    """Each letter is as before the last step or as after it; a removal is of all or none."""
    for one in before.keys() | after:
        assert present.get(one) in (before.get(one), after.get(one))
    going = before.keys() - after
    assert len(going & present.keys()) in (0, len(going))
