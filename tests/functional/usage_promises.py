# SPDX-License-Identifier: Apache-2.0
"""What every usage storage promises, line by line of its contract."""

import concurrent.futures
import contextlib
import datetime
import threading

import pytest

from ceilobatch.plugins.processing import Conflict

from .usage_again_promises import AgainPromises
from .usage_setup import START, at, numbered, period, usage


class UsagePromises(AgainPromises):
    """Run by the subclasses, which have the fixtures ``make`` and ``look``."""

    # -- states, enroll, activate

    def test_new_scopes_begin_where_they_are_told_and_known_ones_stay(self, storage):
        assert storage.enroll({"s2": at(5), "s1": at(9), "S1": at(3), "s1 ": at(4)}) == 3
        assert storage.enroll({"s2": at(6)}) == 0
        assert storage.enroll({}) == 0
        moments = {state.scope: state.last_processed for state in storage.states()}
        assert moments == {"s1": START, "s2": at(5), "S1": at(3), "s1 ": at(4)}
        state = self.state(storage, "s2")
        assert state[:5] == ("s2", at(5), at(5), True, False)
        assert state[5:] == ("", "", None, "", None)

    def test_states_come_by_id_all_or_those_that_are_asked_for(self, storage):
        names = [f"n{number:04d}" for number in range(1203)]
        assert storage.enroll(dict.fromkeys(names, START)) == 1203
        assert [state.scope for state in storage.states()] == [*names, "s1"]
        assert [state.scope for state in storage.states(names[::-1])] == names
        assert [state.scope for state in storage.states(["s1", "none"])] == ["s1"]
        assert storage.states([]) == []

    def test_exactly_the_named_scopes_are_active(self, storage):
        storage.enroll({"s2": START, "s3": START})
        for wanted in ({"s1", "s3", "unknown"}, {"s2"}, set(), {"s1", "s2", "s3"}):
            storage.activate(wanted)
            active = {state.scope for state in storage.states() if state.active}
            assert active == wanted & {"s1", "s2", "s3"}

    # -- store

    def test_usages_and_progress_are_stored_together(self, storage, look):
        storage.store(START, [numbered(0), period(1), numbered(2)], "host/w0", final=False)
        assert look.rows() == [
            (at(hour), "cpu", f"r{number}", 1000 * hour + number)
            for hour in (0, 2)
            for number in range(3)
        ]
        state = self.state(storage)
        assert (state.last_processed, state.revisited) == (at(3), START)
        assert (state.worker, state.error, state.error_at) == ("host/w0", "", None)

    def test_nothing_is_stored_where_the_scope_is_elsewhere(self, storage, look):
        before = storage.states()
        for hour in (-1, 1):
            with pytest.raises(Conflict):
                storage.store(at(hour), [numbered(hour)], "w", final=True)
        assert look.rows() == []
        assert storage.states() == before

    def test_a_period_is_stored_once(self, storage, look):
        storage.store(START, [numbered(0)], "w", final=True)
        with pytest.raises(Conflict):
            storage.store(START, [numbered(0, factor=7)], "w", final=True)
        assert [row[3] for row in look.rows()] == [0, 1, 2]

    def test_nothing_is_stored_for_a_scope_that_is_paused_or_gone(self, storage, look):
        look.pause("s1", True)
        with pytest.raises(Conflict):
            storage.store(START, [numbered(0)], "w", final=True)
        with pytest.raises(Conflict):
            storage.store(START, [numbered(0, "none")], "w", final=True)
        assert look.rows() == look.rows("none") == []
        look.pause("s1", False)
        storage.store(START, [numbered(0)], "w", final=True)
        assert len(look.rows()) == 3

    def test_final_periods_need_no_second_look(self, storage):
        storage.store(START, [period(0)], "w", final=True)
        assert self.state(storage).revisited == at(1)
        storage.store(at(1), [period(1)], "w", final=False)
        storage.store(at(2), [period(2)], "w", final=True)
        assert self.state(storage)[1:3] == (at(3), at(1))

    def test_rejected_metrics_are_the_error_until_there_are_none(self, storage):
        storage.store(START, [period(0, rejected={"cpu": "no such thing"})], "w", final=True)
        assert self.state(storage).error == "cpu: no such thing"
        both = [period(1, rejected={"a": "x"}), period(2, rejected={"b": "y", "a": "x"})]
        storage.store(at(1), both, "w", final=True)
        assert self.state(storage).error == "a: x; b: y"
        storage.store(at(3), [period(3)], "w", final=True)
        assert self.state(storage)[8:] == ("", None)

    def test_usages_that_differ_only_in_groupby_are_kept_apart(self, storage, look):
        storage.store(
            START,
            [period(0, [usage(1), usage(2, resource="r2"), usage(3, "ram")])],
            "w",
            final=True,
        )
        assert [row[1:] for row in look.rows()] == [
            ("cpu", "r1", 1),
            ("cpu", "r2", 2),
            ("ram", "r1", 3),
        ]

    def test_of_writers_at_the_same_time_one_wins(self, make, storage, look):
        hours, writers = 10, 4
        together = threading.Barrier(writers)

        def write(number: int) -> list[int]:
            won = []
            with contextlib.closing(make()) as own:
                for hour in range(hours):
                    together.wait(60)
                    try:
                        own.store(
                            at(hour), [numbered(hour, factor=number)], f"{number}", final=True
                        )
                        won.append(hour)
                    except Conflict:
                        pass
            return won

        with concurrent.futures.ThreadPoolExecutor(writers) as pool:
            answers = list(pool.map(write, range(writers)))
        assert sorted(hour for won in answers for hour in won) == list(range(hours))
        owner = {hour: number for number, won in enumerate(answers) for hour in won}
        assert [row[3] for row in look.rows()] == [
            owner[hour] * (1000 * hour + number) for hour in range(hours) for number in range(3)
        ]

    # -- claim, failed, probe

    def test_what_one_has_claimed_no_other_can(self, storage):
        storage.enroll({"s2": START, "s3": START})
        assert sorted(storage.claim(["s2", "s1"], "w1", 60)) == ["s1", "s2"]
        assert storage.claim(["s1", "s3"], "w2", 60) == ["s3"]
        assert storage.claim(["s1"], "w1", 60) == ["s1"]
        state = self.state(storage)
        assert state.claimed_by == "w1"
        left = state.claimed_until - datetime.datetime.now(datetime.UTC)
        assert datetime.timedelta(seconds=40) < left <= datetime.timedelta(seconds=60)

    def test_claim_that_has_run_out_is_another_s(self, storage):
        assert storage.claim(["s1"], "w1", -1) == ["s1"]
        assert storage.claim(["s1"], "w2", 60) == ["s1"]
        assert self.state(storage).claimed_by == "w2"

    def test_of_those_that_claim_at_the_same_time_one_gets_each(self, make, storage):
        names = [f"n{number}" for number in range(20)]
        storage.enroll(dict.fromkeys(names, START))
        together = threading.Barrier(4)

        def claim(number: int) -> list[str]:
            with contextlib.closing(make()) as own:
                own.probe()
                together.wait(60)
                return own.claim(names[number:] + names[:number], f"w{number}", 60)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(claim, range(4)))
        assert sorted(name for got in answers for name in got) == sorted(names)

    def test_failure_is_shown_until_the_scope_goes_on(self, storage):
        storage.enroll({"s2": START})
        storage.failed(["s1", "s2"], "the collector is away")
        assert [state.error for state in storage.states()] == ["the collector is away"] * 2
        storage.store(START, [period(0)], "w", final=True)
        assert [state.error for state in storage.states()] == ["", "the collector is away"]

    def test_probe_leaves_nothing(self, storage):
        before = storage.states()
        storage.probe()
        storage.probe()
        assert storage.states() == before
