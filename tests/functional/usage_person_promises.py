# SPDX-License-Identifier: Apache-2.0
"""What the SQL usage storage promises of what persons want, and of writers that fight or die."""

import concurrent.futures
import contextlib
import datetime
import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ceilobatch import errors
from ceilobatch.plugins.processing import Conflict
from ceilobatch.plugins.usage_storage.sql_schema import SCOPE

from . import usage_setup
from .servers import wait_until
from .usage_looking import Make, SqlLooking
from .usage_promises import UsagePromises
from .usage_setup import HOUR, START, at, numbered, open_usage, store_in_race

PROCESSES = 3


class PersonPromises(UsagePromises):
    """Run by the subclasses, which have a fixture ``url``."""

    @pytest.fixture
    def make(self, url: str) -> Make:
        return lambda: open_usage(url)

    @pytest.fixture
    def look(self, url: str) -> Iterator[SqlLooking]:
        with contextlib.closing(open_usage(url)) as storage:
            yield SqlLooking(storage)

    # -- what persons want

    def test_reset_leaves_what_was_before_and_nothing_else(self, storage, look):
        storage.enroll({"s2": START})
        for scope in ("s1", "s2"):
            storage.store(START, [numbered(hour, scope) for hour in range(4)], "w", final=False)
            storage.correct(START, [numbered(hour, scope, 2) for hour in range(3)], "w")
        orders = [look.order(0, 2), look.order(1, 4), look.order(2, 4), look.order(2, 3, "s2")]
        other = look.rows("s2")
        assert storage.reset("s1", at(2)) == 6
        assert {row[0] for row in look.rows()} == {at(0), at(1)}
        assert look.rows("s2") == other
        assert self.state(storage)[1:3] == (at(2), at(2))
        assert {one[:2] for one in look.corrections()} == {
            *(("s1", at(hour)) for hour in range(2)),
            *(("s2", at(hour)) for hour in range(3)),
        }
        assert storage.orders() == [orders[0], orders[1]._replace(end=at(2)), orders[3]]
        with pytest.raises(Conflict):
            storage.redo(orders[1], [numbered(1), numbered(2)], "w")

    def test_reset_scope_ends_as_one_that_never_was(self, storage, look):
        storage.enroll({"s2": START})
        storage.store(START, [numbered(hour, "s2") for hour in range(6)], "w", final=True)
        storage.store(START, [numbered(hour, factor=9) for hour in range(3)], "w", final=True)
        storage.reset("s1", START)
        assert look.rows() == []
        for hour in range(6):
            storage.store(at(hour), [numbered(hour)], "w", final=True)
        assert look.rows() == look.rows("s2")
        assert self.state(storage)[1:] == self.state(storage, "s2")[1:]

    def test_reset_of_what_is_not_there_is_refused(self, storage):
        storage.store(START, [numbered(0)], "w", final=True)
        with pytest.raises(Conflict, match="only at 2026-03-01T01:00"):
            storage.reset("s1", at(2))
        with pytest.raises(Conflict, match="no scope 'none'"):
            storage.reset("none", START)
        assert storage.reset("s1", at(-5)) == 3
        assert self.state(storage)[1:3] == (at(-5), at(-5))

    def test_what_was_retrieved_before_a_reset_is_not_stored_after_it(self, storage, look):
        storage.store(START, [numbered(0), numbered(1)], "w", final=False)
        order = look.order(1, 2)
        storage.reset("s1", at(1))
        for call in (
            lambda: storage.store(at(2), [numbered(2)], "w", final=True),
            lambda: storage.correct(START, [numbered(0), numbered(1)], "w"),
            lambda: storage.redo(order, [numbered(1)], "w"),
        ):
            with pytest.raises(Conflict):
                call()
        assert {row[0] for row in look.rows()} == {at(0)}

    def test_resets_and_redos_among_stores_leave_every_period_once(self, make, storage, look):
        hours, ended = 60, threading.Event()

        def store() -> None:
            with contextlib.closing(make()) as own:
                while not ended.is_set():
                    position = self.state(own).last_processed
                    if position >= at(hours):
                        continue
                    hour = (position - START) // HOUR
                    some = [numbered(next_) for next_ in range(hour, min(hour + 2, hours))]
                    with contextlib.suppress(Conflict):
                        own.store(position, some, "w", final=False)

        def look_again() -> None:
            with contextlib.closing(make()) as own:
                while not ended.is_set():
                    state = self.state(own)
                    if state.revisited < state.last_processed:
                        hour = (state.revisited - START) // HOUR
                        with contextlib.suppress(Conflict):
                            own.correct(state.revisited, [numbered(hour, factor=2)], "w")

        def redo() -> None:
            with contextlib.closing(make()) as own:
                while not ended.is_set():
                    for order in own.orders():
                        hour = (order.done - START) // HOUR
                        with contextlib.suppress(Conflict):
                            own.redo(order, [numbered(hour, factor=2)], "w")

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(work) for work in (store, look_again, redo)]
            try:
                for back in (10, 3, 30, 1, 7):
                    wait_until(lambda back=back: self.state(storage).last_processed >= at(back + 2))
                    with contextlib.suppress(Conflict):
                        look.order(0, back)
                    storage.reset("s1", at(back))
                wait_until(lambda: self.state(storage)[1:3] == (at(hours), at(hours)))
                wait_until(lambda: storage.orders() == [])
            finally:
                ended.set()
            for job in jobs:
                job.result(60)
        assert look.rows() == [
            (at(hour), "cpu", f"r{number}", 2 * (1000 * hour + number))
            for hour in range(hours)
            for number in range(3)
        ]

    def test_order_beyond_what_is_processed_is_refused(self, storage):
        storage.enroll({"s2": at(1)})
        storage.store(START, [numbered(0), numbered(1)], "w", final=True)
        with pytest.raises(Conflict, match="processed only up to 2026-03-01T02:00"):
            storage.order("s1", at(1), at(3), "me")
        with pytest.raises(Conflict, match="begins only at 2026-03-01T01:00"):
            storage.order("s2", at(0), at(1), "me")
        with pytest.raises(Conflict, match="no scope"):
            storage.order("none", at(0), at(1), "me")
        assert storage.orders() == []

    def test_orders_are_remembered_with_who_and_when(self, storage, look):
        storage.store(START, [numbered(0)], "w", final=True)
        order = look.order(0, 1)
        done = storage.redo(order, [numbered(0)], "w")
        (known,) = storage.ordered(["s1"])
        assert (known.order, known.who) == (done, "me@here")
        age = datetime.datetime.now(datetime.UTC) - known.ordered
        assert abs(age) < datetime.timedelta(minutes=5)
        assert storage.ordered(["s2"]) == []
        assert not storage.withdraw(order.id)

    # -- processes

    def test_of_processes_at_the_same_time_one_wins(self, url, look, storage):
        hours = 40
        context = multiprocessing.get_context("spawn")
        with (
            context.Manager() as shared,
            concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=context) as pool,
        ):
            start = shared.Barrier(PROCESSES)
            jobs = [pool.submit(store_in_race, url, hours, n, start) for n in range(PROCESSES)]
            answers = [job.result(120) for job in jobs]
        owner = {hour: number for number, won in enumerate(answers) for hour in won}
        assert sum(map(len, answers)) == len(owner)
        reached = (self.state(storage).last_processed - START) // HOUR
        assert sorted(owner) == list(range(reached))
        assert look.rows() == [
            (at(hour), "cpu", f"r{number}", (owner[hour] + 1) * (1000 * hour + number))
            for hour in range(reached)
            for number in range(3)
        ]

    def test_killed_writers_leave_whole_calls_and_all_that_they_said(self, url, storage, look):
        for kill in range(3):
            said = _killed(url, "s1", 3 + 4 * kill)
            reached = (self.state(storage).last_processed - START) // HOUR
            assert reached in (said, said + 3)
            assert look.rows() == sorted(
                (at(hour), "cpu", f"r{number}", 1000 * hour + number)
                for hour in range(reached)
                for number in range(20)
            )
        assert reached >= 3 * (3 + 7 + 11)

    def test_rows_that_somebody_put_there_by_hand_are_unavailable_not_a_bug(self, url, storage):
        storage.store(START, [numbered(0)], "w", final=True)
        database = sa.create_engine(url)
        with database.begin() as connection:
            connection.execute(sa.update(SCOPE).values(last_processed=START))
        database.dispose()
        with pytest.raises(errors.Unavailable):
            storage.store(START, [numbered(0)], "w", final=True)
        assert self.state(storage).last_processed == START


def _killed(url: str, scope: str, lines: int) -> int:
    """Kill a writer as soon as it has said so many lines; the last that it said."""
    command = [sys.executable, "-m", usage_setup.__name__, url, scope]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            said = [process.stdout.readline() for _ in range(lines)]
        finally:
            process.kill()
        said += process.stdout.readlines()
    return int(said[-1])
