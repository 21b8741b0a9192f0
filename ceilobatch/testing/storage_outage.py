# SPDX-License-Identifier: Apache-2.0
"""What a storage driver promises while the store is away, and when it is back."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from ceilobatch.model import DUPLICATE, STORED
from ceilobatch.plugins.base import Storage
from ceilobatch.testing.away import Away, expect_unavailable
from ceilobatch.testing.storage_conservation import PERMANENT, Drive
from ceilobatch.testing.storage_scene import Item, StorageBench, answered

RETRYABLE = 0.3


class OutagePromises:
    """``Unavailable`` says: nothing is known of any item, the same ones will come again."""

    def test_call_while_the_store_is_away_is_unavailable(
        self, bench: StorageBench, away: Away
    ) -> None:
        """Not answered, and no other exception."""
        with bench.open() as driver:
            for kind in bench.kinds:
                items = bench.items(kind, 0, 3)
                with away():
                    expect_unavailable("store()", _storing(driver, items))
                    expect_unavailable("probe()", driver.probe)

    def test_driver_goes_on_when_the_store_is_back(self, bench: StorageBench, away: Away) -> None:
        """The same object: nobody makes a new one."""
        kept: list[Item] = []
        with bench.open() as driver:
            for kind in bench.kinds:
                before, during = bench.items(kind, 0, 5), bench.items(kind, 100, 5)
                answered(driver, before)
                with away():
                    expect_unavailable("store()", _storing(driver, during))
                driver.probe()
                results = answered(driver, [*before, *during])
                assert results[:5] == [bench.again] * 5, (
                    "what was stored before the storage was away is not known any more."
                )
                assert set(results[5:]) <= {STORED, DUPLICATE}, (
                    "storable items are refused because they came while the storage was away."
                )
                kept += [*before, *during]
        bench.expect_in_store(kept)

    @pytest.mark.parametrize("permanent", [0.0, PERMANENT], ids=["retryable", "mixed"])
    def test_every_id_has_one_outcome_though_the_store_goes_away(
        self, bench: StorageBench, away: Away, permanent: float
    ) -> None:
        """At random, before some of the batches; what is Unavailable comes again."""
        for kind in bench.kinds:
            drive = Drive(bench, kind, permanent)
            for batch in drive.batches():
                if drive.random.random() < RETRYABLE:
                    with away():
                        expect_unavailable("store()", _storing(drive.driver, batch))
                drive.store(batch)
            drive.expect_conserved()


def _storing(driver: Storage, items: list[Item]) -> Callable[[], object]:
    # What is answered is told in words, where it should have been raised.
    return lambda: " ".join(result.status.name for result in driver.store(cast(Any, items)))
