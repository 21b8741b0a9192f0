# SPDX-License-Identifier: Apache-2.0
"""StorageSuite: every promise of the storage contract as a test that any driver can run.

A package with a driver of its own derives from the suite in a test module and overrides one
fixture::

    class TestMyStorage(StorageSuite):
        @pytest.fixture
        def make_storage(self, tmp_path):
            conf = configured(MyStorage, storage_mine={"path": str(tmp_path / "stored")})
            return lambda: MyStorage(conf)

pytest finds the rest. Every assertion that fails says in a sentence which promise was broken. The
package needs the extra ``ceilobatch[test]``.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest

from ceilobatch.model import Event, Sample
from ceilobatch.testing.away import Away
from ceilobatch.testing.storage_answers import AnswerPromises
from ceilobatch.testing.storage_conservation import ConservationPromises
from ceilobatch.testing.storage_kills import KillPromises
from ceilobatch.testing.storage_outage import OutagePromises
from ceilobatch.testing.storage_scene import (
    Item,
    Make,
    ReadBack,
    StorageBench,
    doubtful_items,
    plain_event,
    plain_sample,
)


class StorageSuite(AnswerPromises, ConservationPromises, KillPromises):
    """What :class:`~ceilobatch.plugins.base.Storage` promises.

    The suite uses each driver in one thread at a time and closes it once; some it closes only at
    the end of the test, as if their process had been killed.
    """

    @pytest.fixture
    def make_storage(self) -> Make:
        """Override this: a function that gives a new driver each time it is called.

        All drivers of one test are on one store, as those of several workers are; the store is
        empty when the test begins. The function is called in several threads.
        """
        raise NotImplementedError("a subclass of StorageSuite has a fixture make_storage")

    @pytest.fixture
    def read_back(self) -> ReadBack | None:
        """Override this where the store can be looked into: then losses and doubles that the
        answers hide are found.

        A function that counts how often each identity is in the store: the ``message_id`` of an
        event; ``message_id``, ``name`` and ``position`` of a sample, as a tuple.
        """
        return None

    @pytest.fixture
    def make_event(self) -> Callable[[int], Event]:
        """Override this where the driver wants special events: gives that of a number."""
        return plain_event

    @pytest.fixture
    def make_sample(self) -> Callable[[int], Sample]:
        """Override this where the driver wants special samples: gives that of a number."""
        return plain_sample

    @pytest.fixture
    def unstorable(self) -> Sequence[Item]:
        """Override this with items that the driver can never store, if there are special ones.

        Each of them is either stored or rejected; none keeps another item from being stored.
        """
        return doubtful_items()

    @pytest.fixture
    def bench(
        self,
        make_storage: Make,
        read_back: ReadBack | None,
        make_event: Callable[[int], Event],
        make_sample: Callable[[int], Sample],
        unstorable: Sequence[Item],
    ) -> Iterator[StorageBench]:
        """What the tests work with."""
        makers: dict[type, Callable[[int], Item]] = {Event: make_event, Sample: make_sample}
        bench = StorageBench(make_storage, makers, unstorable, read_back)
        yield bench
        for driver in bench.abandoned:
            driver.close()


class StorageOutageSuite(OutagePromises, StorageSuite):
    """All of :class:`StorageSuite`, and what is promised while the store is away."""

    @pytest.fixture
    def away(self) -> Away:
        """Override this: a function that gives a context manager, in which the store is away.

        For every driver, those included that were made before; afterwards it is back with what it
        held. A server is stopped, a directory renamed, a port closed.
        """
        raise NotImplementedError("a subclass of StorageOutageSuite has a fixture away")
