# SPDX-License-Identifier: Apache-2.0
"""Claims: an idle worker reserves scopes of others that are behind, and helps with them."""

import time
from collections.abc import Collection, Sequence
from typing import Protocol

from ceilobatch.plugins.processing import UsageStorage
from ceilobatch.processor.calendar import Calendar
from ceilobatch.usage import ScopeState

# How many scopes an idle worker claims at a time, and for how many seconds.
CLAIMED_AT_ONCE = 8
CLAIM_SECONDS = 30.0
# Seconds after which their owner has made a plan without them; before that both would do the
# same work, and one of them in vain.
NOTICED_AFTER = 6.0
# A scope that is behind by no more than this is left to its owner.
LAG_WORTH_CLAIMING = 2


class Partition(Protocol):
    """Who owns which scope."""

    def mine(self, scopes: Sequence[str]) -> Collection[str]:
        """Those of the scopes that are this worker's; any text has one owner."""

    def is_gone(self, worker: str) -> bool:
        """Whether another worker is known not to be there any more."""


class Claims:
    """What is claimed, by this worker and by others.

    :param worker: who claims.
    """

    def __init__(self, worker: str, calendar: Calendar, partition: Partition) -> None:
        self._worker = worker
        self._calendar = calendar
        self._partition = partition
        # Since when, in monotonic seconds.
        self._own: dict[str, float] = {}

    def is_valid(self, state: ScopeState) -> bool:
        """Whether somebody has reserved a scope who can still work on it."""
        until = state.claimed_until
        if until is None or until <= self._calendar.now():
            return False
        return not self._partition.is_gone(state.claimed_by)

    def is_ripe(self, state: ScopeState) -> bool:
        """Whether this worker has reserved a scope, and its owner leaves it alone by now."""
        since = self._own.get(state.scope)
        is_own = since is not None and state.claimed_by == self._worker
        return is_own and time.monotonic() - (since or 0.0) >= NOTICED_AFTER

    def renew(self, storage: UsageStorage, states: Sequence[ScopeState]) -> None:
        """Keep those that are still behind, and forget those that have run out."""
        held = [
            state
            for state in states
            if state.claimed_by == self._worker
            and state.scope in self._own
            and self.is_valid(state)
        ]
        self._own = {state.scope: self._own[state.scope] for state in held}
        ending = [state.scope for state in held if self._is_ending(state) and self._lag(state) > 0]
        if ending:
            storage.claim(ending, self._worker, CLAIM_SECONDS)

    def add(self, storage: UsageStorage, others: Sequence[ScopeState]) -> None:
        """Reserve some of the scopes of others that are worth it.

        Their owners begin at the other end, with those that are furthest behind.
        """
        behind = [
            state
            for state in others
            if not self.is_valid(state) and self._lag(state) > LAG_WORTH_CLAIMING
        ]
        behind.sort(key=lambda state: state.last_processed, reverse=True)
        chosen = [state.scope for state in behind[:CLAIMED_AT_ONCE]]
        if chosen:
            now = time.monotonic()
            got = storage.claim(chosen, self._worker, CLAIM_SECONDS)
            self._own.update(dict.fromkeys(got, now))

    def is_behind(self, state: ScopeState) -> bool:
        """Whether there is something to store for a scope."""
        return self._lag(state) > 0

    def _lag(self, state: ScopeState) -> int:
        return self._calendar.count(state.last_processed, self._calendar.complete())

    def _is_ending(self, state: ScopeState) -> bool:
        until = state.claimed_until
        left = (until - self._calendar.now()).total_seconds() if until else 0.0
        return left < CLAIM_SECONDS / 2
