# SPDX-License-Identifier: Apache-2.0
"""The contracts of the plugin kinds that the processor works with.

What :mod:`ceilobatch.plugins.base` says of options, exceptions and ``close`` holds here, too. The
difference is in the threads: a collector is called from many at a time.
"""

import abc
import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from oslo_config import cfg

from ceilobatch.metric import Metric
from ceilobatch.plugins.base import Plugin
from ceilobatch.usage import Order, PeriodBatch, Point, ScopeState

Retrieved = Mapping[tuple[str, datetime.datetime], Sequence[Point]]


@dataclass(frozen=True, slots=True)
class CollectorCharacteristics:
    """How wide one request of a collector may be; None stands for any number.

    :ivar periods: how many periods in a row.
    :ivar scopes: how many scopes.
    """

    periods: int | None = 1
    scopes: int | None = 1


class Collector(Plugin):
    """Where metrics come from (namespace ``ceilobatch.collectors``).

    Constructed once in each worker process; ``retrieve`` and ``caught_up`` are called from up to
    ``[processor] max_threads`` threads at the same time, everything else from one thread.

    :cvar characteristics: see :class:`CollectorCharacteristics`; an instance may have its own.
    :param threads: how many threads call at the same time: the size of a connection pool.
    """

    operations = ("retrieve", "caught_up")
    characteristics: CollectorCharacteristics = CollectorCharacteristics()

    def __init__(self, conf: cfg.ConfigOpts, threads: int = 1) -> None:
        self.conf = conf
        self.threads = threads

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Check the ``extra_args`` of a metric.

        :returns: the arguments with their defaults, and one sentence for each that cannot be
            used, naming the key.
        """
        return dict(arguments), []

    @classmethod
    def grouped_by(cls, arguments: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG003
        """Attributes by which points are kept apart even where ``groupby`` does not name them.

        They are added to ``Metric.groupby``.

        :param arguments: as :meth:`check_arguments` has returned them, without a mistake.
        """
        return ()

    @abc.abstractmethod
    def retrieve(
        self,
        metric: Metric,
        scopes: Sequence[str],
        begin: datetime.datetime,
        end: datetime.datetime,
        period: datetime.timedelta,
    ) -> Retrieved:
        """The points of one metric, by scope and begin of the period.

        ``end - begin`` is a whole number of periods. No more scopes and periods are asked for
        than the characteristics allow. A pair that is missing from the answer has truly nothing.

        :raises Unavailable: try again; also where the answer does not come in time.
        :raises Rejected: this metric can never be read; the sentence is shown to the operator.
        """

    def caught_up(self, metrics: Sequence[Metric], scopes: Sequence[str]) -> Collection[str] | None:
        """Those of the scopes for which the backend has processed all that it was sent.

        What is retrieved afterwards is complete up to now. None: the backend cannot tell. Only a
        collector that defines this is asked.

        :raises Unavailable: try again.
        """
        return None

    def first(self, scopes: Sequence[str]) -> Mapping[str, datetime.datetime]:
        """When the data of each scope begins; a scope of which that is not known is left out.

        :raises Unavailable: try again.
        """
        return {}


class ScopeSource(Plugin):
    """Which scopes exist (namespace ``ceilobatch.scopes``)."""

    operations = ("scopes",)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def scopes(self) -> Iterable[str]:
        """The ids of all scopes that there are now.

        :raises Unavailable: try again; the scopes known so far stay active.
        """


class PeriodHandler(Plugin):
    """What is done with a scope's period (namespace ``ceilobatch.period_handlers``).

    The handlers of ``[processor] handlers`` form a chain, in that order; ``usage`` makes usage of
    points and comes first. All calls come from one thread at a time.
    """

    operations = ("handle",)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @abc.abstractmethod
    def handle(self, batch: PeriodBatch) -> None:
        """Change ``batch.usages``; it is stored after the last handler.

        May be called again with the same period (a storage that was away, a second look, a
        reprocessing): the result depends on the batch alone.

        :raises Unavailable: try the period again later.
        """


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
