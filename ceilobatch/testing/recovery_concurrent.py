# SPDX-License-Identifier: Apache-2.0
"""What a recovery driver promises when many add, change, remove and read at the same time."""

import collections
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ceilobatch.letter import Entry
from ceilobatch.testing.recovery_scene import (
    Make,
    apply,
    bodies,
    change,
    erase,
    examine,
    get,
    keep,
    letter,
    letters,
    read,
)

ADDERS = 4
EACH = 20
RIVALS = 5


def together(*calls: Callable[[], object]) -> list[object]:
    """Run each in a thread of its own, all started at one moment; what they returned."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        ready.wait(timeout=60)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


class ConcurrentPromises:
    """Each thread has a driver of its own, as each worker has."""

    def test_adders_at_the_same_time_lose_and_double_nothing(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Letters of their own and one that they all have."""
        together(*(_adder(make_recovery, f"adder {one}") for one in range(ADDERS)))
        found = read(make_reader)
        counted = collections.Counter(bodies(found))
        assert max(counted.values()) == 1, "letters stand twice after several added at once."
        assert len(found) == ADDERS * EACH + 1, (
            f"{ADDERS * EACH + 1} letters were added and {len(found)} are there."
        )
        seen = {entry.letter.body: entry.seen for entry in found}
        assert seen.pop(b"shared") == ADDERS * EACH, (
            "seen must count every add() of a letter, those at the same moment included."
        )
        assert set(seen.values()) == {1}, "seen counts more than was added."
        assert examine(make_reader) == [], "verify() found damage after several added at once."

    def test_one_of_several_changes_of_one_revision_is_taken(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Exactly one, in every round."""
        keep(make_recovery, [letter()])
        for revision in range(4):
            entry = get(make_reader, letter().id)
            answers = together(*(_changer(make_reader, entry, who) for who in range(RIVALS)))
            assert sorted(map(bool, answers)) == [False] * (RIVALS - 1) + [True], (
                f"of {RIVALS} changes of one revision at the same time exactly one must be "
                f"taken; the answers were {answers}."
            )
            history = get(make_reader, entry.id).history
            assert len(history) == revision + 1, "what was answered and what was stored differ."
            winner = f"rival {answers.index(True)}"
            assert history[-1].who == winner, "the change that was stored is one that was refused."
        assert examine(make_reader) == [], "verify() found damage after rivals changed a letter."

    def test_readers_see_every_letter_once_while_others_write(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """No entry twice, none missing, none in part, while letters come, change and go."""
        added = letters(60)
        keep(make_recovery, added)
        stay, go = added[::2], added[1::2]
        readings = together(
            _adder(make_recovery, "late"),
            lambda: [erase(make_reader, one.id) for one in go],
            lambda: [apply(make_reader, change(get(make_reader, one.id))) for one in stay],
            *([lambda: [_reading(make_reader) for _ in range(5)]] * 2),
        )[3:]
        for reading in (ids for reader in readings for ids in _lists(reader)):
            assert len(set(reading)) == len(reading), "a reader saw an entry twice."
            missing = {one.id for one in stay} - set(reading)
            assert not missing, f"a reader missed {len(missing)} letters that were always there."
        left = read(make_reader)
        gone = {one.id for one in go} & {entry.id for entry in left}
        assert not gone, f"{len(gone)} removed letters are there."
        assert len(left) == len(stay) + EACH + 1, "letters were lost or doubled."
        stayed = {one.id for one in stay}
        changed = [entry.revision for entry in left if entry.id in stayed]
        assert changed == [1] * len(stay), "changes were lost or doubled while others wrote."
        assert examine(make_reader) == [], "verify() found damage after all wrote at once."


def _adder(make: Make, name: str) -> Callable[[], None]:
    def add() -> None:
        with contextlib.closing(make()) as recovery:
            for one in letters(EACH, name):
                recovery.add([one, letter(b"shared")])

    return add


def _changer(make: Make, entry: Entry, who: int) -> Callable[[], bool]:
    return lambda: apply(make, change(entry, who=f"rival {who}"))[0]


def _reading(make: Make) -> list[str]:
    return [entry.id for entry in read(make)]


def _lists(reader: object) -> Sequence[Sequence[str]]:
    assert isinstance(reader, list), "a reader has found nothing to tell."
    return reader
