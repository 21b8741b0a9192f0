# SPDX-License-Identifier: Apache-2.0
"""The recovery suite finds drivers that break a promise, and says which."""

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from ceilobatch.letter import Change, Entry, Letter
from ceilobatch.plugins.base import RecoveryCharacteristics
from ceilobatch.testing.memory import MemoryRecovery
from ceilobatch.testing.recovery import RecoverySuite
from ceilobatch.testing.recovery_scene import Make


class KeepsUntilClosed(MemoryRecovery):
    def add(self, letters: Sequence[Letter]) -> None:
        self.late = list(letters)

    def close(self) -> None:
        super().add(getattr(self, "late", ()))


class RemembersWhatItRead(MemoryRecovery):
    def entries(self) -> Iterator[Entry]:
        if not hasattr(self, "read"):
            self.read = list(super().entries())
        return iter(self.read)


class LosesHeaders(MemoryRecovery):
    def add(self, letters: Sequence[Letter]) -> None:
        super().add([dataclasses.replace(letter, headers={}) for letter in letters])


class ShowsEachCopy(MemoryRecovery):
    def entries(self) -> Iterator[Entry]:
        return iter([Entry(letter, 1, letter.recorded) for letter in self.kept])


class ShowsTheNewestFirst(MemoryRecovery):
    def entries(self) -> Iterator[Entry]:
        return reversed(list(super().entries()))


class TakesEveryChange(MemoryRecovery):
    def change(self, changes: Sequence[Change]) -> list[bool]:
        super().change(changes)
        return [True] * len(changes)


class TakesWhatComesAtTheSameTime(MemoryRecovery):
    def change(self, changes: Sequence[Change]) -> list[bool]:
        due = [len(self.history.get(one.letter_id, ())) == one.revision for one in changes]
        threading.Event().wait(0.05)
        for one in changes:
            self.history.setdefault(one.letter_id, []).append(one)
        return due


class RemovesNoHistory(MemoryRecovery):
    def remove(self, letter_ids: Sequence[str]) -> int:
        history = dict(self.history)
        count = super().remove(letter_ids)
        self.history.update(history)
        return count


class ReadsNothingAndDoesNotSaySo(MemoryRecovery):
    characteristics = RecoveryCharacteristics(readable=False)


Test = Callable[[RecoverySuite, Make, Make], None]


@pytest.mark.parametrize(
    ("driver", "test", "sentence"),
    [
        (
            KeepsUntilClosed,
            RecoverySuite.test_letter_is_seen_by_others_once_add_has_returned,
            "another driver on the same store does not see the letter",
        ),
        (
            RemembersWhatItRead,
            RecoverySuite.test_driver_opened_before_sees_what_was_added_since,
            "does not see what was added since",
        ),
        (
            LosesHeaders,
            RecoverySuite.test_every_field_comes_back,
            "fields were lost or changed: headers",
        ),
        (
            ShowsEachCopy,
            RecoverySuite.test_same_letter_again_is_counted_and_nothing_else,
            "added twice must be one entry",
        ),
        (
            ShowsTheNewestFirst,
            RecoverySuite.test_entries_are_ordered_by_their_first,
            "ordered by when each was added first",
        ),
        (
            TakesEveryChange,
            RecoverySuite.test_change_of_another_revision_is_refused,
            "a past state of the letter must be refused",
        ),
        (
            TakesWhatComesAtTheSameTime,
            RecoverySuite.test_one_of_several_changes_of_one_revision_is_taken,
            "exactly one must be taken",
        ),
        (
            RemovesNoHistory,
            RecoverySuite.test_removed_letter_may_come_again,
            "still has its old count or history",
        ),
    ],
)
def test_broken_promise_is_told_in_a_sentence(
    driver: type[MemoryRecovery], test: Test, sentence: str
) -> None:
    first = driver()

    def make() -> MemoryRecovery:
        return driver(beside=first)

    with pytest.raises(AssertionError, match=sentence):
        test(RecoverySuite(), make, make)


def test_driver_that_reads_nothing_must_say_where_the_letters_are() -> None:
    with pytest.raises(AssertionError, match="must raise Rejected with a sentence"):
        RecoverySuite().test_driver_that_cannot_read_says_where_the_letters_are(
            ReadsNothingAndDoesNotSaySo
        )
