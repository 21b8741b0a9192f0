# SPDX-License-Identifier: Apache-2.0
"""What every usage storage promises of periods that are stored already."""

import contextlib
from collections.abc import Iterator

import pytest

from ceilobatch.plugins.processing import Conflict, UsageStorage

from .usage_looking import Make
from .usage_setup import START, at, numbered, period, usage


class AgainPromises:
    """Run by the subclasses, which have the fixtures ``make`` and ``look``."""

    @pytest.fixture
    def storage(self, make: Make) -> Iterator[UsageStorage]:
        with contextlib.closing(make()) as storage:
            storage.enroll({"s1": START})
            yield storage

    def state(self, storage, scope="s1"):
        (found,) = storage.states([scope])
        return found

    # -- correct

    def test_second_look_keeps_what_is_the_same_and_notes_what_is_not(self, storage, look):
        first = [usage("1.50"), usage(2, resource="r2"), usage(3, "ram"), usage(9, "gone")]
        storage.store(START, [period(0, first), period(1)], "w", final=False)
        again = [usage("1.5"), usage(4, resource="r2"), usage(3, "ram"), usage(5, resource="r3")]
        later = [usage(7)]
        assert storage.correct(START, [period(0, again), period(1, later)], "w") == 3
        assert look.corrections() == [
            ("s1", at(0), "cpu", None, 5),
            ("s1", at(0), "cpu", 2, 4),
            ("s1", at(1), "cpu", None, 7),
        ]
        assert look.rows() == [
            (at(0), "cpu", "r1", 1.5),
            (at(0), "cpu", "r2", 4),
            (at(0), "cpu", "r3", 5),
            (at(0), "gone", "r1", 9),
            (at(0), "ram", "r1", 3),
            (at(1), "cpu", "r1", 7),
        ]
        assert self.state(storage)[1:3] == (at(2), at(2))

    def test_second_look_that_finds_the_same_corrects_nothing(self, storage, look):
        storage.store(START, [numbered(0), numbered(1)], "w", final=False)
        before = look.rows()
        assert storage.correct(START, [numbered(0), period(1)], "w") == 0
        assert (look.rows(), look.corrections()) == (before, [])

    def test_any_difference_is_a_correction(self, storage, look):
        changes = ({"unit": "core"}, {"metadata": {"name": "other"}}, {"quantity": 2})
        for hour, change in enumerate(changes):
            storage.store(at(hour), [period(hour, [usage(1)])], "w", final=False)
            again = period(hour, [usage(1)._replace(**change)])
            assert storage.correct(at(hour), [again], "w") == 1
        assert look.corrections() == [
            ("s1", at(hour), "cpu", 1, change.get("quantity", 1))
            for hour, change in enumerate(changes)
        ]

    def test_second_look_conflicts_where_somebody_else_has_looked(self, storage, look):
        storage.store(START, [numbered(0), numbered(1)], "w", final=False)
        storage.correct(START, [numbered(0)], "w")
        before = look.rows()
        for begin in (0, -1):
            with pytest.raises(Conflict):
                storage.correct(at(begin), [numbered(0, factor=5)], "w")
        assert (look.rows(), look.corrections()) == (before, [])

    def test_second_look_does_not_pass_what_is_processed(self, storage, look):
        storage.store(START, [numbered(0)], "w", final=False)
        with pytest.raises(Conflict):
            storage.correct(START, [numbered(0), numbered(1)], "w")
        assert self.state(storage).revisited == START
        assert len(look.rows()) == 3

    # -- orders, redo

    def test_orders_that_are_not_done_come_oldest_first(self, storage, look):
        storage.store(START, [numbered(hour) for hour in range(4)], "w", final=True)
        first, second = look.order(0, 2), look.order(1, 4)
        assert storage.orders() == [first, second]
        now = storage.redo(first, [numbered(0)], "w")
        assert now == first._replace(done=at(1))
        assert storage.orders() == [now, second]
        storage.redo(now, [numbered(1)], "w")
        assert storage.orders() == [second]

    def test_redone_periods_are_as_if_they_had_been_stored_so_at_first(self, storage, look):
        storage.store(START, [numbered(hour) for hour in range(4)], "w", final=False)
        storage.correct(START, [numbered(hour, factor=2) for hour in range(4)], "w")
        order = look.order(1, 3)
        storage.redo(order, [numbered(1, factor=3, resources=2), period(2)], "w")
        assert [(row[0], row[3]) for row in look.rows()] == [
            *((at(0), 2 * number) for number in range(3)),
            *((at(1), 3 * (1000 + number)) for number in range(2)),
            *((at(3), 2 * (3000 + number)) for number in range(3)),
        ]
        assert {one[1] for one in look.corrections()} == {at(0), at(3)}
        assert self.state(storage)[1:3] == (at(4), at(4))

    def test_of_two_that_redo_one_wins(self, storage, look):
        storage.store(START, [numbered(0), numbered(1)], "w", final=True)
        order = look.order(0, 2)
        storage.redo(order, [numbered(0, factor=2)], "w")
        with pytest.raises(Conflict):
            storage.redo(order, [numbered(0, factor=3)], "w")
        assert [row[3] for row in look.rows()] == [0, 2, 4, 1000, 1001, 1002]

    def test_order_that_was_withdrawn_is_not_redone(self, storage, look):
        storage.store(START, [numbered(0)], "w", final=True)
        order = look.order(0, 1)
        look.withdraw(order)
        with pytest.raises(Conflict):
            storage.redo(order, [numbered(0, factor=2)], "w")
        assert [row[3] for row in look.rows()] == [0, 1, 2]
        assert storage.orders() == []
