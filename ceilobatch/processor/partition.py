# SPDX-License-Identifier: Apache-2.0
"""Partition: which scopes are this worker's, by a hash ring over the workers there are."""

import threading
import time
from collections.abc import Callable, Collection, Sequence

from oslo_config import cfg
from oslo_log import log
from tooz import hashring

from ceilobatch.coordination import Membership

LOG = log.getLogger(__name__)

# With tooz's own 32 points the busiest of four workers has up to 84 % more than its share.
POINTS = 256


class RingPartition:
    """Every worker with the same members gives the same answers, so nobody has to be asked.

    The compare-and-set of the usage storage keeps a period from being stored twice while two
    workers have different views; a wrong answer here costs double work, nothing else. So while
    the coordination is away the last view stays, and a worker that has never had one, for as
    long as a lease, takes everything.

    ``mine`` may be called from several threads.

    :param changed: called from another thread, whenever scopes may have other owners.
    """

    def __init__(self, conf: cfg.ConfigOpts, worker: str, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._membership = Membership(conf, worker, self._on_members)
        self._alone_from = time.monotonic() + conf.coordination.lease
        self._known = threading.Event()
        self._members: frozenset[str] = frozenset()
        # The ring, and the answers that it has given: replaced together.
        self._view: tuple[hashring.HashRing, dict[str, str]] | None = None

    @property
    def member(self) -> str:
        """The id of this worker among the members."""
        return self._membership.member

    def start(self) -> None:
        """Join the others."""
        self._membership.start()
        # Planning before anybody knows who is there would only be done again.
        self._known.wait(timeout=1.0)

    def stop(self) -> None:
        """Leave them."""
        self._membership.stop()

    def mine(self, scopes: Sequence[str]) -> Collection[str]:
        """See :class:`ceilobatch.processor.planner.Partition`."""
        if self._view is None:
            return scopes if time.monotonic() > self._alone_from else ()
        member, (ring, owners) = self.member, self._view
        return [scope for scope in scopes if _owner(ring, owners, scope) == member]

    def is_gone(self, worker: str) -> bool:
        """See :class:`ceilobatch.processor.planner.Partition`."""
        return bool(self._members) and worker not in self._members

    def _on_members(self, members: frozenset[str]) -> None:
        self._members = members
        self._view = hashring.HashRing(sorted(members), partitions=POINTS), {}
        self._known.set()
        self._changed()


def _owner(ring: hashring.HashRing, owners: dict[str, str], scope: str) -> str:
    owner = owners.get(scope)
    if owner is None:
        (owner,) = ring.get_nodes(scope.encode())
        owners[scope] = owner
    return owner
