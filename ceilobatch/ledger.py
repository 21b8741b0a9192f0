# SPDX-License-Identifier: Apache-2.0
"""The live view of the books of one consumer; what lasts is in :mod:`ceilobatch.books`.

received = stored + duplicate + recovered + ignored + requeued + in flight
"""

from collections import Counter
from collections.abc import Iterable

from ceilobatch.batch import Outcome


class Ledger:
    """Counts deliveries and their outcomes; one thread writes.

    A message that is given back counts as received again when it comes again, so ``requeued``
    is an outcome like the others.

    :ivar in_flight: taken in and without an outcome yet.
    """

    def __init__(self) -> None:
        self.received = 0
        self.in_flight = 0
        self.outcomes: Counter[Outcome] = Counter()

    def arrived(self, count: int) -> None:
        """So many messages were taken in."""
        self.received += count
        self.in_flight += count

    def settled(self, outcomes: Iterable[Outcome]) -> None:
        """These outcomes were decided, one a message."""
        counted = Counter(outcomes)
        self.outcomes.update(counted)
        self.in_flight -= counted.total()

    def returned(self, count: int) -> None:
        """So many messages were given back without having been handled."""
        self.outcomes[Outcome.REQUEUED] += count
        self.in_flight -= count

    @property
    def imbalance(self) -> int:
        """Received without being accounted for; 0 when the books balance."""
        return self.received - self.outcomes.total() - self.in_flight

    def figures(self) -> dict[str, int]:
        """Plain numbers, by name."""
        counts = {outcome.value: self.outcomes[outcome] for outcome in Outcome}
        return {"received": self.received, **counts, "in_flight": self.in_flight}
