# SPDX-License-Identifier: Apache-2.0
"""RecoverySuite: every promise of the recovery contract as a test that any driver can run.

A package with a driver of its own derives from the suite in a test module and overrides one
fixture::

    class TestMyRecovery(RecoverySuite):
        @pytest.fixture
        def make_recovery(self, tmp_path):
            conf = configured(MyRecovery, recovery_mine={"directory": str(tmp_path)})
            return lambda: MyRecovery(conf)

pytest finds the rest. Every assertion that fails says in a sentence which promise was broken. The
package needs the extra ``ceilobatch[test]``.
"""

import pytest

from ceilobatch.testing.away import Away
from ceilobatch.testing.recovery_changing import ChangingPromises
from ceilobatch.testing.recovery_concurrent import ConcurrentPromises
from ceilobatch.testing.recovery_keeping import KeepingPromises
from ceilobatch.testing.recovery_kills import RecoveryKillPromises
from ceilobatch.testing.recovery_outage import RecoveryOutagePromises
from ceilobatch.testing.recovery_removing import RemovingPromises
from ceilobatch.testing.recovery_scene import Make


class RecoverySuite(
    KeepingPromises,
    ChangingPromises,
    RemovingPromises,
    ConcurrentPromises,
    RecoveryKillPromises,
):
    """What :class:`~ceilobatch.plugins.base.Recovery` promises.

    The suite closes each driver that it makes, once, and uses each in one thread only; it makes
    many, in several threads at the same time.
    """

    @pytest.fixture
    def make_recovery(self) -> Make:
        """Override this: a function that gives a new driver each time it is called.

        All drivers of one test are on one store, as those of several processes are; the store is
        empty when the test begins.
        """
        raise NotImplementedError("a subclass of RecoverySuite has a fixture make_recovery")

    @pytest.fixture
    def make_reader(self, make_recovery: Make) -> Make:
        """A function that gives a driver through which what was added can be read and changed.

        The same as ``make_recovery``, unless the driver only passes letters on: then it gives a
        readable driver at the other end, once all that was added before has arrived there.
        """
        return make_recovery


class RecoveryOutageSuite(RecoveryOutagePromises, RecoverySuite):
    """All of :class:`RecoverySuite`, and what is promised while the store is away."""

    @pytest.fixture
    def away(self) -> Away:
        """Override this: a function that gives a context manager, in which the store is away.

        For every driver, those included that were made before; afterwards it is back with what it
        held.
        """
        raise NotImplementedError("a subclass of RecoveryOutageSuite has a fixture away")
