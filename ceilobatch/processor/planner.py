# SPDX-License-Identifier: Apache-2.0
"""Planner: reads the states of all scopes and picks those that are this worker's now."""

import time
from collections.abc import Collection, Sequence
from typing import Protocol

from ceilobatch.plugins.processing import UsageStorage
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.happenings import Planned
from ceilobatch.usage import Order, ScopeState

# How many scopes an idle worker claims at a time, and for how many seconds.
CLAIMED_AT_ONCE = 8
CLAIM_SECONDS = 30.0
# A scope that is behind by no more than this is left to its owner.
LAG_WORTH_CLAIMING = 2


class Partition(Protocol):
    """Who owns which scope."""

    def mine(self, scopes: Sequence[str]) -> Collection[str]:
        """Those of the scopes that are this worker's; any text has one owner."""


class Everything:
    """The partition of a worker that is alone."""

    def mine(self, scopes: Sequence[str]) -> Collection[str]:
        """All of them."""
        return scopes


class Planner:
    """Makes plans, in the thread of the storage.

    :param worker: the name of this worker, for claims.
    """

    def __init__(self, worker: str, calendar: Calendar, partition: Partition) -> None:
        self._worker = worker
        self._calendar = calendar
        self._partition = partition

    def plan(self, storage: UsageStorage, idle: bool) -> Planned:
        """What is to be done.

        :param idle: this worker has nothing to do and may help others.
        :raises Unavailable: the states cannot be read.
        """
        start = time.monotonic()
        known = storage.states()
        states = [state for state in known if state.active and not state.paused]
        owned = frozenset(self._partition.mine([state.scope for state in states]))
        mine = [state for state in states if self._is_mine(state, owned)]
        if idle:
            mine += self._claim(storage, states, {state.scope for state in mine})
        scopes = {state.scope for state in mine}
        orders = [order for order in storage.orders() if order.scope in scopes]
        names = frozenset(state.scope for state in known)
        return Planned(mine, _first_of_each_scope(orders), names, time.monotonic() - start)

    def owns(self, name: str) -> bool:
        """Whether a task that only one worker shall do is this worker's."""
        return bool(self._partition.mine([name]))

    def _is_mine(self, state: ScopeState, owned: Collection[str]) -> bool:
        if state.claimed_until is None or state.claimed_until <= self._calendar.now():
            return state.scope in owned
        return state.claimed_by == self._worker

    def _claim(
        self, storage: UsageStorage, states: Sequence[ScopeState], mine: Collection[str]
    ) -> list[ScopeState]:
        """Scopes of others to help with; their owners begin at the other end, the latest."""
        complete, now = self._calendar.complete(), self._calendar.now()
        behind = [
            state
            for state in states
            if state.scope not in mine
            and (state.claimed_until is None or state.claimed_until <= now)
            and self._calendar.count(state.last_processed, complete) > LAG_WORTH_CLAIMING
        ]
        behind.sort(key=lambda state: state.last_processed, reverse=True)
        chosen = behind[:CLAIMED_AT_ONCE]
        if not chosen:
            return []
        got = set(storage.claim([one.scope for one in chosen], self._worker, CLAIM_SECONDS))
        return [state for state in chosen if state.scope in got]


def _first_of_each_scope(orders: Sequence[Order]) -> list[Order]:
    """Two orders of one scope are done one after the other."""
    first: dict[str, Order] = {}
    for order in orders:
        first.setdefault(order.scope, order)
    return list(first.values())
