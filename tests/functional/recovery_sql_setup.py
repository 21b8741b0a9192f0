# SPDX-License-Identifier: Apache-2.0
"""SQL recoveries, letters for them, and programs that write at the same time as others.

Run as a program it adds letters until it is killed, and says after each call which are kept.
"""

import datetime
import os
import random
import sys
from multiprocessing.synchronize import Barrier
from typing import Any

from oslo_config import cfg

from ceilobatch import state
from ceilobatch.letter import Action, Change, Letter, Stage, digest
from ceilobatch.plugins import loader
from ceilobatch.plugins.recovery.sql import SqlRecovery

NOON = datetime.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)
LETTERS_PER_CALL = 7


def open_recovery(url: str, **options: Any) -> SqlRecovery:
    """A recovery in this database; an empty URL and ``state_path`` for the state database."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opts(state.OPTIONS)
    conf.set_override("state_path", options.pop("state_path", "/nowhere"))
    loader.register_options(conf, SqlRecovery)
    for name, value in {"auto_upgrade": True, **options, "connection": url}.items():
        conf.set_override(name, value, "recovery_sql")
    return SqlRecovery(conf)


def letter(body: bytes = b"{}", **fields: Any) -> Letter:
    """A letter, but for the fields like the others."""
    usual: dict[str, Any] = {
        "stage": Stage.STORE_EVENT,
        "error": "Rejected",
        "reason": "too long",
        "recorded": NOON,
        "message_id": "m1",
        "event_type": "compute.instance.update",
        "driver": "sql",
    }
    return Letter(body, **{**usual, **fields})


def numbered(count: int, size: int = 10) -> list[Letter]:
    """Letters, the first the oldest."""
    second = datetime.timedelta(seconds=1)
    return [
        letter(b"%d:" % number + b"x" * size, recorded=NOON + number * second)
        for number in range(count)
    ]


def discarded(one: Letter, revision: int = 0, who: str = "me@here") -> Change:
    """A change that fits a letter whose message was not edited."""
    same = digest(one.body)
    return Change(one.id, revision, Action.DISCARDED, who, NOON, same, same, "not needed")


def edited(one: Letter, body: bytes, revision: int = 0) -> Change:
    """A change of a letter that was not edited before."""
    before, after = digest(one.body), digest(body)
    return Change(
        one.id, revision, Action.EDITED, "me@here", NOON, before, after, "a typo", body=body
    )


def add_shuffled(url: str, letters: list[Letter], seed: int, start: Barrier) -> None:
    """Add letters in the order that a seed makes, some at a time, together with others."""
    recovery = open_recovery(url)
    recovery.probe()
    mine = list(letters)
    random.Random(seed).shuffle(mine)
    start.wait(60)
    for begin in range(0, len(mine), 50):
        recovery.add(mine[begin : begin + 50])
    recovery.close()


def change_shuffled(url: str, letters: list[Letter], seed: int, start: Barrier) -> list[str]:
    """Try to be the first to change each letter; the ids of those where it worked."""
    recovery = open_recovery(url)
    recovery.probe()
    changes = [discarded(one, who=f"person {seed}") for one in letters]
    random.Random(seed).shuffle(changes)
    start.wait(60)
    won = []
    for begin in range(0, len(changes), 50):
        some = changes[begin : begin + 50]
        taken = recovery.change(some)
        won += [one.letter_id for one, yes in zip(some, taken, strict=True) if yes]
    recovery.close()
    return won


def write_for_ever(url: str, writer: str) -> None:
    """Add letters and change some of them; write the ids of what is durable to the output."""
    recovery = open_recovery(url)
    number = 0
    while True:
        some = [
            letter(f"{writer}:{number + i}".encode() + b"x" * 5000) for i in range(LETTERS_PER_CALL)
        ]
        number += LETTERS_PER_CALL
        recovery.add(some)
        _say("kept", some)
        recovery.change([discarded(one) for one in some])
        _say("changed", some)


def _say(what: str, letters: list[Letter]) -> None:
    lines = "".join(f"{what} {one.id}\n" for one in letters)
    os.write(sys.stdout.fileno(), lines.encode())


if __name__ == "__main__":
    write_for_ever(sys.argv[1], sys.argv[2])
