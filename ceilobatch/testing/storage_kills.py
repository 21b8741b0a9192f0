# SPDX-License-Identifier: Apache-2.0
"""What a storage driver promises when its process is killed, and of several processes at once."""

import random
from concurrent.futures import ThreadPoolExecutor

from ceilobatch import errors
from ceilobatch.model import STORED, Result
from ceilobatch.plugins.base import Storage
from ceilobatch.testing.storage_scene import Item, StorageBench, answered, check_results, identity
from ceilobatch.testing.tally import Tally

WORKERS = 4
COUNT = 80
EACH = 10
MOST_TRIES = 50


class KillPromises:
    """Nothing may wait for ``close``: a killed process does not call it."""

    def test_killed_before_the_write(self, bench: StorageBench) -> None:
        """A driver that has been made and asked, and is gone, leaves nothing in the way."""
        for kind in bench.kinds:
            bench.abandon().probe()
            items = bench.items(kind, 0, 10)
            assert bench.store(items) == [STORED] * 10, (
                "a driver that was opened and never closed keeps the next one from storing."
            )

    def test_killed_after_the_write_and_before_the_acknowledgement(
        self, bench: StorageBench
    ) -> None:
        """Everything that was answered is durable; it comes again, to another driver."""
        kept: list[Item] = []
        for kind in bench.kinds:
            items = bench.items(kind, 0, 20)
            kept += items
            answered(bench.abandon(), items)
            assert bench.store(items) == [bench.again] * 20, (
                "store() answered STORED, the process was killed before close(), and the driver "
                "of the next process does not know the items: they were not durable when store() "
                "returned."
            )
        bench.expect_in_store(kept)

    def test_driver_that_was_away_for_long_goes_on(self, bench: StorageBench) -> None:
        """A worker that was stopped and continued stores what another has stored meanwhile."""
        for kind in bench.kinds:
            paused = bench.abandon()
            items = bench.items(kind, 0, 20)
            answered(paused, items[:5])
            bench.store(items)
            assert answered(paused, items) == [bench.again] * 20, (
                "a driver does not see what another one has stored since it was opened."
            )

    def test_closing_takes_nothing_away(self, bench: StorageBench) -> None:
        """``close`` ends one driver, not the store, nor what another driver does with it."""
        for kind in bench.kinds:
            with bench.open() as longer:
                bench.make().close()
                items = bench.items(kind, 0, 10)
                assert answered(longer, items) == [STORED] * 10, (
                    "a driver cannot store new items once another one was closed."
                )
            assert bench.store(items) == [bench.again] * 10, (
                "what was stored is gone once the driver was closed."
            )

    def test_workers_at_the_same_time_store_each_item_once(self, bench: StorageBench) -> None:
        """Each worker has a driver of its own, and after a redelivery several have one message."""
        kept: list[Item] = []
        for kind in bench.kinds:
            items = bench.items(kind, 0, COUNT)
            kept += items
            tally = Tally(map(identity, items))
            with ThreadPoolExecutor(WORKERS) as threads:
                answers = threads.map(lambda seed: _work(bench, items, seed), range(WORKERS))  # noqa: B023
                for item, result in (pair for pairs in answers for pair in pairs):
                    tally.note(identity(item), result.status.value)
            tally.expect_conserved(once="stored" if bench.declared.recognises else "")
        bench.expect_in_store(kept)


def _work(bench: StorageBench, items: list[Item], seed: int) -> list[tuple[Item, Result]]:
    """What one worker was answered, in an order of its own."""
    mine = [*items]
    random.Random(seed).shuffle(mine)
    with bench.open() as driver:
        return [
            pair
            for start in range(0, len(mine), EACH)
            for pair in _patiently(driver, mine[start : start + EACH])
        ]


def _patiently(driver: Storage, items: list[Item]) -> list[tuple[Item, Result]]:
    """Others are at work: Unavailable is allowed, and the same items come again."""
    for _ in range(MOST_TRIES):
        try:
            results = driver.store(items)  # type: ignore[arg-type]
        except errors.Unavailable:
            continue
        check_results(results, items)
        return list(zip(items, results, strict=True))
    raise AssertionError(
        f"store() was Unavailable {MOST_TRIES} times one after the other because {WORKERS} "
        "workers store at the same time: that is what agents do all day."
    )
