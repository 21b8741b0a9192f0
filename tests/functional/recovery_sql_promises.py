# SPDX-License-Identifier: Apache-2.0
"""What the SQL recovery promises in every database."""

import concurrent.futures
import contextlib
import datetime
import functools
import itertools
import multiprocessing
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from ceilobatch.plugins.recovery.sql import SqlRecovery
from ceilobatch.testing.recovery import RecoverySuite

from . import recovery_sql_setup
from .recovery_sql_setup import (
    NOON,
    add_shuffled,
    change_shuffled,
    discarded,
    letter,
    numbered,
    open_recovery,
)

Execute = Callable[..., None]
PROCESSES = 4


class SqlRecoveryPromises(RecoverySuite):
    """Run by the subclasses, which have a fixture ``url``."""

    @pytest.fixture
    def make_recovery(self, url: str) -> Callable[[], SqlRecovery]:
        return lambda: open_recovery(url)

    @pytest.fixture
    def recovery(self, url: str) -> Iterator[SqlRecovery]:
        recovery = open_recovery(url)
        yield recovery
        recovery.close()

    @pytest.fixture
    def execute(self, url: str) -> Iterator[Execute]:
        database = sa.create_engine(url)

        def execute(statement: str, **parameters: object) -> None:
            with database.begin() as connection:
                connection.execute(sa.text(statement), parameters)

        yield execute
        database.dispose()

    def test_nul_in_a_column_is_shown(self, recovery, url):
        recovery.add([letter(reason="a\0b \\ c")])
        database = sa.create_engine(url)
        with database.connect() as connection:
            reason = connection.execute(sa.text("SELECT reason FROM letter")).scalar()
        database.dispose()
        assert reason == "a\\u0000b \\\\ c"

    def test_large_messages_are_kept(self, recovery):
        large = letter(os.urandom(3_000_000))
        recovery.add([letter(), large])
        assert recovery.entry(large.id).body == large.body

    def test_letters_of_one_call_are_counted_together(self, recovery):
        later = NOON + datetime.timedelta(hours=1)
        recovery.add([letter(reason="first"), letter(b"2"), letter(reason="2nd", recorded=later)])
        recovery.add([letter(reason="third", recorded=later), letter(reason="4th", recorded=later)])
        entry = recovery.entry(letter().id)
        assert entry.letter == letter(reason="first")
        assert (entry.seen, entry.last) == (4, later)

    def test_probe_leaves_nothing(self, recovery):
        recovery.probe()
        recovery.probe()
        assert list(recovery.entries()) == []
        assert list(recovery.verify()) == []

    def test_many_entries_come_once_and_in_order_while_others_write(self, url, recovery):
        there = numbered(1203)
        recovery.add(there)
        other = open_recovery(url)
        seen = []
        for number, entry in enumerate(recovery.entries()):
            seen.append(entry)
            if number % 100 == 0:
                recovery.change([discarded(entry.letter)])
                other.add([entry.letter, letter(f"new {number}".encode())])
                later = entry.letter.recorded + datetime.timedelta(days=1)
                other.remove([entry.id])
                other.add([letter(entry.body, recorded=later)])
        other.close()
        assert [entry.letter for entry in seen] == there

    def test_reading_needs_memory_for_some_letters_only(self, recovery):
        for number in range(40):
            recovery.add([letter(b"%d" % number * 500_000)])
        tracemalloc.start()
        assert sum(1 for _ in recovery.entries()) == 40
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 30_000_000

    def test_thousands_are_changed_and_removed_at_once(self, recovery):
        letters = numbered(1501)
        recovery.add(letters)
        changes = [discarded(one, revision) for one in letters for revision in (0, 1)]
        assert recovery.change([*changes, discarded(letters[0], 5)]) == [True] * 3002 + [False]
        assert {entry.revision for entry in recovery.entries()} == {2}
        assert recovery.remove([one.id for one in letters[1:]]) == 1500
        assert [entry.id for entry in recovery.entries()] == [letters[0].id]
        assert list(recovery.verify()) == []

    def test_tampering_is_found(self, recovery, execute):
        letters = numbered(5)
        recovery.add(letters)
        recovery.change([discarded(one) for one in letters])
        execute("UPDATE letter SET reason = 'none' WHERE id = :id", id=letters[1].id)
        execute("UPDATE letter_change SET who = 'x' WHERE letter_id = :id", id=letters[2].id)
        execute("DELETE FROM letter_change WHERE letter_id = :id", id=letters[3].id)
        assert {damage.place for damage in recovery.verify()} == {
            f"letter {letters[1].id}",
            f"letter {letters[2].id}, change 0",
            f"letter {letters[3].id}, change 0",
        }
        assert [entry.letter for entry in recovery.entries()] == [letters[0], letters[4]]

    def test_history_of_a_letter_that_is_gone_is_found(self, recovery, execute):
        recovery.add([letter()])
        recovery.change([discarded(letter())])
        execute("DELETE FROM letter")
        assert [damage.place for damage in recovery.verify()] == [f"letter {letter().id}"]

    def test_change_of_another_message_than_it_says_is_found(self, recovery):
        recovery.add([letter()])
        wrong = discarded(letter(b"another"))._replace(letter_id=letter().id)
        assert recovery.change([wrong]) == [True]
        places = {damage.place for damage in recovery.verify()}
        assert places == {f"letter {letter().id}, change 0"}
        assert recovery.entry(letter().id).history == (wrong,)

    def test_processes_that_add_and_change_the_same_letters_lose_none(self, url, recovery):
        letters = numbered(150)
        recovery.probe()
        with _processes() as together:
            together(functools.partial(add_shuffled, url, letters))
            won = together(functools.partial(change_shuffled, url, letters))
        entries = {entry.id: entry for entry in recovery.entries()}
        assert {one.id: one for one in letters} == {
            entry.id: entry.letter for entry in entries.values()
        }
        assert {entry.seen for entry in entries.values()} == {PROCESSES}
        assert Counter(itertools.chain(*won)) == dict.fromkeys(entries, 1)
        for number, letter_ids in enumerate(won):
            whose = {change.who for one in letter_ids for change in entries[one].history}
            assert whose <= {f"person {number}"}
        assert list(recovery.verify()) == []

    def test_nothing_that_was_kept_is_lost_when_writers_are_killed(self, url, recovery):
        recovery.probe()
        kept: set[str] = set()
        changed: set[str] = set()
        for kill in range(4):
            for what, letter_id in _killed(url, f"w{kill}", 14 + 28 * kill):
                (kept if what == "kept" else changed).add(letter_id)
        assert list(recovery.verify()) == []
        entries = {entry.id: entry for entry in recovery.entries()}
        assert len(kept) > 100
        assert kept <= set(entries)
        assert changed <= {key for key, entry in entries.items() if entry.revision == 1}
        assert {entry.seen for entry in entries.values()} == {1}


@contextlib.contextmanager
def _processes() -> Iterator[Callable[[Callable[..., Any]], list[Any]]]:
    """A function that runs its argument in several processes at once."""
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as shared,
        concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=context) as pool,
    ):

        def together(work: Callable[..., Any]) -> list[Any]:
            start = shared.Barrier(PROCESSES)
            answers = [pool.submit(work, seed, start) for seed in range(PROCESSES)]
            return [answer.result(120) for answer in answers]

        yield together


def _killed(url: str, writer: str, lines: int) -> list[tuple[str, str]]:
    """Kill a writer as soon as it has said so many lines; all that it ever said."""
    command = [sys.executable, "-m", recovery_sql_setup.__name__, url, writer]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            said = [process.stdout.readline() for _ in range(lines)]
        finally:
            process.kill()
        said += process.stdout.readlines()
    words = [line.decode().split() for line in said]
    return [(what, letter_id) for what, letter_id in words]
