# SPDX-License-Identifier: Apache-2.0
"""What a recovery driver promises of letters that are removed."""

from ceilobatch.testing.recovery_scene import (
    NOBODY,
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


class RemovingPromises:
    """Removing, and coming again."""

    def test_removed_letters_are_gone_and_counted(
        self, make_recovery: Make, make_reader: Make
    ) -> None:
        """With what was done to them, and no others."""
        added = letters(6)
        keep(make_recovery, [*added, letter(added[1].body, 10)])
        apply(make_reader, *(change(get(make_reader, one.id)) for one in added[:4]))
        gone = [added[1].id, added[4].id, NOBODY, added[4].id]
        assert erase(make_reader, *gone) == 2, (
            "remove() must tell how many letters there were, each once."
        )
        kept = [added[0], added[2], added[3], added[5]]
        found = read(make_reader)
        assert bodies(found) == [one.body for one in kept], "remove() left or took the wrong ones."
        assert [entry.revision for entry in found] == [1, 1, 1, 0], (
            "remove() changed the history of letters that it should have left alone."
        )
        assert find(make_reader, added[1].id) is None, "entry() finds a removed letter."
        assert erase(make_reader, *gone) == 0, "remove() counted letters that were gone already."
        assert examine(make_reader) == [], "verify() found damage after remove()."

    def test_removed_letter_may_come_again(self, make_recovery: Make, make_reader: Make) -> None:
        """As if for the first time."""
        keep(make_recovery, [letter(b"again")] * 2)
        apply(make_reader, change(get(make_reader, letter(b"again").id)))
        erase(make_reader, letter(b"again").id)
        keep(make_recovery, [letter(b"again", 5)])
        (entry,) = read(make_reader)
        assert (entry.seen, entry.history) == (1, ()), (
            "a letter that was removed and came again still has its old count or history."
        )
        assert entry.letter == letter(b"again", 5), "the removed letter came back instead."
