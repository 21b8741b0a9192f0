# SPDX-License-Identifier: Apache-2.0
"""An idle worker reserves scopes of others, and helps when their owner leaves them alone."""

import datetime
import time
from collections.abc import Sequence

import pytest

from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.claims import CLAIM_SECONDS, CLAIMED_AT_ONCE, NOTICED_AFTER
from ceilobatch.processor.planner import Planner
from ceilobatch.testing.processing import MemoryUsage
from ceilobatch.usage import Order, ScopeState

from .scene import HOUR, Nobody

NOW = datetime.datetime(2026, 3, 10, 12, 30, tzinfo=datetime.UTC)
COMPLETE = datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.UTC)
SCOPES = [f"scope-{place:02}" for place in range(20)]


class Clock:
    """Both clocks, moved together."""

    def __init__(self) -> None:
        self.passed = 0.0
        self._start = time.monotonic()

    def now(self) -> datetime.datetime:
        return NOW + datetime.timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self._start + self.passed


class TimedUsage(MemoryUsage):
    """Claims by the clock of the test."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def claim(self, scopes: Sequence[str], worker: str, seconds: float) -> list[str]:
        """See the contract."""
        until = self._clock.now() + datetime.timedelta(seconds=seconds)
        for name in scopes:
            self.known[name] = self.known[name]._replace(claimed_by=worker, claimed_until=until)
        return list(scopes)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr("ceilobatch.processor.claims.time.monotonic", one.monotonic)
    return one


@pytest.fixture
def calendar(clock: Clock) -> Calendar:
    return Calendar(HOUR, 0, datetime.timedelta(0), 0, clock.now)


@pytest.fixture
def usage(clock: Clock) -> MemoryUsage:
    """Scope N is N hours behind."""
    one = TimedUsage(clock)
    one.enroll({name: COMPLETE - place * HOUR for place, name in enumerate(SCOPES)})
    return one


def planned(planner: Planner, usage: MemoryUsage, *, idle: bool = True) -> set[str]:
    return {state.scope for state in planner.plan(usage, idle).states}


def claimed(usage: MemoryUsage, worker: str) -> set[str]:
    return {state.scope for state in usage.states() if state.claimed_by == worker}


def claim(usage: MemoryUsage, scope: str, worker: str, seconds: float) -> None:
    until = NOW + datetime.timedelta(seconds=seconds)
    usage.known[scope] = usage.known[scope]._replace(claimed_by=worker, claimed_until=until)


def test_an_idle_worker_helps_with_those_that_are_least_but_clearly_behind(
    calendar: Calendar, usage: MemoryUsage, clock: Clock
) -> None:
    planner = Planner("thief", calendar, Nobody())
    assert planned(planner, usage) == set()
    assert claimed(usage, "thief") == set(SCOPES[3 : 3 + CLAIMED_AT_ONCE])
    # Their owner may still be at work on them.
    clock.passed = NOTICED_AFTER - 1
    assert planned(planner, usage, idle=False) == set()
    clock.passed = NOTICED_AFTER + 1
    assert planned(planner, usage, idle=False) == claimed(usage, "thief")


def test_the_owner_leaves_alone_what_is_claimed(calendar: Calendar, usage: MemoryUsage) -> None:
    claim(usage, SCOPES[9], "thief", 20)
    claim(usage, SCOPES[8], "thief", -1)
    owner = Planner("owner", calendar, Nobody(*SCOPES))
    assert planned(owner, usage) == {*SCOPES} - {SCOPES[9]}


def test_a_claim_of_a_worker_that_is_gone_holds_up_nobody(
    calendar: Calendar, usage: MemoryUsage
) -> None:
    claim(usage, SCOPES[9], "thief", 20)
    partition = Nobody(*SCOPES)
    partition.gone.add("thief")
    assert planned(Planner("owner", calendar, partition), usage) == set(SCOPES)


def test_a_worker_that_has_work_of_its_own_claims_nothing(
    calendar: Calendar, usage: MemoryUsage
) -> None:
    planner = Planner("worker", calendar, Nobody(SCOPES[1]))
    assert planned(planner, usage) == {SCOPES[1]}
    assert not claimed(usage, "worker")


def test_a_claim_is_kept_as_long_as_there_is_something_to_do(
    calendar: Calendar, usage: MemoryUsage, clock: Clock
) -> None:
    planner = Planner("thief", calendar, Nobody())
    planned(planner, usage)
    mine = claimed(usage, "thief")
    caught_up = sorted(mine)[0]
    usage.known[caught_up] = usage.known[caught_up]._replace(last_processed=COMPLETE)
    before = {name: usage.known[name].claimed_until for name in mine}
    clock.passed = CLAIM_SECONDS * 0.6
    planned(planner, usage, idle=False)
    after = {name: usage.known[name].claimed_until for name in mine}
    assert {name for name in mine if after[name] != before[name]} == mine - {caught_up}
    assert planned(planner, usage, idle=False) == mine


def test_nothing_is_done_for_scopes_that_are_paused_or_not_active(
    calendar: Calendar, usage: MemoryUsage
) -> None:
    usage.known[SCOPES[4]] = usage.known[SCOPES[4]]._replace(paused=True)
    usage.known[SCOPES[5]] = usage.known[SCOPES[5]]._replace(active=False)
    owner = Planner("owner", calendar, Nobody(*SCOPES))
    plan = owner.plan(usage, True)
    assert {state.scope for state in plan.states} == {*SCOPES} - {SCOPES[4], SCOPES[5]}
    assert set(plan.known) == set(SCOPES)


def test_orders_of_one_scope_are_done_one_after_the_other(
    calendar: Calendar, usage: MemoryUsage
) -> None:
    begin = COMPLETE - 9 * HOUR
    usage.ordered = [
        Order(number, scope, begin, COMPLETE, begin)
        for number, scope in enumerate((SCOPES[1], SCOPES[1], SCOPES[2], SCOPES[3]))
    ]
    plan = Planner("owner", calendar, Nobody(*SCOPES[:3])).plan(usage, False)
    assert [order.id for order in plan.orders] == [0, 2]


def test_a_task_for_one_worker_is_its_owners(calendar: Calendar) -> None:
    assert Planner("owner", calendar, Nobody("task")).owns("task")
    assert not Planner("other", calendar, Nobody()).owns("task")


def test_the_state_is_what_is_planned(calendar: Calendar, usage: MemoryUsage) -> None:
    (found,) = Planner("owner", calendar, Nobody(SCOPES[7])).plan(usage, False).states
    assert found == ScopeState(SCOPES[7], COMPLETE - 7 * HOUR, COMPLETE - 7 * HOUR)
