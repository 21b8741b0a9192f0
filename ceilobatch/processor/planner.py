# SPDX-License-Identifier: Apache-2.0
"""Planner: reads the states of all scopes and picks those that are this worker's now."""

import time
from collections.abc import Collection, Sequence

from ceilobatch.plugins.processing import UsageStorage
from ceilobatch.processor.calendar import Calendar
from ceilobatch.processor.claims import Claims, Partition
from ceilobatch.processor.happenings import Planned
from ceilobatch.usage import Order, ScopeState


class Everything:
    """The partition of a worker that is alone."""

    def mine(self, scopes: Sequence[str]) -> Collection[str]:
        """All of them."""
        return scopes

    def is_gone(self, worker: str) -> bool:
        """Of others it knows nothing."""
        return False


class Planner:
    """Makes plans, in the thread of the storage.

    :param worker: the name of this worker, for claims.
    """

    def __init__(self, worker: str, calendar: Calendar, partition: Partition) -> None:
        self._partition = partition
        self._claims = Claims(worker, calendar, partition)

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
        scopes = {state.scope for state in mine}
        self._claims.renew(storage, states)
        if idle and not any(self._claims.is_behind(state) for state in mine):
            self._claims.add(storage, [state for state in states if state.scope not in scopes])
        orders = [order for order in storage.orders() if order.scope in scopes]
        names = frozenset(state.scope for state in known)
        return Planned(mine, _first_of_each_scope(orders), names, time.monotonic() - start)

    def owns(self, name: str) -> bool:
        """Whether a task that only one worker shall do is this worker's."""
        return bool(self._partition.mine([name]))

    def _is_mine(self, state: ScopeState, owned: Collection[str]) -> bool:
        if self._claims.is_valid(state):
            return self._claims.is_ripe(state)
        return state.scope in owned


def _first_of_each_scope(orders: Sequence[Order]) -> list[Order]:
    """Two orders of one scope are done one after the other."""
    first: dict[str, Order] = {}
    for order in orders:
        first.setdefault(order.scope, order)
    return list(first.values())
