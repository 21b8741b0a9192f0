# SPDX-License-Identifier: Apache-2.0
"""What a recovery driver promises when its process is killed."""

import contextlib
import random

import pytest

from ceilobatch.letter import Entry
from ceilobatch.testing.recovery_scene import (
    Make,
    apply,
    change,
    examine,
    get,
    keep,
    letter,
    letters,
    read,
)
from ceilobatch.testing.tally import Tally

LOST = 0.4
LARGEST = 7


class RecoveryKillPromises:
    """Nothing may wait for ``close``: a killed process does not call it."""

    def test_killed_before_the_write(self, make_recovery: Make, make_reader: Make) -> None:
        """A driver that was opened and is gone leaves nothing in the way."""
        with contextlib.closing(make_recovery()) as abandoned:
            abandoned.probe()
            keep(make_recovery, letters(2))
            assert len(read(make_reader)) == 2, (
                "a driver that was opened and never closed keeps the next one from adding."
            )

    def test_killed_after_the_write_and_before_the_acknowledgement(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """The message comes again, and is no second letter."""
        with contextlib.closing(make_recovery()) as abandoned:
            abandoned.add(letters(3))
            keep(make_recovery, letters(3))
            found = [(entry.letter.body, entry.seen) for entry in read(make_reader)]
        assert found == [(one.body, 2) for one in letters(3)], (
            "add() returned, the process was killed before the acknowledgement, and the messages "
            f"came again: each is one entry, seen twice. There is {found!r}."
        )

    def test_killed_after_a_change(self, make_recovery: Make, make_reader: Make) -> None:
        """Whoever was told True can rely on it."""
        keep(make_recovery, [letter()])
        with contextlib.closing(make_reader()) as abandoned:
            entry = abandoned.entry(letter().id)
            assert entry is not None, "entry() is None though that letter was added."
            assert abandoned.change([change(entry)]) == [True], (
                "a change of the present revision is refused."
            )
            assert get(make_reader, entry.id).revision == 1, (
                "change() answered True, and another driver does not see the change: it was not "
                "durable when change() returned."
            )
            assert apply(make_reader, change(entry)) == [False], (
                "a change that was made already is taken once more by another driver."
            )

    @pytest.mark.parametrize("lost", [0.0, LOST], ids=["always ok", "lost answers"])
    def test_every_letter_is_kept_once(
        self, make_recovery: Make, make_reader: Make, lost: float
    ) -> None:
        """In calls of any size; what has no answer comes again, to another driver."""
        chance, rest = random.Random(5), letters(40)
        tally, times = Tally([one.id for one in rest]), dict.fromkeys((one.id for one in rest), 1)
        while rest:
            size = chance.randint(1, LARGEST)
            some, rest = rest[:size], rest[size:]
            keep(make_recovery, some)
            if chance.random() < lost:
                keep(make_recovery, some)
                times.update((one.id, 2) for one in some)
        found = {entry.id: entry for entry in _entries(make_reader, tally)}
        tally.expect_conserved(once="kept")
        wrong = [one for one, entry in found.items() if entry.seen != times[one]]
        assert not wrong, f"seen is wrong for {len(wrong)} letters: it counts each add()."
        assert examine(make_reader) == [], "verify() found damage where there is none."


def _entries(make_reader: Make, tally: Tally) -> list[Entry]:
    found = read(make_reader)
    for entry in found:
        tally.note(entry.id, "kept")
    return found
