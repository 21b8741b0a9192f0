# SPDX-License-Identifier: Apache-2.0
"""The contract of usage storage: where usage and the progress of scopes are kept, together."""

import abc
import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from oslo_config import cfg

from ceilobatch.plugins.contracts.plugin import Plugin
from ceilobatch.usage import Order, PeriodBatch, ScopeState


class Conflict(Exception):
    """Somebody else has stored for this scope meanwhile; read its state again."""


class UsageStorage(Plugin):
    """Where usage and the progress of scopes are kept, together (``ceilobatch.usage_storage``).

    Constructed once for each thread that uses it.
    """

    operations: ClassVar[tuple[str, ...]] = (
        "states",
        "enroll",
        "activate",
        "store",
        "correct",
        "orders",
        "redo",
        "claim",
        "failed",
        "probe",
    )

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def states(self, scopes: Sequence[str] | None = None) -> list[ScopeState]:
        """The states of these scopes, or of all, in the order of their ids.

        :raises Unavailable: try again.
        """

    @abc.abstractmethod
    def enroll(self, starts: Mapping[str, datetime.datetime]) -> int:
        """Make the scopes that are new begin at these times; those that are there stay.

        :returns: how many are new.
        :raises Unavailable: try again.
        """

    @abc.abstractmethod
    def activate(self, scopes: Collection[str]) -> None:
        """Exactly these scopes are active from now on.

        :raises Unavailable: try again.
        """

    @abc.abstractmethod
    def store(
        self,
        expected: datetime.datetime,
        batches: Sequence[PeriodBatch],
        worker: str,
        *,
        final: bool,
    ) -> None:
        """Store the usages of consecutive periods of one scope and its progress, or nothing.

        One transaction: the rows, and ``last_processed`` set to the end of the last period where
        it still is ``expected``, which is the begin of the first. What the batches say of
        rejected metrics becomes the scope's ``error``; without any, its error is cleared.

        :param final: they need no second look: ``revisited`` moves along where it was
            ``expected`` too.
        :raises Conflict: ``last_processed`` is another, or the scope is paused or gone.
        :raises Unavailable: nothing is known; read the state.
        """

    @abc.abstractmethod
    def correct(
        self, expected: datetime.datetime, batches: Sequence[PeriodBatch], worker: str
    ) -> int:
        """Compare consecutive periods that are stored with what a second look has found.

        One transaction: usage that is new or different replaces the old one, and a correction
        (old and new quantity, when it was found) is kept; what is the same, or missing now,
        stays; ``revisited`` is set to the end of the last period where it still is ``expected``,
        which is the begin of the first.

        :returns: how many corrections.
        :raises Conflict: ``revisited`` is another, or would pass ``last_processed``.
        :raises Unavailable: nothing is known.
        """

    @abc.abstractmethod
    def orders(self) -> list[Order]:
        """The reprocessings that are not done, oldest first.

        :raises Unavailable: try again.
        """

    @abc.abstractmethod
    def redo(self, order: Order, batches: Sequence[PeriodBatch], worker: str) -> Order:
        """Replace the usages of consecutive periods of an order by those of the batches.

        One transaction: old rows and their corrections out, new rows in, and the order's
        ``done`` set to the end of the last period where it still is that of ``order``.

        :returns: the order as it is now.
        :raises Conflict: somebody else has gone on with it, or it was withdrawn.
        :raises Unavailable: nothing is known.
        """

    @abc.abstractmethod
    def claim(self, scopes: Sequence[str], worker: str, seconds: float) -> list[str]:
        """Reserve scopes for a worker that is not their owner but has nothing to do.

        Others leave them alone for so long; it is a hint that saves double work, not a lock.

        :returns: those that nobody else has claimed.
        :raises Unavailable: try again.
        """

    @abc.abstractmethod
    def failed(self, scopes: Sequence[str], error: str) -> None:
        """Note why these scopes cannot go on now; shown until they go on.

        :raises Unavailable: it is not noted.
        """

    @abc.abstractmethod
    def probe(self) -> None:
        """Ask whether something could be stored now.

        :raises Unavailable: with the reason in one sentence.
        """
