# SPDX-License-Identifier: Apache-2.0
"""What a storage driver promises of the sum: every unique id has one outcome, whatever fails."""

import random
from collections.abc import Iterator

import pytest

from ceilobatch.model import Result, Status
from ceilobatch.plugins.base import Storage
from ceilobatch.testing.storage_scene import Item, StorageBench, answered, identity
from ceilobatch.testing.tally import Tally

COUNT = 120
LARGEST = 15
# How often: refused items among the good, and answers that get lost with their worker.
PERMANENT = 0.3
LOST = 0.3

TROUBLES = {
    "always ok": (0.0, 0.0),
    "permanent failures": (PERMANENT, 0.0),
    "lost answers": (0.0, LOST),
    "mixed failures": (PERMANENT, LOST),
}


class ConservationPromises:
    """Generated = stored + duplicate + rejected, and nothing is doubled."""

    @pytest.mark.parametrize(("permanent", "lost"), TROUBLES.values(), ids=TROUBLES)
    def test_every_id_has_one_outcome(
        self, bench: StorageBench, permanent: float, lost: float
    ) -> None:
        """Items come in batches of any size; what has no answer comes again, to another driver."""
        for kind in bench.kinds:
            drive = Drive(bench, kind, permanent)
            for batch in drive.batches():
                drive.store(batch)
                if drive.random.random() < lost:
                    drive.restart()
                    drive.store(batch)
            drive.expect_conserved()


class Drive:
    """Drives the items of one type through a driver, and keeps the tally.

    :ivar driver: the one that stores now.
    """

    def __init__(self, bench: StorageBench, kind: type, permanent: float) -> None:
        self.random = random.Random(f"{kind.__name__} {permanent}")
        self._bench = bench
        self._good = bench.items(kind, 0, COUNT)
        self._bad = bench.refusable(kind) if permanent else []
        self._permanent = permanent
        self._recognises = bench.declared.recognises
        self.tally = Tally(map(identity, [*self._good, *self._bad]))
        self.driver: Storage = bench.abandon()

    def restart(self) -> None:
        """The worker is gone, with whatever its driver knew; another one comes."""
        self.driver = self._bench.abandon()

    def batches(self) -> Iterator[list[Item]]:
        """All items, in batches; some have refused ones among them."""
        rest = [*self._good]
        self.random.shuffle(rest)
        while rest:
            size = self.random.randint(1, LARGEST)
            batch, rest = rest[:size], rest[size:]
            if self._bad and (self.random.random() < self._permanent or not rest):
                batch += self._bad
                self.random.shuffle(batch)
            yield batch

    def store(self, batch: list[Item]) -> None:
        """Store a batch and count its results."""
        self.note(batch, answered(self.driver, batch))

    def note(self, batch: list[Item], results: list[Result]) -> None:
        """Count results."""
        for item, result in zip(batch, results, strict=True):
            self.tally.note(identity(item), result.status.value)

    def expect_conserved(self) -> None:
        """Look at the tally, and into the store."""
        self.tally.expect_conserved(once="stored" if self._recognises else "")
        kept = set(self.tally.with_outcome("stored", "duplicate"))
        refused = set(self.tally.with_outcome(Status.REJECTED.value))
        both = kept & refused
        assert not both, (
            f"{len(both)} items were rejected once and stored another time, such as "
            f"{min(both, key=str)!r}: rejected() says that an item can never be stored."
        )
        wrong = refused & {identity(item) for item in self._good}
        assert not wrong, f"storable items were rejected, such as {min(wrong, key=str)!r}."
        mine = [*self._good, *self._bad]
        self._bench.expect_in_store([one for one in mine if identity(one) in kept], among=mine)
