# SPDX-License-Identifier: Apache-2.0
"""Work for a process that is killed: letters come, change and go, and each step is said."""

import datetime
import functools
import random
from collections.abc import Callable
from multiprocessing.connection import Connection

from ceilobatch.letter import Action, Change, digest
from tests.unit.recovery.letter_writer import letter, open_recovery

# How often each letter was added, and its revision.
State = dict[str, tuple[int, int]]


def failed(letter_id: str, revision: int, body: bytes) -> Change:
    now = datetime.datetime.now(datetime.UTC)
    same = digest(body)
    return Change(letter_id, revision, Action.FAILED, "me@here", now, same, same, "no")


def work(directory: str, said: Connection, name: str) -> None:
    """Add, change and remove at random; says before each step what would be, and after it."""
    chance = random.Random(name)
    recovery = open_recovery(directory, 200_000)
    state: State = {}
    bodies: dict[str, bytes] = {}
    for number in range(1_000_000):
        after = dict(state)
        known = list(state)
        kind = chance.choice(("add", "add", "change", "remove")) if len(known) > 5 else "add"
        if kind == "add":
            letters = [
                letter(f"{name} {number} {part}".encode() * chance.randrange(1, 3000))
                for part in range(chance.randrange(1, 4))
            ]
            bodies |= {one.id: one.body for one in letters}
            after |= {one.id: (1, 0) for one in letters}
            step: Callable[[], object] = functools.partial(recovery.add, letters)
        elif kind == "change":
            wanted = chance.sample(known, 3)
            changes = [failed(one, state[one][1], bodies[one]) for one in wanted]
            after |= {one: (1, state[one][1] + 1) for one in wanted}
            step = functools.partial(recovery.change, changes)
        else:
            wanted = chance.sample(known, 3)
            for one in wanted:
                del after[one]
            step = functools.partial(recovery.remove, wanted)
        said.send((state, after))
        step()
        state = after
        said.send((state, state))
