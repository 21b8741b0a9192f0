# SPDX-License-Identifier: Apache-2.0
"""What a recovery driver promises while the store is away, and when it is back."""

import contextlib
from collections.abc import Callable, Iterator

from ceilobatch.letter import Letter
from ceilobatch.plugins.base import Recovery
from ceilobatch.testing.away import Away, expect_unavailable
from ceilobatch.testing.recovery_scene import NOBODY, Make, examine, letters, read


class RecoveryOutagePromises:
    """``Unavailable`` says: none may be taken for kept, they will come again."""

    def test_call_while_the_store_is_away_is_unavailable(
        self, make_recovery: Make, away: Away
    ) -> None:
        """Not answered, and no other exception: an empty store is not one that is away."""
        with contextlib.closing(make_recovery()) as recovery:
            recovery.add(letters(2))
            with away():
                for name, call in _calls(recovery):
                    expect_unavailable(name, call)

    def test_driver_goes_on_when_the_store_is_back(
        self, make_recovery: Make, make_reader: Make, away: Away
    ) -> None:
        """The same object; what came meanwhile comes again and is kept once."""
        with contextlib.closing(make_recovery()) as recovery:
            for one in letters(6):
                if int(one.recorded.minute) % 2:
                    with away():
                        expect_unavailable("add()", _adding(recovery, one))
                recovery.add([one])
        found = [entry.letter.body for entry in read(make_reader)]
        assert found == [one.body for one in letters(6)], (
            "of letters that came while the store was away, and again when it was back, each is "
            f"one entry. There is {found!r}."
        )
        assert examine(make_reader) == [], "verify() found damage after the store was away."


def _calls(recovery: Recovery) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "add()", lambda: recovery.add(letters(3))
    yield "probe()", recovery.probe
    if recovery.characteristics.readable:
        yield "entries()", lambda: list(recovery.entries())
        yield "entry()", lambda: recovery.entry(NOBODY)
        yield "remove()", lambda: recovery.remove([NOBODY])
        yield "verify()", lambda: list(recovery.verify())


def _adding(recovery: Recovery, letter: Letter) -> Callable[[], object]:
    return lambda: recovery.add([letter])
