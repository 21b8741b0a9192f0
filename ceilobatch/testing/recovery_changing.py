# SPDX-License-Identifier: Apache-2.0
"""What a recovery driver promises of the changes of letters."""

import pytest

from ceilobatch.letter import Action, Entry, Standing, digest
from ceilobatch.testing.recovery_scene import (
    NOBODY,
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

EDITS = {
    "text": b'{"corrected": true}',
    "empty": b"",
    "not UTF-8": b"\xff\x00\xfe",
    "a mebibyte": b"y" * (1 << 20),
}


class ChangingPromises:
    """History, revisions, standing."""

    def test_change_is_read_back_as_it_was_made(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """All of it: the history is what somebody answers for later."""
        keep(make_recovery, [letter()])
        made = change(
            get(make_reader, letter().id),
            Action.DISCARDED,
            who="größe\x00@host",
            result="not needed: 😀 ' \" \\ \ud800",
        )
        assert apply(make_reader, made) == [True], "a change of the present revision is refused."
        entry = get(make_reader, made.letter_id)
        assert entry.history == (made,), "a change came back different from how it was made."
        assert entry.letter == letter(), "a change altered the letter itself."
        assert read(make_reader) == [entry], "entries() and entry() tell different histories."

    @pytest.mark.parametrize("body", EDITS.values(), ids=EDITS)
    def test_edited_body_is_the_message_from_now_on(
        self, make_recovery: Make, make_reader: Make, body: bytes
    ) -> None:
        """And the message as it came stays beside it."""
        keep(make_recovery, [letter(b"wrong")])
        before = get(make_reader, letter(b"wrong").id)
        apply(make_reader, change(before, Action.EDITED, body=body))
        after = get(make_reader, before.id)
        assert after.body == body, "the body of an edited letter is not the one it was given."
        assert after.letter.body == b"wrong", "an edit overwrote the message as it came."
        assert after.history[0].after == digest(body), "the digest of an edit was changed."
        assert examine(make_reader) == [], "verify() found damage after an edit."

    def test_change_of_another_revision_is_refused(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Who changes what somebody else has changed since must be told."""
        keep(make_recovery, [letter()])
        seen = get(make_reader, letter().id)
        assert apply(make_reader, change(seen, who="ann")) == [True], (
            "a change of the present revision is refused."
        )
        assert apply(make_reader, change(seen, who="bob")) == [False], (
            "a change with the revision of a past state of the letter must be refused."
        )
        assert apply(make_reader, change(seen, revision=2)) == [False], (
            "a change with a revision that the letter has not reached must be refused."
        )
        assert [one.who for one in get(make_reader, seen.id).history] == ["ann"], (
            "a refused change was stored."
        )

    def test_change_of_a_letter_that_is_not_there_is_refused(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """And leaves nothing behind."""
        stranger = change(Entry(letter(), 1, letter().recorded))
        odd = stranger._replace(letter_id="no such 'id'")
        assert apply(make_reader, stranger, odd) == [False, False], (
            "a change of a letter that is not there must be refused."
        )
        assert read(make_reader) == [], "a change made an entry without a letter."
        keep(make_recovery, [letter()])
        assert get(make_reader, letter().id).history == (), (
            "a change that was refused appeared once its letter was added."
        )
        assert examine(make_reader) == [], "verify() found damage after a refused change."

    def test_several_changes_of_a_letter_in_one_call_are_taken_in_order(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """An edit and the replay of it, say."""
        keep(make_recovery, [letter()])
        entry = get(make_reader, letter().id)
        edit = change(entry, Action.EDITED, body=b"right")
        edited = entry._replace(history=(edit,))
        replay = change(edited, Action.REPLAYED)
        assert apply(make_reader, edit, replay) == [True, True], (
            "two changes of one letter in one call must both be taken where the second has the "
            "revision that the first leads to."
        )
        assert get(make_reader, entry.id).history == (edit, replay), (
            "two changes of one letter in one call are not in its history as they were made."
        )

    def test_each_change_of_a_call_is_taken_or_refused_for_itself(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """One that is refused keeps no other from being taken."""
        added = letters(3)
        keep(make_recovery, added)
        first, second, third = (get(make_reader, one.id) for one in added)
        apply(make_reader, change(second, who="early"))
        answers = apply(
            make_reader,
            change(first),
            change(first),
            change(second),
            change(third),
            change(third)._replace(letter_id=NOBODY),
        )
        assert answers == [True, False, False, True, False], (
            "change() must answer for each change, in order, whether it was taken."
        )
        assert [entry.revision for entry in read(make_reader)] == [1, 1, 1], (
            "what change() answered and what it stored differ."
        )

    def test_thousand_changes_in_one_call(self, make_recovery: Make, make_reader: Make) -> None:
        """More than one statement, packet or line may hold."""
        keep(make_recovery, letters(1000))
        made = [change(entry, Action.REPLAYED) for entry in read(make_reader)]
        assert all(apply(make_reader, *made)), "not all of 1000 changes in one call were taken."
        assert {entry.standing for entry in read(make_reader)} == {Standing.REPLAYED}, (
            "changes that were taken are not in the history of their letters."
        )

    def test_standing_and_attempts_follow_the_history(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Read from the store each time, as the commands do."""
        keep(make_recovery, [letter(), letter(minutes=1)])
        steps = [
            (Action.FAILED, Standing.WAITING, 3),
            (Action.DISCARDED, Standing.DISCARDED, 3),
            (Action.EDITED, Standing.WAITING, 3),
            (Action.REPLAYED, Standing.REPLAYED, 4),
        ]
        for action, standing, attempts in steps:
            entry = get(make_reader, letter().id)
            body = b"edited" if action is Action.EDITED else None
            apply(make_reader, change(entry, action, body=body))
            entry = get(make_reader, letter().id)
            assert (entry.standing, entry.attempts) == (standing, attempts), (
                f"after {action} the entry has a history that does not lead to {standing}."
            )

    def test_letter_that_comes_again_keeps_its_history(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """Adding changes ``seen`` and ``last``, nothing else."""
        keep(make_recovery, [letter()])
        made = change(get(make_reader, letter().id), Action.DISCARDED)
        apply(make_reader, made)
        keep(make_recovery, [letter(minutes=3)])
        entry = get(make_reader, letter().id)
        assert (entry.history, entry.seen) == ((made,), 2), (
            "a letter that was added again lost its history or was not counted."
        )
        assert examine(make_reader) == [], "verify() found damage where there is none."
