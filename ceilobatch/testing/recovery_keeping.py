# SPDX-License-Identifier: Apache-2.0
"""What a recovery driver promises of letters that are added and read."""

import contextlib
import datetime
from collections.abc import Callable, Iterator

import pytest

from ceilobatch import errors
from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins.base import Recovery
from ceilobatch.testing.recovery_scene import (
    BODIES,
    HEADERS,
    NOBODY,
    NOON,
    ODD_TEXT,
    Make,
    apply,
    bodies,
    change,
    erase,
    examine,
    find,
    get,
    keep,
    letter,
    letters,
    read,
)


class KeepingPromises:
    """Adding and reading."""

    def test_letter_is_seen_by_others_once_add_has_returned(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Durable when ``add`` returns: nothing may wait for ``close``."""
        with contextlib.closing(make_recovery()) as recovery:
            recovery.add([letter(b"one")])
            assert bodies(read(make_reader)) == [b"one"], (
                "add() returned, and another driver on the same store does not see the letter."
            )

    def test_driver_opened_before_sees_what_was_added_since(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """A driver lives as long as its worker; it must not remember an old store."""
        with contextlib.closing(make_reader()) as early:
            assert list(early.entries()) == [], "a fresh store has entries."
            keep(make_recovery, [letter(b"one")])
            read(make_reader)
            assert bodies(list(early.entries())) == [b"one"], (
                "a driver that had read the store before does not see what was added since."
            )

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    def test_body_comes_back_byte_for_byte(
        self, make_recovery: Make, make_reader: Make, body: bytes
    ) -> None:
        """Whatever arrived must be replayable exactly."""
        kept = letter(body)
        keep(make_recovery, [kept])
        (entry,) = read(make_reader)
        assert entry.letter.body == body, "a body came back as other bytes."
        assert entry.id == kept.id, "a letter came back with another id."

    def test_every_field_comes_back(self, make_recovery: Make, make_reader: Make) -> None:
        """All of a letter is what a person needs to understand it."""
        full = letter(
            stage=Stage.STORE_SAMPLE,
            message_id="m-1",
            event_type="instance.create.end",
            exchange="nova",
            topic="notifications.info",
            pool="ceilobatch",
            driver="sql",
            batch_id="b-1",
            host="control-1",
            worker="w3",
            version="1.2.3",
            headers=HEADERS,
        )
        keep(make_recovery, [full, letter(b"bare")])
        found = [entry.letter for entry in read(make_reader)]
        assert found[0] == full, f"fields were lost or changed: {_differences(found[0], full)}."
        assert found[1].message_id is None, "a message id of None came back as something else."
        assert dict(found[1].headers) == {}, "no headers came back as something else."
        assert found[0].recorded.utcoffset() == datetime.timedelta(0), (
            "recorded did not come back as an aware time in UTC."
        )

    def test_fields_hold_any_text(self, make_recovery: Make, make_reader: Make) -> None:
        """What the fields hold was written by strangers: NUL and half surrogates are possible."""
        odd = letter(
            message_id=ODD_TEXT,
            event_type=ODD_TEXT,
            reason=ODD_TEXT + "x" * 10_000,
            headers={"odd": ODD_TEXT},
        )
        keep(make_recovery, [odd])
        (entry,) = read(make_reader)
        assert entry.letter == odd, f"texts were changed: {_differences(entry.letter, odd)}."

    def test_same_letter_again_is_counted_and_nothing_else(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """A redelivered message is no second letter; the first is the one that is shown."""
        first = letter(b"again", 0, batch_id="first")
        keep(make_recovery, [first])
        keep(make_recovery, [letter(b"other", 1), letter(b"again", 2, batch_id="second")])
        found = read(make_reader)
        assert bodies(found) == [b"again", b"other"], (
            "a letter that was added twice must be one entry, in the place of its first."
        )
        assert found[0].seen == 2, "seen must count how often a letter was added."
        assert found[0].letter == first, "the entry must show the letter as it was added first."
        assert found[0].last == NOON + datetime.timedelta(minutes=2), (
            "last must be when the letter was added last."
        )
        assert (found[1].seen, found[1].last) == (1, found[1].letter.recorded), (
            "a letter that was added once has another count, or was added last at another time."
        )

    def test_same_letter_twice_in_one_call_is_one_entry(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """A batch can hold one message twice."""
        keep(make_recovery, [letter(b"twin"), letter(b"twin", 1)])
        assert [entry.seen for entry in read(make_reader)] == [2], (
            "a letter that stands twice in one call of add() must be one entry, seen twice."
        )

    def test_same_message_at_another_stage_or_driver_is_another_letter(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """The id tells them apart, not the body."""
        stopped = [
            letter(stage=Stage.STORE_EVENT, driver="sql"),
            letter(minutes=1, stage=Stage.STORE_EVENT, driver="log"),
            letter(minutes=2, stage=Stage.STORE_SAMPLE, driver="log"),
        ]
        keep(make_recovery, stopped)
        assert [entry.letter for entry in read(make_reader)] == stopped, (
            "letters with different ids were taken for one because their bodies are the same."
        )

    def test_entries_are_ordered_by_their_first(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Oldest first, whatever was done since, in large numbers too."""
        added = letters(300)
        keep(make_recovery, added[:299])
        keep(make_recovery, [added[299], letter(added[7].body, 400)])
        apply(make_reader, change(get(make_reader, added[3].id)))
        assert bodies(read(make_reader)) == [one.body for one in added], (
            "entries() must give every letter once, ordered by when each was added first."
        )

    def test_entry_is_the_one_of_entries_or_none(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """One by its id, and None for any other."""
        keep(make_recovery, letters(3))
        for entry in read(make_reader):
            assert find(make_reader, entry.id) == entry, "entry(id) differs from entries()."
        for unknown in (NOBODY, "", "no such id", "'"):
            assert find(make_reader, unknown) is None, (
                f"entry({unknown!r}) must be None: no letter has that id."
            )

    def test_nothing_asked_is_nothing_done(self, make_recovery: Make, make_reader: Make) -> None:
        """Empty calls and a store without letters."""
        keep(make_recovery, [])
        assert read(make_reader) == [], "entries() of an empty store must be empty."
        assert find(make_reader, NOBODY) is None, "entry() of an empty store must be None."
        assert apply(make_reader) == [], "change([]) must be []."
        assert erase(make_reader) == 0, "remove([]) must be 0."
        assert erase(make_reader, NOBODY) == 0, "remove() counted a letter that is not there."
        assert examine(make_reader) == [], "verify() of an empty store found damage."

    def test_probe_stores_nothing(self, make_recovery: Make, make_reader: Make) -> None:
        """It asks whether a letter could be kept, and is called again and again."""
        with contextlib.closing(make_recovery()) as recovery:
            recovery.probe()
            recovery.add([letter()])
            recovery.probe()
        assert len(read(make_reader)) == 1, "probe() left something in the store."

    def test_closed_driver_takes_nothing_away(self, make_recovery: Make, make_reader: Make) -> None:
        """``close`` ends one driver, not the store, nor what another driver does with it."""
        with contextlib.closing(make_recovery()) as longer:
            make_recovery().close()
            longer.add([letter(b"one")])
            keep(make_recovery, [letter(b"two", 1)])
            longer.add([letter(b"three", 2)])
        assert bodies(read(make_reader)) == [b"one", b"two", b"three"], (
            "closing a driver disturbed another one, or took letters away."
        )

    def test_driver_that_cannot_read_says_where_the_letters_are(self, make_recovery: Make) -> None:
        """``characteristics.readable`` is what the command line goes by."""
        with contextlib.closing(make_recovery()) as recovery:
            for name, call in _readings(recovery):
                if recovery.characteristics.readable:
                    call()
                    continue
                assert len(_refusal(call).split()) > 3, (
                    f"{name}() of a driver that is not readable must raise Rejected with a "
                    "sentence that tells where the letters are."
                )


def _readings(recovery: Recovery) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "entries", lambda: list(recovery.entries())
    yield "entry", lambda: recovery.entry(NOBODY)
    yield "change", lambda: recovery.change([])
    yield "remove", lambda: recovery.remove([])
    yield "verify", lambda: list(recovery.verify())


def _refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except errors.Rejected as error:
        return str(error)
    return ""


def _differences(found: Letter, wanted: Letter) -> str:
    names = (name for name in Letter.__dataclass_fields__)
    return ", ".join(name for name in names if getattr(found, name) != getattr(wanted, name))
