# SPDX-License-Identifier: Apache-2.0
"""In-memory collector, scopes and usage storage that keep the promises of the real ones."""

import datetime
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ceilobatch import errors
from ceilobatch.plugins.processing import Conflict, UsageStorage
from ceilobatch.testing.memory_collector import MemoryCollector, MemoryScopes
from ceilobatch.usage import Order, PeriodBatch, ScopeState, Usage

__all__ = ["MemoryCollector", "MemoryScopes", "MemoryUsage"]

Key = tuple[str, datetime.datetime]


class MemoryUsage(UsageStorage):
    """Keeps usage and states in dictionaries; several threads may use one object.

    :ivar rows: the usages by scope and begin of the period.
    :ivar corrections: scope, begin, metric, old quantity (None: there was none) and new one.
    :ivar down: while true, every call is ``Unavailable``.
    :ivar known: the states, by scope.
    """

    def __init__(self, conf: Any = None) -> None:
        super().__init__(conf)
        self.rows: dict[Key, list[Usage]] = {}
        self.corrections: list[tuple[str, datetime.datetime, str, Any, Any]] = []
        self.known: dict[str, ScopeState] = {}
        self.ordered: list[Order] = []
        self.down = False
        self._lock = threading.Lock()

    def states(self, scopes: Sequence[str] | None = None) -> list[ScopeState]:
        """See the contract."""
        self.probe()
        with self._lock:
            names = sorted(self.known) if scopes is None else sorted(scopes)
            return [self.known[name] for name in names if name in self.known]

    def enroll(self, starts: Mapping[str, datetime.datetime]) -> int:
        """See the contract."""
        self.probe()
        with self._lock:
            new = {name: start for name, start in starts.items() if name not in self.known}
            for name, start in new.items():
                self.known[name] = ScopeState(name, start, start)
            return len(new)

    def activate(self, scopes: Collection[str]) -> None:
        """See the contract."""
        self.probe()
        with self._lock:
            for name, state in self.known.items():
                self.known[name] = state._replace(active=name in scopes)

    def store(
        self,
        expected: datetime.datetime,
        batches: Sequence[PeriodBatch],
        worker: str,
        *,
        final: bool,
    ) -> None:
        """See the contract."""
        self.probe()
        with self._lock:
            state = self.known.get(batches[0].scope)
            if state is None or state.paused or state.last_processed != expected:
                raise Conflict("somebody else has stored it")
            end = batches[-1].end
            moved = final and state.revisited == expected
            rejected = {name: why for batch in batches for name, why in batch.rejected.items()}
            self.known[state.scope] = state._replace(
                last_processed=end,
                revisited=end if moved else state.revisited,
                worker=worker,
                error="; ".join(f"{name}: {why}" for name, why in rejected.items()),
                error_at=None,
            )
            for batch in batches:
                self.rows[batch.scope, batch.begin] = list(batch.usages)

    def correct(
        self, expected: datetime.datetime, batches: Sequence[PeriodBatch], worker: str
    ) -> int:
        """See the contract."""
        self.probe()
        with self._lock:
            state = self.known.get(batches[0].scope)
            end = batches[-1].end
            if state is None or state.revisited != expected or end > state.last_processed:
                raise Conflict("somebody else has looked again")
            self.known[state.scope] = state._replace(revisited=end)
            return sum(self._correct(batch) for batch in batches)

    def orders(self) -> list[Order]:
        """See the contract."""
        self.probe()
        with self._lock:
            return [order for order in self.ordered if order.done < order.end]

    def redo(self, order: Order, batches: Sequence[PeriodBatch], worker: str) -> Order:
        """See the contract."""
        self.probe()
        with self._lock:
            if order not in self.ordered:
                raise Conflict("somebody else has gone on with it")
            now = order._replace(done=batches[-1].end)
            self.ordered[self.ordered.index(order)] = now
            for batch in batches:
                self.rows[batch.scope, batch.begin] = list(batch.usages)
            again = {(batch.scope, batch.begin) for batch in batches}
            self.corrections = [one for one in self.corrections if one[:2] not in again]
            return now

    def claim(self, scopes: Sequence[str], worker: str, seconds: float) -> list[str]:
        """See the contract."""
        self.probe()
        now = datetime.datetime.now(datetime.UTC)
        until = now + datetime.timedelta(seconds=seconds)
        got = []
        with self._lock:
            for name in scopes:
                state = self.known[name]
                free = state.claimed_until is None or state.claimed_until <= now
                if free or state.claimed_by == worker:
                    self.known[name] = state._replace(claimed_by=worker, claimed_until=until)
                    got.append(name)
        return got

    def failed(self, scopes: Sequence[str], error: str) -> None:
        """See the contract."""
        self.probe()
        with self._lock:
            for name in scopes:
                self.known[name] = self.known[name]._replace(error=error)

    def probe(self) -> None:
        """See the contract."""
        if self.down:
            raise errors.Unavailable("the memory is down")

    def _correct(self, batch: PeriodBatch) -> int:
        old = {_identity(usage): usage for usage in self.rows[batch.scope, batch.begin]}
        changed = [usage for usage in batch.usages if old.get(_identity(usage)) != usage]
        for usage in changed:
            before = old.get(_identity(usage))
            was = before.quantity if before else None
            self.corrections.append((batch.scope, batch.begin, usage.metric, was, usage.quantity))
            old[_identity(usage)] = usage
        self.rows[batch.scope, batch.begin] = list(old.values())
        return len(changed)


def _identity(usage: Usage) -> tuple[str, tuple[tuple[str, str], ...]]:
    return usage.metric, tuple(sorted(usage.groupby.items()))
